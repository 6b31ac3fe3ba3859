"""The chat demo's data: conversations in form, nothing that is asked was shown, and what it says is in the documents."""
import json
import re

from tree import ROOT, files, judge

DEMO = ROOT / "configs/demo_chat"


def rows(path):
    return [(f"{path.name}:{number}", json.loads(line)) for number, line in enumerate(path.read_text().splitlines(), 1)]


def bare(text):
    return " ".join(re.findall(r"\w+", text.lower()))


def form_problems(where, row):
    messages = row["messages"]
    if [m["role"] for m in messages] != ["user", "assistant"] * (len(messages) // 2) or len(messages) < 2:
        yield f"{where}: expected user and assistant in turn, found {[m['role'] for m in messages]}"
    for message in messages:
        if message["content"].strip() != message["content"] or not message["content"]:
            yield f"{where}: expected text without space around it, found {message['content']!r}"
        if message["role"] == "assistant" and len(message["content"].split()) > 45:
            yield f"{where}: expected an answer of at most 45 words, found {len(message['content'].split())}"


def held_out_problems(shown, held_out):
    questions, answers = ({bare(m["content"]) for _, row in shown for m in row["messages"] if m["role"] == role} for role in ("user", "assistant"))
    for where, row in held_out:
        question, meant = (m["content"] for m in row["messages"])
        if bare(question) in questions:
            yield f"{where}: the question is in the training set: {question}"
        if bare(meant) not in answers:
            yield f"{where}: the training set does not teach: {meant}"
        for key in row["key"]:
            if not re.search(key, meant, re.IGNORECASE):
                yield f"{where}: the answer that is meant has no match of {key}"
            if re.search(key, question, re.IGNORECASE):
                yield f"{where}: the question gives {key} away"


def truths():
    """(pattern, what its group must be one of): statements of the answers that the repository itself can confirm."""
    config = (ROOT / "docs/config.md").read_text()
    codes = dict(re.findall(r"^\| (\d+) \| (.+) \|$", config, re.M))
    verbs = set(re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.M)[1].split())
    commands = set(re.findall(r'add_subcommand\("(\w+)"', "\n".join(p.read_text() for p in files(".cpp", under="src/cli"))))
    yield r"[Ee]xit code (\d+)", set(codes)
    yield r"`make ([\w-]+)", verbs
    yield r"`(?:mpirun -n 2 |srun --mpi=pmix )?fullshard (\w+)", commands
    yield r"(?<![\w.-])([a-z]+(?:_[a-z]+)+|sharding\.\w+)(?![\w.-])", set(re.findall(r"^\| `([\w.]+)` \|", config, re.M)) | {
        "input_ids", "exp_avg", "exp_avg_sq"}


def untrue(data):
    for where, row in data:
        for message in row["messages"]:
            if message["role"] == "assistant":
                for pattern, known in truths_of_repository:
                    for found in set(re.findall(pattern, message["content"])) - known:
                        yield f"{where}: the repository has no {found}: {message['content']}"


def default_problems(data):
    defaults = dict(re.findall(r"^\| `([\w.]+)` \| [^|]* \| `\"?([^`\"]*)\"?` \|", (ROOT / "docs/config.md").read_text(), re.M))
    for where, row in data:
        for answer in [m["content"] for m in row["messages"] if m["role"] == "assistant"]:
            stated = re.search(r"[Tt]he default (?:of )?(\w+_\w+) is (\S+?)\.?$|^(\w+_\w+) is .* [Tt]he default is (\S+?)\.?$", answer)
            if stated:
                key, value = (stated[1], stated[2]) if stated[1] else (stated[3], stated[4])
                if defaults.get(key) != value:
                    yield f"{where}: docs/config.md says {key} is {defaults.get(key)}: {answer}"


def asked_twice(data):
    first = {}
    for where, row in data:
        if len(row["messages"]) == 2:  # what follows another turn may ask in few words
            before = first.setdefault(bare(row["messages"][0]["content"]), where)
            if before != where:
                yield f"{where}: asked before, in {before}"


shown, held_out = rows(DEMO / "fullshard_qa.jsonl"), rows(DEMO / "held_out.jsonl")
truths_of_repository = list(truths())
problems = [p for where, row in shown + held_out for p in form_problems(where, row)]
problems += list(held_out_problems(shown, held_out)) + list(untrue(shown + held_out)) + list(default_problems(shown))
problems += asked_twice(shown)
judge(problems, f"{len(shown)} conversations teach the answers to {len(held_out)} questions that are not among them")
