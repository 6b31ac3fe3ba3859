"""Which bytes each token stands for, against the offsets of Hugging Face `tokenizers`.

    python tokenizer_ranges_oracle.py [--strings N] [--only NAME] [--model DIR] SHARED PROGRAM [ARGUMENT ...]

runs `PROGRAM ARGUMENT ... DIR --ranges` for every tokenizer of SHARED/assets, and for that of DIR, on the texts of
tokenizer_oracle.py and on whole conversations. Bytes become characters by widening. Then:

- Where normalisation leaves the text as it is, ranges are the reference's offsets before `trim_offsets`.
- Where it does not, a range contains the reference's (which knows the first character of those that compose), and
  nothing beyond the parts of the text that normalise for themselves.
- For spans by chance "the token's range overlaps the span" is what `transformers` marks as an assistant's tokens:
  those from char_to_token(first) to char_to_token(last), with the offsets as the file trims them. Two differences are
  wanted: a last character of several tokens counts with all of them, where transformers stops at the first; and
  spans that begin or end in a trimmed space are left out, where transformers marks nothing, or all that follows.

Ends with 0 only if everything holds, with 77 where SHARED/assets is missing.
"""

import argparse
import bisect
import json
import random
import sys
import unicodedata
from itertools import accumulate
from pathlib import Path

from tokenizers import Tokenizer

from tokenizer_oracle import TOKENIZERS, data_texts, random_strings, run


def conversations(assets: Path):
    for turn in json.loads((assets / "datasets/fastchat/dummy_conversation.json").read_text("utf-8")):
        yield "".join(f"<|im_start|>{m['from']}\n{m['value']}<|im_end|>\n" for m in turn["conversations"])
        yield "".join(f"[INST] {m['value']} [/INST] </s>" for m in turn["conversations"])


def bytes_of_characters(raw: bytes) -> tuple[str, list[int]]:
    """The text that a reader who replaces invalid UTF-8 sees, and where its characters begin in `raw`, and its end."""
    text, begins, at = "", [], 0
    while at < len(raw):
        for length in range(1, 5):
            try:
                character = raw[at:at + length].decode("utf-8")
            except UnicodeDecodeError as error:
                if error.reason == "unexpected end of data" and at + length < len(raw):
                    continue
                length, character = max(error.end - error.start, 1), "\ufffd"
            break
        text += character
        begins.append(at)
        at += length
    return text, [*begins, len(raw)]


def trimming(reference: dict, trim) -> Tokenizer:
    """The tokenizer with trim_offsets of its post-processor as told, None to leave it."""
    def walk(node):
        if isinstance(node, dict):
            if trim is not None and "trim_offsets" in node:
                node["trim_offsets"] = trim
            for child in node.values():
                walk(child)
        elif isinstance(node, list):
            for child in node:
                walk(child)
    copy = dict(reference)
    copy["post_processor"] = json.loads(json.dumps(copy["post_processor"]))
    walk(copy["post_processor"])
    return Tokenizer.from_str(json.dumps(copy))


def parts(text: str) -> list[int]:
    """Where parts of the text begin that normalise for themselves, and its end."""
    joins = lambda c: unicodedata.category(c)[0] == "M" or 0x1160 <= ord(c) <= 0x11FF
    return [i for i, c in enumerate(text) if i == 0 or not joins(c)] + [len(text)]


def widened(ranges, begins: list[int]) -> list[tuple[int, int]]:
    """Ranges of bytes as ranges of characters that they touch."""
    return [(0, 0) if b == e == 0 else (len(begins) - 1,) * 2 if b == e else
            (bisect.bisect_right(begins, b) - 1, bisect.bisect_left(begins, e)) for b, e in ranges]


def same_but_for_composing(text: str, ours, theirs) -> bool:
    begins = parts(text)
    for (b, e), (their_b, their_e) in zip(ours, theirs):
        if b == e or their_b == their_e:
            if b != e or their_b != their_e:
                return False
            continue
        low = begins[bisect.bisect_right(begins, their_b) - 1]
        high = begins[bisect.bisect_left(begins, their_e)]
        if not (low <= b <= their_b and their_e <= e <= high):
            return False
    return True


def mask_by_characters(encoding, begin: int, end: int):
    """The tokens that transformers marks, the last character's others too; None where it finds no token."""
    first, last = encoding.char_to_token(begin), encoding.char_to_token(end - 1)
    if first is None or last is None:
        return None
    while last + 1 < len(encoding.ids) and encoding.offsets[last + 1][0] < end <= encoding.offsets[last + 1][1]:
        last += 1
    return list(range(first, last + 1))


class Checker:
    def __init__(self, name: str, directory: Path):
        file = json.loads((directory / "tokenizer.json").read_text("utf-8"))
        self.name, self.full, self.trimmed = name, trimming(file, False), trimming(file, None)
        self.composes = file["normalizer"] is not None and "NFC" in json.dumps(file["normalizer"])
        self.specials = [t.content for t in self.full.get_added_tokens_decoder().values()]
        self.rng = random.Random(7)
        self.counts = {"texts": 0, "composed": 0, "spans": 0, "spans left out": 0, "wrong": 0}

    def wrong(self, what: str, text: str, ours, theirs):
        self.counts["wrong"] += 1
        if self.counts["wrong"] <= 5:
            print(f"  {self.name}, {what}: {text[:200]!r}\n    expected {theirs!r:.600}\n    found    {ours!r:.600}")

    def check(self, text: str, begins: list[int], got: dict):
        self.counts["texts"] += 1
        full, trimmed = self.full.encode(text), self.trimmed.encode(text)
        if got["ids"] != full.ids:
            return self.wrong("ids", text, got["ids"], full.ids)
        ours = widened(got["ranges"], begins)
        special = [i for i, s in enumerate(full.special_tokens_mask) if s]
        theirs = [(0, 0) if i in special[:1] else o for i, o in enumerate(full.offsets)]
        if self.composes and unicodedata.normalize("NFC", text) != text:
            self.counts["composed"] += 1
            if not same_but_for_composing(text, ours, theirs):
                self.wrong("composed", text, ours, theirs)
            return
        if ours != theirs:
            return self.wrong("offsets", text, ours, theirs)
        self.check_spans(text, begins, got["ranges"], trimmed)

    def check_spans(self, text: str, begins: list[int], ranges, trimmed):
        for _ in range(4 if text else 0):
            begin = self.rng.randrange(len(text))
            end = self.rng.randint(begin + 1, min(len(text), begin + 60))
            theirs = mask_by_characters(trimmed, begin, end)
            self.counts["spans" if theirs is not None else "spans left out"] += 1
            ours = [i for i, (b, e) in enumerate(ranges) if b < begins[end] and e > begins[begin]]
            if theirs is not None and theirs != ours:
                self.wrong(f"span {begin} to {end}", text, ours, theirs)


def check(name: str, directory: Path, program: list[str], data: list[str], strings: int) -> int:
    checker = Checker(name, directory)
    literals = [json.dumps(t, ensure_ascii=False).encode() for t in data]
    texts = [(t, [0, *accumulate(len(c.encode()) for c in t)]) for t in data]
    for literal, text in random_strings(strings, checker.specials):
        try:
            raw = json.loads(literal.decode()).encode()
        except UnicodeDecodeError:
            raw = literal[1:-1]
        shown, begins = bytes_of_characters(raw)
        assert shown == text, (shown, text)
        literals.append(literal)
        texts.append((text, begins))
    for (text, begins), line in zip(texts, run(program, directory, ["--ranges"], literals)):
        checker.check(text, begins, json.loads(line))
    print(f"{name}: " + ", ".join(f"{n} {what}" for what, n in checker.counts.items()), flush=True)
    return checker.counts["wrong"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shared", type=Path)
    parser.add_argument("program", nargs="+")
    parser.add_argument("--strings", type=int, default=20_000)
    parser.add_argument("--every", type=int, default=1, help="takes each so-manieth text of the data sets")
    parser.add_argument("--only")
    parser.add_argument("--model", type=Path)
    arguments = parser.parse_args()
    assets = arguments.shared / "assets"
    if not assets.exists():
        print(f"skipped: needs {assets}, which is not here")
        return 77
    directories = {name: assets / path for name, path in TOKENIZERS.items()}
    if arguments.model:
        directories[arguments.model.name] = arguments.model
    data = [t[:20_000] for t in data_texts(assets)] + list(conversations(assets))
    data = data[::arguments.every]
    wrong = sum(check(name, directory, arguments.program, data, arguments.strings)
                for name, directory in directories.items() if arguments.only in (None, name))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
