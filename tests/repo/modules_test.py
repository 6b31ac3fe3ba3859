"""`module load fullshard` after `cmake --install`, by the real module systems that this machine has."""
import subprocess
import sys
import tempfile
from pathlib import Path

from module_systems import SYSTEMS, Shell, found
from tree import judge

def problems_of(system, init, prefix, version):
    shell = Shell(init, prefix)
    expectations = {
        "module load fullshard && fullshard --version": [f"fullshard {version}"],
        "module load fullshard && command -v fullshard": [f"{prefix}/bin/fullshard"],
        "module load fullshard && ls \"$FULLSHARD_ROOT/share/fullshard/slurm\"": ["several_nodes.sh"],
        "module help fullshard": ["fullshard train run.json", version],
        "module whatis fullshard": ["Full-parameter fine-tuning", version],
        "module show fullshard": [f"{prefix}/share/modulefiles/fullshard/{SYSTEMS[system][1].format(version=version)}"],
        "module load fullshard && module unload fullshard && echo \"left $PATH ${FULLSHARD_ROOT:-no root}\"": ["left /usr/bin:/bin no root"],
    }
    for script, words in expectations.items():
        code, text = shell(script)
        lacking = [w for w in words if w not in text]
        if code != 0 or lacking:
            yield f"{system}: `{script}` ended with {code}, lacks {lacking}:\n{text}"
    if (avail := shell("module -t avail fullshard")[1]).count("fullshard/" + version) != 1:
        yield f"{system}: expected one fullshard/{version} in the list, found:\n{avail}"
    yield from conflict_problems(system, shell, prefix, version)


def conflict_problems(system, shell, prefix, version):
    """A second version is refused beside the first, or takes its place: never both in one PATH."""
    files = prefix / "share/modulefiles/fullshard"
    for suffix in ("", ".lua"):
        (files / ("9.9" + suffix)).write_text((files / (version + suffix)).read_text().replace(str(prefix), "/second"))
    path = shell(f"module load fullshard/{version}; module load fullshard/9.9; echo \"PATH is $PATH\"")[1]
    if f"{prefix}/bin" in path.rpartition("PATH is")[2] and "/second/bin" in path.rpartition("PATH is")[2]:
        yield f"{system}: two versions were loaded at once:\n{path}"
    for suffix in ("", ".lua"):
        (files / ("9.9" + suffix)).unlink()


systems = {system: found(system) for system in SYSTEMS if found(system)}
if not systems:
    print("SKIPPED: neither Lmod nor Environment Modules is on this machine (Debian: apt install lmod, or environment-modules)")
    sys.exit(77)
with tempfile.TemporaryDirectory(prefix="fullshard modules ") as directory:
    prefix = Path(directory) / "prefix"
    # Relative, as people type it: what is written into the files is absolute all the same.
    subprocess.run(["cmake", "--install", Path(sys.argv[1]).resolve(), "--prefix", "prefix"], cwd=directory, check=True, stdout=subprocess.DEVNULL)
    version = sys.argv[2]
    problems = [p for system, init in systems.items() for p in problems_of(system, init, prefix, version)]
judge(problems, f"module load fullshard works with {' and '.join(systems)}")
