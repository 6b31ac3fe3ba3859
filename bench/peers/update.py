#!/usr/bin/env python3
"""The update phase alone: norm of the gradients over all ranks, clip, AdamW, cast to the weights that compute.

    update.py FULLSHARD PEERS_VENV [--rounds 3] [--ranks 2] [--precision fp32 bf16] [--only torch deepspeed] [--json OUT]

Each rank holds its share of the 50 M model, 25 M parameters with two ranks; all ranks work at once, as in training. fullshard's
times are those of step_bench, which lies beside FULLSHARD in its build folder: `norm` and `update` (factor, AdamW and cast in one
pass) after a short forward and backward. torch: clip_grad_norm_'s two halves with the sum over ranks between, fused AdamW, copy to
bf16. deepspeed: the same with DeepSpeedCPUAdam, on the flat fp32 partitions that ZeRO keeps. Nothing is copied in fp32. Each round
runs every program once; figures are the best and the median over the rounds of the median step. The first run of deepspeed
compiles its kernel.
"""
import os
import sys

import programs

ROWS, LENGTH = 1, 16  # of step_bench's forward and backward, which are not looked at
CONFIG = f"{programs.HERE}/llama50m.json"


def fullshard_update(a, precision):
    bench = os.path.join(os.path.dirname(a.fullshard), "bench", "step", "step_bench")
    output = programs.run(programs.on_ranks(a, bench, CONFIG, precision, str(ROWS), str(LENGTH), str(a.steps)))
    step = programs.said(output, "step_s")
    return {"median": step["norm_s"] + step["update_s"], "parts": {"norm": step["norm_s"], "update": step["update_s"]}}


def peer_update(a, name, precision):
    output = programs.torchrun(a, "update_peer.py", name, "--precision", precision, "--steps", str(a.steps), "--config", CONFIG)
    return programs.said(output, "peer")


def main():
    parser = programs.parser(__doc__)
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--precision", nargs="+", default=["fp32", "bf16"])
    parser.add_argument("--only", nargs="*", choices=("torch", "deepspeed"), default=["torch", "deepspeed"])
    a = parser.parse_args()
    everything = {}
    for precision in a.precision:
        results = everything[precision] = {}

        def took(name, result):
            parts = ", ".join(f"{part} {seconds:.4f}" for part, seconds in result["parts"].items())
            print(f"{precision} {name}: {result['median']:.4f} s ({parts})", file=sys.stderr, flush=True)
            results.setdefault(name, []).append(result)

        for _ in range(a.rounds):
            took("fullshard", fullshard_update(a, precision))
            for name in a.only:
                result = peer_update(a, name, precision)
                took(result["peer"], result)
        print(f"\n{precision}: {a.ranks} ranks with one thread, {a.rounds} rounds", end="")
        programs.table(results)
    programs.finish(a, everything)


if __name__ == "__main__":
    main()
