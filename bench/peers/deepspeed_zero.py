#!/usr/bin/env python3
"""DeepSpeed ZeRO stage 2 or 3 on the CPU (needs DS_ACCELERATOR=cpu and LOCAL_SIZE; its kernels compile at first use)."""
import os

os.environ.setdefault("DS_ACCELERATOR", "cpu")
os.environ.setdefault("LOCAL_SIZE", os.environ.get("LOCAL_WORLD_SIZE", "1"))

import deepspeed

import common


def make_engine(a):
    deepspeed.init_distributed(dist_backend="gloo", verbose=False)
    model = common.build_model(a)
    engine, *_ = deepspeed.initialize(model=model, model_parameters=model.parameters(), config={
        "train_micro_batch_size_per_gpu": a.micro_batch, "gradient_clipping": 1.0, "bf16": {"enabled": a.precision == "bf16"},
        "zero_optimization": {"stage": a.stage},
        "optimizer": {"type": "AdamW", "params": {"lr": 1e-4, "weight_decay": 0.1}}})
    return engine


def main():
    a = common.arguments(stage=dict(type=int, choices=(2, 3), default=3))
    engine = make_engine(a)

    def step(batch):
        engine.backward(engine(**batch, use_cache=False).loss)
        engine.step()

    common.measure(a, f"deepspeed zero{a.stage}", step)


if __name__ == "__main__":
    main()
