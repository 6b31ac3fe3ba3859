#!/usr/bin/env python3
"""A run through sbatch on three nodes, as docs/cluster.md tells a user, and the same run on one rank of this machine: one curve?

    job.py PREFIX MODEL_DIR TEXT [--steps 200] [--log FILE]

PREFIX is where `cmake --install` left the program. Prints what a user types and sees; --log keeps the job's log. Neither may lie below /tmp.
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

import workplace

import case
import jobs
from site_files import environment_of

NODES, RANKS_PER_NODE = 3, 2
ENDS = ("COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "NODE_FAIL", "PREEMPTED")


def curve(output):
    rows = [json.loads(line) for line in (output / "trainer_log.jsonl").read_text().splitlines()]
    return {row["current_steps"]: row["loss"] for row in rows if "loss" in row}, [row["eval_loss"] for row in rows if "eval_loss" in row]


class Shell:
    """Types commands on the login machine, and shows them."""

    def __init__(self, cluster, directory):
        self.cluster, self.directory = cluster, directory

    def type(self, command, show=True):
        process = self.cluster.popen(["bash", "-lc", command], directory=self.directory, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                     stderr=subprocess.STDOUT, text=True, env=environment_of(jobs.submission_environment()))
        text = process.communicate(timeout=workplace.PATIENCE)[0]
        if show:
            print(f"$ {command}\n{text}", end="", flush=True)
        return text


def write_run(a, directory):
    run = {"model_name_or_path": a.model, "stage": "pt", "dataset": a.text, "val_size": 12, "cutoff_len": 256, "per_device_train_batch_size": 2,
           "global_batch_size": 24, "max_steps": a.steps, "learning_rate": 3e-4, "lr_scheduler_type": "cosine", "warmup_steps": 10,
           "logging_steps": 1, "eval_steps": 50, "save_steps": 100, "output_dir": "out"}
    (directory / "run.json").write_text(json.dumps(run, indent=1))


def through_sbatch(a, shell):
    shell.type("sinfo")
    shell.type(f"module use {a.prefix}/share/modulefiles && module load fullshard && fullshard --version && "
               "cp $FULLSHARD_ROOT/share/fullshard/slurm/several_nodes.sh .")
    case.PREFIX = Path(a.prefix)
    jobs.copy_script(shell.directory, "several_nodes.sh")
    shell.type(f"diff {a.prefix}/share/fullshard/slurm/several_nodes.sh several_nodes.sh")  # the edits
    job = re.search(r"Submitted batch job (\d+)", shell.type("sbatch several_nodes.sh"))[1]
    shell.type("squeue --me")
    while (state := re.search(r"JobState=(\S+)", shell.type(f"scontrol show job {job}", show=False))[1]) not in ENDS:
        time.sleep(1)
    shell.type(f"scontrol show job {job} | grep -E 'JobState|ExitCode|NodeList'")
    log = shell.directory / f"fullshard-{job}.log"
    lines = log.read_text().splitlines()
    print(f"$ head -25 {log.name}; echo …; tail -20 {log.name}", *lines[:25], "…", *lines[-20:], sep="\n")
    if a.log:
        shutil.copy(log, a.log)
    if state != "COMPLETED":
        sys.exit(f"the job ended {state}")


def on_one_rank(a, directory):
    subprocess.run([f"{a.prefix}/bin/fullshard", "train", "run.json", "output_dir=alone"], cwd=directory, check=True, stdout=subprocess.DEVNULL,
                   env={**os.environ, "OMP_NUM_THREADS": "1"})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("prefix", "model", "text"):
        parser.add_argument(name, type=os.path.abspath)
    parser.add_argument("--dir", type=os.path.abspath, default=workplace.ROOT / "build" / "bench-cluster")
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--log")
    a = parser.parse_args()
    with workplace.cluster_of(NODES, a.dir) as cluster, tempfile.TemporaryDirectory(prefix="work-", dir=a.dir) as scratch:
        directory = Path(scratch)
        write_run(a, directory)
        through_sbatch(a, Shell(cluster, directory))
        on_one_rank(a, directory)
        (job, job_eval), (alone, alone_eval) = curve(directory / "out"), curve(directory / "alone")
    apart = max(abs(job[s] - alone[s]) / alone[s] for s in alone)
    print(f"\n{len(job)} steps on {NODES}×{RANKS_PER_NODE} ranks and on one: loss {job[1]:.6f} and {alone[1]:.6f} at first, {job[a.steps]:.6f} and "
          f"{alone[a.steps]:.6f} at last,\nnever further apart than {apart:.2e} of it; validation loss {job_eval[-1]:.6f} and {alone_eval[-1]:.6f}")
    sys.exit(0 if job.keys() == alone.keys() else 1)


if __name__ == "__main__":
    main()
