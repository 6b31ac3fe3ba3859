#!/usr/bin/env python3
"""One optimizer step of transformers.Trainer on a model directory, as a user would write it; prints when it had ended.

    torchrun --nproc-per-node 2 trainer_once.py MODEL TOKENS.jsonl
"""
import json
import sys
import tempfile
import time

import torch
from transformers import AutoModelForCausalLM, Trainer, TrainerCallback, TrainingArguments


class FirstStep(TrainerCallback):
    def on_step_end(self, args, state, control, **_):
        if state.is_world_process_zero:
            print(json.dumps({"first_step_ended": time.time()}), flush=True)


def collate(rows):
    return {key: torch.tensor([row[key] for row in rows]) for key in ("input_ids", "labels")}


def main():
    with open(sys.argv[2], encoding="ascii") as f:
        rows = [json.loads(line) for line in f]
    with tempfile.TemporaryDirectory() as scratch:
        arguments = TrainingArguments(output_dir=scratch, use_cpu=True, max_steps=1, per_device_train_batch_size=2, save_strategy="no", report_to=[],
                                      disable_tqdm=True, ddp_backend="gloo")
        model = AutoModelForCausalLM.from_pretrained(sys.argv[1], dtype=torch.float32)
        Trainer(model=model, args=arguments, train_dataset=rows, data_collator=collate, callbacks=[FirstStep()]).train()


if __name__ == "__main__":
    main()
