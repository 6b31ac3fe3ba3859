"""Links between nodes: what is counted, how fast they are, and that they can be cut. Each node has its own places and name."""
import subprocess
import sys
import time
import unittest

import case
import network

SEND = """
import socket, sys, time
listener = socket.create_server(("10.77.0.2", 7000)) if sys.argv[1] == "receive" else None
if listener:
    print("listening", flush=True)
    peer, got = listener.accept()[0], 0
    while chunk := peer.recv(1 << 20):
        got += len(chunk)
    peer.sendall(b"done")
    print(got)
else:
    began = time.monotonic()
    peer = socket.create_connection(("n2", 7000), timeout=float(sys.argv[3]))
    peer.sendall(bytes(int(sys.argv[2])))
    peer.shutdown(socket.SHUT_WR)
    peer.recv(4)
    print(time.monotonic() - began)
"""
MIB = 1 << 20
# An ARP exchange for each peer, 42 bytes a packet, now and then: far less than any message of a program.
SILENCE = 1024


class Network(case.Case):
    def node(self, name):
        return case.CLUSTER.machine(name)

    def python(self, node, *arguments):
        return self.node(node).popen([sys.executable, "-c", SEND, *map(str, arguments)], text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def send(self, size, sender="n1", timeout=10):
        """Seconds that n1 takes to send `size` bytes to n2."""
        receiver = self.python("n2", "receive")
        self.addCleanup(receiver.communicate)
        self.addCleanup(receiver.kill)
        self.assertEqual(receiver.stdout.readline(), "listening\n")
        out, error = self.python(sender, "send", size, timeout).communicate()
        self.assertTrue(out, error)
        self.assertEqual(receiver.communicate()[0], f"{size}\n")
        return float(out)

    def moved(self, work):
        """{node: (sent, received)} by `work`."""
        before = {n.name: network.traffic(n) for n in case.CLUSTER.nodes()}
        work()
        return {n.name: tuple(b - a for a, b in zip(before[n.name], network.traffic(n))) for n in case.CLUSTER.nodes()}

    def test_counters_move_by_what_one_node_sends_another(self):
        moved = self.moved(lambda: self.send(8 * MIB))

        # Headers of Ethernet, IP and TCP: 66 bytes for each packet of at most 1448; acknowledgements flow back.
        most = 8 * MIB * (1 + 66 / 1448) + SILENCE
        self.assertTrue(8 * MIB <= moved["n1"][0] <= most, moved)
        self.assertTrue(8 * MIB <= moved["n2"][1] <= most, moved)
        self.assertLess(moved["n1"][1], MIB)
        self.assertLess(max(moved["n3"]), SILENCE)

    def test_jobs_themselves_are_not_counted(self):
        moved = self.moved(lambda: self.done(self.run_on_login("srun", "-N3", "sh", "-c", "head -c 1000000 /dev/zero | tr '\\0' x")))

        self.assertLess(max(max(m) for m in moved.values()), SILENCE, moved)

    def rate(self, node, rate):
        network.set_rate(case.CLUSTER.login(), self.node(node), rate)
        self.addCleanup(network.set_rate, case.CLUSTER.login(), self.node(node), None)

    def test_a_rate_bounds_what_a_node_sends(self):
        self.rate("n1", "100mbit")

        self.judge_rate(self.send(8 * MIB))

    def test_a_rate_bounds_what_a_node_receives(self):
        self.rate("n2", "100mbit")

        self.judge_rate(self.send(8 * MIB))
        self.assertEqual(network.rate_of(self.node("n2")), "100mbit")

    def judge_rate(self, seconds):
        # What the bucket holds goes at once, the rest at 100 Mbit/s; above, twice the time for a busy machine.
        least = (8 * MIB - 128 * 1024) * 8 / 100e6
        self.assertGreaterEqual(seconds, least)
        self.assertLess(seconds, 2 * least)

    def test_without_a_rate_it_is_as_fast_as_memory(self):
        self.rate("n1", "100mbit")
        network.set_rate(case.CLUSTER.login(), self.node("n1"), None)

        self.assertLess(self.send(8 * MIB), 0.5 * 8 * MIB * 8 / 100e6)

    def test_a_cut_link_is_silent_and_a_plugged_one_goes_on(self):
        login, node = case.CLUSTER.login(), self.node("n2")
        self.addCleanup(network.set_link, login, node, "up")
        receiver = self.python("n2", "receive")
        self.addCleanup(receiver.communicate)
        receiver.stdout.readline()
        network.set_link(login, node, "down")
        sender = self.python("n1", "send", MIB, 10)
        time.sleep(1)
        self.assertIsNone(sender.poll())
        self.assertEqual(network.link_state(login, node), "down")

        network.set_link(login, node, "up")

        self.assertTrue(sender.communicate()[0])

    def test_nodes_share_files_and_have_names_and_temporary_places_of_their_own(self):
        (self.dir / "shared").write_text("seen by all")
        script = "touch /tmp/$(hostname) /dev/shm/$(hostname); echo $(hostname) $(cat shared) $(ls /tmp /dev/shm | grep ^n)"

        lines = self.done(self.run_on_login("srun", "-N3", "sh", "-c", script)).text.splitlines()

        self.assertEqual(sorted(lines), [f"{n} seen by all {n} {n}" for n in ("n1", "n2", "n3")])


if __name__ == "__main__":
    case.main()
