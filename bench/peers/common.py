"""What the peers share: the model, the data, the measured loop and the line of JSON it prints.

Every peer is started as `torchrun --standalone --nproc-per-node RANKS peer.py [options]` with OMP_NUM_THREADS=1 and trains on the CPU over gloo.
"""
import argparse
import importlib.metadata
import json
import os
import statistics
import time

import torch
import torch.distributed as dist
from transformers import LlamaConfig, LlamaForCausalLM

# The same keys as bench/peers/llama50m.json, which fullshard trains; random weights.
HERE = os.path.dirname(os.path.abspath(__file__))


def arguments(positional=(), **extra):
    parser = argparse.ArgumentParser()
    for name in positional:
        parser.add_argument(name)
    parser.add_argument("--precision", choices=("fp32", "bf16"), default="fp32")
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--warmup", type=int, default=2)
    parser.add_argument("--sequence", type=int, default=512)
    parser.add_argument("--micro-batch", type=int, default=2)
    parser.add_argument("--accumulation", type=int, default=1, help="micro-steps of a step, for peers that take several batches")
    parser.add_argument("--config", default=os.path.join(HERE, "llama50m.json"))
    for name, options in extra.items():
        parser.add_argument(f"--{name}", **options)
    return parser.parse_args()


def build_model(a):
    torch.manual_seed(0)
    return LlamaForCausalLM(LlamaConfig.from_pretrained(a.config, attn_implementation="sdpa"))


def batches(a):
    """Endless batches, other ones on each rank."""
    dice = torch.Generator().manual_seed(int(os.environ["RANK"]))
    with open(a.config, encoding="utf-8") as f:
        vocabulary = json.load(f)["vocab_size"]
    while True:
        ids = torch.randint(vocabulary, (a.micro_batch, a.sequence), generator=dice)
        yield {"input_ids": ids, "labels": ids}


def adamw(parameters):
    return torch.optim.AdamW(parameters, lr=1e-4, weight_decay=0.1, fused=True)


def peak_rss_mib():
    """The largest of any rank. VmHWM, since ru_maxrss survives exec and would report the launcher's."""
    with open("/proc/self/status", encoding="ascii") as f:
        mine = next(int(line.split()[1]) for line in f if line.startswith("VmHWM")) / 1024
    peak = torch.tensor(mine)
    dist.all_reduce(peak, op=dist.ReduceOp.MAX)
    return peak.item()


def report(a, name, seconds, **more):
    peak = peak_rss_mib()
    if dist.get_rank() == 0:
        measured = seconds[a.warmup:]
        versions = {p: importlib.metadata.version(p) for p in ("torch", "transformers") + (("deepspeed",) if "deepspeed" in name else ())}
        print(json.dumps({"peer": name, "precision": a.precision, "ranks": dist.get_world_size(), "seconds": [round(s, 4) for s in seconds],
                          "median": statistics.median(measured), "best": min(measured),
                          "tokens_per_step": a.micro_batch * a.sequence * a.accumulation * dist.get_world_size(), "peak_rss_mib": round(peak),
                          "versions": versions, **more}), flush=True)


def measure(a, name, step):
    """Runs `step` a.warmup + a.steps times with a.accumulation batches, all ranks together, and reports."""
    seconds, data = [], batches(a)
    for _ in range(a.warmup + a.steps):
        of_step = [next(data) for _ in range(a.accumulation)]
        dist.barrier()
        start = time.perf_counter()
        step(*of_step)
        dist.barrier()
        seconds.append(time.perf_counter() - start)
    report(a, name, seconds)
    dist.destroy_process_group()


def fsync_tree(directory):
    """Makes durable what a library has written and left to the kernel; rank 0 alone, after all have written."""
    if dist.get_rank() == 0:
        for parent, _, names in os.walk(directory):
            for path in [parent] + [os.path.join(parent, name) for name in names]:
                fd = os.open(path, os.O_RDONLY)
                os.fsync(fd)
                os.close(fd)


def timed(name, work):
    """Runs `work` on all ranks together; rank 0 prints the seconds until the last had finished, for compare_io.py."""
    dist.barrier()
    start = time.perf_counter()
    work()
    dist.barrier()
    if dist.get_rank() == 0:
        print(json.dumps({"transfer": name, "seconds": round(time.perf_counter() - start, 4)}), flush=True)
