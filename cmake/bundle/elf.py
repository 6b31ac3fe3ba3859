"""What 64-bit ELF files need, and the edits that make a copy relocatable. Layouts are those of elf.h."""
import re
import struct
import subprocess

SYMTAB, DYNAMIC, DYNSYM, VERNEED, VERSYM = 2, 6, 11, 0x6ffffffe, 0x6fffffff
NEEDED, RPATH, RUNPATH = 1, 15, 29


def output(*command):
    ended = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    if ended.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))} failed: {ended.stderr.strip()}")
    return ended.stdout


def is_elf(file):
    with file.open("rb") as f:
        return f.read(5) == b"\x7fELF\x02"


def version_key(name):
    return [int(n) for n in re.findall(r"\d+", name)]


class Elf:
    def __init__(self, file):
        self.file = file
        with open(file, "rb") as f:
            self.image = bytearray(f.read())
        if self.image[:5] != b"\x7fELF\x02":
            raise SystemExit(f"bundle: expected a 64-bit ELF file, found something else in {file}")
        table, = struct.unpack_from("<Q", self.image, 0x28)
        size, count = struct.unpack_from("<HH", self.image, 0x3a)
        headers = (struct.unpack_from("<IIQQQQII", self.image, table + i * size) for i in range(count))
        self.sections = [(kind, start, length, link) for _, kind, _, _, start, length, link, _ in headers]

    def section(self, wanted):
        """(offset, length, offset of its strings)."""
        for kind, start, length, link in self.sections:
            if kind == wanted:
                return start, length, self.sections[link][1]
        return 0, 0, 0

    def text(self, start):
        return self.image[start:self.image.index(0, start)].decode()

    def dynamic(self, *tags):
        start, length, strings = self.section(DYNAMIC)
        entries = (struct.unpack_from("<QQ", self.image, start + i) for i in range(0, length, 16))
        return [self.text(strings + value) for tag, value in entries if tag in tags]

    def needed(self):
        return self.dynamic(NEEDED)

    def version_needs(self):
        """(name, index, offset of its Vernaux) of every version of a library that is needed."""
        need, length, strings = self.section(VERNEED)
        while length:
            _, versions, _, aux, following = struct.unpack_from("<HHIII", self.image, need)
            at = need + aux
            for _ in range(versions):
                _, _, index, name, step = struct.unpack_from("<IHHII", self.image, at)
                yield self.text(strings + name), index, at
                at += step
            if not following:
                return
            need += following

    def versions(self, family):
        """Needed versions of `family` (GLIBC, GLIBCXX, …), ascending."""
        return sorted({name for name, _, _ in self.version_needs() if re.fullmatch(family + r"_[0-9.]+", name)}, key=version_key)

    def symbols_of(self, version):
        """Names that are looked up with a needed version."""
        indices = {index for name, index, _ in self.version_needs() if name == version}
        symbols, length, strings = self.section(DYNSYM)
        versions, _, _ = self.section(VERSYM)
        return {self.text(strings + struct.unpack_from("<I", self.image, symbols + 24 * i)[0]) for i in range(length // 24)
                if struct.unpack_from("<H", self.image, versions + 2 * i)[0] in indices}

    def replace_by_oldest(self, versions):
        """Needs of `versions` of the C library become needs of the oldest that is needed besides."""
        needs = [need for need in self.version_needs() if re.fullmatch(r"GLIBC_[0-9.]+", need[0])]
        _, _, oldest = min(needs, key=lambda need: version_key(need[0]))
        for name, _, at in needs:
            if name in versions:
                self.image[at:at + 4] = self.image[oldest:oldest + 4]  # vna_hash
                self.image[at + 8:at + 12] = self.image[oldest + 8:oldest + 12]  # vna_name
        self.file.write_bytes(self.image)


def places(file):
    """{library: path or None} of all that the loader of this machine takes for `file`."""
    rows = re.findall(r"^\s*(\S+) => (not found|/.*?)(?: \(0x[0-9a-f]+\))?$", output("ldd", file), re.M)
    return {library: None if path == "not found" else path for library, path in rows}


def make_relocatable(file, library_path):
    """Strips a copy and lets it look for libraries at `library_path`, before LD_LIBRARY_PATH and instead of where it did."""
    file.chmod(0o755)
    if Elf(file).section(SYMTAB)[1]:
        output("strip", "--strip-unneeded", file)  # first: strip takes what patchelf adds for damage
    output("patchelf", "--force-rpath", "--set-rpath", library_path, file)


def take_from(file, library, versions):
    """Lets the loader find in `library` the functions that `file` has from `versions` of the C library.

    They are looked up in the oldest version instead: the C library has none of them there, and `library`, which knows no
    versions, has them in all.
    """
    output("patchelf", "--add-needed", library, file)
    Elf(file).replace_by_oldest(versions)
