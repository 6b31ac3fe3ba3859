#!/usr/bin/env python3
"""Draws what a program prints in colours: terminal_picture.py OUT.svg [COLUMNS] < TEXT. Longer lines go on in the next row.

The picture of docs/data.md: CLICOLOR_FORCE=1 build/fullshard inspect configs/demo_chat/run.json eval_dataset=[] eval_strategy=no --examples 2 |
grep -v ^store: | bench/prepare/terminal_picture.py docs/pictures/inspect.svg
"""
import re
import sys
from pathlib import Path
from xml.sax.saxutils import escape

COLUMN, ROW, MARGIN = 7.8, 17, 14
STYLES = {"": "", "1": ' font-weight="bold"', "2": ' fill="#8a8a8a"', "32": ' fill="#0a7d20"'}  # SGR, ECMA-48 8.3.117


def rows_of(text, columns):
    """A list of (column, style, text) for each row."""
    rows, row, style, column = [], [], "", 0
    for code, end, character in re.findall(r"\x1b\[(\d*)m|(\n)|(.)", text):
        if end or (character and column == columns):
            rows.append(row)
            row, column = [], 0
        if character:
            if row and row[-1][1] == style:
                row[-1] = (row[-1][0], style, row[-1][2] + character)
            else:
                row.append((column, style, character))
            column += 1
        elif not end:
            style = "" if code == "0" else code
    return rows + [row] * bool(row)


def svg(text, columns):
    rows = rows_of(text, columns)
    width, height = round(columns * COLUMN + 2 * MARGIN), len(rows) * ROW + 2 * MARGIN
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
           'font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="13" fill="#222">',
           f'<path d="M0 0h{width}v{height}H0z" fill="#fff"/>']
    for i, row in enumerate(rows):
        for column, style, part in row:
            lead = len(part) - len(part.lstrip())
            part = part.strip()
            if part:  # a length, so that columns stand under each other in any font
                out.append(f'<text x="{MARGIN + (column + lead) * COLUMN:.1f}" y="{MARGIN + i * ROW + 13}" textLength="{len(part) * COLUMN:.1f}" '
                           f'lengthAdjust="spacingAndGlyphs" xml:space="preserve"{STYLES[style]}>{escape(part)}</text>')
    return "\n".join(out + ["</svg>", ""])


if __name__ == "__main__":
    if not 2 <= len(sys.argv) <= 3:
        sys.exit(__doc__)
    Path(sys.argv[1]).write_text(svg(sys.stdin.read(), int(sys.argv[2]) if len(sys.argv) == 3 else 100))
