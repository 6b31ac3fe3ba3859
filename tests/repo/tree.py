"""The source tree as the tests of the repository see it: what git would track, found without git."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
SKIPPED = {".git", ".cache", "__pycache__"}


def files(*suffixes, under=""):
    """All files below ROOT/under with one of the suffixes (all if none is given), build directories left out."""
    found = []
    pending = [ROOT / under]
    while pending:
        for entry in sorted(pending.pop().iterdir()):
            if entry.is_symlink() or entry.name in SKIPPED or entry.name.startswith("build"):
                continue
            if entry.is_dir():
                if not (entry / "CMakeCache.txt").exists():
                    pending.append(entry)
            elif not suffixes or entry.suffix in suffixes:
                found.append(entry)
    return sorted(found)


def name(path):
    return path.relative_to(ROOT).as_posix()


def levels():
    """{module: level}, from the comments of src/CMakeLists.txt, which is the one place that says so."""
    table = {}
    for line in (ROOT / "src/CMakeLists.txt").read_text().splitlines():
        row = re.fullmatch(r"\s*([a-z0-9 ]+?)\)?\s*# L(\d+)", line)
        for module in row[1].split() if row else []:
            table[module] = int(row[2])
    assert len(table) >= 10, "src/CMakeLists.txt: no table of levels (`core  # L0`) found"
    return table


def judge(problems, promise):
    """Ends the test: every problem on a line of its own, or the promise that holds."""
    for problem in problems:
        print(problem)
    print(f"{len(problems)} problems: {promise}" if problems else f"holds: {promise}")
    sys.exit(1 if problems else 0)
