#!/usr/bin/env python3
"""Reduce-scatter and all-gather inside a node: ours, the MPI library's and gloo's, in turn, medians over rounds.

    compare.py BUILD/bench/collectives/collectives_bench VENV [--ranks 2 4] [--rounds 3] [--mib 1 4 16 64 128]

VENV has torch (tests/oracle/make_venv.sh makes one). Prints a table: milliseconds, bus bandwidth, ours against each.
"""
import argparse
import collections
import json
import os
import statistics
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))


def lines(command):
    environment = dict(os.environ, OMP_NUM_THREADS="1")
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bench")
    parser.add_argument("venv")
    parser.add_argument("--ranks", type=int, nargs="+", default=[2, 4])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--mib", nargs="+", default=["1", "4", "16", "64", "128"])
    a = parser.parse_args()
    found = collections.defaultdict(list)
    for _ in range(a.rounds):
        for ranks in a.ranks:
            for command in (["mpirun", "-n", str(ranks), a.bench, *a.mib],
                            [f"{a.venv}/bin/torchrun", "--standalone", "--nproc-per-node", str(ranks), f"{HERE}/gloo.py", *a.mib]):
                for line in lines(command):
                    found[line["operation"], ranks, line["mib"], line["body"]].append(line)
    print(f"{'operation':15} {'ranks':>5} {'MiB':>4} {'body':30} {'ms':>9} {'bus GB/s':>9} {'ours is':>8}")
    for key, of_rounds in found.items():
        operation, ranks, mib, body = key
        ms = statistics.median(line["median_ms"] for line in of_rounds)
        ours = statistics.median(line["median_ms"] for line in found[operation, ranks, mib, "fullshard"])
        bus = statistics.median(line["bus_gb_s"] for line in of_rounds)
        print(f"{operation:15} {ranks:5} {mib:4} {body:30} {ms:9.3f} {bus:9.2f} {ms / ours:7.2f}x")


main()
