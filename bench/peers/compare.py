#!/usr/bin/env python3
"""Runs fullshard and its peers in turn, several rounds, and prints the table of their steps.

    compare.py FULLSHARD PEERS_VENV [--rounds 3] [--ranks 2] [--precision fp32 bf16] [--only NAME …] [--preload LIB …] [--json OUT]

Interleaved, because the speed of a machine drifts: each round runs every program once. A program's figures are the best and the
median over its rounds of the median step. With --preload every peer runs a second time with those libraries preloaded (the mended
MKL path, an allocator). PEERS_VENV is what `tests/oracle/make_venv.sh PEERS_VENV bench/peers/requirements.txt` makes.
"""
import json
import os
import random
import statistics
import sys
import tempfile

import programs

PEERS = {"ddp": ["ddp.py"], "fsdp2": ["fsdp2.py"], "deepspeed zero2": ["deepspeed_zero.py", "--stage", "2"],
         "deepspeed zero3": ["deepspeed_zero.py", "--stage", "3"], "transformers.Trainer": ["hf_trainer.py"]}
TOKENS_PER_ROW, MICRO_BATCH = 512, 2


def peer_step(a, name, precision, preload):
    script, *arguments = PEERS[name]
    env = {"LD_PRELOAD": ":".join(preload)} if preload else {}
    return programs.said(programs.torchrun(a, script, *arguments, "--precision", precision, "--steps", str(a.steps), "--warmup", str(a.warmup), **env),
                         "peer")


def write_run(a, precision, scratch):
    """A run of the same model, batch and optimizer on random tokens; returns the run file."""
    model, data, path = (os.path.join(scratch, n) for n in ("model", "tokens.jsonl", "run.json"))
    os.makedirs(model, exist_ok=True)
    with open(f"{programs.HERE}/llama50m.json", encoding="utf-8") as source, open(f"{model}/config.json", "w", encoding="utf-8") as f:
        config = source.read()
        f.write(config)
    dice, vocabulary, steps = random.Random(0), json.loads(config)["vocab_size"], a.warmup + a.steps
    with open(data, "w", encoding="ascii") as f:
        for _ in range(steps * MICRO_BATCH * a.ranks):
            ids = [dice.randrange(vocabulary) for _ in range(TOKENS_PER_ROW)]
            f.write(json.dumps({"input_ids": ids, "labels": ids}) + "\n")
    with open(path, "w", encoding="utf-8") as f:
        json.dump({"model_name_or_path": model, "init": "random", "stage": "pt", "dataset": data, "cutoff_len": TOKENS_PER_ROW,
                   "per_device_train_batch_size": MICRO_BATCH, "gradient_accumulation_steps": 1, "max_steps": steps, "learning_rate": 1e-4,
                   "weight_decay": 0.1, "max_grad_norm": 1.0, "precision": precision, "logging_steps": 1, "disable_shuffling": True,
                   "sharding": {"strategy": "zero3" if a.ranks > 1 else "ddp"},
                   "output_dir": os.path.join(scratch, "out")}, f)
    return path


def fullshard_step(a, precision):
    with tempfile.TemporaryDirectory() as scratch:
        programs.run(programs.on_ranks(a, a.fullshard, "train", write_run(a, precision, scratch)))
        with open(os.path.join(scratch, "out", "trainer_log.jsonl"), encoding="utf-8") as f:
            steps = [line for line in map(json.loads, f) if "loss" in line]
    tokens = TOKENS_PER_ROW * MICRO_BATCH * a.ranks
    return {"median": statistics.median(tokens / s["tokens_per_second"] for s in steps[a.warmup:])}


def main():
    parser = programs.parser(__doc__)
    parser.add_argument("--steps", type=int, default=6)
    parser.add_argument("--warmup", type=int, default=2)
    parser.add_argument("--precision", nargs="+", default=["fp32", "bf16"])
    parser.add_argument("--only", nargs="+", choices=PEERS, default=list(PEERS))
    parser.add_argument("--preload", nargs="+", default=[])
    a = parser.parse_args()
    everything = {}
    for precision in a.precision:
        results = {}

        def took(name, result):
            print(f"{precision} {name}: {result['median']:.3f} s", file=sys.stderr, flush=True)
            results.setdefault(name, []).append(result)

        for _ in range(a.rounds):
            took("fullshard", fullshard_step(a, precision))
            for name in a.only:
                took(name, peer_step(a, name, precision, []))
                if a.preload:
                    took(f"{name} with preloads", peer_step(a, name, precision, a.preload))
        print(f"\n{precision}: {a.ranks} ranks with one thread, {TOKENS_PER_ROW * MICRO_BATCH * a.ranks} tokens per step, {a.rounds} rounds", end="")
        programs.table(results)
        everything[precision] = results
    programs.finish(a, everything)


if __name__ == "__main__":
    main()
