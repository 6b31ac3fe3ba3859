"""Compares, by hand, the chat templates that lie in a directory: jinja_gallery.py PROGRAM FILE_OR_DIR... [--table]

Takes *.jinja, tokenizer_config.json and chat_template.json; each template meets every conversation of jinja_conversations.py in our engine
(render_templates) and in Jinja2 as transformers sets it up. --table prints a line for each template, for notes.
"""
import argparse
import hashlib
import json
import sys
import warnings
from pathlib import Path

import jinja_conversations
import jinja_oracle
import jinja_reference as reference


def templates_in(path):
    """(name, source) of the templates of a file."""
    if path.suffix == ".jinja":
        yield path.stem, path.read_text("utf-8")
        return
    found = json.loads(path.read_text("utf-8")).get("chat_template")
    if isinstance(found, str):
        yield path.parent.name, found
    for named in found if isinstance(found, list) else []:
        yield f"{path.parent.name}.{named['name']}", named["template"]


def gathered(paths):
    """Each different template once, by the first of its names."""
    seen = {}
    for root in paths:
        files = [root] if root.is_file() else sorted(f for f in root.rglob("*") if f.suffix == ".jinja" or f.name in ("tokenizer_config.json", "chat_template.json"))
        for file in files:
            for name, source in templates_in(file):
                seen.setdefault(source, name)
    return [(name, source) for source, name in seen.items()]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("paths", type=Path, nargs="+")
    parser.add_argument("--table", action="store_true")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    contexts, wrong, found = list(jinja_conversations.contexts()), 0, gathered(arguments.paths)
    for name, source in found:
        ours = reference.lines_of([arguments.program], [{"template": source, "context": c} for _, c in contexts])
        differ, texts, spans = [], 0, 0
        for (case, context), mine in zip(contexts, ours):
            theirs = reference.rendered(source, context)
            good = jinja_oracle.agrees(theirs, mine)
            if good and "text" in theirs and "endgeneration" in source:
                text = mine["text"].encode()
                good = [text[a:b].decode() for a, b in mine["generated"]] == reference.spans(source, context)
                spans += len(mine["generated"])
            texts += "text" in theirs
            if not good:
                differ.append(f"    {case}: expected {theirs!r:.700}\n      found {mine!r:.700}")
        wrong += len(differ)
        if differ or arguments.table:
            digest = hashlib.sha256(source.encode()).hexdigest()[:12]
            print(f"{name} {digest}: {len(source)} characters, {texts} texts, {len(contexts) - texts} errors, {spans} spans, {len(differ)} differ", flush=True)
            print("\n".join(differ[:3]), end="\n" if differ else "")
    print(f"{len(found)} templates, {len(found) * len(contexts)} renderings, {wrong} differences")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
