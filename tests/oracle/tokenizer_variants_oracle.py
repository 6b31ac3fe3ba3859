"""Every part of a tokenizer.json that the real files do not use, against Hugging Face `tokenizers`.

    python tokenizer_variants_oracle.py PROGRAM [ARGUMENT ...]

Trains small vocabularies under many normalizers, pre-tokenizers, decoders and flags, and compares ids and decoded
texts of `PROGRAM ARGUMENT ... DIR` (normally `fullshard tokenize`) on random strings.
"""

import json
import random
import sys
import tempfile
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

from tokenizer_oracle import compare, random_strings, run

GPT4O = (r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
         r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
         r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+")
LLAMA3 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
          r"|\s*[\r\n]+|\s+(?!\S)|\s+")


def byte_level(prefix=False, regex=False):
    return pre_tokenizers.ByteLevel(add_prefix_space=prefix, use_regex=regex)


def split(pattern, behavior, invert=False):
    return pre_tokenizers.Split(pattern, behavior, invert)


PRE_TOKENIZERS = {
    "none": None,
    "byte level, prefix": byte_level(True, True),
    "llama 3": pre_tokenizers.Sequence([split(Regex(LLAMA3), "isolated"), byte_level()]),
    "gpt-4o": pre_tokenizers.Sequence([split(Regex(GPT4O), "removed", True), byte_level()]),
    "digits, byte level": pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), byte_level(False, True)]),
    "digits, runs": pre_tokenizers.Digits(individual_digits=False),
    "punctuation": pre_tokenizers.Sequence([pre_tokenizers.Punctuation(), pre_tokenizers.WhitespaceSplit()]),
    "whitespace": pre_tokenizers.Whitespace(),
    "metaspace": pre_tokenizers.Metaspace(),
    "metaspace first": pre_tokenizers.Metaspace(prepend_scheme="first", split=False),
    "metaspace never": pre_tokenizers.Metaspace(prepend_scheme="never"),
    **{f"split {b}": split(Regex(r"\s|[aeiou]+"), b) for b in ("removed", "isolated", "merged_with_previous", "merged_with_next", "contiguous")},
    "split literal": split("a", "merged_with_next"),
}

NORMALIZERS = {
    "none": None,
    "nfkc": normalizers.NFKC(),
    "strip, lowercase": normalizers.Sequence([normalizers.Strip(), normalizers.Lowercase()]),
    "replace": normalizers.Sequence([normalizers.Prepend("_"), normalizers.Replace(Regex(r"\s{2,}"), " "), normalizers.NFD()]),
}

DECODERS = {
    "none": None,
    "byte level": decoders.ByteLevel(),
    "metaspace": decoders.Metaspace(),
    "strip": decoders.Sequence([decoders.Replace("e", "E"), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 1)]),
}

ADDED = [
    AddedToken("<l>", lstrip=True), AddedToken("<r>", rstrip=True), AddedToken("<w>", single_word=True),
    AddedToken("Norm", normalized=True), AddedToken("raw", normalized=False), AddedToken("<both>", lstrip=True, rstrip=True, normalized=False),
]

CORPUS = ["the quick brown fox don't jump 123 times", "Ünïcödé 世界 naïve café", "aaa bbb  ccc\n\nddd!?", "e" * 12, "hello Hello HELLO"]


def variant(rng, pre, normalizer, decoder):
    unknown = rng.choice([None, "<unk>"])
    flags = dict(fuse_unk=rng.random() < 0.5, byte_fallback=rng.random() < 0.5, ignore_merges=rng.random() < 0.5)
    tokenizer = Tokenizer(models.BPE(unk_token=unknown, **flags))
    if pre is not None:
        tokenizer.pre_tokenizer = pre
    if normalizer is not None:
        tokenizer.normalizer = normalizer
    if decoder is not None:
        tokenizer.decoder = decoder
    special = ["<unk>", "<s>", "</s>"]
    bytes_known = [f"<0x{b:02X}>" for b in range(256) if rng.random() < rng.choice([0.5, 1])]
    tokenizer.train_from_iterator(CORPUS * 3, trainers.BpeTrainer(vocab_size=300, special_tokens=special, show_progress=False))
    # Byte tokens are part of the model's vocabulary, which training cannot add.
    data = json.loads(tokenizer.to_str())
    for token in bytes_known:
        data["model"]["vocab"].setdefault(token, len(data["model"]["vocab"]))
    tokenizer = Tokenizer.from_str(json.dumps(data))
    tokenizer.add_tokens(rng.sample(ADDED, 4))
    tokenizer.add_special_tokens([AddedToken("<|x|>", rstrip=rng.random() < 0.5, normalized=rng.random() < 0.5)])
    one, two = tokenizer.token_to_id("<s>"), tokenizer.token_to_id("</s>")
    tokenizer.post_processor = rng.choice([
        processors.TemplateProcessing(single="<s> $A </s> </s>", special_tokens=[("<s>", one), ("</s>", two)]),
        processors.Sequence([processors.ByteLevel(), processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", two)])]),
        processors.RobertaProcessing(("</s>", two), ("<s>", one)),
    ])
    return tokenizer


def main() -> int:
    program, rng, wrong, tried = sys.argv[1:], random.Random(3), 0, 0
    names = [t.content for t in ADDED] + ["<|x|>", "<s>", "norm", " Norm", "a"]
    pairs = [json_text for json_text in random_strings(1500, names)]
    literals, texts = [p[0] for p in pairs], [p[1] for p in pairs]
    for pre_name, pre in PRE_TOKENIZERS.items():
        for normalizer_name, normalizer in NORMALIZERS.items():
            decoder_name = rng.choice(list(DECODERS))
            reference = variant(rng, pre, normalizer, DECODERS[decoder_name])
            what = f"{pre_name} / {normalizer_name} / {decoder_name}"
            with tempfile.TemporaryDirectory() as directory:
                reference.save(str(Path(directory) / "tokenizer.json"))
                expected = [e.ids for e in reference.encode_batch(texts)]
                got = [json.loads(line) for line in run(program, Path(directory), [], literals)]
                differences = compare(what, texts, got, expected)
                decoded = [json.loads(line) for line in run(program, Path(directory), ["--decode"], [json.dumps(e).encode() for e in expected])]
                differences += compare(what + ", decode", list(map(str, expected)), decoded, reference.decode_batch(expected, skip_special_tokens=False))
            tried += 1
            wrong += differences
            if differences:
                model = json.loads(reference.to_str())["model"]
                print(what, differences, "differences", {k: v for k, v in model.items() if k not in ("vocab", "merges")})
    print(f"{tried} variants of {len(texts)} texts, {wrong} differences")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
