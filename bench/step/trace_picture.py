#!/usr/bin/env python3
"""Draws a step of a trace.json, which `fullshard train --trace` writes, as an SVG: what each rank does when.

    trace_picture.py TRACE.json OUT.svg [--step 2 | --from-ms 0 --to-ms 500] [--title "4 ranks on 2 nodes"] [--width 1200]

A rank has four lanes: what it computes, where that waits, and what travels meanwhile along each axis of the mesh. What would be
narrower than 0.2 px is left out, and the picture says how much that is. For every detail: https://ui.perfetto.dev.
"""
import argparse
import json
import math
import re
import sys
from pathlib import Path
from xml.sax.saxutils import escape

COMPUTING, WAITING, COMMUNICATING = range(3)  # numbers of a rank's rows in the trace
LANES = ("computes", "waits", "node axis", "local axis")
LANE, LANE_GAP, RANK_GAP = 19, 2, 14
LEFT, RIGHT, TOP, BOTTOM = 158, 14, 84, 26
FONT, LETTER = 10.5, 5.9  # pixels; the mean width of a letter of that size, in doubt too wide
NARROWEST = 0.2

# Colours that the colour-blind tell apart: Okabe and Ito, "Color Universal Design", 2008.
KINDS = {
    "forward": ("#56b4e9", "#000", "forward"),
    "head": ("#999999", "#000", "head and loss"),
    "backward": ("#0072b2", "#fff", "backward"),
    "wait": ("#d55e00", "#fff", "waiting for communication"),
    "gather": ("#009e73", "#fff", "gather of weights"),
    "reduce": ("#e69f00", "#000", "reduction of gradients"),
    "other": ("#cc79a7", "#000", "other"),
}


class Event:
    def __init__(self, entry):
        self.rank, self.row, self.name = entry["pid"], entry["tid"], entry["name"].strip()
        self.begin = entry["ts"] / 1e3
        self.end = self.begin + entry["dur"] / 1e3

    def lane(self):
        return self.row if self.row < COMMUNICATING else 3 if " local" in self.name else 2

    def kind(self):
        word = self.name.split()[0]
        # "combine" puts the vectors together that all ranks hold whole.
        return word if word in KINDS else "gather" if "gather" in word or word == "combine" else "reduce" if word.startswith("reduce") else "other"

    def texts(self):
        """What may be written into it, the longest first."""
        words = self.name.split()
        unit = " ".join(words[1:]) if self.row < COMMUNICATING else " ".join(words[2:])
        whole = [self.name] if self.row == COMPUTING else []
        return [t for t in [*whole, unit, words[0] if words[0] == "head" else "", unit.split()[-1] if unit else ""] if t]


class Trace:
    def __init__(self, path):
        entries = json.loads(Path(path).read_text())["traceEvents"]
        self.ranks = {e["pid"]: e["args"]["name"] for e in entries if e["ph"] == "M" and e["name"] == "process_name"}
        self.events = [Event(e) for e in entries if e["ph"] == "X"]
        if not self.events:
            sys.exit(f"{path}: expected events, found none")

    def steps(self):
        """[(begin, end)]: every step begins with what its first gather puts together, the vectors that all ranks hold whole."""
        travelled = sorted((e for e in self.events if e.rank == min(self.ranks) and e.row == COMMUNICATING), key=lambda e: e.begin)
        begins = [e.begin for before, e in zip([None, *travelled], travelled)
                  if e.name.startswith("combine") and not (before and before.name.startswith("combine"))]
        end = max(e.end for e in self.events)
        return list(zip(begins, [*begins[1:], end])) or [(min(e.begin for e in self.events), end)]


def ticks(length):
    """Round distances, about ten of them."""
    rough = length / 10
    power = 10 ** math.floor(math.log10(rough))
    step = next(power * m for m in (1, 2, 5, 10) if power * m >= rough)
    return [step * i for i in range(int(length / step) + 1)]


class Picture:
    def __init__(self, trace, begin, end, width):
        self.trace, self.begin, self.end, self.width = trace, begin, end, width
        self.scale = (width - LEFT - RIGHT) / (end - begin)
        self.ranks = sorted(trace.ranks)
        self.rank_height = len(LANES) * (LANE + LANE_GAP) + RANK_GAP
        self.height = TOP + self.rank_height * len(self.ranks) + BOTTOM
        self.boxes = {kind: [] for kind in KINDS}
        self.words = {kind: [] for kind in KINDS}
        self.left_out = 0

    def x(self, ms):
        return LEFT + (ms - self.begin) * self.scale

    def y(self, rank, lane):
        return TOP + self.ranks.index(rank) * self.rank_height + lane * (LANE + LANE_GAP)

    def inside(self):
        return [e for e in self.trace.events if e.end > self.begin and e.begin < self.end]

    def place(self):
        for e in self.inside():
            left, right = self.x(max(e.begin, self.begin)), self.x(min(e.end, self.end))
            if right - left < NARROWEST:
                self.left_out += 1
                continue
            y, kind = self.y(e.rank, e.lane()), e.kind()
            # A hair of white between neighbours, where there is room.
            drawn = max(right - left - 0.6, min(right - left, 0.6))
            self.boxes[kind].append(f'M{left:.1f} {y}h{drawn:.1f}v{LANE}h-{drawn:.1f}z')
            text = next((t for t in e.texts() if len(t) * LETTER + 3 <= right - left), None)
            if text:
                self.words[kind].append(f'<text x="{(left + right) / 2:.1f}" y="{y + LANE / 2 + FONT * 0.35:.1f}">{escape(text)}</text>')

    def time_axis(self):
        bottom = self.height - BOTTOM
        for ms in ticks(self.end - self.begin):
            x = self.x(self.begin + ms)
            yield f'<path d="M{x:.1f} {TOP - 8}V{bottom - RANK_GAP + 4}" stroke="#ddd"/>'
            yield f'<text x="{x:.1f}" y="{TOP - 13}" text-anchor="middle" fill="#555">{ms:g}</text>'
        yield f'<text x="{LEFT - 12}" y="{TOP - 13}" text-anchor="end" fill="#555">ms</text>'

    def rank_labels(self):
        for rank in self.ranks:
            name, _, place = self.trace.ranks[rank].partition(" (")
            y = self.y(rank, 0)
            waits = sum(min(e.end, self.end) - max(e.begin, self.begin) for e in self.inside() if e.rank == rank and e.row == WAITING)
            yield f'<text x="12" y="{y + 13}" font-weight="bold" font-size="12.5">{escape(name)}</text>'
            yield f'<text x="12" y="{y + 30}" fill="#555">{escape(place.rstrip(")"))}</text>'
            yield f'<text x="12" y="{y + 47}" fill="#555">waits {100 * waits / (self.end - self.begin):.0f} %</text>'
            for lane, label in enumerate(LANES):
                yield (f'<text x="{LEFT - 6}" y="{self.y(rank, lane) + 13}" text-anchor="end" fill="#777" font-size="9.5">{label}</text>'
                       f'<path d="M{LEFT} {self.y(rank, lane)}h{self.width - LEFT - RIGHT}v{LANE}H{LEFT}z" fill="#000" fill-opacity=".035"/>')

    def legend(self):
        x = LEFT
        for kind, (colour, _, text) in KINDS.items():
            if self.boxes[kind]:
                yield f'<path d="M{x} 38h13v13h-13z" fill="{colour}"/><text x="{x + 18}" y="49">{text}</text>'
                x += 18 + len(text) * 6.2 + 22

    def svg(self, title):
        self.place()
        out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {self.height}" width="{self.width}" '
               f'height="{self.height}" font-family="Helvetica, Arial, sans-serif" font-size="{FONT}">',
               f'<path d="M0 0h{self.width}v{self.height}H0z" fill="#fff"/>',
               f'<text x="12" y="24" font-size="15" font-weight="bold">{escape(title)}</text>',
               *self.legend(), *self.rank_labels(), *self.time_axis()]
        for kind, (colour, ink, _) in KINDS.items():
            if self.boxes[kind]:
                out.append(f'<path fill="{colour}" d="{"".join(self.boxes[kind])}"/>')
                out.append(f'<g fill="{ink}" text-anchor="middle">{"".join(self.words[kind])}</g>')
        note = f"Numbers are blocks. Not drawn: {counted(self.left_out, 'event')} shorter than {NARROWEST / self.scale:.2g} ms."
        out.append(f'<text x="{LEFT}" y="{self.height - 12}" fill="#777">{note}</text></svg>')
        return "\n".join(out) + "\n"


def counted(n, noun):
    return f"{n} {noun}{'' if n == 1 else 's'}"


def draw(trace_path, out_path, step=2, span=None, title=None, width=1200):
    """Writes the picture of a step, or of a span of milliseconds."""
    trace = Trace(trace_path)
    steps = trace.steps()
    if not span and step > len(steps):
        sys.exit(f"{trace_path}: expected step {step}, found {len(steps)}; take --step {len(steps)} or less, or --from-ms and --to-ms")
    begin, end = span or steps[step - 1]
    what = f"{begin:.0f} to {end:.0f} ms" if span else f"step {step} of {len(steps)}"
    nodes = len(set(re.findall(r"node (\d+)", " ".join(trace.ranks.values()))))
    title = title or f"{counted(len(trace.ranks), 'rank')} on {counted(nodes, 'node')}"
    Path(out_path).write_text(Picture(trace, begin, end, width).svg(f"{title}: {what}, {end - begin:.0f} ms"))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("trace")
    parser.add_argument("out")
    parser.add_argument("--step", type=int, default=2, help="of those in the trace (default: 2; the first one warms up)")
    parser.add_argument("--from-ms", type=float, help="draw a span of the trace instead")
    parser.add_argument("--to-ms", type=float)
    parser.add_argument("--title")
    parser.add_argument("--width", type=int, default=1200)
    a = parser.parse_args()
    if (a.from_ms is None) != (a.to_ms is None) or a.step < 1 or (a.from_ms is not None and a.from_ms >= a.to_ms):
        parser.error("expected --step 1 or more, or --from-ms below --to-ms")
    draw(a.trace, a.out, a.step, (a.from_ms, a.to_ms) if a.from_ms is not None else None, a.title, a.width)


if __name__ == "__main__":
    main()
