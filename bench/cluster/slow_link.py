#!/usr/bin/env python3
"""Steps over slow links: hierarchical and zero3 of fullshard and PyTorch's FSDP2 over gloo, in turn, on 2 nodes of 2 ranks.

    slow_link.py FULLSHARD PEERS_VENV [--rates none 2gbit 1gbit] [--rounds 3] [--only hierarchical …] [--sequence 128] [--micro-steps 8]

The same model (bench/peers/llama75m.json, whose embedding and head have the share that they have in Llama 3 8B), batch, precision (bf16 parameters, fp32 gradients) and optimizer, one thread per rank, on
the network of the test cluster, whose links are bounded in each direction. Interleaved: a round runs everything once. A program's
figures are medians of its steps, then of its rounds. `link / unshaped` is what the link takes for a step's bytes, in unshaped steps: a
program that hid all of it would lose nothing below 1. FSDP2 reduces gradients in every micro-step, as it does unless told otherwise;
`fsdp2, sync once` tells it to wait for the last one, for which it keeps them whole. PEERS_VENV, too, must not lie below /tmp.
"""
import json
import os
import re
import statistics
import subprocess
import sys
from pathlib import Path

import workplace

import network

NODES, RANKS_PER_NODE = 2, 2
RANKS = NODES * RANKS_PER_NODE
PEERS = workplace.ROOT / "bench" / "peers"
PROGRAMS = ("hierarchical", "zero3", "fsdp2", "fsdp2, sync once")
MASTER_PORT = 29511
# srun's numbers under the names that torch.distributed reads.
AS_TORCHRUN = "RANK=$SLURM_PROCID WORLD_SIZE=$SLURM_NTASKS LOCAL_RANK=$SLURM_LOCALID exec \"$@\""


def settings(a):
    """Of the model's run, but for the strategy."""
    return {"per_device_train_batch_size": a.micro_batch, "gradient_accumulation_steps": a.micro_steps, "max_steps": a.warmup + a.steps,
            "precision": "bf16", "weight_decay": 0.1, "max_grad_norm": 1.0}


def our_step(a, place, strategy):
    run = place.train(NODES, RANKS, f"sharding.strategy={strategy}")
    tokens = a.sequence * a.micro_batch * a.micro_steps * RANKS
    seconds = [tokens / row["tokens_per_second"] for row in run.steps()][a.warmup:]
    whole, exposed = (float(run.header(rf"collectives +{x}")) for x in (r"([\d.e+]+) s, exposed", r"[\d.e+]+ s, exposed ([\d.e+]+) s"))
    return {"median": statistics.median(seconds), "seconds": seconds, "communication": whole, "exposed": exposed,
            "sent": run.walk_mib()}


def peer_step(a, place, once):
    peer = [f"{a.venv}/bin/python", str(PEERS / "fsdp2.py"), "--precision", "bf16", "--steps", str(a.steps), "--config", a.model, "--warmup", str(a.warmup), "--sequence",
            str(a.sequence), "--micro-batch", str(a.micro_batch), "--accumulation", str(a.micro_steps), *(["--sync-once"] if once else [])]
    environment = {"MASTER_ADDR": network.fabric_address("n1"), "MASTER_PORT": str(MASTER_PORT), "GLOO_SOCKET_IFNAME": network.INTERFACES["fabric"]}
    process = place.on_login(["srun", f"-N{NODES}", f"-n{RANKS}", "--overcommit", "--kill-on-bad-exit=1", "--mpi=none", "sh", "-c", AS_TORCHRUN, "sh",
                              *peer], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, environment=environment)
    text = process.communicate(timeout=workplace.PATIENCE)[0]
    line = next((line for line in reversed(text.splitlines()) if line.startswith('{"peer"')), None)
    return json.loads(line) if line else sys.exit(f"fsdp2 ended with {process.returncode}\n{text[-4000:]}")


def step(a, place, program):
    return peer_step(a, place, "once" in program) if program.startswith("fsdp2") else our_step(a, place, program)


def link_seconds(rate, mib):
    """What a node's link takes at the least for what is sent over it in one direction."""
    if rate == "none":
        return 0.0
    number, unit = re.fullmatch(r"([\d.]+)([kmg])bit", rate).groups()
    return mib * 8 * (1 << 20) / (float(number) * {"k": 1e3, "m": 1e6, "g": 1e9}[unit])


def table(a, results):
    def median(rate, program, key="median"):
        values = [r[key] for r in results if r["rate"] == rate and r["program"] == program]
        return statistics.median(values) if values else float("nan")

    print(f"\n{'link':10}{'program':20}{'step s':>9}{'of hierarchical':>17}{'of unshaped':>13}{'sent MiB':>10}{'link / unshaped':>17}{'hidden':>8}")
    for rate in a.rates:
        for program in a.only:
            seconds, ours = median(rate, program), not program.startswith("fsdp2")
            print(f"{rate:10}{program:20}{seconds:9.3f}{seconds / median(rate, 'hierarchical'):16.2f}x{median('none', program) / seconds:13.1%}", end="")
            if not ours:
                print()
                continue
            sent = median(rate, program, "sent")
            # Of the whole run: a summary has no other.
            hidden = 1 - median(rate, program, "exposed") / median(rate, program, "communication")
            print(f"{sent:10.1f}{link_seconds(rate, sent) / median('none', program):17.2f}{hidden:8.1%}")


def main():
    parser = workplace.parser(__doc__)
    parser.add_argument("venv", type=os.path.realpath)
    parser.add_argument("--rates", nargs="+", default=["none", "2gbit", "1gbit"])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--model", type=os.path.realpath, default=PEERS / "llama75m.json", help="a config.json")
    parser.add_argument("--only", nargs="+", choices=PROGRAMS, default=PROGRAMS[:3])
    parser.add_argument("--sequence", type=int, default=128)
    parser.add_argument("--micro-batch", type=int, default=1)
    parser.add_argument("--micro-steps", type=int, default=8)
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--warmup", type=int, default=1)
    a = parser.parse_args()
    results = []
    with workplace.workplace(a, NODES) as place:
        config = json.loads(Path(a.model).read_text())
        place.write(config, rows=(a.warmup + a.steps) * a.micro_steps * a.micro_batch * RANKS, length=a.sequence, **settings(a))
        for round_ in range(a.rounds):
            for rate in a.rates:
                place.bound_links(rate)
                for program in a.only:
                    results.append({"round": round_, "rate": rate, "program": program, **step(a, place, program)})
                    print(f"{rate} {program}: {results[-1]['median']:.3f} s", file=sys.stderr, flush=True)
        place.bound_links("none")
    print(f"{RANKS} ranks on {NODES} nodes, {a.micro_steps} micro-steps of {a.micro_batch} x {a.sequence} tokens, "
          f"{a.rounds} rounds of {a.warmup} + {a.steps} steps", end="")
    table(a, results)
    workplace.keep(a, results)


if __name__ == "__main__":
    main()
