"""What the measurements on a test cluster share: the cluster of tests/cluster, a model and data made up on the spot, runs by srun.

Python's standard library alone. Needs root, as the cluster does; docs/benchmarks.md has the commands.
"""
import argparse
import contextlib
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.dont_write_bytecode = True
ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "cluster"))
import network
import requirements
from cluster import SKIPPED, Cluster
from site_files import environment_of

PATIENCE = 1800


def parser(doc):
    p = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("fullshard", type=os.path.abspath, help="the program, on a file system that is neither /tmp nor /dev/shm")
    p.add_argument("--dir", type=os.path.abspath, default=ROOT / "build" / "bench-cluster", help="of the cluster (default: build/bench-cluster)")
    p.add_argument("--json", metavar="OUT", help="a file for every single result")
    return p


@contextlib.contextmanager
def cluster_of(nodes, directory):
    """A cluster of so many nodes without speed limits; ended afterwards unless it was up already."""
    if reason := requirements.obstacle():
        print(f"SKIPPED: no test cluster on this machine: {reason}")
        sys.exit(SKIPPED)
    cluster = Cluster(directory)
    found = cluster.up(nodes, 2, None) == "was up already"
    try:
        yield cluster
    finally:
        if not found:
            cluster.down()


def write_tokens(path, rows, length, vocabulary):
    dice = random.Random(0)
    with open(path, "w", encoding="ascii") as f:
        for _ in range(rows):
            ids = [dice.randrange(3, vocabulary) for _ in range(length)]
            f.write(json.dumps({"input_ids": ids, "labels": ids}) + "\n")


class Run:
    """One finished run of the program: what it printed, what it logged, what its nodes sent meanwhile."""

    def __init__(self, text, output, moved, seconds):
        self.text, self.output, self.moved, self.seconds = text, Path(output), moved, seconds

    def steps(self):
        rows = map(json.loads, (self.output / "trainer_log.jsonl").read_text().splitlines())
        return [row for row in rows if "loss" in row]

    def header(self, pattern):
        found = re.search(pattern, self.text)
        return found[1] if found else sys.exit(f"expected {pattern} in\n{self.text}")

    def walk_mib(self):
        """What the run header says that a node sends in a step."""
        number, unit = self.header(r"([\d.]+ \w+) between nodes per node and step").split()
        return float(number) * {"B": 2**-20, "KiB": 2**-10, "MiB": 1, "GiB": 2**10}[unit]


class Workplace:
    """A directory that all nodes see, with a model of random weights and its data."""

    def __init__(self, cluster, program, scratch):
        self.cluster, self.program, self.dir = cluster, str(program), Path(scratch)

    def write(self, config, rows, length, **keys):
        """The model, `rows` rows of `length` random tokens, and the run file; keys are those of the run file."""
        (self.dir / "model").mkdir(exist_ok=True)
        (self.dir / "model" / "config.json").write_text(json.dumps(config))
        write_tokens(self.dir / "tokens.jsonl", rows, length, config["vocab_size"])
        run = {"model_name_or_path": "model", "init": "random", "stage": "pt", "dataset": "tokens.jsonl", "cutoff_len": length,
               "output_dir": "out", "learning_rate": 1e-4, "disable_shuffling": True, "save_strategy": "no", "logging_steps": 1, **keys}
        (self.dir / "run.json").write_text(json.dumps(run, indent=1))

    def train(self, nodes, ranks, *overrides):
        """A run on `ranks` ranks of `nodes` nodes from the start; ends this program where it fails."""
        shutil.rmtree(self.dir / "out", ignore_errors=True)
        before, began = self.sent(), time.monotonic()
        process = self.start(nodes, ranks, *overrides, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        text = process.communicate(timeout=PATIENCE)[0]
        if process.returncode != 0:
            sys.exit(f"{' '.join(process.args[-4:])} ended with {process.returncode}\n{text[-4000:]}")
        moved = [tuple(a - b for a, b in zip(after, then)) for after, then in zip(self.sent(), before)]
        return Run(text, self.dir / "out", moved, time.monotonic() - began)

    def start(self, nodes, ranks, *overrides, **options):
        return self.on_login(["srun", f"-N{nodes}", f"-n{ranks}", "--overcommit", "--kill-on-bad-exit=1", "--mpi=pmix", self.program, "train",
                              "run.json", *overrides], **options)

    def bound_links(self, rate):
        """Of every node, in each direction; "none" for no bound."""
        for node in self.cluster.nodes():
            network.set_rate(self.cluster.login(), node, None if rate == "none" else rate)

    def sent(self):
        """(bytes, packets, segments of them that TCP had to repeat) of each node so far."""
        return [(network.traffic(node)[0], network.packets_sent(node), network.segments_repeated(node)) for node in self.cluster.nodes()]

    def on_login(self, command, environment=None, **options):
        """A process on the login machine, in this directory."""
        return self.cluster.popen(command, directory=self.dir, stdin=subprocess.DEVNULL, text=True,
                                  env=environment_of({**os.environ, "OMP_NUM_THREADS": "1", **(environment or {})}), **options)


@contextlib.contextmanager
def workplace(a, nodes):
    with cluster_of(nodes, a.dir) as cluster, tempfile.TemporaryDirectory(prefix="work-", dir=a.dir) as scratch:
        yield Workplace(cluster, a.fullshard, scratch)


def keep(a, results):
    if a.json:
        Path(a.json).write_text(json.dumps(results, indent=1))
