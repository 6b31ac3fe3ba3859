#!/usr/bin/env python3
"""Memory that a rank takes under every named strategy, beside what the run header plans and what the formulas say.

    strategies.py FULLSHARD [--precision fp32 bf16] [--micro-steps 1 4] [--only STRATEGY …] [--rounds 1] [--kinds]

Under mpirun on this machine, four ranks as 2 virtual nodes of 2, bench/peers/llama50m.json with random weights. Measured is the proportional
set size (Pss: of memory that n processes see, an n-th), read while the run trains; what it reaches is what it keeps, since neither windows
nor the allocator give memory back. Files do not count: a rank's share of libraries depends on what else runs on the machine. A baseline
goes off: what the same program takes for a model of next to nothing, less the plan for that.
--kinds shows what the kinds of mappings hold, too. Ends with 1 where the header's plan is not what docs/numerics.md, "Memory", says.
"""
import argparse
import json
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

NODES, RANKS_PER_NODE = 2, 2
RANKS = NODES * RANKS_PER_NODE
STEPS = 2
EVERY = 0.02  # seconds
PEERS = Path(__file__).resolve().parents[1] / "peers"
# Name: run file keys; ways to cut parameters, gradients, optimizer state; slots for gathered blocks and for embedding or head.
STRATEGIES = {
    "ddp": ({"strategy": "ddp"}, (1, 1, 1)),
    "zero1": ({"strategy": "zero1"}, (1, 1, 4)),
    "zero2": ({"strategy": "zero2"}, (1, 4, 4)),
    "zero3": ({"strategy": "zero3"}, (4, 4, 4)),
    "zero3, kept gathered": ({"strategy": "zero3", "reshard_after_forward": False}, (4, 4, 4)),
    "hybrid": ({"strategy": "hybrid"}, (2, 2, 2)),
    "hierarchical": ({"strategy": "hierarchical"}, (2, 2, 4)),
    "hierarchical, stage 2": ({"strategy": "hierarchical", "inter_zero_stage": 2}, (2, 4, 4)),
}
NEXT_TO_NOTHING = {"hidden_size": 64, "intermediate_size": 64, "num_hidden_layers": 1, "num_attention_heads": 1, "num_key_value_heads": 1,
                   "vocab_size": 64}
ALIGNMENT = 2048  # elements: where tensors begin
BUCKET = 4_000_000  # bytes: sharding.bucket_size
MIB = 1 << 20
UNITS = {"B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}
# Parts of the plan that lie in windows; the vectors among the weights do not.
SHARED = ("weights that compute", "gathered units", "gradients", "gradients under way")
KINDS = ("windows", "messages", "anonymous", "heap")


def kind_of(name):
    """Of a mapping: memory that ranks of a node share, the MPI library's, this process's own; none of files."""
    if "vader" in name:
        return "messages"
    if "osc_" in name or name.startswith("/dev/shm"):
        return "windows"
    if not name or name.startswith("[anon"):
        return "anonymous"
    return "heap" if name.startswith("[") else None


def memory_of(pid):
    """{kind: bytes} that a process takes now; None once it has ended."""
    sums, kind = dict.fromkeys(KINDS, 0), None
    try:
        with open(f"/proc/{pid}/smaps", encoding="utf-8") as f:
            for line in f:
                if kind and line.startswith("Pss:"):
                    sums[kind] += int(line.split()[1]) << 10
                elif line[0] in "0123456789abcdef":
                    fields = line.split(maxsplit=5)
                    kind = kind_of(fields[5].strip() if len(fields) > 5 else "")
    except (FileNotFoundError, ProcessLookupError):
        return None
    return sums if sum(sums.values()) else None


def ranks_of(launcher, program):
    """Processes of the program below the launcher's."""
    found = []
    for directory in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((directory / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == launcher and os.readlink(directory / "exe") == program:
                found.append(int(directory.name))
        except (OSError, IndexError):
            pass
    return sorted(found)


def watch(process, program, log):
    """What each rank took, {kind: bytes}, when all together took most: until both have looked at memory that two share, the first has all of it."""
    pids, most = [], []
    while process.poll() is None:
        if len(pids) < RANKS:
            pids = ranks_of(process.pid, program)
        now = [memory_of(pid) for pid in pids]
        if len(now) == RANKS and None not in now and total(now) >= total(most):
            most = now
        if log.exists() and log.read_text().count('"loss"') >= STEPS:
            break
        time.sleep(EVERY)
    return most


def total(ranks):
    return sum(sum(kinds.values()) for kinds in ranks)


def write_run(scratch, config, a, precision, micro_steps):
    (scratch / "config.json").write_text(json.dumps(config))
    dice = random.Random(0)
    with open(scratch / "tokens.jsonl", "w", encoding="ascii") as f:
        for _ in range(STEPS * RANKS * micro_steps * a.rows):
            ids = [dice.randrange(3, NEXT_TO_NOTHING["vocab_size"]) for _ in range(a.length)]
            f.write(json.dumps({"input_ids": ids, "labels": ids}) + "\n")
    run = {"model_name_or_path": str(scratch), "init": "random", "stage": "pt", "dataset": str(scratch / "tokens.jsonl"), "cutoff_len": a.length,
           "per_device_train_batch_size": a.rows, "gradient_accumulation_steps": micro_steps, "max_steps": STEPS, "precision": precision,
           "logging_steps": 1, "save_strategy": "no", "learning_rate": 1e-4, "output_dir": str(scratch / "out")}
    (scratch / "run.json").write_text(json.dumps(run))


def measured(a, scratch, config, precision, sharding, micro_steps):
    """What the ranks took, and the header's plan: {part: bytes}."""
    write_run(scratch, config, a, precision, micro_steps)
    shutil.rmtree(scratch / "out", ignore_errors=True)
    keys = [f"sharding.{k}={json.dumps(v).strip(chr(34))}" for k, v in sharding.items()]
    command = [*a.launcher.split(), "-n", str(RANKS), a.fullshard, "train", str(scratch / "run.json"), f"sharding.mesh.nodes={NODES}", *keys]
    with open(scratch / "text", "w+", encoding="utf-8") as said:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, env={**os.environ, "OMP_NUM_THREADS": "1"})
        most = watch(process, a.fullshard, scratch / "out" / "trainer_log.jsonl")
        process.wait(1800)
        said.seek(0)
        text = said.read()
    if process.returncode != 0 or len(most) != RANKS:
        sys.exit(f"{' '.join(command)} ended with {process.returncode}, {len(most)} ranks were seen\n{text[-3000:]}")
    line = re.search(r"^  memory/rank +\S+ \S+ = (.*)$", text, re.M)[1]
    plan = {name: float(number) * UNITS[unit] for name, number, unit in re.findall(r"([a-z ]+?) ([\d.]+) (\w+)(?:, |$)", line)}
    return most, plan


class Model:
    """Sizes under the names of docs/numerics.md, "Memory": of a tied model without biases and head norms."""

    def __init__(self, config):
        self.d, self.f, self.v, self.layers = (config[k] for k in ("hidden_size", "intermediate_size", "vocab_size", "num_hidden_layers"))
        heads, keys = config["num_attention_heads"], config["num_key_value_heads"]
        width = config.get("head_dim", self.d // heads)
        self.q, self.s_q = heads * width, (heads + 2 * keys) * width
        self.block = self.padded([*2 * [self.q * self.d], *2 * [keys * width * self.d], *3 * [self.f * self.d],
                                  self.d, self.d])
        self.other = self.padded([self.v * self.d, self.d])
        self.all = self.layers * self.block + self.other
        self.vectors = (2 * self.layers + 1) * self.d

    @staticmethod
    def padded(tensors):
        def up_to(multiple, n):
            return -(-n // multiple) * multiple

        return up_to(RANKS * ALIGNMENT, sum(up_to(ALIGNMENT, t) for t in tensors))


def activations(m, tokens, c, acc):
    rounded = c != acc
    chunk = min(tokens, min(1024, max(64, (1 << 24) // m.v // 64 * 64)))
    kept = tokens * m.layers * (acc * (2 * m.d + 2) + c * (m.s_q + m.q + 2 * m.f))
    head = chunk * m.v * (acc + (c if rounded else 0)) + tokens * (acc * (2 * m.d + 1) + c * 2 * m.d)
    block = tokens * (acc * 2 * m.d + c * ((3 if rounded else 2) * m.d + max(m.f, m.q + m.s_q - 2 * m.f)))
    return kept + max(head, block)


def by_the_formulas(a, config, precision, name):
    """{part: bytes} as that page has them, without recompute."""
    m, (keys, (wp, wg, wo)) = Model(config), STRATEGIES[name]
    c, acc = 4 if precision == "fp32" else 2, 4
    kept = keys.get("reshard_after_forward") is False
    slots = (max(2, m.layers) if kept else 2) * m.block + (2 if kept else 1) * m.other
    largest_slice = acc * max(m.block, m.other) // RANKS
    return {
        "weights that compute": c * m.all / wp + acc * m.vectors,
        "master weights": 0 if c == acc and wp == wo else acc * m.all / wo,
        "moments": 2 * acc * m.all / wo,
        "gradients": acc * m.all / wg,
        "gathered units": c * slots / RANKS_PER_NODE if wp == RANKS else 0,
        "gradients under way": acc * (2 * m.block + m.other) if wg > 1 else 0,
        "messages under way": (NODES - 1) * (largest_slice if largest_slice <= BUCKET else 2 * BUCKET),
        "activations": activations(m, a.rows * a.length, c, acc),
    }


def compare(a, scratch, config, precision, name, micro_steps, baseline):
    """A line of the table; True where the plan is not what the formulas say."""
    rounds = [measured(a, scratch, config, precision, STRATEGIES[name][0], micro_steps) for _ in range(a.rounds)]
    plan = rounds[0][1]
    ranks = [{kind: taken - baseline[kind] for kind, taken in rank.items()} for most, _ in rounds for rank in most]
    largest = max(ranks, key=lambda kinds: sum(kinds.values()))
    least, most, planned = min(sum(kinds.values()) for kinds in ranks), sum(largest.values()), sum(plan.values())
    print(f"{name:24}{precision:6}{micro_steps:3}{planned / MIB:10.1f}{most / MIB:10.1f}{(most - planned) / MIB:8.1f}{most / planned - 1:8.1%}"
          f"{least / MIB:10.1f}   {', '.join(f'{part} {size / MIB:.1f}' for part, size in plan.items())}", flush=True)
    shared = sum(size for part, size in plan.items() if part in SHARED) - 4 * Model(config).vectors
    if a.kinds:
        print(f"{'':24}measured: {', '.join(f'{kind} {size / MIB:.1f}' for kind, size in largest.items())}; planned in windows {shared / MIB:.1f}")
    formulas = by_the_formulas(a, config, precision, name)
    # The header rounds to 0.01 MiB.
    apart = [f"{part}: header {plan.get(part, 0) / MIB:.2f}, formula {size / MIB:.2f} MiB" for part, size in formulas.items()
             if abs(plan.get(part, 0) - size) > 0.006 * MIB] + [f"{part} has no formula" for part in plan if part not in formulas]
    for line in apart:
        print(f"  APART: {line}")
    a.results.append({"strategy": name, "precision": precision, "k": micro_steps, "plan": plan, "formulas": formulas, "largest": largest, "least": least})
    return bool(apart)


def baseline_of(a, scratch, config, precision):
    """{kind: bytes} of a rank that trains next to nothing; its plan is taken off where most of it is, in anonymous memory."""
    most, plan = measured(a, scratch, {**config, **NEXT_TO_NOTHING}, precision, STRATEGIES["hierarchical"][0], 1)
    kinds = {kind: statistics.median(rank[kind] for rank in most) for kind in KINDS}
    kinds["anonymous"] -= sum(plan.values())
    print(f"{precision}: next to nothing takes {sum(kinds.values()) / MIB:.1f} MiB: "
          f"{', '.join(f'{kind} {size / MIB:.1f}' for kind, size in kinds.items())}", flush=True)
    return kinds


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("fullshard", type=os.path.realpath)
    parser.add_argument("--precision", nargs="+", default=["fp32", "bf16"])
    parser.add_argument("--micro-steps", type=int, nargs="+", default=[1, 4])
    parser.add_argument("--only", nargs="+", choices=STRATEGIES, default=list(STRATEGIES))
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--rows", type=int, default=2, help="of a micro-batch")
    parser.add_argument("--length", type=int, default=256, help="tokens of a row")
    parser.add_argument("--launcher", default="mpirun", help="what starts the ranks, up to -n")
    parser.add_argument("--json", metavar="OUT", help="a file for every single result")
    parser.add_argument("--kinds", action="store_true")
    a = parser.parse_args()
    a.results, wrong = [], False
    config = json.loads((PEERS / "llama50m.json").read_text())
    with tempfile.TemporaryDirectory() as scratch:
        baselines = {precision: baseline_of(a, Path(scratch), config, precision) for precision in a.precision}
        print(f"\nMiB, the largest rank, less that\n{'strategy':24}{'':6}{'k':>3}{'plan':>10}{'measured':>10}{'more':>8}{'':8}{'least':>10}   planned parts")
        for precision in a.precision:
            for name in a.only:
                for k in a.micro_steps:
                    wrong |= compare(a, Path(scratch), config, precision, name, k, baselines[precision])
    if a.json:
        Path(a.json).write_text(json.dumps(a.results, indent=1))
    sys.exit("the header's plan is not what the formulas say" if wrong else 0)


if __name__ == "__main__":
    main()
