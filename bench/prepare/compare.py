#!/usr/bin/env python3
"""JSON lines to a token store, beside `datasets` with TRL's packing, on the same cores, in turn.

    compare.py FULLSHARD MODEL GSM8K_TRAIN [--copies 10] [--rounds 3] [--processes 2] [--peer PYTHON]

MODEL is a directory with a tokenizer and a chat template; the data are the questions and answers of GSM8K as conversations of two
messages, `copies` times over. PYTHON is that of a virtual environment of requirements.txt; without it ours runs alone. Each
round starts from nothing: no store, no cache. The wall clock counts, medians are compared; ours and the peer's numbers of tokens
are printed, and must be equal.
"""
import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def write_data(path, source, copies):
    rows = [json.loads(line) for line in source.read_text("utf-8").split("\n") if line]
    with path.open("w") as out:
        for _ in range(copies):
            for row in rows:
                out.write(json.dumps({"messages": [{"role": "user", "content": row["question"]}, {"role": "assistant", "content": row["answer"]}]}) + "\n")
    return path.stat().st_size


def timed(command, **options):
    start = time.monotonic()
    out = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, **options).stdout
    return time.monotonic() - start, out


def ours(program, directory, processes):
    shutil.rmtree(directory / "tokenized", ignore_errors=True)
    environment = {**os.environ, "OMP_NUM_THREADS": str(processes)}
    seconds, out = timed([program, "prepare", directory / "run.json", "--json"], env=environment)
    ledger = next(iter(json.loads(out.splitlines()[-1]).values()))
    return seconds, ledger["tokens"] + ledger["truncated_tokens"]


def peer(python, model, directory, length, processes):
    shutil.rmtree(directory / "peer", ignore_errors=True)
    environment = {**os.environ, "TOKENIZERS_PARALLELISM": "false", "HF_HUB_OFFLINE": "1", "HF_HOME": str(directory / "hf")}
    seconds, out = timed([python, Path(__file__).parent / "peer.py", model, directory / "data.jsonl", directory / "peer", str(length), str(processes)], env=environment)
    return seconds, int(out.split()[0])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=Path)
    parser.add_argument("model", type=Path)
    parser.add_argument("source", type=Path)
    parser.add_argument("--copies", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--length", type=int, default=2048)
    parser.add_argument("--peer", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        size = write_data(directory / "data.jsonl", arguments.source, arguments.copies)
        (directory / "run.json").write_text(json.dumps({
            "model_name_or_path": str(arguments.model.resolve()), "dataset": "data.jsonl", "output_dir": "out", "cutoff_len": arguments.length, "packing": True}))
        times = {"fullshard": [], "datasets + TRL": []}
        for _ in range(arguments.rounds):
            seconds, tokens = ours(arguments.program.resolve(), directory, arguments.processes)
            times["fullshard"].append(seconds)
            if arguments.peer:
                seconds, others = peer(arguments.peer, arguments.model.resolve(), directory, arguments.length, arguments.processes)
                times["datasets + TRL"].append(seconds)
                if others != tokens:
                    print(f"fullshard has {tokens} tokens, the peer {others}", file=sys.stderr)
                    return 1
    print(f"{size / 1e6:.0f} MB, {tokens:,} tokens, {arguments.processes} cores, peak of any child {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024:.0f} MiB")
    for who, all_seconds in times.items():
        if all_seconds:
            median = statistics.median(all_seconds)
            print(f"{who:15} {median:8.2f} s  {size / 1e6 / median:8.1f} MB/s  {median / statistics.median(times['fullshard']):6.2f}x")
    return 0


if __name__ == "__main__":
    sys.exit(main())
