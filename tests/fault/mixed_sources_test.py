"""Conversations, questions, documents and tool calls in one run: every token of four real data sets is accounted for.

The environment names the assets (FULLSHARD_ASSETS).
"""

import json
import os
import re
import shutil
import sys
from pathlib import Path

import harness
from harness import CONFIG, Case, epochs, run, write_model

ASSETS = Path(os.environ["FULLSHARD_ASSETS"])
DATA = ASSETS / "datasets"
# What a step takes of each, in proportion, and how many documents there are (assets' SOURCES.md).
WEIGHTS = {"fastchat": 4, "gsm8k": 3, "c4_demo": 1, "glaive": 2}
DOCUMENTS = {"fastchat": 500, "gsm8k": 7473, "c4_demo": 300, "glaive": 300}


class MixedSources(Case):
    def setUp(self):
        super().setUp()
        tokenizer = ASSETS / "tokenizers/minimind-6400"
        self.model = write_model(self.dir / "model", {**CONFIG, "vocab_size": 6400, "max_position_embeddings": 2048})
        for name in ("tokenizer.json", "tokenizer_config.json"):
            shutil.copy(tokenizer / name, self.model)
        registry = {
            "fastchat": {"file_name": DATA / "fastchat/dummy_conversation.json", "formatting": "sharegpt", "columns": {"messages": "conversations"}},
            "gsm8k": {"file_name": DATA / "gsm8k/train.jsonl", "columns": {"prompt": "question", "response": "answer"}},
            "c4_demo": {"file_name": DATA / "llama-factory/c4_demo.jsonl", "columns": {"prompt": "text"}},
            "glaive": {"file_name": DATA / "llama-factory/glaive_toolcall_en_demo.json", "formatting": "sharegpt",
                       "columns": {"messages": "conversations", "tools": "tools"}},
        }
        (self.dir / "dataset_info.json").write_text(json.dumps(registry, default=str))
        self.write_run(dataset=None, dataset_dir=".", sources=[{"dataset": name, "weight": weight} for name, weight in WEIGHTS.items()],
                       max_steps=None, num_train_epochs=2, cutoff_len=2048, packing=True, bad_samples="drop", per_device_train_batch_size=1,
                       global_batch_size=12, save_strategy="no")

    def test_the_ledger_counts_what_the_samples_are(self):
        ledger = json.loads(self.done(run(2, "prepare", self.run_file, "--json")).out.splitlines()[-1])
        self.assertEqual({name: counts["documents"] for name, counts in ledger.items()}, DOCUMENTS)
        counted = {name: dict(samples=0, tokens=0, trained=0) for name in ledger}
        for line in self.done(run(1, "inspect", self.run_file, "--jsonl")).out.splitlines():
            sample = json.loads(line)
            counts = counted[sample["source"]]
            counts["samples"] += 1
            counts["tokens"] += len(sample["input_ids"])
            counts["trained"] += sum(label != -100 for label in sample["labels"][1:])  # nothing predicts the first
        for name, counts in counted.items():
            found = ledger[name]
            self.assertEqual({key: found[key] for key in counts}, counts, name)
            self.assertEqual(found["tokens"], found["trained"] + found["masked"], name)
            dropped = sum(found[key] for key in found if key.startswith("dropped_"))
            self.assertEqual(found["documents"], found["used"] + dropped, name)

    def test_shares_are_exact_and_an_epoch_is_the_same_however_many_ranks_share_it(self):
        text = self.done(self.train(2)).out
        whole = epochs(text)
        # Interleaved until the first source is used up: fastchat's 500 of 4 parts in 10.
        self.assertEqual([epoch[0] for epoch in whole.values()], [1250, 1250])
        for name, weight in WEIGHTS.items():
            self.assertEqual(len(re.findall(rf"  {name}: {125 * weight} samples", text)), 2, text)

        resumed = ("save_strategy=steps", "save_steps=1000", f"output_dir={self.dir / 'shared'}")
        total = max(record["total_steps"] for record in self.log())
        shared = {}
        for ranks, steps in ((1, total // 3), (3, total)):
            shared.update(epochs(self.done(self.train(ranks, *resumed, f"max_steps={steps}")).out))
        self.assertEqual(shared, whole)


if __name__ == "__main__":
    if not DATA.exists():
        print(f"needs {DATA}, which is not here")
        sys.exit(77)
    harness.main()
