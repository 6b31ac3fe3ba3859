"""A machine of the test cluster: a process tree with a network, host name, process table and places of its own.

Its first process is PID 1 of a process namespace. When that ends, however it ends, the kernel ends everything else in the
machine, machines inside it included, and mounts, links and addresses go with them: nothing has to be found and undone.
"""
import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

CLONE_NEWPID = 0x20000000
NAMESPACES = ["--mount", "--uts", "--net", "--ipc"]


class ClusterError(Exception):
    """What the user has to know; never a bug."""


def mark_of(directory):
    """An argument of every machine's first process: says whose it is to whoever reads /proc."""
    return f"fullshard-cluster:{directory}"


def stat_of(pid):
    """Fields of /proc/PID/stat behind the name: state, parent, …; None if there is no such process."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None


def arguments_of(pid):
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return []


def all_pids():
    return [int(p.name) for p in Path("/proc").iterdir() if p.name.isdigit()]


def marked_processes(directory):
    """Numbers of all processes that carry the mark: first processes and the `unshare` above each."""
    mark = mark_of(directory)
    return [pid for pid in all_pids() if mark in arguments_of(pid)]


def machines_in(directory):
    """{name: Machine} of what runs now."""
    found = {}
    for pid in marked_processes(directory):
        arguments = arguments_of(pid)
        if mark_of(directory) in arguments and Path(arguments[0]).name != "unshare":
            name = arguments[arguments.index(mark_of(directory)) + 1]
            found[name] = Machine(name, pid)
    return found


@contextlib.contextmanager
def children_in_process_namespace(pid):
    """Children started inside are numbered in the process namespace of `pid`; this process stays where it is."""
    libc = ctypes.CDLL(None, use_errno=True)

    def point_to(path):
        with open(path) as namespace:
            if libc.setns(namespace.fileno(), CLONE_NEWPID) != 0:
                raise ClusterError(f"setns({path}): {os.strerror(ctypes.get_errno())}")

    point_to(f"/proc/{pid}/ns/pid")
    try:
        yield
    finally:
        point_to("/proc/self/ns/pid")


let_go_of = set()


def let_go(process):
    """A process that outlives this program: Python is not to wait for it, nor to complain that nobody did."""
    process.returncode = 0
    let_go_of.add(process.pid)


def bury():
    """Takes note of the end of those let go: until then a machine that they were in, killed by this same program, does not end."""
    for pid in list(let_go_of):
        with contextlib.suppress(ChildProcessError):
            if os.waitpid(pid, os.WNOHANG)[0] == 0:
                continue
        let_go_of.discard(pid)


class Machine:
    def __init__(self, name, pid):
        self.name, self.pid = name, pid

    def popen(self, command, *, directory="/", **options):
        """A process of this machine, which is our child: our signals reach it and its exit status is ours to read."""
        with children_in_process_namespace(self.pid):
            return subprocess.Popen(["nsenter", "-t", str(self.pid), *NAMESPACES, f"--wdns={directory}", "--", *command],
                                    **options)

    def call(self, *command):
        """What a command prints in this machine."""
        process = self.popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        output = process.communicate()[0]
        if process.returncode != 0:
            raise ClusterError(f"{self.name}: {' '.join(command)} ended with {process.returncode}: {output.strip()}")
        return output

    def net(self, *command):
        """`ip` or `tc` on this machine's network; numbers of processes are those of the caller."""
        ended = subprocess.run(["nsenter", f"--net=/proc/{self.pid}/ns/net", *command], capture_output=True, text=True)
        if ended.returncode != 0:
            raise ClusterError(f"{self.name}: {' '.join(command)}: {ended.stderr.strip() or ended.stdout.strip()}")
        return ended.stdout

    def service(self, command, log, environment):
        """Starts a daemon in the foreground of nothing: it outlives this program, and ends with the machine."""
        with open(log, "ab") as out:
            let_go(self.popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True, env=environment))


def start_machine(name, directory, *, private, shared, log, inside=None):
    """Starts a machine, within another one if `inside` is given, and waits until its places are ready.

    private   directories that it has to itself, as tmpfs
    shared    directories that everybody sees, put back where a private one would hide them
    """
    listed = [f"private={p}" for p in private] + [f"shared={p}" for p in shared]
    command = ["unshare", "--fork", "--kill-child", "--pid", "--mount-proc", *NAMESPACES,
               sys.executable, "-B", __file__, mark_of(directory), name, *listed]
    with open(log, "ab") as errors:
        options = dict(stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, start_new_session=True, text=True)
        process = inside.popen(command, **options) if inside else subprocess.Popen(command, cwd="/", **options)
    if process.stdout.readline() != "ready\n":
        process.kill()
        raise ClusterError(f"machine {name} did not start: {Path(log).read_text().strip()[-2000:]}")
    process.stdout.close()
    let_go(process)
    first = [pid for pid in all_pids() if (stat_of(pid) or ["", ""])[1] == str(process.pid)]
    return Machine(name, first[0])


def end_machines(pids, patience=20):
    """Kills first processes and what started them, and waits until none is left."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    end = time.monotonic() + patience
    while left := [pid for pid in pids if (stat_of(pid) or "X")[0] not in "ZX"]:
        if time.monotonic() > end:
            raise ClusterError(f"processes {left} were killed and did not end within {patience} s")
        bury()
        time.sleep(0.02)


def make_places(private, shared):
    """Mounts a tmpfs on each private place, then puts back the shared ones that this hides."""
    hidden = [path for path in shared if any(Path(path).is_relative_to(place) for place in private)]
    # Taken hold of before they disappear: the descriptors still lead to them.
    held = [(path, os.open(path, os.O_RDONLY | os.O_DIRECTORY)) for path in hidden]
    for place in private:
        mode = "755" if place.startswith("/run") else "1777"
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"mode={mode}", "fullshard-cluster", place], check=True)
    for path, descriptor in held:
        os.makedirs(path, exist_ok=True)
        # -c: the name of the descriptor, not the name it once had.
        subprocess.run(["mount", "-c", "--bind", f"/proc/self/fd/{descriptor}", path], check=True, pass_fds=[descriptor])
        os.close(descriptor)


def be_first_process(name, places):
    """PID 1: names the machine, makes its places, then buries orphans for ever."""
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])
    socket.sethostname(name)
    make_places([p.partition("=")[2] for p in places if p.startswith("private=")],
                [p.partition("=")[2] for p in places if p.startswith("shared=")])
    print("ready", flush=True)
    os.dup2(2, 1)
    while True:
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        signal.sigwait([signal.SIGCHLD])


if __name__ == "__main__":
    be_first_process(sys.argv[2], sys.argv[3:])
