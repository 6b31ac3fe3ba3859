#!/usr/bin/env python3
"""Proves that forward_oracle.py passes a right probe and fails a wrong one: the probe is the reference itself, spoilt on request."""
import sys
import tempfile

import torch

import forward_oracle
import reference
import reference_models

MODEL, TENSOR = "llama_tied_gqa1", "grad/model.layers.1.self_attn.k_proj.weight"
CASES = [  # what is spoilt, by which relative amount (None: left out), precision, whether it has to agree
    ("loss", 0.0, "fp32", True),
    ("loss", 0.0, "fp64", True),
    (TENSOR, 2e-5, "fp32", False),
    (TENSOR, 2e-9, "fp64", False),
    ("loss", 2e-5, "fp32", False),
    ("logits", float("nan"), "fp32", False),
    (TENSOR, None, "fp32", False),
]


def spoilt_probe(name, amount):
    def probe(directory, batch, precision):
        tensors = reference.run(directory, **batch, precision=precision)
        if amount is None:
            del tensors[name]
        else:
            tensors[name] *= 1 + amount
        return tensors
    return probe


def main():
    torch.set_num_threads(1)
    failures = 0
    with tempfile.TemporaryDirectory() as scratch:
        directory = reference_models.make(scratch, MODEL)
        for name, amount, precision, expected in CASES:
            agrees = forward_oracle.check(MODEL, directory, precision, spoilt_probe(name, amount))
            failures += agrees != expected
            print("as expected" if agrees == expected else f"WRONG VERDICT for {name} off by {amount}")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
