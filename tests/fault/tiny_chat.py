"""A tokenizer with a letter per byte, for tests of what becomes of conversations."""

import json

# Source: bytes_to_unicode of GPT-2, github.com/openai/gpt-2, src/encoder.py
PRINTED = [*range(33, 127), *range(161, 173), *range(174, 256)]
OTHERS = [byte for byte in range(256) if byte not in PRINTED]
LETTERS = {**{byte: chr(byte) for byte in PRINTED}, **{byte: chr(256 + i) for i, byte in enumerate(OTHERS)}}
SPECIAL = ["<s>", "</s>", "<far>"]
VOCAB_SIZE = 256 + SPECIAL.index("<far>")  # of the model: <far> is a token that it does not have


def write_tokenizer(model):
    added = [{"id": 256 + i, "content": text, "special": True, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False}
             for i, text in enumerate(SPECIAL)]
    level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    tokenizer = {"version": "1.0", "truncation": None, "padding": None, "added_tokens": added, "normalizer": None, "pre_tokenizer": level,
                 "post_processor": None, "decoder": level,
                 "model": {"type": "BPE", "vocab": {letter: byte for byte, letter in LETTERS.items()}, "merges": []}}
    (model / "tokenizer.json").write_text(json.dumps(tokenizer))
    (model / "tokenizer_config.json").write_text(json.dumps({"bos_token": "<s>", "eos_token": "</s>"}))


def encoded(text):
    """Ids of a text without special tokens but </s>."""
    ids = []
    for i, part in enumerate(text.split("</s>")):
        ids += [257] * (i > 0) + list(part.encode())
    return ids
