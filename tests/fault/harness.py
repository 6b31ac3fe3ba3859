"""Runs the real program on tiny models that are written here by hand. Python's standard library alone."""

import array
import json
import os
import random
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

PROGRAM = LAUNCHER = None
TIMEOUT = 60  # nothing here may hang
CONFIG = {
    "architectures": ["LlamaForCausalLM"], "model_type": "llama", "vocab_size": 96, "hidden_size": 16,
    "intermediate_size": 24, "num_hidden_layers": 2, "num_attention_heads": 2, "num_key_value_heads": 1,
    "max_position_embeddings": 64, "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "tie_word_embeddings": False,
    "torch_dtype": "float32", "hidden_act": "silu", "bos_token_id": 1, "eos_token_id": 2,
}
# Traces of a death that is not the program's own word.
CRASHES = ("terminate called", "Segmentation fault", "c10::", "Exception raised from", "Aborted (", "MPI_ABORT",
           "internal error")


def shapes(config):
    d, f, v = config["hidden_size"], config["intermediate_size"], config["vocab_size"]
    kv = d // config["num_attention_heads"] * config["num_key_value_heads"]
    out = {"model.embed_tokens.weight": (v, d)}
    for layer in range(config["num_hidden_layers"]):
        for name, shape in {
            "input_layernorm": (d,), "self_attn.q_proj": (d, d), "self_attn.k_proj": (kv, d),
            "self_attn.v_proj": (kv, d), "self_attn.o_proj": (d, d), "post_attention_layernorm": (d,),
            "mlp.gate_proj": (f, d), "mlp.up_proj": (f, d), "mlp.down_proj": (d, f),
        }.items():
            out[f"model.layers.{layer}.{name}.weight"] = shape
    out["model.norm.weight"] = (d,)
    if not config["tie_word_embeddings"]:
        out["lm_head.weight"] = (v, d)
    return out


def random_tensors(config, seed=1):
    """Name to (dtype, shape, bytes)."""
    rng = random.Random(seed)
    out = {}
    for name, shape in shapes(config).items():
        n = shape[0] * (shape[1] if len(shape) > 1 else 1)
        values = [1 + 0.1 * rng.random() for _ in range(n)] if len(shape) == 1 else [rng.gauss(0, 0.3) for _ in range(n)]
        out[name] = ("F32", list(shape), array.array("f", values).tobytes())
    return out


def safetensors_header(tensors):
    header, at = {}, 0
    for name, (dtype, shape, data) in tensors.items():
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [at, at + len(data)]}
        at += len(data)
    return header


def write_safetensors(path, tensors, header=None):
    """`header` replaces the true one, to lie with."""
    text = json.dumps(header or safetensors_header(tensors)).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(data for _, _, data in tensors.values()))


def read_safetensors(path):
    raw = path.read_bytes()
    size = struct.unpack("<Q", raw[:8])[0]
    header = json.loads(raw[8:8 + size])
    header.pop("__metadata__", None)
    data = raw[8 + size:]
    return {name: (t["dtype"], t["shape"], data[slice(*t["data_offsets"])]) for name, t in header.items()}


def write_model(directory, config=CONFIG, seed=1):
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "config.json").write_text(json.dumps(config))
    write_safetensors(directory / "model.safetensors", random_tensors(config, seed))
    return directory


def token_rows(count, seed=7, longest=20):
    rng = random.Random(seed)
    rows = []
    for _ in range(count):
        ids = [rng.randrange(3, 96) for _ in range(rng.randrange(6, longest))]
        rows.append({"input_ids": ids, "labels": [-100, -100] + ids[2:]})
    return rows


def write_rows(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def thread_names(pid):
    try:
        return {(task / "comm").read_text().strip() for task in Path(f"/proc/{pid}/task").iterdir()}
    except OSError:  # it is gone
        return set()


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


class Ended:
    def __init__(self, code, out, err, seconds):
        self.code, self.out, self.err, self.seconds = code, out, err, seconds
        self.errors = [line for line in (out if out == err else out + err).splitlines() if "fullshard: error:" in line]

    def __str__(self):
        short = lambda text: text if len(text) < 6000 else text[:2000] + "\n[…]\n" + text[-4000:]
        return f"exit {self.code} after {self.seconds:.1f} s\n--- stdout\n{short(self.out)}--- stderr\n{short(self.err)}"


def command(ranks, *arguments):
    launch = [] if ranks == 1 else [LAUNCHER, "-n", str(ranks)]
    return launch + [PROGRAM, *map(str, arguments)]


def run(ranks, *arguments):
    return run_line(command(ranks, *arguments))


def run_line(line):
    start = time.monotonic()
    # Without restore_signals SIGPIPE stays ignored: Open MPI's launcher now and then writes to a rank that has just
    # ended, and would itself end by that signal instead of with the rank's code.
    process = subprocess.Popen(line, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               text=True, errors="replace", start_new_session=True, restore_signals=False)
    try:
        out, err = process.communicate(timeout=TIMEOUT)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        out, err = process.communicate()
        raise AssertionError(f"still running after {TIMEOUT} s: {line}\n{out}{err}")
    return Ended(process.returncode, out, err, time.monotonic() - start)


def share_the_machine(pid):
    """Lets other sessions run beside this one. Ranks wait in sched_yield, and where a session is a scheduling group of its own (autogroup)
    Linux 6.18 then gives theirs nearly everything: a loop of 0.7 s in another session took 13 to 27 s."""
    try:
        Path(f"/proc/{pid}/autogroup").write_text("19")
    except OSError:
        pass


class Running:
    """A run in the background, whose ranks can be signalled one and all."""

    def __init__(self, ranks, *arguments):
        self.ranks = ranks
        self.log = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(command(ranks, *arguments), stdout=self.log, stderr=self.log, start_new_session=True)
        share_the_machine(self.process.pid)

    def rank_pids(self):
        if self.ranks == 1:
            return [self.process.pid]
        pids = []
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                text = stat.read_text()
            except OSError:
                continue
            parent = int(text.rpartition(")")[2].split()[1])
            if parent == self.process.pid and "(fullshard" in text:
                pids.append(int(stat.parent.name))
        return pids

    def signal_ranks(self, number):
        for pid in self.rank_pids():
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass

    def kill_ranks(self):
        """All of them in one instant: stopped first, so that none runs on while the others die."""
        pids = self.rank_pids()
        self.signal_ranks(signal.SIGSTOP)
        self.signal_ranks(signal.SIGKILL)
        code = self.wait()
        end = time.monotonic() + TIMEOUT
        while any(alive(pid) for pid in pids):
            assert time.monotonic() < end, "killed ranks live on"
            time.sleep(0.01)
        return code

    def ended(self):
        """What run() gives, for a run that is watched; both streams together."""
        begin = time.monotonic()
        code = self.wait()
        text = self.output()
        return Ended(code, text, text, time.monotonic() - begin)

    def wait_for(self, condition):
        end = time.monotonic() + TIMEOUT
        while not condition():
            if self.process.poll() is not None or time.monotonic() > end:
                self.stop()
                raise AssertionError(f"ended or silent before the expected state:\n{self.output()}")
            time.sleep(0.002)

    def wait(self):
        try:
            return self.process.wait(timeout=TIMEOUT)
        except subprocess.TimeoutExpired:
            self.stop()
            raise AssertionError(f"hangs:\n{self.output()}")

    def output(self):
        self.log.seek(0)
        return self.log.read()

    def stop(self):
        if self.process.poll() is None:
            self.signal_ranks(signal.SIGKILL)
            self.process.kill()
            self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
        self.log.close()


class Case(unittest.TestCase):
    """A directory with a model, data and a run file for each test."""

    maxDiff = None

    def setUp(self):
        self.dir = Path(tempfile.mkdtemp(prefix="fullshard-fault-"))
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)
        self.model = write_model(self.dir / "model")
        self.data = write_rows(self.dir / "data.jsonl", token_rows(24))
        self.out = self.dir / "out"
        self.run_file = self.write_run()

    def write_run(self, **changes):
        keys = {"model_name_or_path": "model", "dataset": "data.jsonl", "output_dir": "out", "cutoff_len": 32,
                "per_device_train_batch_size": 2, "global_batch_size": 4, "max_steps": 3, "learning_rate": 1e-3,
                "precision": "fp32", "logging_steps": 1, "save_steps": 100}
        keys.update(changes)
        path = self.dir / "run.json"
        path.write_text(json.dumps({k: v for k, v in keys.items() if v is not None}, indent=1))
        return path

    def train(self, ranks, *overrides):
        return run(ranks, "train", self.run_file, *overrides)

    def done(self, ended):
        self.assertEqual(ended.code, 0, str(ended))
        return ended

    def refused(self, ended, code, *words):
        """One message of ours with these words, this exit code, within seconds, no crash."""
        self.assertEqual(ended.code, code, str(ended))
        self.assertEqual(len(ended.errors), 1, str(ended))
        for word in words:
            self.assertIn(str(word), ended.err, str(ended))
        for trace in CRASHES:
            self.assertNotIn(trace, ended.out + ended.err, str(ended))
        self.assertLess(ended.seconds, 30, str(ended))
        return ended

    def refused_on_all(self, code, *words, overrides=(), ranks=(1, 2)):
        """Refused by `train` on each number of ranks, with nothing written."""
        for n in ranks:
            with self.subTest(ranks=n):
                before = self.tree()
                self.refused(self.train(n, *overrides), code, *words)
                self.assertEqual(self.tree(), before)

    def tree(self):
        """Without whole token stores and their directory, which any run may make and use."""
        stores = set(self.dir.rglob("*.tokens"))
        stores |= {store.parent for store in stores}
        return sorted(str(p.relative_to(self.dir)) for p in self.dir.rglob("*") if p not in stores)

    def checkpoints(self, out=None):
        return sorted(p.name for p in (out or self.out).glob("checkpoint-*"))

    def logged_steps(self, out=None):
        return [r["current_steps"] for r in self.log(out) if "loss" in r]

    def log(self, out=None):
        path = (out or self.out) / "trainer_log.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def losses(self, out=None):
        return [r["loss"] for r in self.log(out) if "loss" in r]


EPOCH = re.compile(r"epoch (\d+) is complete: (\d+) samples, (\d+) tokens \((\d+) trained\), hash ([0-9a-f]{32})")


def epochs(text):
    """What a log says of complete epochs: number to samples, tokens, trained tokens, hash."""
    return {int(m[1]): (int(m[2]), int(m[3]), int(m[4]), m[5]) for m in EPOCH.finditer(text)}


def digests(checkpoint):
    """Group/name to digest of every tensor that a checkpoint stores."""
    manifest = json.loads((checkpoint / "manifest.json").read_text())
    return {f"{t['group']}/{t['name']}": t["digest"] for t in manifest["tensors"]}


def stored_values(checkpoint, group="master"):
    """Name to the float values of a checkpoint's tensors."""
    manifest = json.loads((checkpoint / "manifest.json").read_text())
    kinds = {"float64": "d", "float32": "f"}
    out = {}
    for t in manifest["tensors"]:
        if t["group"] != group:
            continue
        values = array.array(kinds[t["dtype"]])
        for e in t["extents"]:
            with open(checkpoint / e["file"], "rb") as f:
                f.seek(e["offset"])
                values.frombytes(f.read(e["count"] * values.itemsize))
        out[t["name"]] = values
    return out


def flip_byte(path, offset):
    with open(path, "r+b") as f:
        f.seek(offset)
        byte = f.read(1)
        f.seek(offset)
        f.write(bytes([byte[0] ^ 1]))


def poison(model):
    """One weight becomes NaN."""
    path = model / "model.safetensors"
    tensors = read_safetensors(path)
    dtype, shape, data = tensors["model.layers.1.self_attn.v_proj.weight"]
    tensors["model.layers.1.self_attn.v_proj.weight"] = (dtype, shape, data[:40] + struct.pack("<f", float("nan")) + data[44:])
    write_safetensors(path, tensors)


def main():
    """Arguments: the program, the MPI launcher, then unittest's own."""
    global PROGRAM, LAUNCHER
    PROGRAM, LAUNCHER = sys.argv[1:3]
    unittest.main(module="__main__", argv=[sys.argv[0], *sys.argv[3:]], verbosity=2)
