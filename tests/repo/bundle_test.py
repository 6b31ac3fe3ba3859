"""What `make bundle` makes runs on a machine that has LibTorch and little else, as the program runs where it was built.

bundle_test.py PROGRAM LAUNCHER LIBTORCH ARCHIVE
"""
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[1:1] = [str(HERE.parent / "fault"), str(HERE.parents[1] / "cmake/bundle")]
import bare_machine
import bundle as maker
import contents
import elf
import harness
from module_systems import SYSTEMS, Shell, found
from tree import judge

PROGRAM, LAUNCHER, LIBTORCH, ARCHIVE = sys.argv[1:]
# The launcher refuses root unless told otherwise, and the ranks share the cores of the test.
RANKS = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1", "OMPI_MCA_rmaps_base_oversubscribe": "1", "OMP_NUM_THREADS": "1"}
# As a site's module of another MPI leaves it.
SITE = {"OPAL_PREFIX": "/site/openmpi", "OPAL_LIBDIR": "/site/openmpi/lib", "OMPI_MCA_mca_base_component_path": "/site/openmpi/lib/openmpi",
        "PMIX_PREFIX": "/site/pmix", "OMPI_MCA_pml": "cm", "OMPI_MCA_mtl": "ofi", "OMPI_MCA_btl": "vader,self,openib",
        "UCX_MODULE_DIR": "/site/ucx"}


def library_problems(root):
    """Every library that something carried needs is carried, where it is looked for, or is the machine's by contents.py."""
    for file in maker.Bundle(root).elf_files():
        name = file.relative_to(root)
        head = elf.Elf(file)
        paths = head.dynamic(elf.RPATH)
        if head.dynamic(elf.RUNPATH) or len(paths) != 1 or not paths[0].startswith("$ORIGIN"):
            yield f"{name}: expected an RPATH relative to itself, found {paths} {head.dynamic(elf.RUNPATH)}"
            continue
        places = [file.parent / path.replace("$ORIGIN", ".") for path in paths[0].split(":")]
        for library in head.needed():
            apart = contents.is_of(contents.CXX_LIBRARY, library) and (root / "lib/c++" / library).exists()
            if not (contents.left_to_the_machine(library) or apart or any((p / library).exists() for p in places)):
                yield f"{name}: {library} is not carried"
            if contents.left_to_the_machine(library) and any(root.rglob(library)):
                yield f"{name}: {library} is the machine's, and carried"
        for version in head.versions("GLIBC"):
            if elf.version_key(version) > elf.version_key(contents.C_LIBRARY_VERSION):
                yield f"{name}: needs {version}, expected no C library after {contents.C_LIBRARY_VERSION}"


def list_problems():
    """The lists of contents.py, on names that are alike."""
    machines = """libtorch_cpu.so libtorch_cuda.so libtorch_cuda_linalg.so libc10.so libc10_cuda.so libgomp.so.1 libcuda.so.1 libcudart.so.13
        libcublas.so.13 libcublasLt.so.13 libcudnn.so.9 libcudnn_ops.so.9 libcusparse.so.12 libcusparseLt.so.0 libcusolver.so.12 libcufft.so.12
        libcurand.so.10 libcufile.so.0 libcupti.so.13 libnccl.so.2 libnvrtc.so.13 libnvJitLink.so.13 libnvshmem_host.so.3 libnvidia-ml.so.1
        libnvToolsExt.so.1 libc.so.6 libm.so.6 libdl.so.2 libgcc_s.so.1 libresolv.so.2 libibverbs.so.1 libmlx5.so.1"""
    ours = """libcurl.so.4 libcurl-gnutls.so.4 libcrypto.so.3 libcom_err.so.2 libcap.so.2 libnuma.so.1 libnl-3.so.200 libnettle.so.8 libmpi.so.40
        libmunge.so.2 libmca_common_ucx.so.40 libgmp.so.10 libgnutls.so.30 libhdf5_openmpi.so.103 libstdc++.so.6 libutf8proc.so.2"""
    for library in machines.split():
        if not contents.left_to_the_machine(library):
            yield f"cmake/bundle/contents.py: {library} would be carried"
    for library in ours.split():
        if contents.left_to_the_machine(library):
            yield f"cmake/bundle/contents.py: {library} would be left to the machine"


def file_problems(root, version):
    for file in ["README", "bin/mpirun", "share/doc/fullshard/docs/install.md", "share/fullshard/slurm/several_nodes.sh",
                 "share/fullshard/configs/examples/sft.json", f"share/modulefiles/fullshard/{version}", "share/licenses/fullshard.txt"]:
        if not (root / file).exists():
            yield f"the bundle has no {file}"
    for document in (root / "share/doc").rglob("*.md"):
        for target in re.findall(r"\[[^\]]*\]\(([^)\s#:]+)(?:#[^)]*)?\)", document.read_text()):
            if not (document.parent / target).exists():
                yield f"{document.relative_to(root)}: the link to {target} leads nowhere"
    listed = (root / "share/licenses/PACKAGES").read_text()
    packages = re.findall(r"^([\w.+-]+)(?::\w+)? \S+, source", listed, re.M)
    for package in {"libopenmpi3", "libcli11-dev", *packages}:
        if package not in packages or not (root / "share/licenses" / f"{package}.txt").exists():
            yield f"the bundle has no licence of {package}"
    for place in ("bin", "libexec", "share/modulefiles", "etc"):
        for text in (p for p in (root / place).rglob("*") if p.is_file() and b"\0" not in p.read_bytes()):
            if re.search(rf"{re.escape(str(HERE.parents[1]))}|{re.escape(LIBTORCH)}", text.read_text()):
                yield f"{text.relative_to(root)} names a directory of the machine that made it"


def limit_problems(root, work):
    """An archive that is too large is an error, and not left behind."""
    archive = work / "large.tar.gz"
    try:
        maker.pack(root / "etc", archive, 10)
        yield "an archive larger than its limit was expected to be refused"
    except SystemExit as refused:
        if "expected an archive of fewer than 10 bytes" not in str(refused) or archive.exists():
            yield f"an archive larger than its limit: {refused}"


def write_run(work):
    """A run of three steps on two ranks, and what its model is where the program was built."""
    harness.write_model(work / "model")
    harness.write_rows(work / "data.jsonl", harness.token_rows(24))
    run = {"model_name_or_path": "model", "dataset": "data.jsonl", "cutoff_len": 32, "global_batch_size": 4,
           "per_device_train_batch_size": 2, "max_steps": 3, "output_dir": "out"}
    (work / "run.json").write_text(json.dumps(run))
    subprocess.run([LAUNCHER, "-n", "2", PROGRAM, "train", work / "run.json", f"output_dir={work}/here"], check=True, timeout=60,
                   env={**os.environ, **RANKS}, stdout=subprocess.DEVNULL)
    return json.loads((work / "here/model.digest.json").read_text())["digest"]


def training_problems(machine, digest):
    bin, other = "/home/a user/bundle/bin", "/opt/bundle/bin"
    given, in_python = {"FULLSHARD_LIBTORCH": "/opt/libtorch", **RANKS}, {"PYTHONPATH": "/opt/libtorch", **RANKS}
    yield from run_problems(machine, "two ranks", [f"{bin}/mpirun", "-n", "2", f"{bin}/fullshard"], given, digest)
    yield from run_problems(machine, "in a site's environment", [f"{bin}/fullshard"], {**in_python, **SITE}, left_aside=3)
    # What is left of another machine: a shell with an environment of its own.
    machine.write("bin/ssh", '#!/bin/sh\nwhile [ "${1#-}" != "$1" ]; do shift; done; shift; echo "$*" > /tmp/ssh; exec env -i PATH=/usr/bin:/bin sh -c "$*"\n')
    yield from run_problems(machine, "on another machine", [f"{other}/mpirun", "-H", "other:2", "-n", "2", f"{other}/fullshard"], given, digest)
    offered = re.search(r"LD_LIBRARY_PATH=([^:]+):", machine.read("tmp/ssh"))
    if offered and (machine.root / offered[1].lstrip("/")).exists():
        yield f"expected the programs of another machine not to find the bundle's libraries, found {offered[1]} in their path"


def run_problems(machine, name, line, variables, digest=None, left_aside=0):
    out = "/data/" + name.replace(" ", "-")
    code, text = machine.run(*line, "train", "/data/run.json", f"output_dir={out}", **variables)
    made = machine.root / out[1:] / "model.digest.json"
    if code != 0 or not made.exists():
        yield f"{name}: exit {code}\n{text}"
    elif digest and json.loads(made.read_text())["digest"] != digest:
        yield f"{name}: another model than where the program was built\n{text}"
    elif text.count("is left aside") != left_aside:
        yield f"{name}: expected a word on each of {left_aside} choices of plugins that are not here\n{text}"


def refusal_problems(machine, bin, version):
    """One sentence and 127 where LibTorch is missing or another; the program's own exit codes otherwise."""
    machine.write("opt/other/torch/include/torch/headeronly/version.h",
                  "#define TORCH_VERSION_MAJOR 2\n#define TORCH_VERSION_MINOR 9\n#define TORCH_VERSION_PATCH 1\n")
    machine.write("opt/lacking/torch/version.py", "from typing import Optional\n__version__ = '2.11.0+cpu'\n")
    # What lies in the current directory is nobody's LibTorch.
    for directory in ("opt/other", "opt/lacking", "data"):
        machine.write(f"{directory}/torch/lib/libtorch_cpu.so", "")
    remedy = "python3 -m pip install 'torch==2.11.*', or FULLSHARD_LIBTORCH=DIR"
    for variables, code, words in [
        ({}, 127, ["expected LibTorch 2.11 in python3, found none", remedy]),
        ({"PYTHONPATH": "/opt/other"}, 127, ["expected LibTorch 2.11", "found 2.9.1 in /opt/other/torch", remedy]),
        ({"FULLSHARD_LIBTORCH": "/opt/none"}, 127, ["FULLSHARD_LIBTORCH=/opt/none: expected lib/libtorch_cpu.so"]),
        ({"FULLSHARD_LIBTORCH": "/opt/lacking"}, 127, ["expected libc10.so in /opt/lacking/torch/lib", "other devices"]),
        ({"FULLSHARD_LIBTORCH": "/opt/none", "PMIX_RANK": "1"}, 127, []),
        ({"FULLSHARD_LIBTORCH": "/opt/libtorch"}, 2, ["subcommand"]),
    ]:
        ended, text = machine.run(f"{bin}/fullshard", "nonsense", cwd="/data", **variables)
        if ended != code or text.count("error") != bool(words) or not all(word in text for word in words):
            yield f"with {variables}: expected exit {code} and {words}, found {ended}:\n{text}"
    # A program that needs a library of CUDA.
    for part in ("bin/fullshard", "libexec/environment.sh", "libexec/needs.sh"):
        text = re.sub("^needs_cuda=.*", "needs_cuda='libcudart.so.99'", machine.read(f"opt/bundle/{part}"), flags=re.M)
        machine.write(f"opt/gpu/{part}", text)
    code, text = machine.run("sh", "/opt/gpu/bin/fullshard", FULLSHARD_LIBTORCH="/opt/libtorch")
    if code != 127 or "expected libcudart.so.99, found none beside LibTorch in /opt/libtorch/torch" not in text:
        yield f"without a library of CUDA: exit {code}\n{text}"
    code, text = machine.run(f"{bin}/fullshard", "--version", FULLSHARD_LIBTORCH="/opt/libtorch/torch")
    if code != 0 or f"fullshard {version}" not in text:
        yield f"fullshard --version: exit {code}\n{text}"


def module_problems(root, version):
    for system, init in {system: found(system) for system in SYSTEMS if found(system)}.items():
        code, text = Shell(init, root)('module load fullshard && echo "$FULLSHARD_ROOT" && command -v fullshard mpirun')
        if code != 0 or text.split("\n")[:3] != [str(root), f"{root}/bin/fullshard", f"{root}/bin/mpirun"]:
            yield f"{system}: exit {code}, expected the commands of {root}:\n{text}"


def machine_problems(unpacked, work, version):
    c_libraries = [path for path in bare_machine.libraries_of(PROGRAM) if contents.is_of(contents.C_LIBRARY, Path(path).name)]
    machine = bare_machine.Machine(c_libraries)
    machine.show(LIBTORCH, "/opt/libtorch")
    # CUDA where it does not come with LibTorch, as a site's module shows it.
    cuda = {os.path.dirname(path) for path in bare_machine.libraries_of(PROGRAM) if contents.is_of(contents.CUDA, Path(path).name)}
    for directory in sorted(d for d in cuda if not os.path.realpath(d).startswith(os.path.realpath(LIBTORCH))):
        machine.show_libraries(directory)
    # Moved since it was unpacked, to a place with a space in its name, and reached by a link.
    machine.show(unpacked, "/home/a user/bundle")
    machine.show(unpacked, "/opt/bundle")
    (machine.root / "usr/bundle").symlink_to("/home/a user/bundle")
    digest = write_run(work)
    machine.copy(work, "data")
    yield from training_problems(machine, digest)
    yield from refusal_problems(machine, "/usr/bundle/bin", version)


def problems(work):
    archive = Path(ARCHIVE)
    version = re.fullmatch(r"fullshard-(.*)-linux-x86_64\.tar\.gz", archive.name)[1]
    if archive.stat().st_size >= 64 << 20:
        return [f"{archive.name} has {archive.stat().st_size} bytes"]
    subprocess.run(["sha256sum", "--quiet", "--check", f"{archive.name}.sha256"], cwd=archive.parent, check=True)
    (work / "un packed").mkdir()
    subprocess.run(["tar", "-xf", archive, "-C", work / "un packed"], check=True)
    root = work / "un packed" / archive.name.removesuffix(".tar.gz")
    (work / "run").mkdir()
    return [*list_problems(), *library_problems(root), *file_problems(root, version), *limit_problems(root, work), *module_problems(root, version),
            *machine_problems(root, work / "run", version)]


if reason := bare_machine.obstacle():
    print(f"SKIPPED: {reason}")
    sys.exit(77)
if bare_machine.VARIABLE not in os.environ:
    sys.exit(bare_machine.run_in_namespace())
with tempfile.TemporaryDirectory(prefix="fullshard-bundle-") as directory:
    judge(problems(Path(directory)), "a bundle trains on a machine with LibTorch alone, as the program does here")
