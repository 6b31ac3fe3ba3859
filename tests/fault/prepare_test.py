"""What `fullshard prepare` survives: a kill, a full disk, a second job, damage; and what it says of bad rows."""

import json
import os
import resource
import signal
import subprocess
import time

import harness
from harness import Case, command, flip_byte, run, token_rows, write_rows


class Prepare(Case):
    def setUp(self):
        super().setUp()
        self.write_run()
        self.stores = self.dir / "tokenized"

    def prepare(self, ranks=1, *overrides):
        return run(ranks, "prepare", self.run_file, "--json", *overrides)

    def ledger(self, ended):
        return json.loads(self.done(ended).out.splitlines()[-1])

    def names(self):
        return sorted(p.name for p in self.stores.iterdir()) if self.stores.exists() else []

    def store(self):
        (name,) = self.names()
        return self.stores / name

    def many_rows(self):
        """Enough for the work to take a while."""
        rows = "".join(json.dumps(r) + "\n" for r in token_rows(2000))
        self.data.write_text(rows * 60)

    def samples(self):
        out = self.done(run(1, "inspect", self.run_file, "--jsonl")).out
        return [json.loads(line) for line in out.splitlines()]

    def test_samples_come_back_as_they_were(self):
        rows = token_rows(9)
        write_rows(self.data, rows)
        self.done(self.prepare(2))
        found = [{"input_ids": s["input_ids"], "labels": s["labels"]} for s in self.samples()]
        self.assertEqual(found, rows)
        self.assertEqual([s["index"] for s in self.samples()], list(range(9)))

    def test_each_source_has_a_name_of_its_own_in_the_ledger(self):
        write_rows(self.data, token_rows(4))
        name = str(self.data)
        ledgers = self.ledger(self.prepare(1, f'dataset=["{name}","{name}"]', f"eval_dataset={name}"))
        self.assertEqual(list(ledgers), [name, f"{name} (2)", f"{name} (validation)"])

    def test_sequences_of_documents_that_train_nothing_are_refused(self):
        masked = {"input_ids": list(range(3, 90)), "labels": [-100] * 86 + [89]}
        write_rows(self.data, [masked, {"input_ids": [3] * 9, "labels": [3] * 9}])
        for ranks in (1, 2):
            self.refused(self.prepare(ranks, "stage=pt"), 3, "2 of the 3 sequences of cutoff_len 32", "neat_packing")
        self.done(self.prepare(1, "stage=pt", "neat_packing=true"))

    def test_what_train_would_refuse_of_the_data_is_refused(self):
        self.refused(self.prepare(2, "val_size=24"), 2, "val_size", "nothing to train")

    def test_killed_at_any_time_it_starts_cleanly(self):
        self.many_rows()
        for seconds in (0.1, 0.3, 0.6, 1.0):
            process = subprocess.Popen(command(2, "prepare", self.run_file), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
            time.sleep(seconds)
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        ledger = self.ledger(self.prepare(2))["data.jsonl"]
        self.assertEqual(ledger["documents"], 120000)
        self.assertEqual(ledger["samples"], 120000)

    def test_a_full_disk_is_said_and_leaves_nothing(self):
        self.many_rows()
        limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (5 << 20, 5 << 20))
        done = subprocess.run(command(1, "prepare", self.run_file), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=limit, timeout=harness.TIMEOUT)
        self.assertEqual(done.returncode, 7, done.stderr)
        self.assertIn("File too large", done.stderr)
        self.assertEqual(self.names(), [])
        self.done(self.prepare())

    def test_threads_that_cannot_be_started_are_counted(self):
        limit = lambda: resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))  # stacks of 1024 threads take twice that
        line = command(1, "prepare", self.run_file, "preprocessing_num_workers=1024")
        done = subprocess.run(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=limit, timeout=harness.TIMEOUT)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertRegex(done.stderr, r"error: preprocessing_num_workers: expected 1024 threads on each rank, found that \d+ can be started: ")
        self.assertEqual(self.names(), [])

    def test_two_jobs_at_once_do_not_harm_each_other(self):
        self.many_rows()
        jobs = [subprocess.Popen(command(1, "prepare", self.run_file), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) for _ in range(2)]
        for job in jobs:
            out, _ = job.communicate(timeout=harness.TIMEOUT)
            self.assertEqual(job.returncode, 0, out)
        self.assertEqual(len(self.names()), 1)
        self.assertEqual(self.ledger(self.prepare())["data.jsonl"]["samples"], 120000)

    def test_a_damaged_store_is_made_anew(self):
        write_rows(self.data, token_rows(50))
        self.done(self.prepare())
        whole = self.store().read_bytes()
        for damage in (lambda p: flip_byte(p, 5000), lambda p: os.truncate(p, 4500), lambda p: p.write_bytes(b"")):
            damage(self.store())
            self.done(self.prepare())
            self.assertEqual(self.store().read_bytes(), whole)

    def test_every_reason_to_drop_a_row_is_counted(self):
        good = token_rows(3)
        bad = ["no json", "[1]", json.dumps({"input_ids": [3, 4], "labels": [3]}), json.dumps({"input_ids": [3, 99, 4], "labels": [-100, 99, 4]}),
               json.dumps({"input_ids": [3, 4, 5], "labels": [-100, -100, -100]}), json.dumps({"input_ids": [3] * 40, "labels": [-100] * 39 + [3]})]
        self.data.write_text("".join(json.dumps(r) + "\n" for r in good) + "\n".join(bad) + "\n")
        ledger = self.ledger(self.prepare(2, "bad_samples=drop"))["data.jsonl"]
        self.assertEqual(ledger["documents"], 9)
        self.assertEqual(ledger["used"], 3)
        self.assertEqual(ledger["documents"], ledger["used"] + sum(n for name, n in ledger.items() if name.startswith("dropped_")))
        self.assertEqual(ledger["dropped_nothing_trained"], 2)

    def test_what_is_too_long_is_cut_dropped_or_refused(self):
        rows = token_rows(2)
        rows.append({"input_ids": [5] * 40, "labels": [5] * 40})
        write_rows(self.data, rows)
        cut = self.ledger(self.prepare())["data.jsonl"]
        self.assertEqual((cut["truncated_samples"], cut["truncated_tokens"]), (1, 8))
        dropped = self.ledger(self.prepare(1, "too_long=drop", "bad_samples=drop"))["data.jsonl"]
        self.assertEqual((dropped["samples"], dropped["dropped_too_long"]), (2, 1))
        self.refused(self.prepare(1, "too_long=error"), 3, f"{self.data}:3: ", "cutoff_len")


if __name__ == "__main__":
    harness.main()
