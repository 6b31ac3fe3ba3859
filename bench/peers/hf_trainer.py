#!/usr/bin/env python3
"""transformers.Trainer, which is DistributedDataParallel on CPUs; bf16 by autocast."""
import itertools
import os
import tempfile
import time

import torch.distributed as dist
from transformers import Trainer, TrainerCallback, TrainingArguments
from transformers.utils import logging

import common


class Clock(TrainerCallback):
    """The time of each optimizer step from its first micro-batch on, without the loader's part."""

    def __init__(self):
        self.seconds = []

    def on_step_begin(self, *_, **__):
        self.start = time.perf_counter()

    def on_step_end(self, *_, **__):
        self.seconds.append(time.perf_counter() - self.start)


def main():
    a = common.arguments()
    logging.disable_progress_bar()
    steps, clock = a.warmup + a.steps, Clock()
    with tempfile.TemporaryDirectory() as scratch:
        arguments = TrainingArguments(output_dir=scratch, use_cpu=True, bf16=a.precision == "bf16", max_steps=steps, learning_rate=1e-4,
                                      weight_decay=0.1, max_grad_norm=1.0, per_device_train_batch_size=a.micro_batch, logging_steps=steps,
                                      save_strategy="no", report_to=[], disable_tqdm=True, ddp_backend="gloo", ddp_find_unused_parameters=False)
        rows = [{key: value[0] for key, value in batch.items()}
                for batch in itertools.islice(common.batches(a), steps * a.micro_batch * int(os.environ["WORLD_SIZE"]))]
        trainer = Trainer(model=common.build_model(a), args=arguments, train_dataset=rows, callbacks=[clock])
        trainer.train()
    common.report(a, "transformers.Trainer", clock.seconds)
    dist.destroy_process_group()


if __name__ == "__main__":
    main()
