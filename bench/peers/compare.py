#!/usr/bin/env python3
"""Runs fullshard and its peers in turn, several rounds, and prints the table of their steps.

    compare.py FULLSHARD PEERS_VENV [--rounds 3] [--ranks 2] [--precision fp32 bf16] [--only NAME …] [--preload LIB …] [--json OUT]

Interleaved, because the speed of a machine drifts: each round runs every program once. A program's figures are the best and the
median over its rounds of the median step. With --preload every peer runs a second time with those libraries preloaded (the mended
MKL path, an allocator). PEERS_VENV is what `tests/oracle/make_venv.sh PEERS_VENV bench/peers/requirements.txt` makes.
"""
import argparse
import json
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
PEERS = {"ddp": ["ddp.py"], "fsdp2": ["fsdp2.py"], "deepspeed zero2": ["deepspeed_zero.py", "--stage", "2"],
         "deepspeed zero3": ["deepspeed_zero.py", "--stage", "3"], "transformers.Trainer": ["hf_trainer.py"]}
TOKENS_PER_ROW, MICRO_BATCH = 512, 2


def run(command, env=None):
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=HERE, env=dict(os.environ, OMP_NUM_THREADS="1", **(env or {})),
                          timeout=600)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} ended with status {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    return done.stdout


def peer_step(a, name, precision, preload):
    # torchrun comes from the environment; DeepSpeed finds ninja for its kernels on the path.
    env = {"PATH": f"{a.venv}/bin:{os.environ['PATH']}"} | ({"LD_PRELOAD": ":".join(preload)} if preload else {})
    out = run([f"{a.venv}/bin/torchrun", "--standalone", "--nproc-per-node", str(a.ranks), *PEERS[name], "--precision", precision, "--steps", str(a.steps),
               "--warmup", str(a.warmup)], env)
    return json.loads(next(line for line in reversed(out.splitlines()) if line.startswith('{"peer"')))


def write_run(a, precision, scratch):
    """A run of the same model, batch and optimizer on random tokens; returns the run file."""
    model, data, path = (os.path.join(scratch, n) for n in ("model", "tokens.jsonl", "run.json"))
    os.makedirs(model, exist_ok=True)
    with open(f"{HERE}/llama50m.json", encoding="utf-8") as source, open(f"{model}/config.json", "w", encoding="utf-8") as f:
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
        run([*a.launcher.split(), "-n", str(a.ranks), a.fullshard, "train", write_run(a, precision, scratch)])
        with open(os.path.join(scratch, "out", "trainer_log.jsonl"), encoding="utf-8") as f:
            steps = [line for line in map(json.loads, f) if "loss" in line]
    tokens = TOKENS_PER_ROW * MICRO_BATCH * a.ranks
    return {"median": statistics.median(tokens / s["tokens_per_second"] for s in steps[a.warmup:])}


def table(results, ours):
    print(f"\n{'':34}{'best s':>9}{'median s':>10}{'best / fullshard':>18}{'median / fullshard':>20}{'MiB':>7}")
    for name, rounds in results.items():
        medians = [r["median"] for r in rounds]
        best, middle = min(medians), statistics.median(medians)
        print(f"{name:34}{best:9.3f}{middle:10.3f}{best / min(ours):18.2f}{middle / statistics.median(ours):20.2f}{rounds[0].get('peak_rss_mib', ''):>7}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("fullshard", type=os.path.abspath)
    parser.add_argument("venv", type=os.path.abspath)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--ranks", type=int, default=2)
    parser.add_argument("--steps", type=int, default=6)
    parser.add_argument("--warmup", type=int, default=2)
    parser.add_argument("--precision", nargs="+", default=["fp32", "bf16"])
    parser.add_argument("--only", nargs="+", choices=PEERS, default=list(PEERS))
    parser.add_argument("--preload", nargs="+", default=[])
    parser.add_argument("--launcher", default="mpirun")
    parser.add_argument("--json")
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
        table(results, [r["median"] for r in results["fullshard"]])
        everything[precision] = results
    versions = {k: v for rounds in everything.values() for rs in rounds.values() for k, v in rs[0].get("versions", {}).items()}
    print(f"\n{platform.processor() or platform.machine()}, {os.cpu_count()} cores; {versions}")
    print(run([a.fullshard, "--version"]).splitlines()[0])
    if a.json:
        with open(a.json, "w", encoding="ascii") as f:
            json.dump(everything, f, indent=1)


if __name__ == "__main__":
    main()
