#!/usr/bin/env python3
"""A real SLURM cluster on one machine: a login machine with the controller, and nodes n1, n2, … with a daemon each.

  cluster.py up --nodes 3             starts it; again is harmless, after a crash it cleans up first
  cluster.py run srun -N3 hostname    any command, as if typed on the login machine
  cluster.py down                     ends it and leaves nothing

Every machine is a set of namespaces whose first process the others die with. Networks, sockets, ports and keys lie inside:
a SLURM or munge of this machine is not touched, and clusters of other directories are not met. Nodes see the same files,
but for /tmp and /dev/shm, which each has to itself. Needs root. docs/cluster.md has more.
"""
import argparse
import contextlib
import fcntl
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

sys.dont_write_bytecode = True
import network
import requirements
import site_files
from machine import ClusterError, end_machines, machines_in, marked_processes, start_machine, stat_of

ROOT = Path(__file__).resolve().parents[2]
SKIPPED = 77  # what CTest takes for "not run, and here is why"
OURS = ("etc", "log", "bin", "activate", "cluster.json.partial", "cluster.json")


class Cluster:
    def __init__(self, directory):
        self.directory = Path(directory).resolve()

    # What runs, read from the process table each time: there is no record that could be wrong.
    def machines(self):
        return machines_in(self.directory)

    def login(self):
        return self.machine("login")

    def machine(self, name):
        machines = self.machines()
        if name not in machines:
            known = ", ".join(self.settings().get("nodes", [])) or "none"
            raise ClusterError(f"{name} is not running in {self.directory} (nodes of the cluster: {known}); cluster.py status shows all")
        return machines[name]

    def nodes(self):
        machines = self.machines()
        return [machines[n] for n in self.settings().get("nodes", []) if n in machines]

    def settings(self):
        path = self.directory / "cluster.json"
        return json.loads(path.read_text()) if path.exists() else {}

    def is_up(self):
        return "login" in self.machines()

    def up(self, nodes, cpus, rate):
        names = [f"n{i + 1}" for i in range(nodes)]
        self.directory.mkdir(parents=True, exist_ok=True)
        with self.locked():
            held = self.settings()
            if held and held["checkout"] != str(ROOT):
                raise ClusterError(f"{self.directory} is held by the cluster of {held['checkout']}, up since {held['since']}; "
                                   f"take it down there, or give another --dir")
            # Killed in the middle, `up` may have left all machines and not all daemons.
            whole = self.is_up() and held.get("whole")
            if whole and set(self.machines()) == {"login", *names} and held["cpus"] == cpus:
                return "was up already"
            if whole and held["nodes"] != names:
                raise ClusterError(f"a cluster of {len(held['nodes'])} nodes is up in {self.directory}, {nodes} were asked for; cluster.py down first")
            self.end()
            try:
                self.begin(names, cpus, rate)
            except BaseException:
                self.end()
                raise
        return "is up"

    def begin(self, names, cpus, rate):
        settings = {"checkout": str(ROOT), "nodes": names, "cpus": cpus, "since": time.strftime("%F %T")}
        self.write_settings(settings)
        site_files.write_site(self.directory, names, cpus)
        site_files.write_commands(self.directory, Path(__file__).resolve())
        login = self.start("login", ["/run"])
        login.call("mkdir", "-m", "755", site_files.HOME, site_files.NODE, "/run/munge")
        login.call("mount", "--bind", str(self.directory), site_files.HOME)
        login.call("mount", "--bind", f"{site_files.HOME}/etc/hosts", "/etc/hosts")
        network.make_bridges(login)
        self.serve(login, "munged", "--foreground", "--key-file=/run/munge/key", f"--socket={site_files.MUNGE_SOCKET}",
                   "--pid-file=/run/munge/pid", "--log-file=/run/munge/log", "--seed-file=/run/munge/seed",
                   prepare=f"umask 077; printf %s {secrets.token_hex(512)} > /run/munge/key; umask 022;")
        self.serve(login, "slurmctld", "-D")
        for name in names:
            self.boot(login, name)
            if rate:
                network.set_rate(login, self.machine(name), rate)
        self.wait_until_idle(login, names)
        self.write_settings({**settings, "whole": True})

    def write_settings(self, settings):
        partial = self.directory / "cluster.json.partial"
        partial.write_text(json.dumps(settings))
        partial.rename(self.directory / "cluster.json")

    def start(self, name, private, inside=None):
        return start_machine(name, self.directory, private=private, shared=[str(ROOT), str(self.directory)], inside=inside,
                             log=self.directory / "log" / "machines.log")

    def boot(self, login, name):
        node = self.start(name, ["/tmp", "/dev/shm", site_files.NODE], inside=login)
        network.connect(login, node)
        self.serve(node, "slurmd", "-D", "-N", name)

    def serve(self, machine, daemon, *options, prepare=""):
        machine.service(["sh", "-c", f'{prepare} exec {daemon} "$@"', daemon, *options],
                        self.directory / "log" / f"{daemon}.{machine.name}.out", site_files.environment_of(os.environ))

    def wait_until_idle(self, login, names, patience=60):
        end, seen = time.monotonic() + patience, ""
        while time.monotonic() < end:
            with contextlib.suppress(ClusterError):
                seen = login.call("env", f"SLURM_CONF={site_files.SLURM_CONF}", "sinfo", "-h", "-p", "work", "-N", "-o", "%N %t")
                if sorted(seen.split("\n")[:-1]) == sorted(f"{n} idle" for n in names):
                    return
            time.sleep(0.1)
        logs = "\n".join(f"--- {p.name}\n{p.read_text()[-800:]}" for p in sorted((self.directory / "log").iterdir()) if p.stat().st_size)
        raise ClusterError(f"the nodes were not idle after {patience} s; sinfo says:\n{seen}\n{logs}")

    def end(self):
        """Everything that carries our mark, whoever started it and however far it came."""
        end_machines(marked_processes(self.directory))
        for name in OURS:
            path = self.directory / name
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)

    def down(self):
        if not self.directory.exists():
            return
        with self.locked():
            self.end()
        with contextlib.suppress(OSError):  # somebody else's files are in it
            self.directory.rmdir()

    def power(self, name, state):
        if state == "off":
            node = self.machine(name)
            return end_machines([pid for pid in marked_processes(self.directory) if str(pid) in (str(node.pid), stat_of(node.pid)[1])])
        if name not in self.settings().get("nodes", []):
            raise ClusterError(f"{name} is no node of this cluster; it has {', '.join(self.settings().get('nodes', []))}")
        if name not in self.machines():
            login = self.login()
            for bridge in network.BRIDGES:
                with contextlib.suppress(ClusterError):  # went with the node, as a rule
                    login.net("ip", "link", "del", f"{bridge}-{name}")
            self.boot(login, name)

    @contextlib.contextmanager
    def locked(self):
        descriptor = os.open(self.directory, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def popen(self, command, **options):
        """A command on the login machine, in the caller's directory and environment."""
        options.setdefault("env", site_files.environment_of(os.environ))
        return self.login().popen(command, directory=options.pop("directory", os.getcwd()), **options)

    def run(self, command):
        """Like popen, with our signals passed on, and its exit status."""
        process = self.popen(command)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2):
            # A terminal's Ctrl-C reaches both by itself.
            signal.signal(number, lambda n, _: None if n == signal.SIGINT and os.isatty(0) else process.send_signal(n))
        code = process.wait()
        return 128 - code if code < 0 else code


def show_status(cluster):
    settings = cluster.settings()
    if not cluster.is_up():
        print(f"no cluster is up in {cluster.directory}")
        return 3
    login, running = cluster.login(), cluster.machines()
    print(f"{len(settings['nodes'])} nodes of {settings['cpus']} CPUs since {settings['since']}, checkout {settings['checkout']}, logs in {cluster.directory}/log")
    for name in settings["nodes"]:
        if name in running:
            print(f"{name}  {network.fabric_address(name)}  link {network.link_state(login, running[name])}  rate {network.rate_of(running[name]) or 'none'}")
        else:
            print(f"{name}  off")
    return 0


def show_welcome(cluster, state):
    here = os.path.relpath(__file__)
    print(f"""The cluster {state}: {', '.join(cluster.settings()['nodes'])}, {cluster.settings()['cpus']} CPUs each. Next, in your shell:

  source {os.path.relpath(cluster.directory)}/activate
  sinfo
  srun -N{len(cluster.settings()['nodes'])} hostname
  srun -N{len(cluster.settings()['nodes'])} --kill-on-bad-exit=1 --mpi=pmix build/fullshard train run.json

  {here} --help     slower links, cut cables, nodes without power, bytes between nodes
  make cluster-down""")


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)

    def verb(name, text):
        added = verbs.add_parser(name, help=text, description=text)
        added.add_argument("--dir", default=ROOT / "build" / "cluster", help="its configuration and logs (default: build/cluster)")
        return added

    up = verb("up", "start a cluster; does nothing where it is up, cleans up after a crash")
    up.add_argument("--nodes", type=int, default=3, choices=range(1, 65), metavar="N")
    up.add_argument("--cpus", type=int, default=2, help="processors that each node claims to have")
    up.add_argument("--rate", help="speed of every node's link, such as 1gbit")
    up.add_argument("--no-install", action="store_true", help="say what is missing and do not install it")
    verb("down", "end it and leave nothing")
    verb("status", "what is up; ends with 3 when nothing is")
    run = verb("run", "a command on the login machine, such as srun or sbatch")
    run.add_argument("command", nargs=argparse.REMAINDER)
    rate = verb("rate", "bound what a node sends and receives")
    rate.add_argument("node")
    rate.add_argument("rate", help="such as 200mbit, or none")
    link = verb("link", "pull or plug a node's cables")
    link.add_argument("node")
    link.add_argument("state", choices=["up", "down"])
    link.add_argument("--network", choices=[*network.BRIDGES, "all"], default="all", help="fabric: the program's; mgmt: SLURM's")
    power = verb("power", "switch a node off without warning, or on again")
    power.add_argument("node")
    power.add_argument("state", choices=["off", "on"])
    verb("bytes", "what each node has sent and received between nodes")
    return parser.parse_args(arguments)


def main(arguments):
    options = parse(arguments)
    cluster = Cluster(options.dir)
    requirements.widen_path()
    reason = requirements.obstacle(not options.no_install) if options.verb == "up" else requirements.lacking_rights()
    if reason:
        print(f"cluster: SKIPPED, there can be none on this machine: {reason}", file=sys.stderr)
        return SKIPPED
    if options.verb == "up":
        state = cluster.up(options.nodes, options.cpus, options.rate)
        show_welcome(cluster, state)
    elif options.verb == "down":
        cluster.down()
    elif options.verb == "status":
        return show_status(cluster)
    elif options.verb == "run":
        return cluster.run(options.command)
    elif options.verb == "rate":
        network.set_rate(cluster.login(), cluster.machine(options.node), None if options.rate == "none" else options.rate)
    elif options.verb == "link":
        networks = network.BRIDGES if options.network == "all" else (options.network,)
        network.set_link(cluster.login(), cluster.machine(options.node), options.state, networks)
    elif options.verb == "power":
        cluster.power(options.node, options.state)
    elif options.verb == "bytes":
        for node in cluster.nodes():
            print("{} sent {} received {}".format(node.name, *network.traffic(node)))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except ClusterError as error:
        print(f"cluster: {error}", file=sys.stderr)
        sys.exit(1)
