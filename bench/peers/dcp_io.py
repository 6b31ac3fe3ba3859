#!/usr/bin/env python3
"""PyTorch distributed checkpoints of an FSDP2 model and its AdamW: saved and loaded on all ranks, or made into safetensors by one process.

    torchrun … dcp_io.py save|load DIR [--config FILE]          python dcp_io.py convert DIR OUT
"""
import os
import sys

import torch
import torch.distributed as dist
import torch.distributed.checkpoint as dcp
from safetensors.torch import save_file
from torch.distributed.checkpoint.state_dict import get_state_dict, set_state_dict

import common
import fsdp2


def convert(directory, out):
    """The model's tensors alone are read; tied ones are stored twice and written once."""
    stored = dcp.FileSystemReader(directory).read_metadata().state_dict_metadata
    model = {name: torch.empty(t.size, dtype=t.properties.dtype) for name, t in stored.items()
             if name.startswith("model.") and name != "model.lm_head.weight"}
    dcp.load(model, checkpoint_id=directory, no_dist=True)
    os.makedirs(out, exist_ok=True)
    path = os.path.join(out, "model.safetensors")
    save_file({name.removeprefix("model."): t for name, t in model.items()}, path)
    with open(path, "rb") as f:
        os.fsync(f.fileno())


def main():
    if sys.argv[1] == "convert":
        return convert(*sys.argv[2:4])
    a = common.arguments(positional=("phase", "directory"))
    dist.init_process_group("gloo")
    model = fsdp2.sharded_model(a)
    optimizer = common.adamw(model.parameters())
    state = dict(zip(("model", "optimizer"), get_state_dict(model, optimizer)))  # makes the moments, too

    def load():
        dcp.load(state, checkpoint_id=a.directory)
        set_state_dict(model, optimizer, model_state_dict=state["model"], optim_state_dict=state["optimizer"])

    # The writer syncs its files unless told otherwise.
    common.timed(f"dcp {a.phase}", load if a.phase == "load" else lambda: dcp.save(state, checkpoint_id=a.directory))
    dist.destroy_process_group()


if __name__ == "__main__":
    main()
