#!/usr/bin/env python3
"""PyTorch FSDP2 (fully_shard), without recompute; bf16 parameters and fp32 reduction over fp32 masters."""
import torch
import torch.distributed as dist
from torch.distributed.fsdp import MixedPrecisionPolicy, fully_shard

import common


def sharded_model(a):
    mesh = dist.init_device_mesh("cpu", (dist.get_world_size(),))
    policy = MixedPrecisionPolicy(param_dtype=torch.bfloat16, reduce_dtype=torch.float32) if a.precision == "bf16" else MixedPrecisionPolicy()
    with torch.device("meta"):  # on every rank: a tied matrix loses its tie when only some ranks hold it
        model = common.build_model(a)
    for block in model.model.layers:
        fully_shard(block, mesh=mesh, mp_policy=policy)
    fully_shard(model, mesh=mesh, mp_policy=policy)
    model.to_empty(device="cpu")
    model.tie_weights()
    assert (model.lm_head.weight is model.model.embed_tokens.weight) == model.config.tie_word_embeddings
    rotary = model.model.rotary_emb
    model.model.rotary_emb = type(rotary)(model.config)  # its buffers were on the meta device too
    with torch.no_grad():
        for p in model.parameters():
            torch.nn.init.normal_(p, std=0.02) if p.dim() > 1 else torch.nn.init.ones_(p)
    return model


def main():
    a = common.arguments(**{"sync-once": dict(action="store_true", help="keep gradients whole until the last micro-step")})
    dist.init_process_group("gloo")
    model = sharded_model(a)
    optimizer = common.adamw(model.parameters())

    def step(*batches):
        for i, batch in enumerate(batches):
            model.set_requires_gradient_sync(not a.sync_once or i + 1 == len(batches))
            (model(**batch, use_cache=False).loss / len(batches)).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    common.measure(a, "fsdp2", step)


if __name__ == "__main__":
    main()
