#!/usr/bin/env python3
"""Runs a fuzz target: fuzz.py PROGRAM --runs N [--corpus DIR] [--seconds S]

Without --corpus: a short run from the seeds beside this script, always the same one. With it: what is found lies in DIR, goes on where the
last run ended, and DIR/../<target>.log gets a line of how many inputs were tried, at which speed, with which coverage.
Exit status: 0 where nothing was found; the input that broke a promise lies beside the corpus.
"""
import argparse
import datetime
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
# Templates that say what Jinja2 does in corners, one a line, are seeds, too.
LINES = {"jinja_render": HERE.parent / "oracle/jinja_templates.txt"}
# A kind of input may not be longer than this: what is small is tried often.
BYTES = {"jinja_render": 1024, "jinja_json": 1024, "pieces": 512, "token_store": 6144, "tokenizer": 4096}


def seeds(target, directory):
    for path in sorted((HERE / "seeds" / target).iterdir()):
        (directory / path.name).write_bytes(path.read_bytes())
    if target in LINES:
        for number, line in enumerate(LINES[target].read_text("utf-8").split("\n")):
            (directory / f"line-{number:03}").write_text(line, "utf-8")
    return directory


def run(arguments, corpus, seed_files, artifacts):
    target = arguments.program.name.removesuffix("_fuzz")
    command = [arguments.program, f"-runs={arguments.runs}", f"-max_len={BYTES[target]}", f"-dict={HERE / target}.dict", f"-seed={arguments.seed}",
               "-timeout=10", "-entropic=0", "-reload=0", "-rss_limit_mb=3000", "-print_final_stats=1", f"-use_value_profile={arguments.seed % 2}", f"-artifact_prefix={artifacts}/{target}-", corpus, seed_files]
    if arguments.seconds:
        command.insert(1, f"-max_total_time={arguments.seconds}")
    # Twice as fast without the history of every allocation; the program says it when the input is repeated alone.
    environment = {"ASAN_OPTIONS": "malloc_context_size=0:quarantine_size_mb=16", **os.environ}
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment)
    return target, done.returncode, done.stdout.decode("utf-8", "replace")


def summary(target, output):
    def last(pattern):
        found = re.findall(pattern + r":? *(\d+)", output)
        return found[-1] if found else "?"
    return (f"{target}: {last('number_of_executed_units')} inputs, {last('average_exec_per_sec')}/s, coverage {last('cov')} edges, "
            f"features {last('ft')}, peak {last('peak_rss_mb')} MiB")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=Path)
    parser.add_argument("--runs", type=int, required=True)
    parser.add_argument("--seconds", type=int, default=0, help="ends earlier")
    parser.add_argument("--seed", type=int, default=20261122, help="an odd one looks at compared values, too: slower, finds other things")
    parser.add_argument("--corpus", type=Path, help="keeps what is found")
    arguments = parser.parse_args()
    arguments.program = arguments.program.resolve()
    with tempfile.TemporaryDirectory() as temporary:
        first = Path(temporary)
        for name in ("seeds", "corpus"):
            (first / name).mkdir()
        corpus = arguments.corpus.resolve() if arguments.corpus else first / "corpus"
        corpus.mkdir(parents=True, exist_ok=True)
        artifacts = corpus.parent if arguments.corpus else arguments.program.parent
        target, status, output = run(arguments, corpus, seeds(arguments.program.name.removesuffix("_fuzz"), first / "seeds"), artifacts)
    line = summary(target, output)
    print(output[-6000:] if status else "", line, sep="")
    if arguments.corpus:
        with (corpus.parent / f"{target}.log").open("a") as log:
            log.write(f"{datetime.datetime.now():%Y-%m-%d %H:%M} seed {arguments.seed} {'nothing found' if status == 0 else 'FOUND SOMETHING'}: {line}\n")
    return 1 if status else 0


if __name__ == "__main__":
    sys.exit(main())
