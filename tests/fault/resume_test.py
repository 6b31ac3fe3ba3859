"""A run that was killed, stopped or finished, and the same command again."""

import os
import re
import signal
import time
from pathlib import Path

import harness
from harness import Case, Running, digests, stored_values

# Steps that take long enough to be hit in the middle.
BIG_BATCH = dict(per_device_train_batch_size=2, global_batch_size=24, save_steps=5, max_steps=10)


class Resume(Case):
    def killed_in_a_step_after(self, step, ranks, out, *overrides):
        """Kills all ranks at once, in the middle of a step, once checkpoint-<step> is whole."""
        with Running(ranks, "train", self.run_file, f"output_dir={out}", *overrides) as job:
            job.wait_for(lambda: (out / f"checkpoint-{step}").exists())
            job.wait_for(lambda: step in self.logged_steps(out))
            self.assertNotEqual(job.kill_ranks(), 0, "the run was over before it was killed")
        self.assertNotIn("checkpoint-10", self.checkpoints(out))

    def through(self, ranks, out, *overrides):
        self.done(self.train(ranks, f"output_dir={out}", *overrides))

    def test_killed_and_continued_is_never_stopped_bit_for_bit(self):
        for ranks in (1, 2):
            for precision in ("fp32", "bf16"):
                with self.subTest(ranks=ranks, precision=precision):
                    self.write_run(**BIG_BATCH, precision=precision)
                    whole, halves = self.dir / f"whole{ranks}{precision}", self.dir / f"halves{ranks}{precision}"
                    self.through(ranks, whole)
                    self.killed_in_a_step_after(5, ranks, halves)
                    self.through(ranks, halves)

                    self.assertEqual(digests(halves / "checkpoint-10"), digests(whole / "checkpoint-10"))
                    self.assertEqual((halves / "model.safetensors").read_bytes(), (whole / "model.safetensors").read_bytes())
                    self.assertEqual(self.logged_steps(halves), list(range(1, 11)))
                    self.assertEqual(self.losses(halves), self.losses(whole))

    def test_another_number_of_ranks_goes_on_within_1e_12(self):
        for before, after in ((4, 2), (1, 3)):
            with self.subTest(before=before, after=after):
                self.write_run(**{**BIG_BATCH, "global_batch_size": None, "gradient_accumulation_steps": 12 // before,
                                  "precision": "fp64"})
                whole, halves = self.dir / f"whole{before}", self.dir / f"halves{before}"
                self.through(before, whole)
                self.killed_in_a_step_after(5, before, halves)
                self.through(after, halves)

                want, got = stored_values(whole / "checkpoint-10"), stored_values(halves / "checkpoint-10")
                self.assertEqual(list(want), list(got))
                for name, values in want.items():
                    # Norm over norm: a single element may be as small as it likes.
                    size = sum(v * v for v in values) ** 0.5
                    apart = sum((v - w) ** 2 for v, w in zip(values, got[name])) ** 0.5
                    self.assertLessEqual(apart, 1e-12 * size, name)
                for x, y in zip(self.losses(whole), self.losses(halves), strict=True):
                    self.assertLessEqual(abs(x - y), 1e-12 * abs(x))

    def test_a_finished_run_says_so_and_leaves_the_export_alone(self):
        self.write_run(save_steps=2)
        self.done(self.train(2))
        before = {p: (p.stat().st_mtime_ns, p.stat().st_ino) for p in self.out.glob("*") if p.is_file() and p.name[0] != "."
                  and p.name != "trainer_log.jsonl"}
        self.assertIn(self.out / "model.safetensors", before)
        for ranks in (1, 2):
            ended = self.done(self.train(ranks))
            self.assertIn("this run is finished", ended.out)
            for path, seen in before.items():
                self.assertEqual((path.stat().st_mtime_ns, path.stat().st_ino), seen, path)
        self.assertEqual(self.logged_steps(), [1, 2, 3])

    def test_a_finished_run_that_keeps_no_checkpoint_says_so_too(self):
        self.write_run(save_strategy="no")
        self.done(self.train(2))
        self.assertEqual(self.checkpoints(), [])
        exported = (self.out / "model.safetensors").stat()
        for ranks in (1, 2):
            ended = self.done(self.train(ranks))
            self.assertIn("this run is finished", ended.out)
            again = (self.out / "model.safetensors").stat()
            self.assertEqual((again.st_mtime_ns, again.st_ino), (exported.st_mtime_ns, exported.st_ino))
        self.assertEqual(self.logged_steps(), [1, 2, 3])

        # It cannot go on, and nobody is trained over unasked.
        self.refused(self.train(2, "max_steps=5"), 2, "output_dir", "save_strategy: no", "overwrite_output_dir")
        self.refused(self.train(2, "seed=1"), 2, "another run", "overwrite_output_dir")
        self.assertEqual((self.out / "model.safetensors").stat().st_ino, exported.st_ino)
        self.done(self.train(2, "max_steps=5", "overwrite_output_dir=true"))
        self.assertEqual(self.logged_steps(), [1, 2, 3, 4, 5])

        # Whoever takes the model away gets it again.
        (self.out / "model.safetensors").unlink()
        self.done(self.train(1, "max_steps=2"))
        self.assertTrue((self.out / "model.safetensors").exists())
        self.assertEqual(self.logged_steps(), [1, 2])

    def test_a_checkpoint_of_a_stop_does_not_bring_a_finished_run_back(self):
        self.write_run(save_strategy="no", max_steps=100000)
        with Running(2, "train", self.run_file) as job:
            job.wait_for(lambda: len(self.logged_steps()) > 2)
            job.signal_ranks(signal.SIGTERM)
            self.assertEqual(job.wait(), 75, job.output())
        stopped = int(self.checkpoints()[0].split("-")[1])
        last = stopped + 2
        self.done(self.train(2, f"max_steps={last}"))
        self.assertIn("this run is finished", self.done(self.train(2, f"max_steps={last}")).out)
        self.assertEqual(self.logged_steps(), list(range(1, last + 1)))
        # More steps go on from the checkpoint that there is.
        self.assertIn(f"after step {stopped}", self.done(self.train(2, f"max_steps={last + 1}")).out)
        self.assertEqual(self.logged_steps(), list(range(1, last + 2)))

    def test_an_export_older_than_the_last_checkpoint_is_made_again(self):
        self.write_run(max_steps=2)
        self.done(self.train(1))
        model = self.out / "model.safetensors"
        older = model.read_bytes()
        self.done(self.train(1, "max_steps=4"))
        exported = model.read_bytes()
        # As if the run had died between its last checkpoint and the export, over the model of an earlier end.
        model.write_bytes(older)
        long_ago = (self.out / "checkpoint-4" / "manifest.json").stat().st_mtime - 100
        os.utime(model, (long_ago, long_ago))
        self.done(self.train(1, "max_steps=4"))
        self.assertNotEqual(exported, older)
        self.assertEqual(model.read_bytes(), exported)

    def test_a_run_that_died_before_its_export_still_owes_it(self):
        self.done(self.train(1))
        exported = (self.out / "model.safetensors").read_bytes()
        (self.out / "model.safetensors").unlink()
        self.done(self.train(2))
        self.assertEqual((self.out / "model.safetensors").read_bytes(), exported)

    def test_a_larger_max_steps_goes_on(self):
        self.done(self.train(2))
        exported = (self.out / "model.safetensors").read_bytes()
        ended = self.done(self.train(2, "max_steps=5"))
        self.assertIn("after step 3", ended.out)
        self.assertEqual(self.logged_steps(), [1, 2, 3, 4, 5])
        self.assertNotEqual((self.out / "model.safetensors").read_bytes(), exported)


class Signals(Case):
    def test_the_first_signal_finishes_the_step_saves_and_asks_for_a_requeue(self):
        for ranks in (1, 2):
            for number in (signal.SIGTERM, signal.SIGUSR1, signal.SIGINT):
                with self.subTest(ranks=ranks, signal=number.name):
                    out = self.dir / f"{ranks}{number.name}"
                    self.write_run(max_steps=100000, save_steps=100000, output_dir=str(out))
                    with Running(ranks, "train", self.run_file) as job:
                        job.wait_for(lambda: len(self.logged_steps(out)) > 2)
                        job.signal_ranks(number)
                        self.assertEqual(job.wait(), 75, job.output())
                        self.assertNotIn("fullshard: error", job.output())
                        self.assertIn("the same command continues", job.output())
                    self.assertEqual(len(self.checkpoints(out)), 1)
                    step = int(self.checkpoints(out)[0].split("-")[1])
                    self.assertEqual(self.logged_steps(out), list(range(1, step + 1)))
                    self.assertFalse((out / "model.safetensors").exists())

                    ended = self.done(self.train(ranks, f"max_steps={step + 2}"))
                    self.assertIn(f"after step {step}", ended.out)
                    self.assertEqual(self.logged_steps(out), list(range(1, step + 3)))

    def test_a_signal_before_there_is_anything_to_save_asks_for_a_requeue_too(self):
        # One rank is held at its start, so the other cannot come further than MPI's.
        caught = lambda pid: int(re.search(r"SigCgt:\s+(\w+)", Path(f"/proc/{pid}/status").read_text())[1], 16)
        with Running(2, "train", self.run_file) as job:
            job.wait_for(lambda: len(job.rank_pids()) == 2)
            held, free = job.rank_pids()
            os.kill(held, signal.SIGSTOP)
            job.wait_for(lambda: caught(free) >> (signal.SIGUSR1 - 1) & 1)
            os.kill(free, signal.SIGUSR1)
            self.assertEqual(job.wait(), 75, job.output())
        self.assertFalse(self.out.exists())

    def test_one_rank_that_is_told_stops_all(self):
        self.write_run(max_steps=100000, save_steps=100000)
        with Running(2, "train", self.run_file) as job:
            job.wait_for(lambda: len(self.logged_steps()) > 2)
            os.kill(max(job.rank_pids()), signal.SIGTERM)
            self.assertEqual(job.wait(), 75, job.output())
        self.assertEqual(len(self.checkpoints()), 1)

    def test_the_second_signal_ends_at_once(self):
        # One rank is held, so the step cannot end and only the second signal can.
        self.write_run(max_steps=100000, save_steps=100000)
        with Running(2, "train", self.run_file) as job:
            job.wait_for(lambda: len(self.logged_steps()) > 2)
            held, free = sorted(job.rank_pids())[::-1]
            os.kill(held, signal.SIGSTOP)
            os.kill(free, signal.SIGTERM)
            time.sleep(0.3)
            self.assertIsNone(job.process.poll())
            os.kill(free, signal.SIGTERM)
            begin = time.monotonic()
            while harness.alive(free):
                self.assertLess(time.monotonic() - begin, 5)
                time.sleep(0.01)
            os.kill(held, signal.SIGCONT)
            self.assertEqual(job.wait(), 75, job.output())
        self.assertEqual(self.checkpoints(), [])


if __name__ == "__main__":
    harness.main()
