"""Checks the TensorBoard files of an output directory with TensorBoard's own reader, against trainer_log.jsonl.

usage: tensorboard_oracle.py OUTPUT_DIR [EVENT_DIR]     (EVENT_DIR: OUTPUT_DIR/tensorboard)

Every logged step must stand exactly once under each tag, with the logged value rounded to float32, and the
configuration must be there as text.
"""
import json
import pathlib
import sys

import numpy as np
from tensorboard.backend.event_processing import event_accumulator

TAGS = {
    "train/loss": "loss",
    "train/learning_rate": "lr",
    "train/grad_norm": "grad_norm",
    "train/tokens_per_second": "tokens_per_second",
    "train/mfu": "mfu",
    "eval/loss": "eval_loss",
}


def logged(output_dir, key):
    lines = (output_dir / "trainer_log.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return [(row["current_steps"], row[key]) for row in rows if row.get(key) is not None]


def check_tag(events, tag, expected):
    if not expected:
        return []
    if tag not in events.Tags()["scalars"]:
        return [f"{tag}: no events, the log has {len(expected)} values"]
    found = [(event.step, event.value) for event in events.Scalars(tag)]
    if [step for step, _ in found] != [step for step, _ in expected]:
        return [f"{tag}: steps differ: {len(found)} events, {len(expected)} logged"]
    return [
        f"{tag}: step {step}: event {value!r}, log {want!r}"
        for (step, value), (_, want) in zip(found, expected)
        if np.float32(value) != np.float32(want)
    ]


def main():
    output_dir = pathlib.Path(sys.argv[1])
    if not output_dir.is_dir():
        print(f"skipped: needs the finished run {output_dir}, which is not here")
        sys.exit(77)
    event_dir = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else output_dir / "tensorboard"
    events = event_accumulator.EventAccumulator(
        str(event_dir), size_guidance={"scalars": 0, "tensors": 0}
    )
    events.Reload()
    problems = []
    for tag, key in TAGS.items():
        problems += check_tag(events, tag, logged(output_dir, key))
    if "configuration" not in events.Tags()["tensors"]:
        problems.append("configuration: no text")
    else:
        text = events.Tensors("configuration")[-1].tensor_proto.string_val[0].decode("utf-8")
        if not text.startswith("| run |"):
            problems.append(f"configuration: unexpected text {text[:60]!r}")
    print("\n".join(problems) or f"{len(logged(output_dir, 'loss'))} steps agree")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
