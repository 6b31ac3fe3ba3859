"""torch.distributed's collectives over gloo, as bench/collectives/collectives_bench.cpp measures ours.

    OMP_NUM_THREADS=1 torchrun --standalone --nproc-per-node RANKS gloo.py [MiB …]
"""
import json
import statistics
import sys
import time

import torch
import torch.distributed as dist

ROUNDS = 15


def timed(run, verify):
    seconds = []
    for round_ in range(ROUNDS + 1):
        dist.barrier()
        start = time.perf_counter()
        run()
        slowest = torch.tensor(time.perf_counter() - start)
        dist.all_reduce(slowest, op=dist.ReduceOp.MAX)
        if round_ == 0:
            assert verify()
        else:
            seconds.append(slowest.item())
    return statistics.median(seconds)


def main():
    dist.init_process_group("gloo")
    rank, ranks = dist.get_rank(), dist.get_world_size()
    for mib in [int(a) for a in sys.argv[1:]] or [1, 4, 16, 64, 128]:
        whole, part = torch.full((mib * 262144,), float(rank + 1)), torch.empty(mib * 262144 // ranks)
        mine = whole[: part.numel()].clone()
        target = torch.empty_like(whole)
        contenders = {
            "reduce_scatter": (lambda: dist.reduce_scatter_tensor(part, whole), lambda: bool((part == ranks * (ranks + 1) / 2).all())),
            "all_gather": (lambda: dist.all_gather_into_tensor(target, mine), lambda: target[-1].item() == ranks),
        }
        for operation, (run, verify) in contenders.items():
            seconds = timed(run, verify)
            if rank == 0:
                rate = mib * 1048576 / seconds / 1e9
                print(json.dumps({"operation": operation, "body": "gloo", "ranks": ranks, "mib": mib, "median_ms": round(seconds * 1e3, 3),
                                  "algorithm_gb_s": round(rate, 2), "bus_gb_s": round(rate * (ranks - 1) / ranks, 2)}), flush=True)
    dist.destroy_process_group()


main()
