#!/usr/bin/env python3
"""The update phase of one optimizer on a rank's share of a model, without the model: torchrun … update_peer.py torch|deepspeed."""
import json
import os
import statistics
import time

os.environ.setdefault("DS_ACCELERATOR", "cpu")
os.environ.setdefault("LOCAL_SIZE", os.environ.get("LOCAL_WORLD_SIZE", "1"))

import torch
import torch.distributed as dist

import common

PARTS = ("norm", "clip", "update", "cast")


def shapes(config, ranks):
    """Of every tensor of a tied Llama, cut along its first dimension as FSDP2 cuts it."""
    d, f = config["hidden_size"], config["intermediate_size"]
    kv = d // config["num_attention_heads"] * config["num_key_value_heads"]
    block = [(d, d), (kv, d), (kv, d), (d, d), (f, d), (f, d), (d, f), (d,), (d,)]
    whole = [(config["vocab_size"], d)] + config["num_hidden_layers"] * block + [(d,)]
    return [(shape[0] // ranks, *shape[1:]) for shape in whole]


def make_parameters(a, config):
    """Matrices, which decay, and the rest; flat as ZeRO's partitions for DeepSpeed."""
    groups = {True: [], False: []}
    for shape in shapes(config, dist.get_world_size()):
        groups[len(shape) > 1].append(torch.randn(shape) * 0.02)
    if a.optimizer == "deepspeed":
        groups = {decays: [torch.cat([t.flatten() for t in tensors])] for decays, tensors in groups.items()}
    return {decays: [torch.nn.Parameter(t) for t in tensors] for decays, tensors in groups.items()}


def make_optimizer(a, parameters):
    groups = [{"params": tensors, "weight_decay": 0.1 if decays else 0.0} for decays, tensors in parameters.items()]
    if a.optimizer == "torch":
        return torch.optim.AdamW(groups, lr=1e-4, fused=True)
    from deepspeed.ops.adam import DeepSpeedCPUAdam
    return DeepSpeedCPUAdam(groups, lr=1e-4, adamw_mode=True)


class Phase:
    def __init__(self, a, config):
        parameters = make_parameters(a, config)
        self.parameters = [p for tensors in parameters.values() for p in tensors]
        self.optimizer = make_optimizer(a, parameters)
        self.working = [p.detach().bfloat16() for p in self.parameters] if a.precision == "bf16" else []
        self.gradients = [torch.randn_like(p) for p in self.parameters]
        for p, g in zip(self.parameters, self.gradients):
            p.grad = g

    def norm(self):
        square = torch.nn.utils.get_total_norm(self.gradients).square()
        dist.all_reduce(square)
        self.total = square.sqrt()

    def clip(self):
        torch.nn.utils.clip_grads_with_norm_(self.parameters, 1.0, self.total)

    def update(self):
        self.optimizer.step()

    def cast(self):
        for to, p in zip(self.working, self.parameters):
            to.copy_(p)


@torch.no_grad()
def measure(a, phase):
    seconds, parts = [], {part: [] for part in PARTS}
    for step in range(a.warmup + a.steps):
        dist.barrier()
        start = last = time.perf_counter()
        for part in PARTS:
            getattr(phase, part)()
            now = time.perf_counter()
            if step >= a.warmup:
                parts[part].append(now - last)
            last = now
        dist.barrier()
        seconds.append(time.perf_counter() - start)
    return seconds, {part: round(statistics.median(times), 4) for part, times in parts.items()}


def main():
    a = common.arguments(positional=("optimizer",))
    dist.init_process_group("gloo")
    torch.manual_seed(dist.get_rank())
    with open(a.config, encoding="utf-8") as f:
        phase = Phase(a, json.load(f))
    seconds, parts = measure(a, phase)
    common.report(a, {"torch": "torch fused AdamW", "deepspeed": "deepspeed CPU Adam"}[a.optimizer], seconds, parts=parts)
    dist.destroy_process_group()


if __name__ == "__main__":
    main()
