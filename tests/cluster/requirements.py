"""What a test cluster needs of the machine it runs on, and how to get it."""
import os
import shutil
import subprocess
from pathlib import Path

PACKAGES = {
    "slurmctld": "slurmctld", "slurmd": "slurmd", "srun": "slurm-client", "munged": "munge", "ip": "iproute2", "tc": "iproute2",
    "unshare": "util-linux", "nsenter": "util-linux", "mount": "mount",
}
SYSTEM_PATH = "/usr/local/sbin:/usr/sbin:/sbin"


def widen_path():
    os.environ["PATH"] = os.environ.get("PATH", "/usr/bin:/bin") + os.pathsep + SYSTEM_PATH


def missing_programs():
    return [program for program in PACKAGES if not shutil.which(program)]


def module_system():
    """Where the `module` command of login shells comes from, or None: job scripts need one, the cluster itself does not."""
    homes = [os.environ.get("LMOD_PKG"), os.environ.get("MODULESHOME"), "/usr/share/lmod/lmod", "/usr/share/modules"]
    return next((home for home in homes if home and Path(home, "init/bash").exists()), None)


def apt_install(packages):
    """What apt said last, if it did not succeed."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    line = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
    # Lists that are there may do; only when they do not are they fetched.
    for command in (line, ["apt-get", "update", "-qq"], line):
        ended = subprocess.run(command, env=environment, capture_output=True, text=True)
        if command is line and ended.returncode == 0:
            return None
    return ended.stderr.strip()[-400:]


def install(programs):
    """Returns what is still missing, as a sentence, or None."""
    packages = sorted({PACKAGES[p] for p in programs} | ({"slurm-wlm-basic-plugins"} if "slurmctld" in programs else set()))
    what = f"it needs {', '.join(programs)} (Debian: apt install {' '.join(packages)})"
    if not shutil.which("apt-get"):
        return f"{what}, and this machine has no apt-get to install them with"
    said = apt_install(packages)
    return f"{what}, and they could not be installed: {said}" if missing_programs() else None


def refused_namespaces():
    """What this machine does not let us do, tried in namespaces that end with the trial; None if all is well."""
    trial = ("mount -t tmpfs tmpfs /dev/shm && ip link add name b type bridge && ip link add name v type veth peer name w && "
             "ip link set v up && tc qdisc add dev v root tbf rate 1gbit burst 128kb latency 50ms")
    ended = subprocess.run(["unshare", "--fork", "--pid", "--mount-proc", "--mount", "--uts", "--net", "--ipc", "sh", "-c", trial],
                           capture_output=True, text=True)
    if ended.returncode == 0:
        return None
    return f"this machine does not allow namespaces with a network of their own: {ended.stderr.strip()}"


def lacking_rights():
    return None if os.geteuid() == 0 else "it needs root, for namespaces and network interfaces"


def obstacle(may_install=True):
    """Why there can be no cluster here, in one sentence, or None. Installs what is missing where that is allowed."""
    widen_path()
    if reason := lacking_rights():
        return reason
    if missing := missing_programs():
        refused = install(missing) if may_install else f"it needs {', '.join(missing)}"
        if refused:
            return refused
    if may_install and not module_system() and shutil.which("apt-get"):
        apt_install(["lmod"])  # without it, what needs it says so
    return refused_namespaces()
