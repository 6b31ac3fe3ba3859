#!/usr/bin/env python3
"""Bytes that a node sends to others in one step: on the wire, as the run header's walk has them, and by the closed forms.

    traffic.py FULLSHARD [--micro-steps 1 4 16] [--only STRATEGY …]

On 2 nodes of 2 ranks, read from the counters of the nodes' links. A step's bytes are the difference of two runs that differ in
their number of steps, divided by that: start, export and end drop out. The model has matrices that fill their units but for the
padding beside norms. Ends with 1 where the wire and the walk are further apart than 2 % and the constant below.
"""
import sys

import workplace

NODES, RANKS_PER_NODE = 2, 2
RANKS = NODES * RANKS_PER_NODE
ROWS, LENGTH = 1, 32
SHORT, LONG = 4, 20  # steps of the two runs
CONFIG = {
    "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_act": "silu", "hidden_size": 256, "intermediate_size": 768,
    "num_hidden_layers": 6, "num_attention_heads": 4, "num_key_value_heads": 4, "vocab_size": 4096, "max_position_embeddings": 64,
    "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "tie_word_embeddings": False, "bos_token_id": 1, "eos_token_id": 2,
}
# Name: run file keys, and (times Mg, times Mp) for k micro-steps; the form of zero3 is an upper bound.
STRATEGIES = {
    "ddp": ({"strategy": "ddp"}, lambda k: (2, 0)),
    "zero1": ({"strategy": "zero1"}, lambda k: (1, 1)),
    "zero2": ({"strategy": "zero2"}, lambda k: (k, 1)),
    "zero3": ({"strategy": "zero3"}, lambda k: (k, 2 * k)),
    "zero3, kept gathered": ({"strategy": "SHARD_GRAD_OP"}, lambda k: (k, 1)),
    "hybrid": ({"strategy": "hybrid"}, lambda k: (2, 0)),
    "hierarchical": ({"strategy": "hierarchical"}, lambda k: (1, 1)),
    "hierarchical, stage 2": ({"strategy": "hierarchical", "inter_zero_stage": 2}, lambda k: (k, 1)),
}
EXACT = [s for s in STRATEGIES if s != "zero3"]
# Of Ethernet, IP and TCP with time stamps, in a packet, which here is one of up to 64 KiB that the kernel has not cut; and what a
# segment holds beside them. TCP takes packets that two processors have let pass each other for lost ones, and repeats them.
HEADERS, SEGMENT = 66, 1448
# Per node and step, besides headers: sums of single numbers (loss, tokens, norm), the message library's own headers, heartbeats.
CONTROL_BYTES = 64 * 1024
ALIGNMENT = 2048  # elements: where tensors begin, and what a world slice is a multiple of
MIB = 1 << 20


def up_to(multiple, n):
    return -(-n // multiple) * multiple


def sizes():
    """Elements of all units, padding included, and of the norms, which travel besides."""
    d, f, v, layers = (CONFIG[k] for k in ("hidden_size", "intermediate_size", "vocab_size", "num_hidden_layers"))
    units = [[v * d], *[[d, *4 * [d * d], d, *3 * [d * f]]] * layers, [d, v * d]]
    padded = sum(up_to(RANKS * ALIGNMENT, sum(up_to(ALIGNMENT, t) for t in unit)) for unit in units)
    return padded, (2 * layers + 1) * d


def closed_form(times):
    model, vectors = sizes()
    gradients, parameters = times
    # fp32 and bf16; each rank sends the vectors in fp32 to its partner.
    return (4 * gradients + 2 * parameters) * model * (NODES - 1) / NODES + 4 * vectors * RANKS_PER_NODE


def step_of(place, sharding, micro_steps):
    """(bytes, packets, repeated segments) of a step, those of the node that sent more, and the walk."""
    place.write(CONFIG, rows=RANKS * ROWS * micro_steps * LONG, length=LENGTH, per_device_train_batch_size=ROWS,
                gradient_accumulation_steps=micro_steps, precision="bf16", sharding=sharding, max_steps=LONG)
    short, long = place.train(NODES, RANKS, f"max_steps={SHORT}"), place.train(NODES, RANKS)
    steps = [tuple((b - a) / (LONG - SHORT) for a, b in zip(*node)) for node in zip(short.moved, long.moved)]
    return max(steps), long.walk_mib() * MIB


def main():
    parser = workplace.parser(__doc__)
    parser.add_argument("--micro-steps", type=int, nargs="+", default=[1, 4, 16])
    parser.add_argument("--only", nargs="+", choices=STRATEGIES, default=list(STRATEGIES))
    a = parser.parse_args()
    results, wrong, most = [], [], 0.0
    print(f"{'strategy':24}{'k':>3}{'wire MiB':>10}{'walk MiB':>10}{'difference':>12}{'closed form':>13}{'headers':>10}{'repeated':>10}{'rest KiB':>10}")
    with workplace.workplace(a, NODES) as place:
        for name in a.only:
            for k in a.micro_steps:
                sharding, form = STRATEGIES[name]
                (wire, packets, repeated), walk = step_of(place, sharding, k)
                closed, rest = closed_form(form(k)), wire - walk - HEADERS * packets - SEGMENT * repeated
                most = max(most, rest)
                results.append({"strategy": name, "k": k, "wire": wire, "packets": packets, "repeated": repeated, "walk": walk, "closed_form": closed})
                exact = "" if name in EXACT else "<="
                print(f"{name:24}{k:3}{wire / MIB:10.3f}{walk / MIB:10.2f}{wire / walk - 1:12.2%}{exact:>4}{closed / MIB:9.3f}"
                      f"{HEADERS * packets / 1024:10.1f}{SEGMENT * repeated / 1024:10.1f}{rest / 1024:10.1f}", flush=True)
                # The header rounds to 0.01 MiB.
                if abs(wire - walk) > 0.02 * walk + CONTROL_BYTES or (name in EXACT and abs(walk - closed) > 0.01 * MIB):
                    wrong.append(f"{name}, k = {k}")
    print(f"\nPer node and step, {sizes()[0]:,} elements with padding. KiB: headers of packets, segments that TCP repeated, the rest\n"
          f"is control traffic, {most / 1024:.1f} KiB at most")
    workplace.keep(a, results)
    sys.exit(f"apart: {'; '.join(wrong)}" if wrong else 0)


if __name__ == "__main__":
    main()
