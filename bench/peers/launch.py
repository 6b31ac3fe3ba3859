#!/usr/bin/env python3
"""Time from the launch to the end of the first step: mpirun fullshard against torchrun and transformers.Trainer, in turn.

    launch.py FULLSHARD PEERS_VENV MODEL_DIR [--rounds 5] [--ranks 2] [--json OUT]

Both train one step of ready-made tokens on the same model. fullshard's first step has ended when its first line of
trainer_log.jsonl can be read, the Trainer's when its callback ran. One unmeasured round warms the file cache.
"""
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time

import programs


def write_tokens(path, vocabulary, rows):
    dice = random.Random(0)
    with open(path, "w", encoding="ascii") as f:
        for _ in range(rows):
            ids = [dice.randrange(vocabulary) for _ in range(64)]
            f.write(json.dumps({"input_ids": ids, "labels": ids}) + "\n")


def fullshard_seconds(a, tokens, scratch):
    output, run = os.path.join(scratch, f"out{time.time_ns()}"), os.path.join(scratch, "run.json")
    with open(run, "w", encoding="utf-8") as f:
        json.dump({"model_name_or_path": a.model, "stage": "pt", "dataset": tokens, "cutoff_len": 64, "per_device_train_batch_size": 2, "max_steps": 1,
                   "gradient_accumulation_steps": 1, "logging_steps": 1, "precision": "fp32", "output_dir": output}, f)
    log, start = os.path.join(output, "trainer_log.jsonl"), time.time()
    process = subprocess.Popen(programs.on_ranks(a, a.fullshard, "train", run), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    while not (os.path.exists(log) and os.path.getsize(log) > 0):
        if process.poll() not in (None, 0):
            sys.exit(f"fullshard ended with status {process.returncode}: {process.stderr.read()[-2000:]}")
        if process.returncode == 0 and not os.path.exists(log):
            sys.exit(f"fullshard ended without {log}")
        time.sleep(0.005)
    seconds = time.time() - start
    process.communicate()
    return seconds


def trainer_seconds(a, tokens):
    start = time.time()
    return programs.said(programs.torchrun(a, "trainer_once.py", a.model, tokens), "first_step_ended")["first_step_ended"] - start


def main():
    a = programs.parser(__doc__, rounds=5, paths=("model",)).parse_args()
    os.environ.update(OMP_NUM_THREADS="1", HF_HUB_OFFLINE="1")
    with tempfile.TemporaryDirectory() as scratch:
        tokens = os.path.join(scratch, "tokens.jsonl")
        with open(os.path.join(a.model, "config.json"), encoding="utf-8") as f:
            write_tokens(tokens, json.load(f)["vocab_size"], 2 * a.ranks)
        pairs = [(fullshard_seconds(a, tokens, scratch), trainer_seconds(a, tokens)) for _ in range(a.rounds + 1)][1:]
    ours, theirs = zip(*pairs)
    print(f"{'launch to first step, s':28}{'best':>8}{'median':>8}")
    for name, seconds in (("fullshard", ours), ("torchrun + Trainer", theirs)):
        print(f"{name:28}{min(seconds):8.2f}{statistics.median(seconds):8.2f}")
    print(f"{'ratio':28}{min(theirs) / min(ours):8.1f}{statistics.median(theirs) / statistics.median(ours):8.1f}")
    programs.finish(a, {"fullshard": ours, "torchrun + Trainer": theirs})


if __name__ == "__main__":
    main()
