"""A machine with a C library, a shell, Python and what is bound into it, and nothing else: a chroot that is made here."""
import os
import re
import shutil
import struct
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

VARIABLE = "FULLSHARD_TEST_MACHINE"
SYSTEM_PATH = "/usr/bin:/bin:/usr/sbin:/sbin"
CHROOT = shutil.which("chroot", path=SYSTEM_PATH)
PROGRAMS = ["sh", "cat", "dirname", "env", "getconf", "grep", "head", "ldconfig", "paste", "readlink", "sed", "sort", "tail", "tr"]


def obstacle():
    """Why there can be none here, in one sentence, or None."""
    if os.geteuid() != 0:
        return "it needs root, for a root directory of its own"
    ended = subprocess.run(["unshare", "--mount", "true"], capture_output=True, text=True)
    return ended.stderr.strip() if ended.returncode != 0 else None


def run_in_namespace():
    """Runs this program again where mounts are its own, below an empty directory that it finds in its environment.

    What is mounted there ends with the namespace. Nothing below it is ever deleted: it may be somebody else's.
    """
    directory = tempfile.mkdtemp(prefix="fullshard-machine-")
    line = ["unshare", "--mount", "--propagation", "private", sys.executable, "-B", *sys.argv]
    try:
        return subprocess.run(line, env={**os.environ, VARIABLE: directory}).returncode
    finally:
        os.rmdir(directory)


def libraries_of(program):
    listed = subprocess.run(["ldd", program], capture_output=True, text=True).stdout
    return re.findall(r"(/\S+) \(0x", listed)


class Machine:
    def __init__(self, c_libraries):
        self.root = Path(os.environ[VARIABLE])
        self.mount("-t", "tmpfs", "tmpfs", self.root)
        for directory in ("bin", "sbin", "usr/bin", "lib", "lib64", "etc", "tmp", "dev/shm"):
            (self.root / directory).mkdir(parents=True, exist_ok=True)
        for program in PROGRAMS:
            self.install(shutil.which(program, path=SYSTEM_PATH), "bin" if program != "ldconfig" else "sbin")
        self.install_python()
        (self.root / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\n")
        self.variables = {"PATH": "/usr/bin:/bin", "LD_LIBRARY_PATH": "/site/lib"}
        self.make_devices()
        for library in c_libraries:
            self.install_library(library)
        self.forget_c_library_after("GLIBC_2.35")  # which this machine's libgcc_s wants
        subprocess.run([CHROOT, self.root, "/sbin/ldconfig"], check=True)

    def make_devices(self):
        self.mount("-t", "proc", "proc", self.made("proc"))
        self.show("/sys", "sys")
        for device in ("null", "zero", "random", "urandom"):
            (self.root / "dev" / device).touch()
            self.mount("--bind", f"/dev/{device}", self.root / "dev" / device)
        # The launcher opens terminals for its ranks.
        self.mount("-t", "devpts", "-o", "newinstance,ptmxmode=0666", "devpts", self.made("dev/pts"))
        (self.root / "dev/ptmx").symlink_to("pts/ptmx")

    def made(self, place):
        directory = self.root / place.lstrip("/")
        directory.mkdir(parents=True, exist_ok=True)
        return directory

    def install(self, program, place):
        shutil.copy(program, self.root / place)
        for library in libraries_of(program):
            self.install_library(library)

    def install_library(self, library):
        shutil.copy(library, self.root / ("lib64" if library.startswith("/lib64/") else "lib"))

    def install_python(self):
        """At its own place, where it looks for its library, and in PATH."""
        real = Path(os.path.realpath(sys.executable))
        self.install(real, self.made(str(real.parent)))
        if not (self.root / "usr/bin/python3").exists():
            (self.root / "usr/bin/python3").symlink_to(real)
        self.show(sysconfig.get_path("stdlib"), sysconfig.get_path("stdlib"))

    @staticmethod
    def mount(*arguments):
        subprocess.run(["mount", *arguments], check=True)

    def show(self, directory, place):
        """A directory of this machine, to be read."""
        target = self.made(place)
        self.mount("--bind", directory, target)
        self.mount("-o", "remount,bind,ro", target)

    def show_libraries(self, directory):
        """To be found by LD_LIBRARY_PATH."""
        self.show(directory, directory)
        self.variables["LD_LIBRARY_PATH"] += f":{directory}"

    def write(self, place, text):
        """A file, and a program if it begins as one."""
        file = self.made(os.path.dirname(place)) / os.path.basename(place)
        file.write_text(text)
        file.chmod(0o755 if text.startswith("#!") else 0o644)

    def read(self, place):
        return (self.root / place).read_text()

    def copy(self, directory, place):
        shutil.copytree(directory, self.root / place)

    def forget_c_library_after(self, last):
        """Hides later versions of the C library from the loader, which looks for them by their hashes."""
        key = lambda name: [int(n) for n in re.findall(r"\d+", name)]
        file = self.root / "lib/libc.so.6"
        image = bytearray(file.read_bytes())
        table, = struct.unpack_from("<Q", image, 0x28)
        size, count = struct.unpack_from("<HH", image, 0x3a)
        sections = [struct.unpack_from("<IIQQQQII", image, table + i * size) for i in range(count)]
        definitions, strings = next((s[4], sections[s[6]][4]) for s in sections if s[1] == 0x6ffffffd)  # SHT_GNU_verdef
        while True:
            _, _, _, _, _, aux, following = struct.unpack_from("<HHHHIII", image, definitions)
            name = strings + struct.unpack_from("<I", image, definitions + aux)[0]
            name = image[name:image.index(0, name)].decode()
            if re.fullmatch(r"GLIBC_[0-9.]+", name) and key(name) > key(last):
                struct.pack_into("<I", image, definitions + 8, 1)  # the hash of no name
            if not following:
                break
            definitions += following
        file.write_bytes(image)

    def run(self, *line, cwd="/tmp", timeout=60, **variables):
        """Ends with (exit code, both streams)."""
        inside = [CHROOT, self.root, "/bin/sh", "-c", 'cd "$0" && exec "$@"', cwd, *line]
        ended = subprocess.run(inside, env={**self.variables, **variables}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True, errors="replace", timeout=timeout)
        return ended.returncode, ended.stdout
