#!/usr/bin/env python3
"""PyTorch DistributedDataParallel; bf16 by autocast over fp32 parameters."""
import contextlib

import torch
import torch.distributed as dist

import common


def main():
    a = common.arguments()
    dist.init_process_group("gloo")
    model = torch.nn.parallel.DistributedDataParallel(common.build_model(a), gradient_as_bucket_view=True)
    optimizer = common.adamw(model.parameters())
    precision = torch.autocast("cpu", torch.bfloat16) if a.precision == "bf16" else contextlib.nullcontext()

    def step(batch):
        with precision:
            loss = model(**batch, use_cache=False).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    common.measure(a, "ddp", step)


if __name__ == "__main__":
    main()
