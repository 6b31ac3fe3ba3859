"""What ELF files need, asked of readelf and ldd; and the edits that make a copy relocatable."""
import re
import struct
import subprocess


def output(*command):
    ended = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    if ended.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))} failed: {ended.stderr.strip()}")
    return ended.stdout


def needed(file):
    return re.findall(r"\(NEEDED\).*\[(.+)\]", output("readelf", "-d", file))


def places(file):
    """{library: path or None} of all that the loader of this machine takes for `file`."""
    found = {}
    for line in output("ldd", file).splitlines():
        if row := re.match(r"\s*(\S+) => (not found|/.+) ?\(?", line):
            found[row[1]] = None if row[2] == "not found" else re.sub(r" \(0x[0-9a-f]+\)$", "", line.split(" => ")[1])
    return found


def needed_versions(file, family):
    """Versions of `family` (GLIBC, GLIBCXX, …) that the loader insists on, ascending."""
    text = output("readelf", "-W", "-V", file)
    return sorted(set(re.findall(rf"Name: ({family}_[0-9.]+) +Flags:", text)), key=version_key)


def version_key(name):
    return [int(n) for n in re.findall(r"\d+", name)]


def make_relocatable(file, library_path):
    """Strips a copy and lets it look for libraries at `library_path`, before LD_LIBRARY_PATH and whatever it looked at before."""
    file.chmod(0o755)
    # In this order: strip takes what patchelf adds for damage.
    output("strip", "--strip-unneeded", file)
    output("patchelf", "--force-rpath", "--set-rpath", library_path, file)


def supplied_versions(file, family, newer_than, symbols):
    """Needed versions above `newer_than` that are needed for nothing but `symbols`."""
    table = output("readelf", "-W", "--dyn-syms", file)
    above = [v for v in needed_versions(file, family) if version_key(v) > version_key(newer_than)]
    return [v for v in above if set(re.findall(rf" UND (\w+)@{re.escape(v)}\b", table)) <= symbols]


def take_from(file, library, versions):
    """Lets the loader find in `library` what belongs to these `versions` of the C library.

    The versions are replaced by the oldest that the file needs besides: the C library has the functions in none so old, and
    `library`, which knows no versions, has them in all.
    """
    output("patchelf", "--add-needed", library, file)
    image = bytearray(file.read_bytes())
    needs = [need for need in version_needs(image) if need[0].startswith("GLIBC_")]
    _, oldest = min(needs, key=lambda need: version_key(need[0]))
    for name, at in needs:
        if name in versions:
            image[at:at + 4] = image[oldest:oldest + 4]  # vna_hash
            image[at + 8:at + 12] = image[oldest + 8:oldest + 12]  # vna_name
    file.write_bytes(image)


def version_needs(image):
    """(name, offset of its Vernaux) of every version that a 64-bit ELF file needs; the layout is elf.h's."""
    table, = struct.unpack_from("<Q", image, 0x28)
    size, count = struct.unpack_from("<HH", image, 0x3a)
    sections = [struct.unpack_from("<IIQQQQII", image, table + i * size) for i in range(count)]
    for _, kind, _, _, need, _, link, _ in sections:
        if kind != 0x6ffffffe:  # SHT_GNU_verneed
            continue
        strings = sections[link][4]
        while True:
            _, versions, _, aux, following = struct.unpack_from("<HHIII", image, need)
            at = need + aux
            for _ in range(versions):
                name, step = struct.unpack_from("<II", image, at + 8)
                yield image[strings + name:image.index(0, strings + name)].decode(), at
                at += step
            if not following:
                break
            need += following
