#!/usr/bin/env python3
"""Makes tiny random Hugging Face directories of every family and rope kind, saved by transformers.

    reference_models.py OUT_DIR [NAME …]

Widths are seldom multiples of 16, norms and biases are never all ones or zeros: what multiplies by one or adds nothing is not
tested. The positional constants are small, so that sequences of 40 to 70 tokens reach past them. All but one name a padding token: its embedding then gets no gradient from the places where it is looked up.
"""
import json
import math
import os
import sys

import torch
from transformers import LlamaConfig, LlamaForCausalLM, MistralConfig, MistralForCausalLM
from transformers import Qwen2Config, Qwen2ForCausalLM, Qwen3Config, Qwen3ForCausalLM

FAMILIES = {
    "llama": (LlamaConfig, LlamaForCausalLM),
    "mistral": (MistralConfig, MistralForCausalLM),
    "qwen2": (Qwen2Config, Qwen2ForCausalLM),
    "qwen3": (Qwen3Config, Qwen3ForCausalLM),
}

BASE = dict(vocab_size=131, hidden_size=36, intermediate_size=52, num_hidden_layers=3, num_attention_heads=6, num_key_value_heads=2,
            max_position_embeddings=128, rms_norm_eps=1e-5, tie_word_embeddings=False, bos_token_id=1, eos_token_id=2, pad_token_id=0)
WIDE = dict(hidden_size=64, intermediate_size=96, num_attention_heads=4, num_key_value_heads=2)  # head_dim 16: all bands of a rope


def rope(kind, **more):
    return dict(rope_parameters=dict(rope_type=kind, rope_theta=10000.0, **more))


# name: (family, changes to BASE, how it is saved)
MODELS = {
    "llama_untied_gqa3": ("llama", {}, {}),
    "llama_tied_gqa1": ("llama", dict(tie_word_embeddings=True, num_attention_heads=4, num_key_value_heads=4, hidden_size=40), {}),
    "llama_gqa2_theta": ("llama", dict(WIDE, rms_norm_eps=1e-6), dict(theta=500000.0)),
    "llama_gqa4": ("llama", dict(num_attention_heads=8, num_key_value_heads=2, hidden_size=80, pad_token_id=None), {}),
    "llama_bias": ("llama", dict(attention_bias=True, mlp_bias=True, tie_word_embeddings=True), {}),
    "llama_head_dim": ("llama", dict(head_dim=10), {}),
    "llama_rope_linear": ("llama", dict(WIDE, **rope("linear", factor=4.0)), {}),
    "llama_rope_linear_old": ("llama", dict(WIDE, **rope("linear", factor=2.5)), dict(old_rope="type")),
    "llama_rope_dynamic": ("llama", dict(WIDE, **rope("dynamic", factor=3.0), max_position_embeddings=32), {}),
    "llama_rope_dynamic_short": ("llama", dict(WIDE, **rope("dynamic", factor=3.0), max_position_embeddings=96), {}),
    "llama_rope_yarn": ("llama", dict(WIDE, **rope("yarn", factor=4.0, original_max_position_embeddings=32)), {}),
    "llama_rope_yarn_tuned": ("llama", dict(WIDE, **rope("yarn", factor=8.0, original_max_position_embeddings=16, beta_fast=16.0,
                                                         beta_slow=2.0, attention_factor=1.25)), dict(old_rope="rope_type")),
    "llama_rope_llama3": ("llama", dict(WIDE, **rope("llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
                                                     original_max_position_embeddings=32)), {}),
    "llama_rope_llama3_old": ("llama", dict(WIDE, **rope("llama3", factor=32.0, low_freq_factor=1.0, high_freq_factor=4.0,
                                                         original_max_position_embeddings=32)), dict(old_rope="rope_type")),
    "llama_bf16_shards": ("llama", dict(tie_word_embeddings=True), dict(dtype=torch.bfloat16, max_shard_size="20KB")),
    "llama_fp16": ("llama", {}, dict(dtype=torch.float16)),
    "mistral_full": ("mistral", dict(sliding_window=None), {}),
    "mistral_head_dim_wide_window": ("mistral", dict(sliding_window=4096, head_dim=8), {}),
    "mistral_window": ("mistral", dict(sliding_window=16), {}),
    "qwen2_untied": ("qwen2", {}, {}),
    "qwen2_tied": ("qwen2", dict(WIDE, tie_word_embeddings=True, use_sliding_window=False, sliding_window=16), {}),
    "qwen2_window": ("qwen2", dict(use_sliding_window=True, sliding_window=16, max_window_layers=1), {}),
    "qwen3_untied": ("qwen3", dict(head_dim=20, num_attention_heads=4), {}),
    "qwen3_tied_bias": ("qwen3", dict(head_dim=16, tie_word_embeddings=True, attention_bias=True), {}),
    "qwen3_rope_yarn": ("qwen3", dict(WIDE, head_dim=16, **rope("yarn", factor=4.0, original_max_position_embeddings=32)), {}),
}
WINDOWED = {"mistral_window", "qwen2_window"}  # a window shorter than the sequence may be refused, never ignored


@torch.no_grad()
def randomise(model, generator):
    for name, p in model.named_parameters():
        noise = torch.randn(p.shape, generator=generator)
        if name.endswith("norm.weight"):
            p.copy_(1.0 + 0.3 * noise)
        elif p.dim() == 1:
            p.copy_(0.3 * noise)
        else:
            p.copy_(noise / math.sqrt(p.shape[1]))


def rewrite_rope(directory, theta=None, old_rope=None):
    """Spells the rope as files before transformers 5 do (`rope_theta`, `rope_scaling` with `type` or `rope_type`)."""
    path = os.path.join(directory, "config.json")
    with open(path, encoding="utf-8") as f:
        config = json.load(f)
    scaling = config.pop("rope_parameters")
    kind = scaling.pop("rope_type")
    config["rope_theta"] = theta or scaling["rope_theta"]
    scaling.pop("rope_theta")
    config["rope_scaling"] = {old_rope: kind, **scaling} if old_rope else None
    with open(path, "w", encoding="utf-8") as f:
        json.dump(config, f, indent=2)


def make(out, name):
    """Makes OUT/NAME and returns its path."""
    family, changes, saving = MODELS[name]
    config_class, model_class = FAMILIES[family]
    directory = os.path.join(out, name)
    saving = dict(saving)
    spelling = {k: saving.pop(k) for k in ("theta", "old_rope") if k in saving}
    dtype = saving.pop("dtype", torch.float32)
    model = model_class(config_class(**{**BASE, **changes}))
    randomise(model, torch.Generator().manual_seed(1 + list(MODELS).index(name)))
    model.to(dtype).save_pretrained(directory, **saving)
    if spelling:
        rewrite_rope(directory, **spelling)
    return directory


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    for name in sys.argv[2:] or MODELS:
        print(make(sys.argv[1], name))


if __name__ == "__main__":
    main()
