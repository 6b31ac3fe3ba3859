"""Licence texts of what a bundle carries, as the packages of this machine have them."""
import re
import shutil
import subprocess
from pathlib import Path

DOCUMENTS, COMMON = Path("/usr/share/doc"), Path("/usr/share/common-licenses")


def dpkg(*arguments):
    if not shutil.which("dpkg-query"):
        raise SystemExit("bundle: expected dpkg-query, which knows licences, found none; make the bundle on Debian")
    return subprocess.run(["dpkg-query", *map(str, arguments)], capture_output=True, text=True).stdout


def owners(files):
    """Packages that own the files. One in /usr/lib may be known as one in /lib, where the two are the same."""
    files = {str(file.resolve()) for file in files}
    listed = dpkg("--search", *files, *(file.removeprefix("/usr") for file in files))
    owner = {path if path in files else "/usr" + path: package
             for package, path in re.findall(r"^([^:\s]+)(?::\w+)?: (/.+)$", listed, re.M)}
    if unknown := sorted(files - owner.keys()):
        raise SystemExit(f"bundle: no package owns {', '.join(unknown)}, so their licences are unknown; "
                         "make the bundle with the libraries that cmake/bootstrap.sh installs")
    return set(owner.values())


def write_licences(packages, directory):
    """A text for each package, the common ones that they refer to, and a list from which their sources can be found."""
    directory.mkdir(parents=True, exist_ok=True)
    common = set()
    for package in sorted(packages):
        text = (DOCUMENTS / package / "copyright").read_text(errors="replace")
        (directory / f"{package}.txt").write_text(text)
        common |= {name for name in re.findall(rf"{COMMON}/([\w.-]*\w)", text) if (COMMON / name).exists()}
    for name in common:
        shutil.copy(COMMON / name, directory / f"COMMON-{name}.txt")
    listed = dpkg("--show", "--showformat=${binary:Package} ${Version}, source ${source:Package} ${source:Version}\\n", *packages)
    (directory / "PACKAGES").write_text(
        "Packages of Debian whose files are in this bundle; their sources are at https://snapshot.debian.org.\n\n" + listed)
