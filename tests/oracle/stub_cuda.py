#!/usr/bin/env python3
"""Makes the CUDA build of torch importable on a machine without CUDA, in place of 2 GB of libraries it never calls there.

    stub_cuda.py SITE_PACKAGES

torch from PyPI links cuBLAS, cuDNN, NCCL and others. A run on the CPU calls none of them, but the loader wants every file and
every symbol. For each library that no wheel in SITE_PACKAGES brings, this compiles one that defines exactly the symbols torch
asks of it; each of them aborts when called. Needs a C compiler and readelf.
"""
import glob
import os
import re
import subprocess
import sys
import tempfile

CUDA_NAME = re.compile(r"(cublas|cudnn|cufft|curand|cusolver|cusparse|cuFile|nccl|nvrtc|nvshmem|cu[A-Z])")


def readelf(option, path):
    return subprocess.run(["readelf", "-W", option, path], check=True, capture_output=True, text=True).stdout


def symbols(path):
    """Yields (name, version or None, is it undefined)."""
    for line in readelf("--dyn-syms", path).splitlines():
        fields = line.split()
        if len(fields) >= 8 and fields[0].rstrip(":").isdigit():
            name, _, version = fields[7].partition("@")
            yield name, version.lstrip("@") or None, fields[6] == "UND"


def version_owners(path):
    """Returns {version: soname of the library that defines it}."""
    owners, soname = {}, None
    for line in readelf("-V", path).splitlines():
        if found := re.search(r"File: (\S+)", line):
            soname = found[1]
        elif found := re.search(r"Name: (\S+)\s+Flags: .*Version: ", line):
            owners[found[1]] = soname
    return owners


def missing_libraries(site):
    """Returns {soname: [(symbol, version or None)]}, unversioned symbols with the first library."""
    torch = [p for p in sorted(glob.glob(f"{site}/torch/lib/*.so*")) if "caffe2_nvrtc" not in p]  # loaded on CUDA's first use only
    defined, wanted, needed, owners = set(), set(), set(), {}
    for path in torch + glob.glob(f"{site}/nvidia/*/lib/*.so*"):
        for name, version, undefined in symbols(path):
            if not undefined:
                defined.add(name)
            elif path in torch:
                wanted.add((name, version))
        if path in torch:
            needed |= set(re.findall(r"\(NEEDED\).*\[(.*)\]", readelf("-d", path)))
            owners |= version_owners(path)
    here = {os.path.basename(p) for p in glob.glob(f"{site}/torch/lib/*") + glob.glob(f"{site}/nvidia/*/lib/*")}
    stubs = {soname: [] for soname in sorted(needed - here) if re.match(r"lib(cu|nv|nccl)", soname)}
    for name, version in sorted(wanted, key=str):
        if name in defined:
            continue
        if owners.get(version) in stubs:
            stubs[owners[version]].append((name, version))
        elif version is None and CUDA_NAME.match(name):
            stubs[min(stubs)].append((name, None))
    return stubs


def compile_stub(soname, wanted, target):
    with tempfile.TemporaryDirectory() as scratch:
        source, script = f"{scratch}/stub.c", f"{scratch}/stub.map"
        with open(source, "w", encoding="ascii") as f:
            f.write("#include <stdlib.h>\n" + "".join(f"void {name}(void) {{ abort(); }}\n" for name, _ in wanted))
        with open(script, "w", encoding="ascii") as f:
            for version in sorted({v for _, v in wanted if v}):
                f.write(f"{version} {{ global: {' '.join(n + ';' for n, v in wanted if v == version)} }};\n")
        versions = [f"-Wl,--version-script={script}"] if any(v for _, v in wanted) else []
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-fno-builtin", "-w", source, f"-Wl,-soname,{soname}", *versions, "-o",
                        f"{target}/{soname}"], check=True)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    site = sys.argv[1]
    for soname, wanted in missing_libraries(site).items():
        compile_stub(soname, wanted, f"{site}/torch/lib")


if __name__ == "__main__":
    main()
