"""What ELF files need, asked of readelf and ldd; and the edits that make a copy relocatable."""
import re
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
    """Versions of `family` (GLIBC, GLIBCXX, …) that the loader insists on, ascending; weak ones it does without."""
    text = output("readelf", "-W", "-V", file)
    lines = re.findall(rf"Name: ({family}_[0-9.]+) +Flags: (\w+)", text)
    return sorted({name for name, flags in lines if "WEAK" not in flags}, key=version_key)


def version_key(name):
    return [int(n) for n in re.findall(r"\d+", name)]


def make_relocatable(file, library_path):
    """Strips a copy and lets it look for libraries at `library_path`, before LD_LIBRARY_PATH and whatever it looked at before."""
    file.chmod(0o755)
    # In this order: strip takes what patchelf adds for damage.
    output("strip", "--strip-unneeded", file)
    output("patchelf", "--force-rpath", "--set-rpath", library_path, file)
