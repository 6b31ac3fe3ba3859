"""Every shell script parses, and where shellcheck is installed it finds nothing wrong."""
import shutil
import subprocess

from tree import files, judge, name


def is_shell(path):
    if path.suffix == ".sh":
        return True
    with path.open("rb") as f:
        first = f.readline(80)
    return first.startswith(b"#!") and first.split()[-1].rpartition(b"/")[2] in (b"bash", b"sh")


problems, scripts = [], [p for p in files() if is_shell(p)]
for script in scripts:
    parsed = subprocess.run(["bash", "-n", script], capture_output=True, text=True)
    if parsed.returncode != 0:
        problems.append(f"{name(script)}: {parsed.stderr.strip()}")
if shutil.which("shellcheck"):
    found = subprocess.run(["shellcheck", "--severity=warning", "--format=gcc", *scripts], capture_output=True, text=True)
    problems += found.stdout.splitlines()
if not scripts:
    problems.append("no shell script found: this test looks in the wrong place")
judge(problems, f"{len(scripts)} shell scripts parse")
