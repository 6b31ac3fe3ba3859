"""A module includes and links strictly lower levels; third-party headers stay where the table allows them."""
import re

from tree import ROOT, files, judge, levels, name

TORCH_MODULES = "tensor model shard optim convert train generate cli".split()

# (header, places that may include it, whether public headers may). A place is a prefix of the path below src/ and
# include/fullshard/. LibTorch stays out of core, config, mpi, device, mesh, kernels, watch, hdf5, tokenize, jinja, chat, comm, data, prepare, report, checkpoint.
THIRD_PARTY = [
    (r"mpi\.h", ["mpi/", "comm/mpi/"], False),
    (r"cuda\w*\.h", ["device/cuda/"], False),
    (r"nccl\.h", ["comm/nccl/"], False),
    (r"hdf5\.h", ["hdf5/", "checkpoint/hdf5/", "prepare/hdf5/", "cli/version.cpp"], False),
    (r"boost/json.*", ["config/", "data/", "tokenize/", "chat/", "convert/", "checkpoint/"], False),
    (r"boost/version\.hpp", ["cli/version.cpp"], False),
    (r"(ATen|c10|torch)/.*", [m + "/" for m in TORCH_MODULES], True),
    (r"pcre2\.h", ["tokenize/", "cli/version.cpp"], False),
    (r"utf8proc\.h", ["tokenize/", "jinja/", "cli/version.cpp"], False),
    (r"zlib\.h|zstd\.h", ["prepare/", "cli/version.cpp"], False),
    (r"CLI/.*", ["cli/"], False),
    (r"fmt/format\.h", ["core/check.hpp"], True),
    (r"fmt/.*", [""], False),
    (r"([ei]mmintrin|cpuid)\.h", ["kernels/", "cli/mkl_dispatch.cpp"], False),
    (r"linux/futex\.h", ["comm/mpi/"], False),
    (r"(arpa|net|netinet)/\w+\.h|(ifaddrs|netdb|poll)\.h", ["watch/"], False),
    (r"time\.h", ["watch/"], False),
    (r"(sys/\w+|fcntl|link|signal|stdio|unistd|sched)\.h", [""], False),
]


def third_party_problem(where, header, public):
    rules = [r for r in THIRD_PARTY if re.fullmatch(r[0], header)]
    if not rules:
        return f"<{header}> is in no row of THIRD_PARTY (tests/repo/levels_test.py): add one, or do without"
    if any(where.startswith(place) and (allowed or not public) for _, places, allowed in rules for place in places):
        return None
    places = sorted({place or "any source" for r in rules for place in r[1] if r[2] or not public})
    return f"<{header}> may be included by {', '.join(places) or 'no public header'} only"


def linked_modules():
    """{module: modules in its DEPS, and theirs}; the program's own line has them as fullshard::name."""
    direct = {}
    for module in levels():
        text = (ROOT / "src" / module / "CMakeLists.txt").read_text()
        deps = re.search(r"\bDEPS ([a-z0-9 \n]+)", text)
        direct[module] = set(deps[1].split() if deps else []) | set(re.findall(r"fullshard::(\w+)", text))
        direct[module] &= set(levels())

    def closure(module):
        return direct[module].union(*(closure(d) for d in direct[module] if levels()[d] < levels()[module]))

    return direct, {m: closure(m) for m in direct}


def main():
    level, problems = levels(), []
    direct, linked = linked_modules()
    for module in sorted(level):
        for dep in sorted(direct[module]):
            if level[dep] >= level[module]:
                problems.append(f"src/{module}/CMakeLists.txt: {module} (L{level[module]}) links {dep} "
                                f"(L{level[dep]}): a module links strictly lower levels only")
    for path in files(".cpp", ".hpp", under="src") + files(".hpp", under="include/fullshard"):
        public = name(path).startswith("include/")
        where = name(path).removeprefix("src/").removeprefix("include/fullshard/")
        module = where.split("/")[0]
        for number, line in enumerate(path.read_text().splitlines(), 1):
            include = re.match(r'\s*#\s*include\s*([<"])([^>"]+)', line)
            if not include:
                continue
            header, problem = include[2], None
            if include[1] == "<":
                if "/" in header or header.endswith(".h"):
                    problem = third_party_problem(where, header, public)
            else:
                other = header.removeprefix("fullshard/").split("/")[0]
                if public and not header.startswith("fullshard/"):
                    problem = f'"{header}" is private: a public header includes public ones only'
                elif other not in level:
                    problem = f'"{header}" names no module: includes are written from include/ or src/'
                elif other != module and level[other] >= level[module]:
                    problem = (f'"{header}": {module} (L{level[module]}) may not know {other} (L{level[other]}); '
                               "a module includes strictly lower levels only (docs/architecture.md)")
                elif other != module and other not in linked[module]:
                    problem = f'"{header}": {other} is missing in DEPS of src/{module}/CMakeLists.txt'
            if problem:
                problems.append(f"{name(path)}:{number}: {problem}")
    judge(problems, "modules include and link strictly lower levels, third-party headers stay in their places")


main()
