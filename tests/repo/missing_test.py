"""A missing library says what to install: CMake for each dependency at once, the documents for what the loader says."""
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tree import ROOT, judge

PACKAGES = {
    "MPI": "libopenmpi-dev", "LibTorch": "cmake/bootstrap.sh", "Hdf5Parallel": "libhdf5-openmpi-dev", "Boost": "libboost-json1.81-dev",
    "fmt": "libfmt-dev", "CLI11": "libcli11-dev", "PkgConfig": "pkg-config", "PCRE2": "libpcre2-dev", "UTF8PROC": "libutf8proc-dev",
    "ZLIB": "zlib1g-dev", "ZSTD": "libzstd-dev",
    "GTest": "libgtest-dev",
}
# What every C++ program needs is there wherever one was ever built.
COMPILERS_OWN = {"libstdc++.so.6", "libgcc_s.so.1", "libm.so.6", "libc.so.6", "ld-linux-x86-64.so.2"}


def configure_problems(work):
    """Configures with every dependency hidden."""
    hidden = [f"-DCMAKE_DISABLE_FIND_PACKAGE_{p}=TRUE" for p in PACKAGES]
    ended = subprocess.run(["cmake", "-S", ROOT, "-B", work / "build", *hidden], capture_output=True, text=True)
    if ended.returncode == 0:
        yield "CMakeLists.txt: configures without a single dependency"
    said = " ".join(ended.stderr.split())  # CMake breaks lines where it likes
    for package, remedy in PACKAGES.items():
        if not re.search(rf" {package}: [^:]*(: [^:]*)?{re.escape(remedy)}", said):
            yield f"CMakeLists.txt: without {package} nothing names {remedy}:\n{ended.stderr}"


def needed_libraries(program):
    out = subprocess.run(["readelf", "-d", program], capture_output=True, text=True, check=True).stdout
    return set(re.findall(r"\(NEEDED\).*\[(.+)\]", out)) - COMPILERS_OWN


def loader_problems(program, work):
    """The loader speaks before the program can, so the README has to know its words for every library."""
    readme = (ROOT / "README.md").read_text()
    rows = " ".join(line.split("|")[1] for line in readme.splitlines() if line.startswith("| `lib"))
    for library in sorted(needed_libraries(program)):
        if "`" + re.match(r"lib[a-z0-9-]+", library)[0] not in rows:
            yield f"README.md: nothing says what to install when the loader misses {library}"
    # A copy that asks for an MPI library which nobody has.
    absent = work / "fullshard"
    shutil.copy(program, absent)
    content = absent.read_bytes()
    mpi = next(lib for lib in needed_libraries(program) if lib.startswith("libmpi"))
    absent.write_bytes(content.replace(mpi.encode() + b"\0", b"libxxx" + mpi[6:].encode() + b"\0"))
    ended = subprocess.run([absent, "--version"], capture_output=True, text=True)
    said = "error while loading shared libraries: libxxx" + mpi[6:]
    if ended.returncode != 127 or said not in ended.stderr:
        yield f"a program without {mpi} was expected to end with 127 and '{said}', found {ended.returncode}: {ended.stderr}"
    if "error while loading shared libraries" not in readme:
        yield "README.md: does not know what the loader says"


with tempfile.TemporaryDirectory(prefix="fullshard-missing-") as work:
    judge([*configure_problems(Path(work)), *loader_problems(Path(sys.argv[1]), Path(work))],
          "whatever is missing, something says what to install")
