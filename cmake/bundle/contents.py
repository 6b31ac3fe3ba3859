"""What a bundle carries and what it takes from the machine it runs on, as lists."""
import re

# Names of libraries, as they stand in an ELF file's NEEDED. What matches none is carried.
C_LIBRARY = r"libgcc_s.*|ld-linux.*|lib(c|m|dl|rt|pthread|util|resolv|anl|mvec|nsl|nss_\w+)\.so.*|linux-vdso.*"
LIBTORCH = r"libtorch.*|libc10.*|libgomp.*|libshm.*"  # libgomp too: a second OpenMP runtime makes every product slow
CUDA = r"libcu(?!rl)\w*\.so.*|libnv.*|libnccl.*|libgdrapi.*"  # and not libcurl
# InfiniBand's user half belongs to the drivers: it must fit the kernel's, and looks for its own plugins.
FABRIC_DRIVERS = r"libibverbs.*|librdmacm.*|libmlx[45].*|libefa.*|libibumad.*"
LEFT_TO_THE_MACHINE = {"C library": C_LIBRARY, "LibTorch": LIBTORCH, "CUDA": CUDA, "fabric drivers": FABRIC_DRIVERS}

# Carried apart: used only where the machine's own is older (bin/fullshard decides). Not so libgcc_s, which is as old as
# needed everywhere, and must fit the C library.
CXX_LIBRARY = r"libstdc\+\+\.so.*"

# The bundle is to run with this C library (that of Red Hat 9; Ubuntu 22.04 has 2.35). Later functions that carried
# libraries ask for come from libfullshard_c.so (arc4random.cpp).
C_LIBRARY_VERSION = "GLIBC_2.34"
SUPPLIED_FUNCTIONS = {"arc4random", "arc4random_buf"}

# Open MPI's plugins that are left out: its other product (OpenSHMEM), and fabrics whose libraries come with their drivers.
# Between nodes there are TCP and UCX, which brings InfiniBand's plugin along and does without where the drivers are not;
# pml_cm would have no transport left, and where a site chooses osc_ucx for all windows there are none of shared memory.
OPENMPI_WITHOUT = r"mca_(atomic|memheap|scoll|spml|sshmem)_.*|mca_\w+_(ofi|openib|psm|psm2|usnic|portals4)|mca_pml_cm|mca_osc_ucx|libompi_dbg_.*"

# Packages of header-only libraries in the program: no file of theirs is carried, their licences are.
HEADERS_ONLY = ["libcli11-dev"]

# Below the repository, and in the bundle. Documents keep their places to each other, so links between them hold.
SHARED = [
    ("README.md", "share/doc/fullshard/README.md"), ("CHANGELOG.md", "share/doc/fullshard/CHANGELOG.md"),
    ("CONTRIBUTING.md", "share/doc/fullshard/CONTRIBUTING.md"), ("docs", "share/doc/fullshard/docs"),
    ("LICENSE", "share/doc/fullshard/LICENSE"), ("LICENSE", "share/licenses/fullshard.txt"),
    ("configs", "share/fullshard/configs"), ("slurm", "share/fullshard/slurm"),
]


def left_to_the_machine(library):
    return any(re.fullmatch(names, library) for names in LEFT_TO_THE_MACHINE.values())


def is_of(names, library):
    return re.fullmatch(names, library) is not None
