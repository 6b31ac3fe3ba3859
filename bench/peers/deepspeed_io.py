#!/usr/bin/env python3
"""DeepSpeed ZeRO-3 checkpoints: torchrun … deepspeed_io.py save|load DIR [--config FILE]. DIR/zero_to_fp32.py comes with a saved one."""
import common
import deepspeed_zero
import torch.distributed as dist


def main():
    a = common.arguments(positional=("phase", "directory"), stage=dict(type=int, default=3))
    engine = deepspeed_zero.make_engine(a)

    def save():
        engine.save_checkpoint(a.directory)
        dist.barrier()
        common.fsync_tree(a.directory)

    if a.phase == "save":  # before the first step there are no moments to save
        engine.backward(engine(**next(common.batches(a)), use_cache=False).loss)
        engine.step()
    common.timed(f"deepspeed {a.phase}", save if a.phase == "save" else lambda: engine.load_checkpoint(a.directory))
    dist.destroy_process_group()


if __name__ == "__main__":
    main()
