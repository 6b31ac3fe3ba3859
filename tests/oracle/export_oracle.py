#!/usr/bin/env python3
"""Loads an exported directory with transformers and compares greedy generation.

    export_oracle.py FULLSHARD DIR [--new-tokens 40] [--prompt TEXT …]

from_pretrained must not warn, log above INFO or find a key too many, too few or of another shape; each prompt's greedy tokens must be
those that `fullshard generate DIR --prompt … --ids` prints. Both sides compute in fp32.
"""
import argparse
import json
import logging
import os
import subprocess
import sys
import warnings

import torch
from tokenizers import Tokenizer
from transformers import AutoModelForCausalLM
from transformers.utils import logging as transformers_logging

PROMPTS = ["Once upon a time", "The little dog was very", "She asked her mother: \"Why", "One day, Tom and"]


class Collector(logging.Handler):
    def __init__(self):
        super().__init__(logging.WARNING)
        self.messages = []

    def emit(self, record):
        self.messages.append(record.getMessage())


def load_silently(directory):
    """Returns the model and everything that transformers, torch or Python complained about."""
    collector = Collector()
    transformers_logging.disable_progress_bar()
    transformers_logging.set_verbosity_warning()
    for name in ("transformers", "torch", "py.warnings"):
        logging.getLogger(name).addHandler(collector)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model, info = AutoModelForCausalLM.from_pretrained(directory, dtype=torch.float32, output_loading_info=True)
    complaints = collector.messages + [str(w.message) for w in caught]
    complaints += [f"{kind}: {sorted(map(str, names))}" for kind, names in info.items() if names]
    return model.eval(), complaints


@torch.no_grad()
def greedy(model, ids, new_tokens):
    out = model.generate(torch.tensor([ids]), attention_mask=torch.ones(1, len(ids), dtype=torch.long), do_sample=False,
                         max_new_tokens=new_tokens)
    return out[0, len(ids):].tolist()


def fullshard_tokens(fullshard, directory, prompt, new_tokens):
    command = [fullshard, "generate", directory, "--prompt", prompt, "--max-new-tokens", str(new_tokens), "--ids"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} ended with status {done.returncode}: {done.stderr.strip()}")
    return json.loads(done.stdout)


def without_end(tokens, model):
    """transformers returns the end-of-text token that stopped it; whether it is printed is not what is compared."""
    ends = model.generation_config.eos_token_id
    ends = ends if isinstance(ends, list) else [ends]
    return tokens[:-1] if tokens and tokens[-1] in ends else tokens


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("fullshard")
    parser.add_argument("directory")
    parser.add_argument("--new-tokens", type=int, default=40)
    parser.add_argument("--prompt", nargs="+", default=PROMPTS)
    a = parser.parse_args()
    if not os.path.isdir(a.directory):
        print(f"skipped: needs {a.directory}, which is not here")
        sys.exit(77)
    model, complaints = load_silently(a.directory)
    for complaint in complaints:
        print(f"WRONG  loading: {complaint}")
    tokenizer, failures = Tokenizer.from_file(os.path.join(a.directory, "tokenizer.json")), len(complaints)
    for prompt in a.prompt:
        want = without_end(greedy(model, tokenizer.encode(prompt).ids, a.new_tokens), model)
        got = without_end(fullshard_tokens(a.fullshard, a.directory, prompt, a.new_tokens), model)
        failures += got != want
        print(f"{'ok   ' if got == want else 'WRONG'}  {prompt!r}: {got}{'' if got == want else f' for {want}'}")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
