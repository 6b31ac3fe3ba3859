#!/usr/bin/env python3
"""Collects a built program and what it needs into a directory that runs wherever it is unpacked, and packs it.

    bundle.py --program build/fullshard --launcher /usr/bin/mpirun --modules build/modules
              --addition build/bundle/libfullshard_c.so --version 0.1.0 --libtorch 2.11.0 --output build/bundle

What is carried and what is not: contents.py. docs/install.md says what a user does with it.
"""
import argparse
import gzip
import hashlib
import os
import re
import shutil
import tarfile
from pathlib import Path

import contents
import elf
import licences
from elf import Elf

HERE = Path(__file__).resolve().parent
SOURCE = HERE.parents[1]
LIMIT = 64 << 20  # bytes, packed


class Bundle:
    def __init__(self, root):
        self.root = root
        self.originals = []  # files of other people's packages

    def put(self, file, place, library_path):
        """Copies an ELF file and makes the copy relocatable; `library_path` is relative to where the copy lies."""
        target = self.root / place
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)  # follows links
        elf.make_relocatable(target, library_path)

    def put_foreign(self, file, place, library_path):
        self.put(file, place, library_path)
        self.originals.append(Path(file))

    def put_libraries(self, roots):
        """All that `roots` and their libraries need, except for what the machine has."""
        pending, known, seen = list(roots), {}, {Path(file).name for file in roots}
        while pending:
            file = pending.pop()
            libraries = [l for l in Elf(file).needed() if l not in seen and not contents.left_to_the_machine(l)]
            if not known.keys() >= set(libraries):
                known.update(elf.places(file))
            for library in libraries:
                if not known.get(library):
                    raise SystemExit(f"bundle: expected the loader to find {library} for {file}; is its directory in LD_LIBRARY_PATH?")
                seen.add(library)
                pending.append(known[library])
                apart = contents.is_of(contents.CXX_LIBRARY, library)
                self.put_foreign(known[library], f"lib/{'c++/' if apart else ''}{library}", "$ORIGIN/.." if apart else "$ORIGIN")

    def run_with_older_c_library(self, addition):
        """Where nothing but functions of `addition`, a library of ours, keeps a file from an older C library."""
        self.put(addition, f"lib/{addition.name}", "$ORIGIN")
        oldest = elf.version_key(contents.C_LIBRARY_VERSION)
        for file in self.elf_files():
            head = Elf(file)
            newer = [v for v in head.versions("GLIBC") if elf.version_key(v) > oldest and head.symbols_of(v) <= contents.SUPPLIED_FUNCTIONS]
            if newer:
                elf.take_from(file, addition.name, newer)

    def put_text(self, text, place, mode=0o644):
        target = self.root / place
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        target.chmod(mode)
        return target

    def elf_files(self):
        for file in sorted(self.root.rglob("*")):
            if file.is_file() and elf.is_elf(file):
                yield file


def open_mpi_places(launcher):
    """{pkglibdir, pkgdatadir, sysconfdir, …} of the Open MPI that the launcher belongs to."""
    info = Path(launcher).with_name("ompi_info")
    if not info.exists() or not Path(launcher).with_name("orted").exists():
        raise SystemExit(f"bundle: expected Open MPI 4 with ompi_info and orted beside {launcher}; give --launcher")
    lines = [line.split(":") for line in elf.output(info, "--path", "all", "--parsable").splitlines()]
    return {line[1]: Path(line[2]) for line in lines if line[0] == "path"}


def put_open_mpi(bundle, launcher):
    """Launcher, daemon, plugins, messages and configuration; PMIx's and UCX's plugins. Returns what needs libraries."""
    places = open_mpi_places(launcher)
    plugins = [p for p in sorted(places["pkglibdir"].glob("*.so")) if not contents.is_of(contents.OPENMPI_WITHOUT, p.stem)]
    roots = [Path(launcher), Path(launcher).with_name("orted"), *plugins]
    for program, file in {"mpirun": roots[0], "orted": roots[1]}.items():
        bundle.put_foreign(file, f"libexec/{program}", "$ORIGIN/../lib")
    for plugin in plugins:
        bundle.put_foreign(plugin, f"lib/openmpi/{plugin.name}", "$ORIGIN/..")
    copy_texts(bundle, places["pkgdatadir"], "help-*.txt", "share/openmpi")
    copy_texts(bundle, places["sysconfdir"], "openmpi-*", "etc")
    for library, folder in {"libpmix.so.2": "pmix", "libucs.so.0": "ucx"}.items():
        owner = next((elf.places(p).get(library) for p in plugins if library in Elf(p).needed()), None)
        if owner:
            beside = Path(owner).resolve().parent
            found = [p for p in sorted((beside / folder).glob("*.so*")) if p.name.endswith((".so", ".so.0"))]
            for plugin in found:
                bundle.put_foreign(plugin, f"lib/{folder}/{plugin.name}", "$ORIGIN/..:$ORIGIN")
            copy_texts(bundle, beside.parent / "share" / folder, "help-*.txt", f"share/{folder}")
            roots += found
    return roots


def copy_texts(bundle, directory, names, place):
    for file in sorted(directory.glob(names)):
        bundle.put_text(file.read_text(errors="replace"), f"{place}/{file.name}")


def put_commands(bundle, version, needs):
    for name in ("fullshard", "mpirun", "orted"):
        bundle.put_text((HERE / f"{name}.sh").read_text(), f"bin/{name}", 0o755)
    bundle.put_text((HERE / "environment.sh").read_text(), "libexec/environment.sh")
    lines = [f"{key}='{value}'" for key, value in needs.items()]
    bundle.put_text("# What this bundle takes from a machine; read by bin/fullshard.\n" + "\n".join(lines) + "\n", "libexec/needs.sh")
    readme = (HERE / "readme.txt").read_text()
    bundle.put_text(re.sub(r"@(\w+)@", lambda name: {"version": version, **needs}[name[1]], readme), "README")


def put_gpu_check(bundle, test):
    """What `make gpu-check` runs where the program was built."""
    bundle.put(test, f"libexec/{test.name}", "$ORIGIN/../lib")
    bundle.put_text((HERE / "fullshard.sh").read_text(), f"bin/{test.name}", 0o755)
    bundle.put_text((HERE / "gpu-check.sh").read_text(), "bin/gpu-check", 0o755)
    bundle.put_text((SOURCE / "tests/gpu/gpu_check.py").read_text(), "share/fullshard/gpu_check.py", 0o755)


def what_is_needed(bundle, program, libtorch):
    """Shell variables: what a machine must have, by the words of the files themselves."""
    heads = [Elf(file) for file in bundle.elf_files()]

    def highest(family):
        return max({version for head in heads for version in head.versions(family)}, key=elf.version_key)

    direct = Elf(program).needed()
    torchs = [n for n in direct if contents.is_of(contents.LIBTORCH, n) and not n.startswith("libgomp")]
    return {"needs_libtorch": ".".join(libtorch.split(".")[:2]), "needs_libraries": " ".join(torchs),
            "needs_cuda": " ".join(n for n in direct if contents.is_of(contents.CUDA, n)),
            "needs_glibc": highest("GLIBC").removeprefix("GLIBC_"), "needs_libstdcxx": highest("GLIBCXX")}


def put_shared(bundle, modules, version):
    for source, place in contents.SHARED:
        target = bundle.root / place
        target.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if (SOURCE / source).is_dir() else shutil.copy)(SOURCE / source, target)
    # Modulefiles that know where they lie, in place of a prefix, and need no module of the builder's site.
    places = {"lua": ('"@prefix@"', 'myFileName():match("^(.*)/share/modulefiles/")', f"{version}.lua"),
              "tcl": ("{@prefix@}", "[file normalize $ModulesCurrentModulefile/../../../..]", version)}
    for system, (fixed, own, name) in places.items():
        text = (modules / f"fullshard.{system}").read_text()
        if text.count(fixed) != 1:
            raise SystemExit(f"bundle: expected {fixed} once in {modules}/fullshard.{system}")
        without_sites = re.sub(r"^(depends_on\(|module load ).*\n", "", text.replace(fixed, own), flags=re.M)
        bundle.put_text(without_sites, f"share/modulefiles/fullshard/{name}")


def pack(root, archive, limit):
    """The same bytes for the same contents: sorted, without owners, times and names of this machine."""
    def plain(member):
        member.uid = member.gid = 0
        member.uname = member.gname = ""
        member.mtime = int(os.environ.get("SOURCE_DATE_EPOCH", "0"))
        return member

    with archive.open("wb") as raw, gzip.GzipFile("", "wb", 6, raw, mtime=0) as packed, tarfile.open(fileobj=packed, mode="w") as tar:
        for file in [root, *sorted(root.rglob("*"))]:
            tar.add(file, file.relative_to(root.parent), recursive=False, filter=plain)
    size = archive.stat().st_size
    if size >= limit:
        archive.unlink()
        raise SystemExit(f"bundle: expected an archive of fewer than {limit} bytes, found {size}; look for what is large in {root}")
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    archive.with_name(archive.name + ".sha256").write_text(f"{digest}  {archive.name}\n")
    return size


def arguments():
    parser = argparse.ArgumentParser(description="Makes a relocatable bundle of a built program.")
    parser.add_argument("--program", type=Path, required=True, help="the built program")
    parser.add_argument("--launcher", type=Path, required=True, help="mpirun of the Open MPI that it was built with")
    parser.add_argument("--modules", type=Path, required=True, help="directory of the configured modulefiles")
    parser.add_argument("--addition", type=Path, required=True, help="the built libfullshard_c.so")
    parser.add_argument("--version", required=True, help="of the program")
    parser.add_argument("--libtorch", required=True, help="version of LibTorch that it was built with")
    parser.add_argument("--gpu-test", type=Path, help="the built model_gpu_test, for a program with CUDA")
    parser.add_argument("--output", type=Path, required=True, help="where the bundle and its archive go")
    parser.add_argument("--limit", type=int, default=LIMIT, help="bytes that the archive must stay below")
    return parser.parse_args()


def main():
    asked = arguments()
    if missing := [tool for tool in ("ldd", "strip", "patchelf") if not shutil.which(tool)]:
        raise SystemExit(f"bundle: expected {', '.join(missing)} in PATH, found none; Debian: apt install binutils patchelf")
    has_cuda = any(contents.is_of(contents.CUDA, library) for library in Elf(asked.program).needed())
    name = f"fullshard-{asked.version}-linux-x86_64{'-cuda' if has_cuda else ''}"
    bundle = Bundle(asked.output / name)
    shutil.rmtree(bundle.root, ignore_errors=True)
    bundle.put(asked.program, "libexec/fullshard", "$ORIGIN/../lib")
    if asked.gpu_test:
        put_gpu_check(bundle, asked.gpu_test)
    bundle.put_libraries([asked.program, *put_open_mpi(bundle, asked.launcher)])
    bundle.run_with_older_c_library(asked.addition)
    needs = what_is_needed(bundle, asked.program, asked.libtorch)
    put_commands(bundle, asked.version, needs)
    put_shared(bundle, asked.modules, asked.version)
    licences.write_licences(licences.owners(bundle.originals) | set(contents.HEADERS_ONLY), bundle.root / "share/licenses")
    archive = asked.output / f"{name}.tar.gz"
    size = pack(bundle.root, archive, asked.limit)
    unpacked = sum(f.stat().st_size for f in bundle.root.rglob("*") if f.is_file())
    print(f"{archive}: {size / 2**20:.1f} MiB, {unpacked / 2**20:.1f} MiB unpacked; "
          f"needs glibc {needs['needs_glibc']}, LibTorch {needs['needs_libtorch']}")


if __name__ == "__main__":
    main()
