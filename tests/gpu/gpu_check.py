#!/usr/bin/env python3
"""Checks a program on a machine with a GPU: correctness first, then memory and speed; the table comes last.

  gpu_check.py --program bin/fullshard --launcher bin/mpirun --tests DIR --model DIR [--work DIR]

One GPU is enough: several ranks share it, and NCCL takes each for a host of its own. Ends with 0 if every check holds,
with 77 where there is no GPU. Needs nothing but Python's own library.
"""
import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

STRATEGIES = ["ddp", "zero1", "zero2", "zero3", "hybrid", "hierarchical"]
MESHES = [1, 2, 4]  # nodes of four ranks
STEPS = 4
# Two orders of fp64 sums of a few thousand terms, a few updates long; an update divides by such sums.
ROUNDING = 1e-9
# A bf16 run's distance from fp64 is its own kernels' rounding: on the GPU it may be this much larger than on the host.
BF16_FACTOR = 3


class Check:
    def __init__(self, options, work):
        self.options, self.work, self.rows, self.failed = options, work, [], False
        self.data = work / "data.jsonl"
        with open(self.data, "w") as out:
            for i in range(512):
                a, b = (i * 37) % 97, (i * 61) % 89
                out.write(json.dumps({"prompt": f"{a} + {b} = ", "response": str(a + b)}) + "\n")

    def row(self, what, found, wanted, fine):
        self.rows.append((what, found, wanted, "ok" if fine else "FAILED"))
        self.failed |= not fine
        print(f"{what}: {found} ({wanted}): {'ok' if fine else 'FAILED'}", flush=True)

    def note(self, what, found):
        self.rows.append((what, found, "", ""))
        print(f"{what}: {found}", flush=True)

    def train(self, name, ranks=1, model=None, **keys):
        """Runs `fullshard train` and returns what it left: losses, digest, records, planned bytes."""
        run = {"model_name_or_path": str(model or self.options.model), "init": "random", "stage": "sft",
               "dataset": str(self.data), "cutoff_len": 64, "per_device_train_batch_size": 2,
               "global_batch_size": 16, "max_steps": STEPS, "learning_rate": 1e-3, "seed": 1, "logging_steps": 1,
               "save_strategy": "no", "watchdog_seconds": 120, "export": {"dtype": "float32"}, **keys,
               "output_dir": str(self.work / name), "overwrite_output_dir": True}
        path = self.work / f"{name}.json"
        path.write_text(json.dumps(run))
        shell = 'export NCCL_HOSTID=rank-$OMPI_COMM_WORLD_RANK; exec "$0" "$@"'
        begin = time.monotonic()
        done = subprocess.run([self.options.launcher, "-n", str(ranks), "sh", "-c", shell,
                               self.options.program, "train", str(path)],
                              capture_output=True, text=True, timeout=240)
        if done.returncode != 0:
            raise RuntimeError(f"{name} ended with {done.returncode}:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
        records = [json.loads(line) for line in (self.work / name / "trainer_log.jsonl").read_text().splitlines()]
        steps = [r for r in records if "loss" in r]
        planned = re.search(r"memory/rank +([\d.]+) (\w+)", done.stdout)
        unit = {"B": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}
        return {"losses": [r["loss"] for r in steps], "norms": [r["grad_norm"] for r in steps], "records": steps,
                "digest": json.loads((self.work / name / "all_results.json").read_text()).get("model_digest"),
                "planned": float(planned[1]) * unit[planned[2]] if planned else 0, "log": done.stdout,
                "seconds": time.monotonic() - begin}

    def mathematics(self):
        program = Path(self.options.tests) / "model_gpu_test"
        if not program.exists():
            return self.row("unit mathematics", "no model_gpu_test", "there", False)
        done = subprocess.run([str(program)], capture_output=True, text=True, timeout=240)
        print(done.stdout[-4000:])
        passed = re.search(r"\[  PASSED  \] (\d+) test", done.stdout)
        self.row("unit mathematics against fp64 on the host", f"{passed[1] if passed else 0} tests passed",
                 "all", done.returncode == 0 and passed is not None and "SKIPPED" not in done.stdout)

    def one_rank(self):
        host = self.train("host-fp64", precision="fp64", use_cpu=True)
        gpu = self.train("gpu-fp64", precision="fp64")
        if "device" not in gpu["log"]:
            return self.row("device", "the program trained on the host", "a GPU", False)
        off = difference(gpu, host)
        self.row("fp64, GPU against host, largest relative difference", f"{off:.1e}", f"<= {ROUNDING:.0e}", off <= ROUNDING)
        for precision in ("fp32", "bf16"):
            there = difference(self.train(f"host-{precision}", precision=precision, use_cpu=True), host)
            here = difference(self.train(f"gpu-{precision}", precision=precision), host)
            self.row(f"{precision} from fp64: GPU {here:.1e}, host {there:.1e}", f"{here / max(there, 1e-7):.2f}x",
                     f"<= {BF16_FACTOR}x", here <= BF16_FACTOR * max(there, 1e-7))
        return host

    def several_ranks(self, reference):
        for nodes in MESHES:
            worst, at = 0.0, ""
            for strategy in STRATEGIES:
                if strategy in ("hybrid", "hierarchical") and nodes == 4:
                    continue  # one rank a node has nothing to shard inside it
                got = self.train(f"{strategy}-{nodes}", ranks=4, precision="fp64",
                                 sharding={"strategy": strategy, "mesh": {"nodes": nodes}})
                off = difference(got, reference)
                if off >= worst:
                    worst, at = off, strategy
            self.row(f"4 ranks on one GPU, {nodes} x {4 // nodes}, all strategies against ddp on one rank",
                     f"{worst:.1e} ({at})", f"<= {ROUNDING:.0e}", worst <= ROUNDING)
        digests = {}
        for strategy, nodes in (("ddp", 4), ("zero3", 1), ("hierarchical", 2)):
            got = self.train(f"ordered-{strategy}", ranks=4, precision="bf16",
                             sharding={"strategy": strategy, "mesh": {"nodes": nodes}, "reduction": "ordered"})
            digests[strategy] = (got["digest"], tuple(got["losses"]))
        self.row("ordered bf16, digests and losses of three layouts", f"{len(set(digests.values()))} different",
                 "1", len(set(digests.values())) == 1)

    def curve(self):
        keys = {"max_steps": 100, "global_batch_size": 64, "per_device_train_batch_size": 32, "precision": "bf16"}
        host, gpu = self.train("curve-host", use_cpu=True, **keys), self.train("curve-gpu", **keys)
        off = abs(sum(gpu["losses"][-10:]) - sum(host["losses"][-10:])) / sum(host["losses"][-10:])
        self.row("100 bf16 steps, mean of the last ten losses, GPU against host",
                 f"{sum(gpu['losses'][-10:]) / 10:.4f} and {sum(host['losses'][-10:]) / 10:.4f}", "within 2 %", off <= 0.02)

    def memory_and_speed(self):
        model = self.work / "model-300m"
        shutil.copytree(self.options.model, model, dirs_exist_ok=True)
        config = json.loads((model / "config.json").read_text())
        config.update(hidden_size=1024, intermediate_size=2816, num_hidden_layers=24, num_attention_heads=16,
                      num_key_value_heads=8, max_position_embeddings=4096)
        (model / "config.json").write_text(json.dumps(config))
        small = self.train("base", precision="bf16", per_device_train_batch_size=1, global_batch_size=1)
        base = small["records"][-1]["device_memory"] - small["planned"]
        text = self.work / "text.txt"
        text.write_text(("two three five seven eleven thirteen seventeen nineteen " * 40 + "\n") * 2000)
        got = self.train("large", precision="bf16", model=model, stage="pt", dataset=str(text), cutoff_len=2048,
                         per_device_train_batch_size=4, global_batch_size=4, max_steps=12)
        taken = got["records"][-1]["device_memory"] - base
        self.note("memory of one rank, 300 M parameters, 4 x 2048 tokens",
                  f"{taken / 2**20:.0f} MiB, planned {got['planned'] / 2**20:.0f}: {taken / max(1, got['planned']):.3f}")
        rates = sorted(r["tokens_per_second"] for r in got["records"][2:])
        self.note("its speed, median of 10 steps", f"{rates[len(rates) // 2]:.0f} tokens/s")

    def table(self):
        widths = [max(len(r[i]) for r in self.rows) for i in range(4)]
        print("\n" + "\n".join("  ".join(c.ljust(w) for c, w in zip(r, widths)).rstrip() for r in self.rows))


def difference(a, b):
    pairs = list(zip(a["losses"] + a["norms"], b["losses"] + b["norms"]))
    if len(a["losses"]) != len(b["losses"]) or not pairs:
        return float("inf")
    return max(abs(x - y) / max(abs(y), 1e-30) for x, y in pairs)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", required=True)
    parser.add_argument("--launcher", required=True)
    parser.add_argument("--tests", required=True, help="directory of model_gpu_test")
    parser.add_argument("--model", required=True, help="config.json and tokenizer.json of a small model")
    parser.add_argument("--work", help="directory for runs; a new one by default, removed at the end")
    options = parser.parse_args()
    if not Path("/proc/driver/nvidia/version").exists() and shutil.which("nvidia-smi") is None:
        print("gpu-check: no NVIDIA driver here, nothing was checked")
        return 77
    os.environ.update(OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1",
                      OMPI_MCA_rmaps_base_oversubscribe="1", OMP_NUM_THREADS="2")
    work = Path(options.work or tempfile.mkdtemp(prefix="gpu-check-"))
    work.mkdir(parents=True, exist_ok=True)
    begin, check = time.monotonic(), Check(options, work)
    for part in (check.mathematics, check.one_rank, check.several_ranks, check.curve, check.memory_and_speed):
        try:
            if part == check.several_ranks:
                part(check.reference)
            else:
                check.reference = part() or getattr(check, "reference", None)
        except (RuntimeError, subprocess.TimeoutExpired) as error:
            print(error)
            check.row(part.__name__.replace("_", " "), "did not run to its end", "done", False)
    check.note("seconds", f"{time.monotonic() - begin:.0f}")
    check.table()
    if not options.work:
        shutil.rmtree(work, ignore_errors=True)
    return 1 if check.failed else 0


if __name__ == "__main__":
    sys.exit(main())
