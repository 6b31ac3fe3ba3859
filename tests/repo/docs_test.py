"""What documents name is there: links, keys of the README's run file, commands, modules, functions of the walk."""
import json
import re

from tree import ROOT, files, judge, levels, name


def fenced(markdown):
    """[(language, text)] of the fenced blocks."""
    return re.findall(r"^```(\w*)\n(.*?)^```$", markdown, re.M | re.S)


def anchors(markdown):
    """Anchors as forges make them: lower case, punctuation dropped, spaces to hyphens."""
    heads = re.findall(r"^#+ +(.*)$", re.sub(r"```.*?```", "", markdown, flags=re.S), re.M)
    return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in heads}


def link_problems(path):
    text = path.read_text()
    prose = re.sub(r"```.*?```", lambda m: "\n" * m[0].count("\n"), text, flags=re.S)
    for match in re.finditer(r"\[[^\]]*\]\(([^)\s]+)\)", prose):
        target, _, anchor = match[1].partition("#")
        where = f"{name(path)}:{prose[:match.start()].count(chr(10)) + 1}"
        if re.match(r"[a-z]+:", target):
            continue
        found = (path.parent / target).resolve() if target else path
        if not found.exists() or not found.is_relative_to(ROOT):
            yield f"{where}: the link to {match[1]} leads nowhere"
        elif anchor and found.suffix == ".md" and anchor not in anchors(found.read_text()):
            yield f"{where}: {name(found)} has no heading for #{anchor}"


def example_problems():
    """Keys of the README's run file, `group: {key}` dotted, against the tables of docs/config.md."""
    known = set(re.findall(r"^\| `([\w.]+)` \|", (ROOT / "docs/config.md").read_text(), re.M))
    examples = [block for kind, block in fenced((ROOT / "README.md").read_text()) if kind == "json"]
    if not examples:
        yield "README.md: no run file in a json block"
    for example in examples:
        run = json.loads(re.sub(r",(\s*})", r"\1", re.sub(r"//.*", "", example)))
        for key, value in run.items():
            for name_ in [f"{key}.{k}" for k in value] if isinstance(value, dict) else [key]:
                if name_ not in known:
                    yield f"README.md: the run file has {name_}, which is no key of docs/config.md"


def command_problems():
    """`make verb` and `fullshard sub-command` of the documents for people who type."""
    verbs = set(re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.M)[1].split())
    cli = "\n".join(p.read_text() for p in files(".cpp", under="src/cli"))
    commands = set(re.findall(r'add_subcommand\("(\w+)"', cli))
    for document in ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/testing.md", "docs/architecture.md", "docs/cluster.md", "docs/install.md"]:
        text = (ROOT / document).read_text()
        blocks = [block for kind, block in fenced(text) if not kind]
        code = "\n".join(blocks + re.findall(r"`([^`\n]+)`", text))
        for verb in sorted(set(re.findall(r"^make (\w[\w-]*)", code, re.M)) - verbs):
            yield f"{document}: make {verb} is no verb of the Makefile"
        for command in sorted(set(re.findall(r"(?:^|[ /])fullshard ([a-z]+)", code, re.M)) - commands):
            yield f"{document}: fullshard {command} is no sub-command"
        for script in sorted(set(re.findall(r"[\w/]+\.sh\b", code))):
            installed = re.fullmatch(r"(?:\w+/share/fullshard/slurm/)?(\w+\.sh)", script)
            if not (ROOT / script).exists() and not (installed and (ROOT / "slurm" / installed[1]).exists()):
                yield f"{document}: there is no {script}"


def map_problems():
    text = (ROOT / "docs/architecture.md").read_text()
    rows = {int(l): set(re.findall(r"\b[a-z0-9]+\b", row)) for l, row in re.findall(r"^L(\d) +(.*)$", text, re.M)}
    for module, level in levels().items():
        if module not in rows.get(level, set()):
            yield f"docs/architecture.md: the map has no {module} in row L{level}, src/CMakeLists.txt has"


def walk_problems():
    """`Type::function` and `function()` in docs/step.md, each looked up in the sources."""
    code = "\n".join(p.read_text() for p in files(".cpp", ".hpp", under="src") + files(".hpp", under="include"))
    code = re.sub(r"//.*", "", code)
    walk = (ROOT / "docs/step.md").read_text()
    names = sorted(set(re.findall(r"`((?:\w+::)*\w+::\w+|\w+(?=\(\)))(?:\(\))?`", walk)))
    if len(names) < 30:
        yield f"docs/step.md names {len(names)} functions: the walk is gone, or written in another form"
    for full in names:
        *scope, function = full.split("::")
        called = re.search(rf"\b{function}\s*(<[^;{{}}]*>)?\(", code)
        owner = not scope or re.search(rf"\b(class|struct|namespace)\s+(\w+::)*{scope[-1]}\b", code)
        defined = not scope or re.search(rf"\b{scope[-1]}::{function}\b", code) or re.search(
            rf"\b(class|struct)\s+{scope[-1]}\b[^;{{]*{{(?:(?!^}};).)*?\b{function}\s*\(", code, re.S | re.M)
        if not (called and owner and defined):
            yield f"docs/step.md: `{full}` is not in the sources"


problems = [p for path in files(".md") for p in link_problems(path)]
judge(problems + list(example_problems()) + list(command_problems()) + list(map_problems()) + list(walk_problems()),
      "links resolve, keys, commands, modules and functions that documents name exist")
