#!/usr/bin/env python3
"""Tokenizers on one thread, in turn: ours, Hugging Face `tokenizers`, OpenAI's `tiktoken`.

    compare.py BUILD/bench/tokenize/tokenize_bench ASSETS SMOLLM2 [--rounds 5] [--json FILE]

runs in a virtual environment of requirements.txt beside this script (tests/oracle/make_venv.sh DIR requirements.txt).
ASSETS has datasets/ and tokenizers/qwen3; SMOLLM2 is a model directory (tests/support/make_smollm2.sh makes it).
`tiktoken` gets the same vocabulary: ids as ranks, and the words of the same pattern. Each round encodes every text of a
data set once with each program, which have all done it once before; the numbers are medians over the rounds of processor
time, which other work on the machine disturbs less than the clock. Ends with 1 where ids differ.
"""

import argparse
import array
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ["RAYON_NUM_THREADS"] = "1"

import tiktoken  # noqa: E402
import tokenizers  # noqa: E402

QWEN3 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
# GPT-2's words in texts cut at every digit: a digit has no space in front, and space before it is one word.
SMOLLM2 = r"'s|'t|'re|'ve|'m|'ll|'d|\p{N}| ?\p{L}+| ?[^\s\p{L}\p{N}]+|\s+(?=\p{N})|\s+(?!\S)|\s+"


def data_sets(assets: Path) -> dict[str, list[str]]:
    def rows(path):
        return [json.loads(line) for line in (assets / "datasets" / path).read_text("utf-8").split("\n") if line]
    return {
        "tinyshakespeare": [(assets / "datasets/tinyshakespeare/input.txt").read_text("utf-8")],
        "c4_demo": [row["text"] for row in rows("llama-factory/c4_demo.jsonl")],
        "GSM8K": [row[side] for row in rows("gsm8k/train.jsonl") for side in ("question", "answer")],
    }


def byte_alphabet() -> dict[str, int]:
    """GPT-2's stand-ins of bytes: printable Latin-1 for itself, the others from U+0100 on."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [b for b in range(256) if b not in printable]
    return {**{chr(b): b for b in printable}, **{chr(256 + i): b for i, b in enumerate(others)}}


def tiktoken_of(directory: Path, pattern: str) -> tiktoken.Encoding:
    vocabulary = json.loads((directory / "tokenizer.json").read_text("utf-8"))["model"]["vocab"]
    alphabet = byte_alphabet()
    ranks = {bytes(map(alphabet.get, token)): rank for token, rank in vocabulary.items() if all(c in alphabet for c in token)}
    return tiktoken.Encoding(directory.name, pat_str=pattern, mergeable_ranks=ranks, special_tokens={})


class Timed:
    """A peer in this process: encode(texts) gives a list of lists of ids."""

    def __init__(self, encode):
        self.encode = encode

    def first(self, texts) -> list[int]:
        return [i for ids in self.encode(texts) for i in ids]

    def seconds(self, texts) -> float:
        begin = time.process_time()
        self.encode(texts)
        return time.process_time() - begin


class Ours:
    def __init__(self, program: str, directory: Path, scratch: Path):
        self.program, self.directory, self.scratch = program, directory, scratch

    def run(self, texts, *options) -> dict:
        lines = self.scratch / "lines"
        lines.write_text("".join(json.dumps(text) + "\n" for text in texts))
        command = [self.program, str(self.directory), str(lines), *options]
        return json.loads(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)

    def first(self, texts) -> list[int]:
        self.run(texts, "--repeats", "0", "--ids", str(self.scratch / "ids"))
        return array.array("i", (self.scratch / "ids").read_bytes()).tolist()

    def seconds(self, texts) -> float:
        return self.run(texts, "--repeats", "1")["seconds"][0]


def compare(name: str, texts: list[str], programs: dict, rounds: int) -> dict:
    ids = {who: program.first(texts) for who, program in programs.items()}
    size = sum(len(text.encode()) for text in texts)
    seconds = {who: [] for who in programs}
    for _ in range(rounds):
        for who, program in programs.items():
            seconds[who].append(program.seconds(texts))
    return {"data": name, "bytes": size, "tokens": len(ids["fullshard"]), "seconds": seconds,
            "same": all(other == ids["fullshard"] for other in ids.values())}


def row(vocabulary: str, found: dict) -> str:
    rate = {who: found["bytes"] / statistics.median(s) / 1e6 for who, s in found["seconds"].items()}
    ours = rate["fullshard"]
    return (f"| {vocabulary} | {found['data']} | {ours:.1f} | {rate['tokenizers']:.2f} | {ours / rate['tokenizers']:.1f}x "
            f"| {rate['tiktoken']:.1f} | {ours / rate['tiktoken']:.1f}x | {'all ' if found['same'] else 'NOT ALL '}{found['tokens']:,} |")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bench")
    parser.add_argument("assets", type=Path)
    parser.add_argument("smollm2", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path)
    a = parser.parse_args()
    print(f"tokenizers {version('tokenizers')}, tiktoken {version('tiktoken')}, {a.rounds} rounds, MB/s of one thread\n")
    print("| vocabulary | data | fullshard | tokenizers | ours is | tiktoken | ours is | same ids |")
    print("|---|---|---|---|---|---|---|---|")
    everything = []
    with tempfile.TemporaryDirectory() as scratch:
        for vocabulary, directory, pattern in (("Qwen3", a.assets / "tokenizers/qwen3", QWEN3), ("SmolLM2", a.smollm2, SMOLLM2)):
            reference = tokenizers.Tokenizer.from_file(str(directory / "tokenizer.json"))
            words = tiktoken_of(directory, pattern)
            programs = {
                "fullshard": Ours(a.bench, directory, Path(scratch)),
                # Its fastest way: a batch without offsets.
                "tokenizers": Timed(lambda texts: [e.ids for e in reference.encode_batch_fast(texts, add_special_tokens=False)]),
                "tiktoken": Timed(lambda texts: [words.encode_ordinary(text) for text in texts]),
            }
            for name, texts in data_sets(a.assets).items():
                everything.append({"vocabulary": vocabulary, **compare(name, texts, programs, a.rounds)})
                print(row(vocabulary, everything[-1]), flush=True)
    if a.json:
        a.json.write_text(json.dumps(everything, indent=1))
    return 0 if all(found["same"] for found in everything) else 1


if __name__ == "__main__":
    sys.exit(main())
