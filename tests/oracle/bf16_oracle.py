#!/usr/bin/env python3
"""How far bf16 is from exact: a model probe, and transformers under autocast and with bf16 weights alone.

    bf16_oracle.py PROBE ASSETS --model DIR [--rows 16]

All three run the first rows of GSM8K as prompt/response pairs; fp32 of transformers stands for exact (5e-6, where bf16 is off by
1e-2). Two implementations of bf16 cannot agree bit for bit, nor closely on a few hundred tokens, since each token's rounding is
another accident. So the promise is about size: the probe's log-probabilities of the trained tokens (root mean square) and all its
gradients together are no further from fp32 than those of autocast, and its worst gradient tensor no further than autocast's worst.
"""
import argparse
import contextlib
import os
import shlex
import sys
import tempfile

import torch

import forward_oracle
import reference
import trainer_curve


def log_probabilities(logits, labels):
    targets = labels[:, 1:]
    trained = targets != -100
    return logits[:, :-1][trained].double().log_softmax(-1).gather(-1, targets[trained][:, None])[:, 0]


def transformers_run(model, batch, dtype, autocast=False):
    with torch.autocast("cpu", torch.bfloat16) if autocast else contextlib.nullcontext():
        network = reference.load(model, dtype)
        return reference.forward_backward(network, **batch)


def distances(got, exact, labels):
    """Root mean square of the log-probabilities' differences, relative distance of all gradients, and of each."""
    off = log_probabilities(got["logits"], labels) - log_probabilities(exact["logits"], labels)
    names = [name for name in exact if name.startswith("grad/")]
    squares = {name: ((got[name].double() - exact[name].double()).square().sum().item(), exact[name].double().square().sum().item()) for name in names}
    together = (sum(a for a, _ in squares.values()) / sum(b for _, b in squares.values())) ** 0.5
    return off.square().mean().sqrt().item(), together, {name: (a / b) ** 0.5 for name, (a, b) in squares.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("probe", type=shlex.split)
    parser.add_argument("assets")
    parser.add_argument("--model", required=True)
    parser.add_argument("--rows", type=int, default=16)
    a = parser.parse_args()
    if not os.path.isdir(a.assets):
        print(f"skipped: needs {a.assets}, which is not here")
        sys.exit(77)
    with tempfile.TemporaryDirectory() as scratch:
        case = trainer_curve.CASES["sft_real_bf16"]
        rows = trainer_curve.gsm8k_rows(case, a.model, a.assets, scratch)[0][:a.rows]
        labels = trainer_curve.pad(rows)["labels"]
        batch = {name: tensor.tolist() for name, tensor in trainer_curve.pad(rows).items()}
        exact = transformers_run(a.model, batch, torch.float32)
        found = {"probe": forward_oracle.run_probe(a.probe, scratch, a.model, batch, "bf16"),
                 "transformers, autocast": transformers_run(a.model, batch, torch.float32, autocast=True),
                 "transformers, bf16 weights": transformers_run(a.model, batch, torch.bfloat16)}
    found = {name: distances(got, exact, labels) for name, got in found.items()}
    print(f"{(labels[:, 1:] != -100).sum()} trained tokens; distance from fp32")
    print(f"{'':28}{'log-probability':>16}{'all gradients':>15}{'worst gradient':>16}")
    for name, (probability, together, each) in found.items():
        print(f"{name:28}{probability:16.4f}{together:15.4f}{max(each.values()):16.4f} {max(each, key=each.get).removeprefix('grad/')}")
    (probability, together, each), (probability_bound, together_bound, each_bound) = found["probe"], found["transformers, autocast"]
    sys.exit(probability > probability_bound or together > together_bound or max(each.values()) > max(each_bound.values()))


if __name__ == "__main__":
    main()
