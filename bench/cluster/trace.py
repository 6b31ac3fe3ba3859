#!/usr/bin/env python3
"""A picture of a training step over slow links: a run with --trace on 2 nodes of 2 ranks, drawn by bench/step/trace_picture.py.

    trace.py FULLSHARD OUT.svg [--rate 1gbit] [--strategy hierarchical] [--micro-steps 1] [--set sharding.prefetch=2 …] [--trace trace.json]

The model is bench/peers/llama50m.json. --trace keeps the trace itself, for ui.perfetto.dev.
"""
import json
import os
import shutil
import sys

import workplace

sys.path.insert(0, str(workplace.ROOT / "bench" / "step"))
import trace_picture

NODES, RANKS = 2, 4
STEPS = 5  # enough for those that a trace has


def main():
    parser = workplace.parser(__doc__)
    parser.add_argument("out", type=os.path.abspath)
    parser.add_argument("--rate", default="1gbit", help="of every link in each direction, or none (default: 1gbit)")
    parser.add_argument("--strategy", default="hierarchical")
    parser.add_argument("--sequence", type=int, default=128)
    parser.add_argument("--micro-batch", type=int, default=8)
    parser.add_argument("--micro-steps", type=int, default=1)
    parser.add_argument("--step", type=int, default=2, help="which of the trace's steps is drawn")
    parser.add_argument("--set", nargs="*", default=[], metavar="KEY=VALUE")
    parser.add_argument("--trace", type=os.path.abspath, help="a file for the trace")
    a = parser.parse_args()
    with workplace.workplace(a, NODES) as place:
        config = json.loads((workplace.ROOT / "bench" / "peers" / "llama50m.json").read_text())
        place.write(config, rows=STEPS * a.micro_steps * a.micro_batch * RANKS, length=a.sequence, per_device_train_batch_size=a.micro_batch,
                    gradient_accumulation_steps=a.micro_steps, max_steps=STEPS, precision="bf16")
        place.bound_links(a.rate)
        run = place.train(NODES, RANKS, "--trace", f"sharding.strategy={a.strategy}", *a.set)
        place.bound_links("none")
        trace = run.output / "trace.json"
        if a.trace:
            shutil.copy(trace, a.trace)
        links = "" if a.rate == "none" else f", links of {a.rate.replace('gbit', ' Gbit/s').replace('mbit', ' Mbit/s')}"
        trace_picture.draw(trace, a.out, a.step, title=f"{a.strategy}, {RANKS} ranks on {NODES} nodes{links}")
        print(run.header(r"(collectives +[\d.e+]+ s, exposed .*)"))


if __name__ == "__main__":
    main()
