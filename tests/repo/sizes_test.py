"""No file that people read is longer than 400 lines, unless there is a reason."""
from tree import files, judge, name

LIMIT = 400
READ = {".cpp", ".hpp", ".py", ".sh", ".cmake", ".md", ".txt"}
REASONS = {}  # path: why it may be longer

lengths = {name(p): p.read_bytes().count(b"\n") for p in files() if p.suffix in READ}
problems = [f"{p}: {n} lines, expected at most {LIMIT}; split it, or give the reason in tests/repo/sizes_test.py"
            for p, n in sorted(lengths.items()) if n > LIMIT and p not in REASONS]
problems += [f"tests/repo/sizes_test.py: {p} needs no exception any more"
             for p in REASONS if lengths.get(p, 0) <= LIMIT]
judge(problems, f"{len(lengths)} files of at most {LIMIT} lines")
