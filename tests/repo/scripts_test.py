"""Every shell script parses."""
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
if not scripts:
    problems.append("no shell script found: this test looks in the wrong place")
judge(problems, f"{len(scripts)} shell scripts parse")
