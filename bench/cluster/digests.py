#!/usr/bin/env python3
"""Runs of the whole program with ordered sums on every number of ranks, mesh and strategy: the same bits?

    digests.py FULLSHARD [--ranks 1 2 4 8] [--all] [--model DIR --text FILE] [--steps 20]

Under mpirun on this machine, virtual nodes standing for real ones. Trained are a Qwen3-shaped model of random weights, tied and not, in
bf16 and fp32, on random tokens, and the model of --model on the text of --text. Each run's losses, gradient norms, validation loss and
the digests of its last checkpoint and its export are compared with those of `ddp` on one rank. --all: all ten strategies, not those
with names. Ends with 1 where a bit differs.
"""
import argparse
import itertools
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

LEVELS = ("replica", "node", "world")
NAMED = {"ddp": (0, 0, 0), "zero1": (0, 0, 2), "zero2": (0, 2, 2), "zero3": (2, 2, 2), "hybrid": (1, 1, 1), "hierarchical": (1, 1, 2),
         "hierarchical, stage 2": (1, 2, 2)}
ALL = {"/".join(LEVELS[i] for i in t): t for t in itertools.combinations_with_replacement(range(3), 3)}
# Awkward on purpose: heads that are not hidden_size / heads, grouped keys, norms of heads, nothing a power of two but the head.
QWEN3 = {
    "architectures": ["Qwen3ForCausalLM"], "model_type": "qwen3", "hidden_act": "silu", "hidden_size": 96, "intermediate_size": 208,
    "num_hidden_layers": 3, "num_attention_heads": 6, "num_key_value_heads": 2, "head_dim": 32, "vocab_size": 1031,
    "max_position_embeddings": 256, "rms_norm_eps": 1e-6, "rope_theta": 1000000.0, "tie_word_embeddings": True, "attention_bias": False,
    "bos_token_id": 1, "eos_token_id": 2,
}
ROWS_PER_UPDATE, LENGTH = 22, 48  # 11 micro-batches of 2: no number of ranks but one divides them
SEEN = ("loss", "grad_norm", "eval_loss")


def write_rows(path, count, vocabulary):
    dice = random.Random(count)
    with open(path, "w", encoding="ascii") as f:
        for _ in range(count):
            ids = [dice.randrange(3, vocabulary) for _ in range(dice.randrange(8, LENGTH))]
            f.write(json.dumps({"input_ids": ids, "labels": [-100] * 3 + ids[3:]}) + "\n")


def subjects(a, scratch):
    """{name: run file keys} of what is trained."""
    rows = scratch / "rows.jsonl"
    write_rows(rows, ROWS_PER_UPDATE * 4, QWEN3["vocab_size"])
    out = {}
    for tied, precision in itertools.product((True, False), ("bf16", "fp32")):
        name = f"Qwen3-shaped, {'tied' if tied else 'untied'}, {precision}"
        model = scratch / ("tied" if tied else "untied")
        model.mkdir(exist_ok=True)
        (model / "config.json").write_text(json.dumps({**QWEN3, "tie_word_embeddings": tied}))
        out[name] = {"model_name_or_path": str(model), "init": "random", "stage": "pt", "dataset": str(rows), "precision": precision}
    if a.model:
        for precision in ("bf16", "fp32"):
            out[f"{Path(a.model).name}, {precision}"] = {"model_name_or_path": a.model, "stage": "pt", "dataset": a.text, "precision": precision}
    return out


def meshes(ranks):
    return [(nodes, ranks // nodes) for nodes in range(1, ranks + 1) if ranks % nodes == 0]


def trained(a, scratch, keys, ranks, nodes, levels):
    """What a run has to show: everything that must not depend on how it was run."""
    output = scratch / "out"
    shutil.rmtree(output, ignore_errors=True)
    sharding = {"reduction": "ordered", "mesh": {"nodes": nodes}, "levels": {part: LEVELS[i] for part, i in zip(("parameters", "gradients", "optimizer"), levels)}}
    run = {**keys, "cutoff_len": LENGTH, "val_size": 10, "per_device_train_batch_size": 2, "per_device_eval_batch_size": 2,
           "global_batch_size": ROWS_PER_UPDATE, "max_steps": a.steps, "learning_rate": 1e-3, "warmup_steps": 2, "logging_steps": 1,
           "output_dir": str(output), "sharding": sharding}
    (scratch / "run.json").write_text(json.dumps(run))
    command = [*a.launcher.split(), "-n", str(ranks), a.fullshard, "train", str(scratch / "run.json")]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"}, timeout=900)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}\n{json.dumps(run)}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
    mesh = re.search(r"^  mesh +(\d+)×(\d+)", done.stdout, re.M)
    assert mesh and (int(mesh[1]), int(mesh[2])) == (nodes, ranks // nodes), done.stdout
    end = json.loads((output / "all_results.json").read_text())
    log = [json.loads(line) for line in (output / "trainer_log.jsonl").read_text().splitlines()]
    return {"curve": [[row.get(key) for key in SEEN] for row in log], "checkpoint": end["checkpoint_digest"], "model": end["model_digest"]}


def compare(a, scratch, name, keys):
    """Prints a line for each number of ranks; returns the runs and those that differ."""
    strategies = ALL if a.all else NAMED
    first = trained(a, scratch, keys, 1, 1, NAMED["ddp"])
    print(f"{name}: {a.steps} steps, last loss {[row[0] for row in first['curve'] if row[0] is not None][-1]:.6f}, "
          f"checkpoint {first['checkpoint']}, model {first['model']}", flush=True)
    runs, other = 0, []
    for ranks in a.ranks:
        of_ranks = 0
        for (nodes, local), (label, levels) in itertools.product(meshes(ranks), strategies.items()):
            if ranks == 1 and label not in ("ddp", "replica/replica/replica"):
                continue
            of_ranks += 1
            got = trained(a, scratch, keys, ranks, nodes, levels)
            if got != first:
                what = [part for part in first if got[part] != first[part]]
                other.append(f"{name}, {label} on {nodes}×{local}: {', '.join(what)}")
                print(f"  DIFFERS: {label} on {nodes}×{local}: {', '.join(what)}", flush=True)
        print(f"  {ranks} ranks, meshes {' '.join(f'{n}×{l}' for n, l in meshes(ranks))}: {of_ranks} runs", flush=True)
        runs += of_ranks
    return runs, other


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("fullshard", type=os.path.abspath)
    parser.add_argument("--ranks", type=int, nargs="+", default=[1, 2, 4, 8])
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--model", type=os.path.abspath)
    parser.add_argument("--text", type=os.path.abspath)
    parser.add_argument("--only", help="those subjects whose name holds this")
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--launcher", default="mpirun", help="what starts the ranks, up to -n")
    a = parser.parse_args()
    if bool(a.model) != bool(a.text):
        parser.error("--model and --text belong together")
    total, wrong = 0, []
    with tempfile.TemporaryDirectory() as scratch:
        for name, keys in subjects(a, Path(scratch)).items():
            if a.only and a.only not in name:
                continue
            runs, other = compare(a, Path(scratch), name, keys)
            total, wrong = total + runs, wrong + other
    print(f"{total - len(wrong)} of {total} runs have the same bits as ddp on one rank")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
