"""What SLURM and the machines of the test cluster read: slurm.conf, cgroup.conf, hosts, and the commands for a person's shell."""
import os
import shlex
import subprocess
from pathlib import Path

from network import LOGIN_ADDRESS, fabric_address, mgmt_address

# The cluster's directory as its machines see it, whatever its name outside: short enough for sockets, without blanks.
HOME = "/run/cluster"
SLURM_CONF = f"{HOME}/etc/slurm.conf"
MUNGE_SOCKET = "/run/munge/socket"
# A place that each node has to itself: what its daemon leaves there is gone when it is switched off.
NODE = "/run/node"
COMMANDS = ("salloc", "sattach", "sbatch", "scancel", "scontrol", "sinfo", "squeue", "srun", "sstat")

# Timers are short, so that tests see what takes minutes on a site. cred_expire is also how long a requeued job waits, and not below 5.
SLURM_TEXT = """\
ClusterName=fullshard
SlurmctldHost=login({login})
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={socket},cred_expire=5
StateSaveLocation=/run/slurmctld
SlurmdSpoolDir={node}
SlurmctldPidFile=/run/slurmctld.pid
SlurmdPidFile={node}/slurmd.pid
SlurmctldLogFile={home}/log/slurmctld.log
SlurmdLogFile={home}/log/slurmd.%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmdParameters=config_overrides
MpiDefault=pmix
ReturnToService=2
SlurmdTimeout=10
KillWait=5
SchedulerParameters=sched_interval=1,bf_interval=1
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
"""


def slurm_text(nodes, cpus):
    lines = [f"NodeName={n} NodeAddr={mgmt_address(n)} SocketsPerBoard=1 CoresPerSocket={cpus}" for n in nodes]
    everywhere = f"Nodes={','.join(nodes)} OverSubscribe=YES State=UP MaxTime=INFINITE"
    # A job of `urgent` takes nodes from one of `work`, which is told and has its grace time to save.
    lines.append(f"PartitionName=work Default=YES PriorityTier=1 GraceTime=30 {everywhere}")
    lines.append(f"PartitionName=urgent PriorityTier=2 PreemptMode=OFF {everywhere}")
    return SLURM_TEXT.format(login=LOGIN_ADDRESS, socket=MUNGE_SOCKET, home=HOME, node=NODE) + "\n".join(lines) + "\n"


def cgroup_text():
    """No plugin here uses control groups; looking for them all the same hangs where they are mixed or read-only.

    `disabled` is in the manual of SLURM 24.05 and not of 23.02; older ones touch the version 1 plugin least."""
    version = subprocess.run(["slurmd", "-V"], capture_output=True, text=True).stdout.split()[-1].split(".")
    new = version[0].isdigit() and (int(version[0]), int(version[1])) >= (24, 5)
    return f"CgroupPlugin={'disabled' if new else 'cgroup/v1'}\n"


def hosts_text(nodes):
    return "\n".join(["127.0.0.1 localhost", f"{LOGIN_ADDRESS} login"] + [f"{fabric_address(n)} {n}" for n in nodes]) + "\n"


def write_site(directory, nodes, cpus):
    for name in ("etc", "log"):
        (directory / name).mkdir(exist_ok=True)
    (directory / "etc" / "slurm.conf").write_text(slurm_text(nodes, cpus))
    (directory / "etc" / "cgroup.conf").write_text(cgroup_text())
    # With the default, `mixed`, Open MPI 4.1.4 lost a rank in MPI_Init in 13 of 200 starts of an empty program on 6 ranks, in none
    # of 200 with this.
    (directory / "etc" / "mpi.conf").write_text("PMIxCollFence=ring\n")
    (directory / "etc" / "hosts").write_text(hosts_text(nodes))


def write_commands(directory, program):
    """bin/srun and the others, which run the real ones on the login machine; `activate` puts them first in a shell's PATH."""
    (directory / "bin").mkdir(exist_ok=True)
    for command in COMMANDS:
        path = directory / "bin" / command
        path.write_text(f"#!/bin/sh\nexec {shlex.quote(str(program))} run --dir {shlex.quote(str(directory))} {command} \"$@\"\n")
        path.chmod(0o755)
    (directory / "activate").write_text(f"export PATH={shlex.quote(str(directory / 'bin'))}:\"$PATH\"\n")


def environment_of(outer):
    """The environment of a command on the login machine: the caller's, without an allocation that it may itself be in."""
    inside_job = "SLURM_JOB_ID" in outer
    kept = {k: v for k, v in outer.items() if not (inside_job and k.startswith(("SLURM_", "PMIX_", "PMI_")))}
    kept["SLURM_CONF"] = SLURM_CONF
    # Without the commands of `activate`: those lead here, and would for ever.
    own = [p for p in kept.get("PATH", "/usr/bin:/bin").split(os.pathsep) if not Path(p, "..", "cluster.json").exists()]
    kept["PATH"] = os.pathsep.join([*own, "/usr/sbin", "/sbin"])
    # Open MPI would spread over both networks; and its ranks share two cores here.
    kept.setdefault("OMPI_MCA_btl_tcp_if_include", "eth0")
    kept.setdefault("OMPI_MCA_mpi_yield_when_idle", "1")
    return kept
