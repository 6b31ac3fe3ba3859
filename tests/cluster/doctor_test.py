"""`fullshard doctor` by srun on three nodes: a healthy allocation may start; of a sick one the node is named, with the run's exit code."""
import re
import shutil

import case
import jobs
import network

NODES = ("n1", "n2", "n3")
CHECKS = ["launch", "program", "libraries", "processor", "cores", "memory", "shm", "limits", "gpu", "inputs", "directory", "storage",
          "copying", "clocks", "links"]


class Doctor(case.Case):
    def setUp(self):
        super().setUp()
        jobs.write_run(self.dir)
        self.program = case.PREFIX / "bin/fullshard"
        # Without a bound links are as fast as busy cores let them be.
        for node in NODES:
            self.rate(node, "1gbit")
            self.addCleanup(self.rate, node, None)

    def rate(self, node, rate):
        network.set_rate(case.CLUSTER.login(), case.CLUSTER.machine(node), rate)

    def mount(self, node, path, *what):
        """Something on `path` that this node alone sees, and no longer than the test."""
        machine = case.CLUSTER.machine(node)
        machine.call("mount", *map(str, what), str(path))
        self.addCleanup(machine.call, "umount", str(path))

    def doctor(self, *arguments):
        # Two ranks on each node: 0 and 1 on n1, and so on.
        return self.run_on_login("srun", "-N3", "-n6", "--kill-on-bad-exit=1", "--mpi=pmix", self.program, "doctor", *arguments)

    def findings(self, ended):
        """{check: (verdict, text)} of the table."""
        return {check: (verdict, text) for verdict, check, text in re.findall(r"^  (ok|WARN|FAIL) +(\w+) +(.*)$", ended.text, re.M)}

    def fails(self, ended, code, check):
        """What it says of the one check that failed."""
        self.assertEqual(ended.code, code, str(ended))
        found = self.findings(ended)
        self.assertEqual([c for c, (verdict, _) in found.items() if verdict == "FAIL"], [check], str(ended))
        self.assertIn(f"do not start, mend {check} first", ended.text)
        return found[check][1]

    def test_a_healthy_cluster_may_start_after_less_than_ten_seconds(self):
        before = sorted(self.dir.rglob("*"))

        ended = self.done(self.doctor("run.json"))

        found = self.findings(ended)
        self.assertEqual(list(found), CHECKS, str(ended))
        self.assertNotIn("FAIL", [verdict for verdict, _ in found.values()], str(ended))
        self.assertRegex(ended.text, r"(?m)^6 ranks on 3 nodes \(mesh 3×2\): n1 2, n2 2, n3 2$")
        self.assertRegex(ended.text, r"(?m)^go on: 15 checks")
        self.assertRegex(found["links"][1], r"^6 directions between 3 nodes: median [\d.]+ MiB/s")
        self.assertLess(ended.seconds, 10, str(ended))
        self.assertEqual(sorted(self.dir.rglob("*")), before, "something is left behind")

    def test_a_node_with_a_slow_link_is_named(self):
        self.rate("n2", "50mbit")

        text = self.fails(self.doctor("run.json"), 5, "links")

        # A busy machine may miss one of its four directions; all that are named are its own.
        for link in text.split("found ")[1].split(", "):
            self.assertRegex(link, r"^(n2 (sends|receives|sends and receives) at [\d.]+ MiB/s at best|n2 to n[13] at .*|n[13] to n2 at .*)$")

    def test_a_node_with_another_program_is_named(self):
        other = self.dir / "older"
        shutil.copy(self.program, other)
        with open(other, "ab") as f:
            f.write(b"!")  # behind what the loader reads
        self.mount("n2", self.program, "--bind", other)

        text = self.fails(self.doctor("run.json"), 5, "program")

        self.assertRegex(text, r"^expected one program, found \S+ \(\w{8}\) at ranks 2-3 on n2 and \S+ \(\w{8}\) at ranks 0-1 on n1, 4-5 on n3$")

    def output_directory(self, own_on):
        """The run's, on a file system that one node has for itself."""
        out = self.dir / "out"
        out.mkdir()
        self.mount(own_on, out, "-t", "tmpfs", "own")
        return out

    def test_a_node_without_the_shared_output_directory_is_named(self):
        out = self.output_directory(own_on="n2")

        text = self.fails(self.doctor("run.json"), 2, "directory")

        self.assertRegex(text, rf"^what rank 0 on n1 wrote in {out} \(\w+\) is not seen by ranks 2-3 on n2: .* \(tmpfs\)$")

    def test_the_first_node_is_named_where_the_others_share_the_output_directory(self):
        out = self.output_directory(own_on="n1")

        text = self.fails(self.doctor("run.json"), 2, "directory")

        self.assertRegex(text, rf"^what ranks 2-3 on n2, 4-5 on n3 wrote in {out} \(\w+\) is not seen by ranks 0-1 on n1 \(tmpfs\)$")

    def test_a_directory_that_each_node_has_for_itself_is_refused(self):
        text = self.fails(self.doctor("--dir", "/tmp"), 2, "directory")

        self.assertRegex(text, r"^what rank 0 on n1 wrote in /tmp \(tmpfs\) is not seen by ranks 2-3 on n2, 4-5 on n3: .* \(tmpfs\)$")


if __name__ == "__main__":
    case.main()
