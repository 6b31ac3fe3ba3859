"""A test cluster comes up, survives being started twice or killed half-way, and leaves nothing; it meets no other one."""
import json
import os
import random
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
import requirements
from cluster import Cluster
from machine import machines_in, marked_processes

PROGRAM = Path(__file__).with_name("cluster.py")


def cluster(*arguments, **options):
    return subprocess.run([PROGRAM, *map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, **options)


def traces():
    """What a cluster could show outside its namespaces: links, mounts, ports, and what belongs to a munge of the machine."""
    links = sorted(p.name for p in Path("/sys/class/net").iterdir())
    mounts = sorted(Path("/proc/self/mounts").read_text().splitlines())
    listening = {line.split()[1] for line in Path("/proc/net/tcp").read_text().splitlines()[1:] if line.split()[3] == "0A"}
    slurm = {port for port in listening if port.endswith((":1AA1", ":1AA2"))}  # 6817, 6818: controller and daemon
    munge = sorted(map(str, Path("/run/munge").glob("*")))
    return {"links": links, "mounts": mounts, "ports": slurm, "munge": munge}


def remains(directory):
    files = sorted(map(str, directory.rglob("*"))) if directory.exists() else []
    return {"processes": marked_processes(directory), "files": files}


class Lifecycle(unittest.TestCase):
    def setUp(self):
        self.parent = Path(tempfile.mkdtemp(prefix="fullshard-cluster-"))
        self.directory = self.parent / "a cluster's directory"
        self.addCleanup(shutil.rmtree, self.parent)
        self.addCleanup(cluster, "down", "--dir", self.directory)
        self.before = traces()

    def up(self, nodes=2):
        return self.done(cluster("up", "--nodes", nodes, "--dir", self.directory))

    def done(self, ended):
        self.assertEqual(ended.returncode, 0, ended.stdout + ended.stderr)
        return ended

    def nothing_is_left(self):
        self.assertEqual(traces(), self.before)
        self.assertEqual(remains(self.directory), {"processes": [], "files": []})

    def first_processes(self):
        return {name: machine.pid for name, machine in machines_in(self.directory).items()}

    def hosts(self, directory, nodes):
        return sorted(self.done(cluster("run", "--dir", directory, "srun", f"-N{nodes}", "hostname")).stdout.split())

    def test_up_twice_is_one_cluster(self):
        self.up()
        began = self.first_processes()

        again = self.up()

        self.assertEqual(self.first_processes(), began)
        self.assertIn("was up already", again.stdout)
        self.assertEqual(self.hosts(self.directory, 2), ["n1", "n2"])

    def test_activated_the_commands_of_a_shell_are_those_of_the_cluster(self):
        self.up()
        activate = f"source {shlex.quote(str(self.directory))}/activate; "

        ended = subprocess.run(["bash", "-c", 2 * activate + "srun -N2 sh -c 'command -v srun; hostname'"], capture_output=True, text=True, timeout=30)

        self.assertEqual(sorted(self.done(ended).stdout.split()), ["/usr/bin/srun", "/usr/bin/srun", "n1", "n2"])

    def test_outside_it_nothing_of_it_is_seen(self):
        self.up()

        self.assertEqual(traces(), self.before)

    def test_down_leaves_nothing_and_may_be_repeated(self):
        self.up()
        running = subprocess.Popen([PROGRAM, "run", "--dir", self.directory, "srun", "-N2", "sleep", "1000"], stderr=subprocess.DEVNULL)
        time.sleep(0.5)

        self.done(cluster("down", "--dir", self.directory))

        self.assertNotEqual(running.wait(timeout=10), 0)
        self.nothing_is_left()
        self.done(cluster("down", "--dir", self.directory))

    def test_one_program_may_start_it_and_end_it(self):
        # In Python: the daemons are this process's children, and a machine does not end before they are buried.
        here = Cluster(self.directory)
        here.up(nodes=2, cpus=2, rate=None)

        here.down()

        self.nothing_is_left()

    def test_killed_at_any_moment_it_comes_up_again(self):
        whole = time.monotonic()
        self.up()
        whole = time.monotonic() - whole
        self.done(cluster("down", "--dir", self.directory))
        moments = random.Random(1)
        for _ in range(3):
            starting = subprocess.Popen([PROGRAM, "up", "--nodes", "2", "--dir", self.directory], stdout=subprocess.DEVNULL)
            time.sleep(whole * moments.random())
            starting.kill()
            starting.wait()

            self.up()

            self.assertEqual(self.hosts(self.directory, 2), ["n1", "n2"])
            # Of three machines, and nothing of those that were started first.
            self.assertEqual(len(marked_processes(self.directory)), 6)
            self.done(cluster("down", "--dir", self.directory))
            self.nothing_is_left()

    def test_machines_without_their_daemons_are_started_anew(self):
        # What `up` leaves when it is killed just before the last daemon.
        self.up()
        settings = json.loads((self.directory / "cluster.json").read_text())
        del settings["whole"]
        (self.directory / "cluster.json").write_text(json.dumps(settings))
        began = self.first_processes()

        self.up()

        self.assertFalse(set(self.first_processes().values()) & set(began.values()))
        self.assertEqual(self.hosts(self.directory, 2), ["n1", "n2"])

    def test_daemons_that_died_are_started_anew(self):
        self.up()
        os.kill(self.first_processes()["login"], 9)

        self.up()

        self.assertEqual(self.hosts(self.directory, 2), ["n1", "n2"])

    def test_two_directories_are_two_clusters(self):
        other = self.parent / "other"
        self.addCleanup(cluster, "down", "--dir", other)
        self.up()
        self.done(cluster("up", "--nodes", 1, "--dir", other))

        self.assertEqual(self.hosts(self.directory, 2), ["n1", "n2"])
        self.assertEqual(self.hosts(other, 1), ["n1"])
        self.done(cluster("down", "--dir", other))
        self.assertEqual(self.hosts(self.directory, 2), ["n1", "n2"])

    def test_a_directory_of_another_checkout_is_refused_and_its_holder_named(self):
        self.up()
        settings = json.loads((self.directory / "cluster.json").read_text())
        settings["checkout"] = "/elsewhere/checkout"
        (self.directory / "cluster.json").write_text(json.dumps(settings))

        refused = cluster("up", "--nodes", 2, "--dir", self.directory)

        self.assertEqual(refused.returncode, 1)
        self.assertIn("/elsewhere/checkout", refused.stderr)
        self.assertEqual(self.hosts(self.directory, 2), ["n1", "n2"])

    def test_another_number_of_nodes_is_refused_while_it_is_up(self):
        self.up()

        refused = cluster("up", "--nodes", 1, "--dir", self.directory)

        self.assertEqual(refused.returncode, 1)
        self.assertIn("a cluster of 2 nodes is up", refused.stderr)

    def test_files_of_others_stay(self):
        self.directory.mkdir()
        (self.directory / "mine").write_text("kept")
        self.up()

        self.done(cluster("down", "--dir", self.directory))

        self.assertEqual([p.name for p in self.directory.iterdir()], ["mine"])

    def test_without_root_it_says_so_and_is_skipped(self):
        self.parent.chmod(0o777)

        skipped = cluster("up", "--dir", self.directory, preexec_fn=lambda: os.setuid(65534))

        self.assertEqual(skipped.returncode, 77)
        self.assertIn("SKIPPED, there can be none on this machine: it needs root", skipped.stderr)


if __name__ == "__main__":
    if reason := requirements.obstacle():
        print(f"SKIPPED: no test cluster on this machine: {reason}")
        sys.exit(77)
    unittest.main(verbosity=2)
