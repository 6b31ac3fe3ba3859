#!/usr/bin/env python3
"""A file larger than memory: time and peak memory of `fullshard prepare` on generated conversations.

    large.py FULLSHARD MODEL GSM8K_TRAIN [--gigabytes 10] [--threads 2] [--dir DIR]

MODEL is a directory with a tokenizer and a chat template; the data are GSM8K's questions and answers over and over, each with its
number, so that no two are equal. DIR needs two and a half times the size, and is made and removed if it is not given.
"""
import argparse
import itertools
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

NUMBER = "@number@"


def write_data(path, source, size):
    rows = [json.loads(line) for line in source.read_text("utf-8").split("\n") if line]
    halves = [json.dumps({"messages": [{"role": "user", "content": f"{NUMBER} {row['question']}"}, {"role": "assistant", "content": row["answer"]}]}).split(NUMBER)
              for row in rows]
    written = 0
    with path.open("w", buffering=1 << 22) as out:
        for number, (before, behind) in enumerate(itertools.cycle(halves)):
            if written >= size:
                return number
            written += out.write(f"{before}{number}{behind}\n")


def measure(program, model, source, directory, size, threads):
    rows = write_data(directory / "data.jsonl", source, size)
    (directory / "run.json").write_text(json.dumps({"model_name_or_path": str(model), "dataset": "data.jsonl", "output_dir": "out", "packing": True}))
    start = time.monotonic()
    out = subprocess.run([program, "prepare", directory / "run.json", "--json", f"preprocessing_num_workers={threads}"], check=True, stdout=subprocess.PIPE, text=True).stdout
    seconds = time.monotonic() - start
    ledger = next(iter(json.loads(out.splitlines()[-1]).values()))
    if ledger["used"] != rows or ledger["duplicates"]:
        sys.exit(f"expected {rows} documents without duplicates, found {ledger}")
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"{size / 1e9:.1f} GB, {rows:,} conversations, {ledger['tokens']:,} tokens, {threads} threads: {seconds:.0f} s ({size / 1e6 / seconds:.1f} MB/s), "
          f"{used.ru_utime + used.ru_stime:.0f} s of processor time, peak {used.ru_maxrss / 1024:.0f} MiB")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=Path)
    parser.add_argument("model", type=Path)
    parser.add_argument("source", type=Path)
    parser.add_argument("--gigabytes", type=float, default=10)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--dir", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.dir) as name:
        measure(arguments.program.resolve(), arguments.model.resolve(), arguments.source, Path(name), int(arguments.gigabytes * 1e9), arguments.threads)


if __name__ == "__main__":
    main()
