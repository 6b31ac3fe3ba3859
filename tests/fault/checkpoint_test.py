"""Damage, other people's files, full disks and rivals: what happens to checkpoints and to the run."""

import json
import os
import resource
import shutil
import signal
import subprocess

import harness
from harness import CONFIG, Case, Running, digests, flip_byte, run, write_model


def damage(checkpoint, tensor=3):
    manifest = json.loads((checkpoint / "manifest.json").read_text())
    extent = manifest["tensors"][tensor]["extents"][0]
    flip_byte(checkpoint / extent["file"], extent["offset"] + 1)


class DamagedCheckpoint(Case):
    def setUp(self):
        super().setUp()
        self.write_run(save_steps=2)
        self.done(self.train(2, "max_steps=4"))
        self.assertEqual(self.checkpoints(), ["checkpoint-2", "checkpoint-4"])

    def test_the_older_one_is_used_and_said(self):
        before = digests(self.out / "checkpoint-4")
        for ranks in (2, 1):
            with self.subTest(ranks=ranks):
                damage(self.out / "checkpoint-4")
                ended = self.done(self.train(ranks, "max_steps=4"))
                self.assertIn("checkpoint-4", ended.out)
                self.assertIn("going on from " + str(self.out / "checkpoint-2"), ended.out)
                self.assertEqual(self.logged_steps(), [1, 2, 3, 4])
                if ranks == 2:  # as many as wrote it: the same bits
                    self.assertEqual(digests(self.out / "checkpoint-4"), before)

    def test_every_kind_of_damage_is_seen(self):
        newest = self.out / "checkpoint-4"
        kept = self.dir / "kept"
        shutil.copytree(newest, kept)
        size = (newest / "state.h5").stat().st_size
        kinds = {
            "cut": lambda: os.truncate(newest / "state.h5", size - 1),
            "state gone": lambda: (newest / "state.h5").unlink(),
            "manifest gone": lambda: (newest / "manifest.json").unlink(),
            "manifest cut": lambda: os.truncate(newest / "manifest.json", 1000),
            "manifest edited": lambda: flip_byte(newest / "manifest.json", 200),
            "hdf5 header": lambda: flip_byte(newest / "state.h5", 30),
            "side file": lambda: (newest / "config.json").write_text("{}"),
        }
        for name, harm in kinds.items():
            with self.subTest(kind=name):
                harm()
                ended = self.done(self.train(1, "max_steps=4"))
                self.assertIn("going on from " + str(self.out / "checkpoint-2"), ended.out)
                shutil.rmtree(newest)
                shutil.copytree(kept, newest)

    def test_all_damaged_is_refused_and_nothing_is_lost(self):
        damage(self.out / "checkpoint-2")
        damage(self.out / "checkpoint-4")
        for ranks in (1, 2):
            self.refused(self.train(ranks, "max_steps=6"), 3, "checkpoint-2", "checkpoint-4", "overwrite_output_dir")
        self.assertEqual(self.checkpoints(), ["checkpoint-2", "checkpoint-4"])
        self.assertEqual(self.logged_steps(), [1, 2, 3, 4])

        self.done(self.train(1, "max_steps=1", "overwrite_output_dir=true"))
        self.assertEqual(self.checkpoints(), ["checkpoint-1"])

    def test_a_damaged_one_that_was_asked_for(self):
        damage(self.out / "checkpoint-2")
        for ranks in (1, 2):
            self.refused(self.train(ranks, f"resume_from_checkpoint={self.out / 'checkpoint-2'}"), 3,
                         self.out / "checkpoint-2")

    def test_one_of_another_model(self):
        other = write_model(self.dir / "other", {**CONFIG, "intermediate_size": 32})
        for ranks in (1, 2):
            self.refused(self.train(ranks, f"model_name_or_path={other}",
                                    f"resume_from_checkpoint={self.out / 'checkpoint-2'}",
                                    f"output_dir={self.dir / 'new'}"), 3, "checkpoint-2", "another model")

    def test_consolidate_refuses_it_and_leaves_nothing(self):
        damage(self.out / "checkpoint-2")
        to = self.dir / "model-out"
        self.refused(run(1, "consolidate", self.out / "checkpoint-2", to), 3, "checkpoint-2")
        self.assertEqual([p for p in to.glob("*") if "safetensors" in p.name], [])


class Numbers(Case):
    def test_weights_that_are_not_finite_update_and_save_nothing(self):
        harness.poison(self.model)
        for ranks in (1, 2):
            with self.subTest(ranks=ranks):
                self.refused(self.train(ranks, "save_steps=1"), 6, "step 1", "not finite", "nothing was updated")
                self.assertEqual(self.checkpoints(), [])
                self.assertFalse((self.out / "model.safetensors").exists())

    def test_a_run_that_blows_up_keeps_its_last_checkpoint(self):
        self.write_run(save_steps=1, learning_rate=1e30, lr_scheduler_type="constant", max_steps=50, max_grad_norm=0)
        for ranks in (1, 2):
            with self.subTest(ranks=ranks):
                shutil.rmtree(self.out, ignore_errors=True)
                self.refused(self.train(ranks), 6, "not finite")
                self.assertFalse((self.out / "model.safetensors").exists())
                self.assertTrue(self.checkpoints())
                for name in self.checkpoints():
                    self.assertNotIn("partial", name)


class Rivals(Case):
    def test_a_second_job_is_refused_and_the_first_goes_on(self):
        self.write_run(max_steps=100000, save_steps=100000)
        with Running(2, "train", self.run_file) as first:
            first.wait_for(lambda: len(self.logged_steps()) > 3)
            for ranks in (1, 2):
                ended = self.refused(self.train(ranks), 2, "is in use by process ")
                holder = int(ended.err.split("is in use by process ")[1].split()[0])
                self.assertIn(holder, first.rank_pids())
            steps = len(self.logged_steps())
            first.wait_for(lambda: len(self.logged_steps()) > steps + 3)
            first.signal_ranks(signal.SIGTERM)
            self.assertEqual(first.wait(), 75, first.output())

    def test_the_lock_of_a_dead_job_is_taken_over(self):
        self.write_run(max_steps=100000, save_steps=3)
        with Running(2, "train", self.run_file) as first:
            first.wait_for(lambda: self.checkpoints() and len(self.logged_steps()) > 4)
            first.kill_ranks()
        step = max(int(name.split("-")[1]) for name in self.checkpoints() if "partial" not in name)
        ended = self.done(self.train(2, f"max_steps={step + 2}"))
        self.assertIn(f"after step {step}", ended.out)


class FullDisk(Case):
    def train_with_little_room(self, ranks):
        """A limit on the size of files stands for the full disk: 84 kB of state do not fit, logs do."""
        log = self.out / "trainer_log.jsonl"
        old = log.stat().st_ino if log.exists() else None
        with Running(ranks, "train", self.run_file) as job:
            # Only once the log is opened anew: what MPI itself writes at its start must fit.
            job.wait_for(lambda: log.exists() and log.stat().st_ino != old)
            for pid in job.rank_pids():
                resource.prlimit(pid, resource.RLIMIT_FSIZE, (48 << 10, 48 << 10))
            return job.ended()

    def test_a_failed_periodic_save_is_said_and_training_goes_on_to_a_clean_end(self):
        self.write_run(save_steps=100, logging_steps=100, max_steps=400)
        for ranks in (1, 2):
            with self.subTest(ranks=ranks):
                shutil.rmtree(self.out, ignore_errors=True)
                ended = self.refused(self.train_with_little_room(ranks), 7, "state.h5", "File too large")
                self.assertEqual(ended.out.count("saving failed"), 3, str(ended))
                self.assertEqual(self.logged_steps(), [100, 200, 300, 400])
                self.assertEqual(self.checkpoints(), [])
                self.assertFalse((self.out / "model.safetensors").exists())

    def test_the_last_checkpoint_is_untouched_and_the_run_continues_from_it(self):
        self.write_run(save_steps=100, logging_steps=100, max_steps=100)
        self.done(self.train(2))
        saved = digests(self.out / "checkpoint-100")
        exported = (self.out / "model.safetensors").read_bytes()
        self.write_run(save_steps=100, logging_steps=100, max_steps=300)
        for ranks in (1, 2):
            self.refused(self.train_with_little_room(ranks), 7, "state.h5")
            self.assertEqual(self.checkpoints(), ["checkpoint-100"])
            self.assertEqual(digests(self.out / "checkpoint-100"), saved)
            self.assertEqual((self.out / "model.safetensors").read_bytes(), exported)
        ended = self.done(self.train(2))
        self.assertIn("after step 100", ended.out)
        self.assertEqual(self.logged_steps(), [100, 200, 300])

    def test_a_file_system_without_room(self):
        self.out.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=192k", "tmpfs", str(self.out)], capture_output=True)
        if mounted.returncode != 0:
            self.skipTest("needs the right to mount a tmpfs")
        self.addCleanup(subprocess.run, ["umount", "-l", str(self.out)])
        self.write_run(save_steps=1, max_steps=3)
        for ranks in (1, 2):
            with self.subTest(ranks=ranks):
                ended = self.refused(self.train(ranks), 7, "No space left on device")
                self.assertIn("saving failed", ended.out)
                for name in self.checkpoints():
                    self.assertNotIn("partial", name)


if __name__ == "__main__":
    harness.main()
