"""The networks of the test cluster and what is measured on them.

  fabric   10.77.0.0/24   eth0 of every node                what the program talks over; shaped, counted, cut
  mgmt     10.78.0.0/24   mgmt0 of every node, and login    SLURM's own traffic, kept out of the counters

Both are bridges on the login machine; the other end of a node's cable is a port there (fabric-n1, mgmt-n1).
"""
import re
from pathlib import Path

from machine import ClusterError

BRIDGES = ("fabric", "mgmt")
INTERFACES = {"fabric": "eth0", "mgmt": "mgmt0"}
LOGIN_ADDRESS = "10.78.0.254"
# A packet that the kernel has not cut yet counts as one of 64 KiB and its headers: a smaller bucket would cut each by hand.
BURST = "128kb"


def index_of(node):
    return int(node.removeprefix("n"))


def fabric_address(node):
    return f"10.77.0.{index_of(node)}"


def mgmt_address(node):
    return f"10.78.0.{index_of(node)}"


def make_bridges(login):
    quieten(login)
    login.net("ip", "link", "set", "lo", "up")
    for bridge in BRIDGES:
        # No spanning tree and no snooping: a bridge that says nothing by itself.
        login.net("ip", "link", "add", "name", bridge, "type", "bridge", "stp_state", "0", "mcast_snooping", "0")
        login.net("ip", "link", "set", bridge, "up")
    login.net("ip", "addr", "add", f"{LOGIN_ADDRESS}/24", "dev", "mgmt")


def connect(login, node):
    """The cables of a node that has just been started."""
    quieten(node)
    node.net("ip", "link", "set", "lo", "up")
    for bridge, address in zip(BRIDGES, (fabric_address(node.name), mgmt_address(node.name))):
        port, interface = f"{bridge}-{node.name}", INTERFACES[bridge]
        login.net("ip", "link", "add", "name", port, "type", "veth", "peer", "name", interface, "netns", str(node.pid))
        login.net("ip", "link", "set", port, "master", bridge, "up")
        node.net("ip", "addr", "add", f"{address}/24", "dev", interface)
        node.net("ip", "link", "set", interface, "up")


def quieten(machine):
    """Without IPv6 nobody looks for neighbours and routers unasked: counters move when somebody sends."""
    if Path("/proc/sys/net/ipv6").exists():
        machine.call("sh", "-c", "for i in all default; do echo 1 > /proc/sys/net/ipv6/conf/$i/disable_ipv6; done")


def set_rate(login, node, rate):
    """Bounds what `node` sends and what it receives on the fabric, each to `rate`, as a cable would; None lifts it."""
    if rate is not None and not re.fullmatch(r"\d+(\.\d+)?[kmg]bit", rate):
        raise ClusterError(f"rate {rate}: expected a number with kbit, mbit or gbit, such as 1gbit, or none")
    for machine, interface in ((node, INTERFACES["fabric"]), (login, f"fabric-{node.name}")):
        if rate:
            machine.net("tc", "qdisc", "replace", "dev", interface, "root", "tbf", "rate", rate, "burst", BURST, "latency", "50ms")
        elif rate_of(machine, interface):
            machine.net("tc", "qdisc", "del", "dev", interface, "root")


def rate_of(machine, interface="eth0"):
    shaped = re.search(r"qdisc tbf .*? rate (\S+)", machine.net("tc", "qdisc", "show", "dev", interface))
    return shaped[1].lower() if shaped else None


def set_link(login, node, state, networks=BRIDGES):
    """Pulls or plugs a node's cables at the switch: the node keeps its addresses and sees no carrier."""
    for bridge in networks:
        login.net("ip", "link", "set", f"{bridge}-{node.name}", state)


def link_state(login, node, bridge="fabric"):
    return "up" if re.search(r"[<,]UP[,>]", login.net("ip", "-o", "link", "show", "dev", f"{bridge}-{node.name}")) else "down"


def counters(node, interface):
    """The numbers of /proc/net/dev, received ones first: bytes, packets, …"""
    for line in Path(f"/proc/{node.pid}/net/dev").read_text().splitlines():
        name, _, numbers = line.partition(":")
        if name.strip() == interface:
            return [int(n) for n in numbers.split()]
    raise ClusterError(f"{node.name} has no interface {interface}")


def traffic(node, interface="eth0"):
    """(sent, received) bytes of a node on the fabric, Ethernet headers included."""
    fields = counters(node, interface)
    return fields[8], fields[0]


def packets_sent(node, interface="eth0"):
    """Each as the kernel handed it over, which may be up to 64 KiB with one header."""
    return counters(node, interface)[9]


def segments_repeated(node):
    """By TCP, on all interfaces: those of `traffic` that carry nothing new, each as long as a link takes at most."""
    names, numbers = [line.split()[1:] for line in Path(f"/proc/{node.pid}/net/snmp").read_text().splitlines() if line.startswith("Tcp:")]
    return int(numbers[names.index("RetransSegs")])
