"""Token for token against Hugging Face `tokenizers`.

    python tokenizer_oracle.py [--strings N] [--every N] [--only NAME] SHARED PROGRAM [ARGUMENT ...]

runs `PROGRAM ARGUMENT ... DIR [--no-special | --decode]` (normally `fullshard tokenize`) for every tokenizer of
SHARED/assets on the texts of GSM8K, tinyshakespeare and c4_demo and on N random strings of several alphabets,
invalid UTF-8 among them, and compares ids with and without special tokens, and the decoded text.
Ends with 0 only if everything is equal, with 77 where SHARED/assets is missing.
"""

import argparse
import json
import random
import subprocess
import sys
from pathlib import Path

from tokenizers import Tokenizer

TOKENIZERS = {
    "qwen3": "tokenizers/qwen3",
    "mistral": "tokenizers/mistral-7b-v0.1",
    "minimind": "tokenizers/minimind-6400",
    "tinystories": "models/tinystories-656k",
    "stories260k": "models/stories260k",
}

ALPHABETS = [
    "abcdefghijklmnopqrstuvwxyz   ",
    "aAbB'sStTrReEvVmMlLdD ſK",
    "0123456789 .,-+*/=\n",
    " \t\r\n\u00a0\u2003\u3000\u0085\u200b\u180ea",
    "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ \n",
    "äöüßéèñçåøÅÉe\u0301a\u0308o\u0302 ",
    "你好世界中文日本語ひらがなカタカナ한국어 각",
    "Привет мир ελληνικά עברית العربية हिन्दी ไทย ",
    "😀🎉👩\u200d💻🇩🇪👍🏽❤\ufe0f 🧑 ",
    "½¼²³①ⅣⅧ፩൧٣ ",
    "▁_ \u2581<0x0A>",
    "ﬁﬂﬀẞŉǰ\u1e9e\u212b\u2126\u0344 ",
]


def data_texts(assets: Path):
    shakespeare = (assets / "datasets/tinyshakespeare/input.txt").read_text("utf-8")
    yield shakespeare
    yield from shakespeare.split("\n\n")
    for split in ("train", "test"):
        for line in (assets / f"datasets/gsm8k/{split}.jsonl").read_text("utf-8").split("\n"):
            if line:
                row = json.loads(line)
                yield row["question"]
                yield row["answer"]
    for line in (assets / "datasets/llama-factory/c4_demo.jsonl").read_text("utf-8").split("\n"):
        if line:
            yield json.loads(line)["text"]


def random_strings(count: int, specials: list[str]):
    """JSON string literals as bytes, with the text that a reader who replaces invalid UTF-8 sees."""
    rng = random.Random(20240229)
    for i in range(count):
        kind = i % 16
        length = rng.choice([1, 2, 3, 5, 8, 13, 21, 40])
        if kind == 15:  # any bytes; JSON's own must be escaped
            raw = bytes(rng.choice(b"\xe4\xb8\xad\xf0\x9f\x98\x80\xff\xc3\x28\xed\xa0\x80\xe2\x82abc \xc0\xaf\xf4\x90") for _ in range(length))
            yield b'"' + raw + b'"', raw.decode("utf-8", "replace")
            continue
        if kind == 14:  # any assigned or unassigned code point below Unicode 14's newest scripts
            points = (rng.choice([rng.randrange(0x20, 0x3000), rng.randrange(0x4E00, 0xA000), rng.randrange(0x1F300, 0x1F700)]) for _ in range(length))
            text = "".join(map(chr, points))
        elif kind == 13:  # several alphabets in one text
            text = "".join(rng.choice(rng.choice(ALPHABETS)) for _ in range(length))
        elif kind == 12:
            words = [rng.choice(specials + [" ", "  ", "\n", "a", "é", "'s", "<", "|"]) for _ in range(rng.randrange(1, 6))]
            text = "".join(words)
        else:
            alphabet = ALPHABETS[kind % len(ALPHABETS)]
            text = "".join(rng.choice(alphabet) for _ in range(length))
        yield json.dumps(text, ensure_ascii=bool(i & 1)).encode("utf-8"), text


def run(program: list[str], directory: Path, flags: list[str], lines: list[bytes]) -> list[str]:
    done = subprocess.run([*program, str(directory), *flags], input=b"\n".join(lines) + b"\n", capture_output=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(program)} {directory} {' '.join(flags)} ended with {done.returncode}: "
                 f"{done.stderr.decode('utf-8', 'replace')}")
    out = done.stdout.decode("utf-8").split("\n")
    assert out.pop() == "" and len(out) == len(lines), f"{len(lines)} lines in, {len(out)} out"
    return out


def compare(what: str, texts: list[str], got: list, expected: list) -> int:
    wrong = [i for i in range(len(texts)) if got[i] != expected[i]]
    for i in wrong[:5]:
        print(f"  {what}: {texts[i][:200]!r}\n    expected {expected[i]!r:.400}\n    found    {got[i]!r:.400}")
    return len(wrong)


def check(name: str, directory: Path, program: list[str], data: list[str], strings: int) -> int:
    reference = Tokenizer.from_file(str(directory / "tokenizer.json"))
    specials = [t.content for t in reference.get_added_tokens_decoder().values()]
    literals = [json.dumps(t).encode() for t in data]
    texts = list(data)
    for literal, text in random_strings(strings, specials):
        literals.append(literal)
        texts.append(text)
    literals.append(json.dumps("x" * 100_000).encode())
    texts.append("x" * 100_000)

    wrong = 0
    for flags, special in (([], True), (["--no-special"], False)):
        expected = [e.ids for e in reference.encode_batch(texts, add_special_tokens=special)]
        got = [json.loads(line) for line in run(program, directory, flags, literals)]
        wrong += compare("encode " + " ".join(flags), texts, got, expected)
    decoded = [json.loads(line) for line in run(program, directory, ["--decode"], [json.dumps(e).encode() for e in expected])]
    wrong += compare("decode", texts, decoded, reference.decode_batch(expected, skip_special_tokens=False))
    # Ids in no order that a text would give: broken code points, byte tokens, spaces in odd places.
    rng = random.Random(1)
    noise = [[rng.randrange(reference.get_vocab_size()) for _ in range(rng.randrange(9))] for _ in range(strings // 10)]
    decoded = [json.loads(line) for line in run(program, directory, ["--decode"], [json.dumps(e).encode() for e in noise])]
    wrong += compare("decode noise", list(map(str, noise)), decoded, reference.decode_batch(noise, skip_special_tokens=False))
    print(f"{name}: {len(texts)} texts and {len(noise)} id lists, {wrong} differences", flush=True)
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shared", type=Path)
    parser.add_argument("program", nargs="+")
    parser.add_argument("--strings", type=int, default=100_000)
    parser.add_argument("--every", type=int, default=1, help="of the data, one text in so many")
    parser.add_argument("--only", choices=sorted(TOKENIZERS))
    arguments = parser.parse_args()
    assets = arguments.shared / "assets"
    if not assets.exists():
        print(f"skipped: needs {assets}, which is not here")
        return 77
    data = list(data_texts(assets))[::arguments.every]
    wrong = sum(check(name, assets / path, arguments.program, data, arguments.strings)
                for name, path in TOKENIZERS.items() if arguments.only in (None, name))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
