#!/usr/bin/env python3
"""Compares logits, loss and every parameter gradient of a model probe with transformers.

    forward_oracle.py PROBE [--model DIR …] [--only NAME …] [--precision fp32 fp64]

PROBE is a command line that is run as `PROBE MODEL_DIR BATCH.json OUT.safetensors PRECISION`. It is compared on tiny random models
of every family and rope kind (reference_models.py) and on the directories given with --model. Per tensor ‖a − b‖/‖b‖ has to be
at most 1e-5 in fp32 and 1e-9 in fp64.

The bounds: a result of fp32 carries the rounding (6e-8) of sums of up to a few thousand terms in another order through a few
layers, which measures at 1e-6; 1e-5 leaves a factor of ten, and a wrong term shows at 1e-3 or more. In fp64 rounding is 1e-16 and
measures at 1e-14, so 1e-9 is bound by nothing but mistakes, and a stray float32 operation (1e-8) is one.
"""
import argparse
import functools
import json
import os
import random
import shlex
import subprocess
import sys
import tempfile

import torch
from safetensors.torch import load_file

import reference
import reference_models

BOUNDS = {"fp32": 1e-5, "fp64": 1e-9}
DTYPES = {"fp32": torch.float32, "fp64": torch.float64}


class Mismatch(Exception):
    pass


def make_batch(vocabulary, seed):
    """Three rows of one length; some labels masked inside, the last row padded; the padding token (0) also occurs as text."""
    dice = random.Random(seed)
    length = dice.randint(40, 70)
    ids = [[dice.randrange(vocabulary) for _ in range(length)] for _ in range(3)]
    labels = [[-100 if dice.random() < 0.2 else token for token in row] for row in ids]
    ids[0][7] = labels[0][7] = 0
    padded = length - dice.randint(5, 15)
    ids[2][padded:] = [0] * (length - padded)
    labels[2][padded:] = [-100] * (length - padded)
    return {"input_ids": ids, "labels": labels}


def run_probe(command, scratch, directory, batch, precision):
    """Returns the probe's tensors, or None where it refused with exit status 3 and a message that names the window."""
    batch_file, out = os.path.join(scratch, "batch.json"), os.path.join(scratch, "out.safetensors")
    with open(batch_file, "w", encoding="ascii") as f:
        json.dump(batch, f)
    if os.path.exists(out):
        os.remove(out)
    done = subprocess.run([*command, directory, batch_file, out, precision], capture_output=True, text=True, check=False)
    if done.returncode == 3 and "sliding_window" in done.stderr:
        return None
    if done.returncode != 0:
        message = (done.stderr or done.stdout).strip().partition("\n")[0]  # a stack may follow
        raise Mismatch(f"the probe ended with status {done.returncode}: {message}")
    return load_file(out)


def relative_error(got, want):
    difference = (got.double() - want.double()).norm()
    return (difference / want.double().norm()).item() if want.double().norm() > 0 else difference.item()


def compare(got, want, precision):
    """Returns [(error, tensor name)], largest first; raises where the sets of tensors, shapes or dtypes differ."""
    if got.keys() != want.keys():
        raise Mismatch(f"only in the probe's output: {sorted(got.keys() - want.keys())}, missing: {sorted(want.keys() - got.keys())}")
    errors = []
    for name, b in want.items():
        a = got[name]
        dtype = {"loss": torch.float64, "tokens": torch.int64}.get(name, DTYPES[precision])
        if a.shape != b.shape or a.dtype != dtype:
            raise Mismatch(f"{name}: expected {dtype} {tuple(b.shape)}, found {a.dtype} {tuple(a.shape)}")
        if not torch.isfinite(a.double()).all():
            raise Mismatch(f"{name}: has values that are not finite")
        if name == "tokens" and a.item() != b.item():
            raise Mismatch(f"tokens: expected {b.item()}, found {a.item()}")
        errors.append((relative_error(a, b), name))
    return sorted(errors, reverse=True)


def check(name, directory, precision, probe):
    """Prints the row of one model and precision; returns whether `probe(directory, batch, precision)` agrees."""
    with open(os.path.join(directory, "config.json"), encoding="utf-8") as f:
        batch = make_batch(json.load(f)["vocab_size"], seed=name)
    try:
        got = probe(directory, batch, precision)
        if got is None:
            if name not in reference_models.WINDOWED:
                raise Mismatch("refused for its sliding window, but it has none shorter than the sequence")
            print(f"{name:30} {precision}  refused: sliding window")
            return True
        errors = compare(got, reference.run(directory, **batch, precision=precision), precision)
    except Mismatch as wrong:
        print(f"{name:30} {precision}  WRONG  {wrong}")
        return False
    by_name = {tensor: error for error, tensor in errors}
    worst, tensor = next(e for e in errors if e[1].startswith("grad/"))
    agrees = errors[0][0] <= BOUNDS[precision]
    print(f"{name:30} {precision}  logits {by_name['logits']:.1e}  loss {by_name['loss']:.1e}  {len(errors) - 3} gradients, worst {worst:.1e}"
          f" {tensor.removeprefix('grad/')}{'' if agrees else f'  WRONG: {errors[0][1]} beyond {BOUNDS[precision]:.0e}'}", flush=True)
    return agrees


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("probe", type=shlex.split)
    parser.add_argument("--model", action="append", default=[])
    parser.add_argument("--only", nargs="+", default=list(reference_models.MODELS))
    parser.add_argument("--precision", nargs="+", choices=sorted(BOUNDS), default=sorted(BOUNDS))
    a = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as scratch:
        probe = functools.partial(run_probe, a.probe, scratch)
        models = [(name, reference_models.make(scratch, name)) for name in a.only]
        for path in a.model:
            if os.path.isdir(path):
                models.append((os.path.basename(os.path.normpath(path)), path))
            else:
                print(f"{path} is not here: not compared")
        verdicts = [check(name, directory, precision, probe) for name, directory in models for precision in a.precision]
    print(f"{sum(verdicts)} of {len(verdicts)} comparisons agree")
    sys.exit(0 if all(verdicts) else 1)


if __name__ == "__main__":
    main()
