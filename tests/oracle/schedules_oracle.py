#!/usr/bin/env python3
"""Learning rates of transformers.get_scheduler over a grid, as the fixture of the schedule's unit test.

    schedules_oracle.py FIXTURE.json            checks that the fixture is what the installed transformers gives
    schedules_oracle.py FIXTURE.json --write    writes it

Each case: the rate that the update of step 0, 1, … uses, some steps beyond the last included.
"""
import argparse
import itertools
import json
import sys
import warnings

import torch
import transformers

TOTAL, BEYOND, RATE = 20, 3, 3e-4
KWARGS = {
    "linear": [{}],
    "cosine": [{}, {"num_cycles": 1.25}],
    "cosine_with_min_lr": [{"min_lr": 3e-5}, {"min_lr_rate": 0.1}, {"min_lr_rate": 0.25, "num_cycles": 1.5}],
    "constant": [{}],
    "constant_with_warmup": [{}],
    "warmup_stable_decay": [
        {"num_decay_steps": 7}, {"num_decay_steps": 6, "min_lr_ratio": 0.1}, {"num_decay_steps": 4, "num_stable_steps": 5},
        {"num_decay_steps": 7, "decay_type": "linear", "warmup_type": "cosine"},
        {"num_decay_steps": 7, "decay_type": "1-sqrt", "warmup_type": "1-sqrt", "min_lr_ratio": 0.05},
        {"num_decay_steps": 8, "num_cycles": 1.5}],
    "polynomial": [{}, {"power": 2.0}, {"power": 0.5, "lr_end": 1e-5}],
    "inverse_sqrt": [{}, {"timescale": 30}],
}


def rates(kind, warmup, kwargs):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=RATE)
    schedule = transformers.get_scheduler(kind, optimizer, num_warmup_steps=warmup, num_training_steps=TOTAL, scheduler_specific_kwargs=kwargs)
    used = []
    for _ in range(TOTAL + BEYOND):
        used.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    return used


def cases():
    for kind, all_kwargs in KWARGS.items():
        for kwargs, warmup in itertools.product(all_kwargs, (0, 1, 5)):
            yield {"lr_scheduler_type": kind, "warmup_steps": warmup, "max_steps": TOTAL, "learning_rate": RATE,
                   "lr_scheduler_kwargs": kwargs, "lr": rates(kind, warmup, kwargs)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("fixture")
    parser.add_argument("--write", action="store_true")
    a = parser.parse_args()
    warnings.simplefilter("ignore")  # both num_stable_steps and num_training_steps are given: documented to be so
    found = list(cases())
    if a.write:
        with open(a.fixture, "w", encoding="ascii") as f:
            f.write("[\n" + ",\n".join(json.dumps(case) for case in found) + "\n]\n")
        return
    with open(a.fixture, encoding="ascii") as f:
        fixture = json.load(f)
    wrong = [new for old, new in itertools.zip_longest(fixture, found) if old != new]
    print(f"transformers {transformers.__version__}: {len(found)} schedules, {len(wrong)} differ from {a.fixture}")
    for case in wrong:
        print(f"  transformers gives {json.dumps(case)}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
