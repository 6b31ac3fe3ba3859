"""`fullshard doctor`: a healthy allocation may start, a sick one is refused with the culprit's name."""

import json
import os
import re
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

import harness
from harness import Case, command, run, run_line

CHECKS = ["launch", "program", "libraries", "processor", "cores", "memory", "shm", "limits", "gpu", "directory", "storage",
          "copying", "clocks", "links"]


def may_mount():
    """A mount namespace of one's own needs root; what it mounts is gone with it."""
    tried = subprocess.run(["unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True)
    return tried.returncode == 0


needs_mounts = unittest.skipUnless(shutil.which("unshare") and may_mount(), "needs root: unshare --mount and mount")


def several(*lines):
    """One launch of a rank for each command line."""
    line = [harness.LAUNCHER]
    for i, one in enumerate(lines):
        line += ([":"] if i else []) + ["-n", "1", *map(str, one)]
    return line


def with_mount(options, path, line):
    return ["unshare", "--mount", "sh", "-c", f'mount -t tmpfs {options} tmpfs "$0" && exec "$@"', path, *line]


class Doctor(Case):
    def findings(self, ended):
        """{check: (verdict, text)} of the table."""
        rows = [line.split(maxsplit=2) for line in ended.out.splitlines() if re.match(r"  (ok  |WARN|FAIL)  ", line)]
        return {row[1]: (row[0], row[2]) for row in rows}

    def failed(self, ended, code, check, *words):
        self.assertEqual(ended.code, code, str(ended))
        found = self.findings(ended)
        self.assertEqual([c for c, (verdict, _) in found.items() if verdict == "FAIL"], [check], str(ended))
        for word in words:
            self.assertIn(str(word), found[check][1], str(ended))
        self.assertIn(f"do not start, mend {check} first", ended.out)

    def test_a_healthy_machine_passes_every_check_in_ten_seconds(self):
        for ranks in (1, 2, 4):
            with self.subTest(ranks=ranks):
                before = self.tree()
                ended = self.done(run(ranks, "doctor", "--dir", self.dir))
                self.assertEqual(list(self.findings(ended)), CHECKS, str(ended))
                self.assertTrue(ended.out.splitlines()[-1].startswith("go on: 14 checks"), str(ended))
                self.assertLess(ended.seconds, 10)
                self.assertEqual(self.tree(), before, "something is left behind")

    def test_a_run_file_adds_what_the_run_reads_and_where_it_writes(self):
        found = self.findings(self.done(run(2, "doctor", self.run_file)))
        self.assertEqual(found["inputs"][0], "ok")
        self.assertIn(str(self.dir), found["directory"][1])  # out is not there yet, and is not made
        self.assertFalse(self.out.exists())

    def test_the_diagnosis_is_json_where_asked(self):
        diagnosis = json.loads(self.done(run(2, "doctor", "--json", "--dir", self.dir)).out)
        self.assertEqual([f["check"] for f in diagnosis["findings"]], CHECKS)
        self.assertEqual(diagnosis["exit_code"], 0)

    def test_another_program_on_one_rank_is_named(self):
        other = self.dir / "older-fullshard"
        shutil.copy(harness.PROGRAM, other)
        with open(other, "ab") as f:
            f.write(b"!")  # behind what the loader reads
        ended = run_line(several([harness.PROGRAM, "doctor"], [other, "doctor"]))
        self.failed(ended, 5, "program", other, "at rank 1 on")
        self.assertIn("were left out", self.findings(ended)["probes"][1])

    @needs_mounts
    def test_a_directory_that_one_rank_has_for_itself_is_named(self):
        self.out.mkdir()
        doctor = [harness.PROGRAM, "doctor", "--dir", self.out]
        ended = run_line(several(doctor, with_mount("", self.out, doctor)))
        self.failed(ended, 2, "directory", self.out, "is not seen by rank 1 on", "tmpfs")

    @needs_mounts
    def test_data_that_one_rank_does_not_see_is_named(self):
        (self.dir / "data").mkdir()
        shutil.move(self.data, self.dir / "data/rows.jsonl")
        self.write_run(dataset="data/rows.jsonl")
        doctor = [harness.PROGRAM, "doctor", self.run_file]
        ended = run_line(several(doctor, with_mount("", self.dir / "data", doctor)))
        self.failed(ended, 3, "inputs", "rank 1 on", "data/rows.jsonl", "No such file")

    @needs_mounts
    def test_a_full_directory_is_a_failure_of_output(self):
        self.out.mkdir()
        doctor = command(2, "doctor", "--dir", self.out)
        self.failed(run_line(with_mount("-o size=1m", self.out, doctor)), 7, "storage", "No space left")

    def test_a_directory_that_cannot_be_written_is_named(self):
        self.failed(run(2, "doctor", "--dir", "/proc"), 2, "directory", "ranks 0-1 on", "cannot write in /proc")

    def test_a_run_file_with_mistakes_is_refused_as_train_refuses_it(self):
        self.write_run(learning_rat=1)
        self.refused(run(2, "doctor", self.run_file), 2, "learning_rat", "learning_rate")

    def test_tasks_that_do_not_see_each_other_are_refused_and_one_says_so(self):
        for rank, messages in ((0, 1), (1, 0)):
            slurm = {"SLURM_STEP_NUM_TASKS": "2", "SLURM_STEP_ID": "0", "SLURM_PROCID": str(rank), "SLURM_LOCALID": str(rank)}
            ended = run_line(["env", *[f"{k}={v}" for k, v in slurm.items()], harness.PROGRAM, "doctor"])
            self.assertEqual((ended.code, len(ended.errors)), (5, messages), str(ended))
            self.assertNotIn("ORTE", ended.err)

    def test_a_launcher_of_another_mpi_is_refused(self):
        ended = run_line(["env", "OMPI_COMM_WORLD_SIZE=4", "OMPI_COMM_WORLD_RANK=0", harness.PROGRAM, "doctor"])
        self.refused(ended, 5, "started 4 ranks", "sees 1")

    @unittest.skipUnless(os.path.exists("/dev/fuse"), "needs /dev/fuse")
    @needs_mounts
    def test_a_file_system_that_hangs_ends_with_the_rank_and_the_check(self):
        self.out.mkdir()
        doctor = [harness.PROGRAM, "doctor", "--dir", self.out]
        hanging = ["unshare", "--mount", sys.executable, Path(__file__).with_name("hanging_mount.py"), self.out, *doctor]
        self.refused(run_line(several(doctor, hanging)), 5, "rank 1 on", "'directory' hangs for 12 s")


if __name__ == "__main__":
    harness.main()
