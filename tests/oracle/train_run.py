#!/usr/bin/env python3
"""A finished run for others to read: trains a few steps of tinyshakespeare on two ranks, with validation, into OUTPUT.

    train_run.py FULLSHARD ASSETS OUTPUT [--launcher mpirun]
"""
import argparse
import json
import os
import shutil
import subprocess
import sys


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("fullshard")
    parser.add_argument("assets")
    parser.add_argument("output")
    parser.add_argument("--launcher", default="mpirun")
    a = parser.parse_args()
    if not os.path.isdir(a.assets):
        print(f"skipped: needs {a.assets}, which is not here")
        sys.exit(77)
    shutil.rmtree(a.output, ignore_errors=True)
    run = f"{a.output}.json"
    with open(run, "w", encoding="utf-8") as f:
        json.dump({"model_name_or_path": f"{a.assets}/models/tinystories-656k", "stage": "pt", "dataset": f"{a.assets}/datasets/tinyshakespeare/input.txt",
                   "cutoff_len": 64, "val_size": 8, "eval_steps": 5, "max_steps": 20, "per_device_train_batch_size": 2, "gradient_accumulation_steps": 1,
                   "learning_rate": 1e-3, "logging_steps": 1, "precision": "bf16", "sharding": {"strategy": "zero3"}, "output_dir": a.output}, f)
    sys.exit(subprocess.run([a.launcher, "-n", "2", a.fullshard, "train", run], check=False).returncode)


if __name__ == "__main__":
    main()
