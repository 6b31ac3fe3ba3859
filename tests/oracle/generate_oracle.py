#!/usr/bin/env python3
"""Compares greedy tokens of `fullshard generate` with those of transformers' generate, both in fp32.

    generate_oracle.py FULLSHARD [--model DIR] [--new-tokens N]

Without a model: random ones of every family and rope kind (reference_models.py), with a tokenizer of single characters, from a
prompt shorter and one longer than their small positional constants (windows, lengths at which a rope is scaled). Dynamic
scaling depends on what transformers generated before, so each prompt there starts from a freshly loaded model. One model
ends early and one has a repetition penalty, both by generation_config.json.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import AutoModelForCausalLM
from transformers.utils import logging as transformers_logging

import reference_models

SHORT, LONG = "she said 12", "the quick brown fox jumps over the lazy dog; 0123456789"
TEXTS = ["Once upon a time", "The capital of France is", "def fibonacci(n):", "Natalia sold clips to 48 of her friends in April,"]


def save_character_tokenizer(directory):
    characters = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {c: 3 + i for i, c in enumerate(c for c in characters if ord(c) < 127 or c == "\u0120")}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.save(os.path.join(directory, "tokenizer.json"))


def set_generation(directory, **values):
    path = os.path.join(directory, "generation_config.json")
    with open(path, encoding="utf-8") as f:
        config = json.load(f)
    config.update(values)
    with open(path, "w", encoding="utf-8") as f:
        json.dump(config, f)


@torch.no_grad()
def greedy(directory, prompt, new_tokens):
    model = AutoModelForCausalLM.from_pretrained(directory, dtype=torch.float32).eval()
    ids = Tokenizer.from_file(os.path.join(directory, "tokenizer.json")).encode(prompt).ids
    out = model.generate(torch.tensor([ids]), attention_mask=torch.ones(1, len(ids), dtype=torch.long), do_sample=False,
                         max_new_tokens=new_tokens)
    return out[0, len(ids):].tolist()


def ours(fullshard, directory, prompts, new_tokens):
    command = [fullshard, "generate", directory, "--max-new-tokens", str(new_tokens), "--ids"]
    for prompt in prompts:
        command += ["--prompt", prompt]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        return [f"status {done.returncode}: {done.stderr.strip()}"] * len(prompts)
    return [json.loads(line) for line in done.stdout.splitlines()]


def compare(fullshard, directory, prompts, new_tokens):
    """The number of prompts on which the two differ."""
    wrong = 0
    for prompt, got in zip(prompts, ours(fullshard, directory, prompts, new_tokens), strict=True):
        want = greedy(directory, prompt, new_tokens)
        wrong += got != want
        print(f"{'ok   ' if got == want else 'WRONG'}  {os.path.basename(directory)} {prompt[:20]!r} {len(want)} tokens"
              f"{'' if got == want else f': {got} for {want}'}", flush=True)
    return wrong


def compare_random_models(fullshard, new_tokens):
    wrong = 0
    with tempfile.TemporaryDirectory() as scratch:
        for name in reference_models.MODELS:
            directory = reference_models.make(scratch, name)
            save_character_tokenizer(directory)
            if name == "llama_gqa4":
                set_generation(directory, repetition_penalty=1.3)
            if name == "llama_bias":  # two end tokens, one of which comes
                set_generation(directory, eos_token_id=[130, greedy(directory, SHORT, new_tokens)[9]])
            wrong += compare(fullshard, directory, [SHORT, LONG], new_tokens)
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("fullshard")
    parser.add_argument("--model")
    parser.add_argument("--new-tokens", type=int, default=50)
    a = parser.parse_args()
    transformers_logging.disable_progress_bar()
    if a.model and not os.path.isdir(a.model):
        print(f"skipped: needs {a.model}, which is not here")
        sys.exit(77)
    wrong = compare(a.fullshard, a.model, TEXTS, a.new_tokens) if a.model else compare_random_models(a.fullshard, a.new_tokens)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
