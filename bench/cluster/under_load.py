#!/usr/bin/env python3
"""Many steps while busy loops take the processors: does the watchdog keep still?

    under_load.py FULLSHARD [--steps 2000] [--limit 3] [--loops N]

3 nodes of 2 ranks on the test cluster, a small model, --loops busy processes beside them (default: one for each processor of this
machine). Ends with 1 where a line was written or the run did not reach its end.
"""
import contextlib
import os
import statistics
import subprocess
import sys
import time

import workplace

from traffic import CONFIG

NODES, RANKS = 3, 6
SMALL = {**CONFIG, "hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "vocab_size": 512}
TOKENS = RANKS * 31  # trained ones of a step: a row's first is no target


@contextlib.contextmanager
def busy_loops(number):
    loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(number)]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


def main():
    parser = workplace.parser(__doc__)
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--limit", type=float, default=3)
    parser.add_argument("--loops", type=int, default=os.cpu_count())
    a = parser.parse_args()
    with workplace.workplace(a, NODES) as place, busy_loops(a.loops):
        place.write(SMALL, rows=1200, length=32, per_device_train_batch_size=1, max_steps=a.steps, precision="bf16", watchdog_seconds=a.limit)
        began = time.monotonic()
        run = place.train(NODES, RANKS)
        seconds = [TOKENS / row["tokens_per_second"] for row in run.steps()]
        load = os.getloadavg()[0]
        wrong = (run.output / "watchdog.log").exists() or len(seconds) != a.steps
    print(f"{len(seconds)} steps in {time.monotonic() - began:.0f} s on {RANKS} ranks beside {a.loops} busy loops on {os.cpu_count()} processors "
          f"(load {load:.1f}), limit {a.limit} s\nsteps took {statistics.median(seconds):.3f} s in the middle, {max(seconds):.2f} s at most; "
          f"{'A LINE WAS WRITTEN' if wrong else 'no line in watchdog.log'}")
    workplace.keep(a, {"seconds": seconds})
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
