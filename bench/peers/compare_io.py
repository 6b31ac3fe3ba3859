#!/usr/bin/env python3
"""Loads, saves and exports one model with fullshard, PyTorch DCP and DeepSpeed, beside `dd` of the same minute.

    compare_io.py FULLSHARD PEERS_VENV [--rounds 3] [--ranks 2] [--config bench/peers/llama300m.json] [--only dcp deepspeed]
                  [--scratch DIR] [--json OUT]

Interleaved: each round measures every program once. Right before each load `dd` reads the same file (iflag=direct), before the saves
it has written one of a checkpoint's size (oflag=direct). What is read was pushed out of the page cache before. Rates are of what the program's user
has in mind: 12 bytes per parameter of a checkpoint (fp32 weights and two moments), 4 of a model, whatever else a program reads or
writes for it. A save ends when it is durable: fullshard's was also read back and compared, DCP syncs, DeepSpeed does not and is
followed by fsync of its files. fullshard's load of a checkpoint proves all digests. Conversions are whole processes, start included.
A virtual machine may have given unused memory back to its host and then pays for every page that a load touches, which dd does
not; `import again at once` follows on a process that has just ended, so its pages are there, while the file is as cold as before.
--scratch needs room for three checkpoints, on the disk that is to be measured; everything written there is removed.
"""
import json
import os
import re
import shutil
import signal
import statistics
import sys
import tempfile
import time

import programs

SEQUENCE = 64


def seconds_of(command, **env):
    start = time.perf_counter()
    programs.run(command, **env)
    return time.perf_counter() - start


def forget(directory):
    """Pushes the files out of the page cache. Their pages must be clean for that."""
    for parent, _, names in os.walk(directory):
        for name in names:
            fd = os.open(os.path.join(parent, name), os.O_RDONLY)
            os.fsync(fd)
            os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(fd)
    try:
        with open("/proc/sys/vm/drop_caches", "w", encoding="ascii") as f:
            f.write("1\n")
    except OSError:
        pass  # not root: the advice alone must do


def num_parameters(config):
    d, f, layers = config["hidden_size"], config["intermediate_size"], config["num_hidden_layers"]
    kv = d // config["num_attention_heads"] * config["num_key_value_heads"]
    embeddings = (1 if config["tie_word_embeddings"] else 2) * config["vocab_size"] * d
    return embeddings + layers * (2 * d * d + 2 * d * kv + 3 * d * f + 2 * d) + d


class Bench:
    def __init__(self, a, scratch):
        self.a, self.scratch, self.samples = a, scratch, {}
        with open(a.config, encoding="utf-8") as f:
            self.config = json.load(f)
        self.model_bytes = 4 * num_parameters(self.config)
        self.state_bytes = 3 * self.model_bytes

    def path(self, *parts):
        return os.path.join(self.scratch, *parts)

    def add(self, name, size, seconds, disk=None):
        self.samples.setdefault(name, []).append(
            {"bytes": size, "seconds": seconds, "rate": size / seconds, "of_disk": disk and size / seconds / disk})

    def dd(self, name, size, *operands):
        """The disk's rate now, in bytes per second; 16 MiB at a time, which is what a large direct transfer wants."""
        forget(self.scratch)
        seconds = seconds_of(["dd", *operands, "bs=16M"])
        self.add(name, size, seconds)
        return size / seconds

    def write_rate(self):
        file, block = self.path("dd"), 16 << 20
        count = max(1, self.state_bytes // block)
        rate = self.dd("dd oflag=direct", count * block, "if=/dev/zero", f"of={file}", "oflag=direct", "conv=fsync", f"count={count}")
        os.unlink(file)
        return rate

    def read_rate(self, directory):
        """Of the largest file below `directory`, which is about to be loaded."""
        file = max((os.path.join(parent, n) for parent, _, names in os.walk(directory) for n in names), key=os.path.getsize)
        rate = self.dd("dd iflag=direct", os.path.getsize(file), f"if={file}", "of=/dev/null", "iflag=direct")
        forget(self.scratch)
        return rate

    def write_inputs(self):
        """A model directory of random weights, which is what a run of no steps exports, and some tokens."""
        os.makedirs(self.path("blank"))
        with open(self.path("blank", "config.json"), "w", encoding="utf-8") as f:
            json.dump(self.config, f)
        with open(self.path("tokens.jsonl"), "w", encoding="ascii") as f:
            for row in range(8 * self.a.ranks):
                ids = [(7 * row + 3 * i) % self.config["vocab_size"] for i in range(SEQUENCE)]
                f.write(json.dumps({"input_ids": ids, "labels": ids}) + "\n")
        self.fullshard("model", model=self.path("blank"), init="random", num_train_epochs=0, save_strategy="no")

    def fullshard(self, out, model, **keys):
        with open(self.path("run.json"), "w", encoding="utf-8") as f:
            json.dump({"model_name_or_path": model, "stage": "pt", "dataset": self.path("tokens.jsonl"), "cutoff_len": SEQUENCE,
                       "per_device_train_batch_size": 1, "gradient_accumulation_steps": 1, "precision": "fp32", "logging_steps": 1,
                       "learning_rate": 1e-4, "save_total_limit": 1, "sharding": {"strategy": "zero3"},
                       "output_dir": self.path(out), **keys}, f)
        return programs.run(programs.on_ranks(self.a, self.a.fullshard, "train", self.path("run.json")))

    def measure_fullshard(self):
        def add(name, output, said, size, disk):
            found = re.findall(rf"^{said} .*: .* in ([0-9.]+) s", output, re.M)
            if not found:
                sys.exit(f"fullshard did not say '{said} …':\n{output}")
            self.add(f"fullshard {name}", size, float(found[-1]), disk)

        write, read = self.write_rate(), self.read_rate(self.path("model"))
        output = self.fullshard("out", model=self.path("model"), num_train_epochs=0, save_strategy="no")
        add("import of a model", output, "loaded", self.model_bytes, read)
        self.remove("out")
        forget(self.scratch)
        output = self.fullshard("out", model=self.path("model"), max_steps=1)
        add("import again at once", output, "loaded", self.model_bytes, read)
        add("checkpoint save", output, "saved", self.state_bytes, write)
        add("export at the end", output, "exported", self.model_bytes, write)
        read = self.read_rate(self.path("out", "checkpoint-1"))
        output = self.fullshard("out", model=self.path("model"), max_steps=2)
        add("checkpoint load", output, "checked and loaded", self.state_bytes, read)
        add("checkpoint save", output, "saved", self.state_bytes, write)
        forget(self.scratch)
        seconds = seconds_of([self.a.fullshard, "consolidate", self.path("out", "checkpoint-2"), self.path("single")])
        self.add("fullshard consolidate", self.model_bytes, seconds, write)
        self.remove("out", "single")

    def measure_peer(self, name, convert):
        """Saves and loads in two launches, so that the load begins cold, then converts."""
        saved, single = self.path("saved"), self.path("single")
        write = self.write_rate()
        for phase, rate in (("save", lambda: write), ("load", lambda: self.read_rate(saved))):
            disk = rate()
            output = programs.torchrun(self.a, f"{name}_io.py", phase, saved, "--config", self.a.config, "--sequence", str(SEQUENCE),
                                       "--micro-batch", "1")
            self.add(f"{name} checkpoint {phase}", self.state_bytes, programs.said(output, "transfer")["seconds"], disk)
        forget(self.scratch)
        script, *arguments = convert(saved, single)
        seconds = seconds_of([f"{self.a.venv}/bin/python", script, *arguments], **programs.venv_path(self.a))
        self.add(f"{name} {os.path.basename(script)}", self.model_bytes, seconds, write)
        self.remove("saved", "single")

    def remove(self, *names):
        for name in names:
            shutil.rmtree(self.path(name), ignore_errors=True)

    def table(self):
        print(f"\n{'':34}{'GB':>7}{'best s':>9}{'median s':>10}{'best GB/s':>11}{'median GB/s':>13}{'median / dd':>13}")
        for name, rounds in self.samples.items():
            seconds, rates = ([r[key] for r in rounds] for key in ("seconds", "rate"))
            share = "" if rounds[0]["of_disk"] is None else f"{statistics.median(r['of_disk'] for r in rounds):.2f}"
            print(f"{name:34}{rounds[0]['bytes'] / 1e9:7.2f}{min(seconds):9.2f}{statistics.median(seconds):10.2f}{max(rates) / 1e9:11.2f}"
                  f"{statistics.median(rates) / 1e9:13.2f}{share:>13}")


CONVERSIONS = {"dcp": lambda saved, single: (f"{programs.HERE}/dcp_io.py", "convert", saved, single),
               # Without --safe_serialization: it fails on tied embeddings.
               "deepspeed": lambda saved, single: (f"{saved}/zero_to_fp32.py", saved, single)}


def main():
    parser = programs.parser(__doc__)
    parser.add_argument("--config", type=os.path.abspath, default=f"{programs.HERE}/llama300m.json")
    parser.add_argument("--only", nargs="*", choices=CONVERSIONS, default=list(CONVERSIONS))
    parser.add_argument("--scratch", type=os.path.abspath)
    a = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # so that gigabytes do not stay behind
    with tempfile.TemporaryDirectory(dir=a.scratch) as scratch:
        bench = Bench(a, scratch)
        bench.write_inputs()
        for _ in range(a.rounds):
            bench.measure_fullshard()
            for name in a.only:
                bench.measure_peer(name, CONVERSIONS[name])
    print(f"{bench.model_bytes // 4:,} parameters in fp32, {a.ranks} ranks, {a.rounds} rounds", end="")
    bench.table()
    programs.finish(a, bench.samples)


if __name__ == "__main__":
    main()
