#!/usr/bin/env python3
"""What `sharding.reduction: ordered` costs: steps with it and without, in turn.

    ordered.py FULLSHARD PEERS_VENV [--rounds 3] [--ranks 2] [--precision fp32 bf16] [--micro-steps 1 4]

The model and batch of compare.py; figures are medians over rounds of the median step.
"""
import json
import os
import statistics
import sys
import tempfile

import compare
import programs


def step_seconds(a, precision, micro_steps, reduction):
    with tempfile.TemporaryDirectory() as scratch:
        run = compare.write_run(a, precision, scratch)
        programs.run(programs.on_ranks(a, a.fullshard, "train", run, f"gradient_accumulation_steps={micro_steps}", f"sharding.reduction={reduction}"))
        with open(os.path.join(scratch, "out", "trainer_log.jsonl"), encoding="utf-8") as f:
            steps = [line for line in map(json.loads, f) if "loss" in line]
    tokens = compare.TOKENS_PER_ROW * compare.MICRO_BATCH * a.ranks * micro_steps
    return statistics.median(tokens / s["tokens_per_second"] for s in steps[a.warmup:])


def main():
    parser = programs.parser(__doc__)
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--warmup", type=int, default=1)
    parser.add_argument("--precision", nargs="+", default=["fp32", "bf16"])
    parser.add_argument("--micro-steps", type=int, nargs="+", default=[1, 4])
    a = parser.parse_args()
    found = {}
    for round_ in range(a.rounds):
        for precision in a.precision:
            for k in a.micro_steps:
                for reduction in ("fast", "ordered"):
                    seconds = step_seconds(a, precision, k, reduction)
                    found.setdefault(f"{precision}, {k} micro-steps", {}).setdefault(reduction, []).append(seconds)
                    print(f"round {round_ + 1}: {precision}, {k} micro-steps, {reduction}: {seconds:.3f} s", file=sys.stderr, flush=True)
    print(f"\n{a.ranks} ranks, {a.rounds} rounds\n{'':28}{'fast s':>9}{'ordered s':>11}{'speed':>8}")
    for name, of in found.items():
        fast, ordered = (statistics.median(of[r]) for r in ("fast", "ordered"))
        print(f"{name:28}{fast:9.3f}{ordered:11.3f}{fast / ordered:8.1%}")
    programs.finish(a, found)


if __name__ == "__main__":
    main()
