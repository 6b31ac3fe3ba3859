"""What the tests on the running test cluster share. Arguments: its directory, the prefix of an installed fullshard, then unittest's own."""
import os
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "fault"))
import requirements
from cluster import Cluster
from machine import machines_in, stat_of

CLUSTER = PREFIX = None


class Ended:
    def __init__(self, process, text, began):
        self.code, self.text, self.seconds = process.returncode, text, time.monotonic() - began

    def __str__(self):
        return f"exit {self.code} after {self.seconds:.1f} s\n{self.text[-6000:]}"


class Case(unittest.TestCase):
    """A directory that all nodes see, for each test; no job outlives its test."""

    def setUp(self):
        self.dir = Path(tempfile.mkdtemp(prefix="work-", dir=CLUSTER.directory.parent))
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)
        self.addCleanup(self.end_jobs)

    def end_jobs(self):
        self.run_on_login("scancel", "--full", "--signal=KILL", "--user=root")
        self.run_on_login("scancel", "--user=root")
        self.wait_for(lambda: not self.run_on_login("squeue", "-h").text, "the jobs of this test end")

    def run_on_login(self, *command, timeout=60, **options):
        began = time.monotonic()
        process = self.start_on_login(*command, **options)
        try:
            text = process.communicate(timeout=timeout)[0]
        except subprocess.TimeoutExpired:
            process.terminate()
            text = process.communicate()[0]
            raise AssertionError(f"still running after {timeout} s: {command}\n{text}")
        return Ended(process, text, began)

    def start_on_login(self, *command, **options):
        settings = dict(directory=self.dir, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        return CLUSTER.popen([str(c) for c in command], **{**settings, **options})

    def done(self, ended):
        self.assertEqual(ended.code, 0, str(ended))
        return ended

    def wait_for(self, condition, what, patience=30):
        end = time.monotonic() + patience
        while not (value := condition()):
            if time.monotonic() > end:
                self.fail(f"waited {patience} s in vain: {what}\n{self.logs()}")
            time.sleep(0.05)
        return value

    def logs(self):
        return "\n".join(f"--- {p.name}\n{p.read_text()[-3000:]}" for p in sorted(self.dir.glob("*.log")))


def programs_on(node):
    """Host-wide numbers of the fullshard processes that run on a node."""
    namespace = os.readlink(f"/proc/{node.pid}/ns/pid")
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            if (path / "comm").read_text().startswith("fullshard") and os.readlink(path / "ns/pid") == namespace:
                found.append(int(path.name))
        except OSError:
            pass  # it has just ended
    return [pid for pid in found if (stat_of(pid) or "X")[0] not in "ZX"]


def main():
    global CLUSTER, PREFIX
    CLUSTER, PREFIX = Cluster(sys.argv[1]), Path(sys.argv[2]).resolve()
    if reason := requirements.obstacle():
        print(f"SKIPPED: no test cluster on this machine: {reason}")
        sys.exit(77)
    if not CLUSTER.is_up():
        print(f"no cluster is up in {CLUSTER.directory}; ctest starts it before these tests, by hand: cluster.py up --dir {CLUSTER.directory}")
        sys.exit(1)
    unittest.main(module="__main__", argv=[sys.argv[0], *sys.argv[3:]], verbosity=2)
