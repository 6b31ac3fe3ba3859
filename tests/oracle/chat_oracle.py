"""Conversations as transformers' apply_chat_template writes, encodes and masks them: text, ids, labels.

chat_oracle.py SHARED PROGRAM [--smollm2 DIR] [--limit N] [--command fullshard tokenize]

PROGRAM is chat_lines (tests/support/chat_main.cpp); a command whose body it is must answer as it does. Masks of templates with {% generation %} are transformers' own; those of
others are computed here from prefixes, by the rules of docs/chat_templates.md. Ends with 77 where SHARED/assets is missing.
"""
import argparse
import copy
import json
import re
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

from transformers import PreTrainedTokenizerFast

BUILTIN = ["alpaca", "chatml", "default", "llama3", "mistral", "qwen", "vicuna"]
IGNORED = -100
SWITCHES = ("enable_thinking", "thinking", "open_thinking")

# Where a template puts its end token, and several blocks in one message.
GENERATION = {
    "end outside": "{% for m in messages %}<{{ m.role }}>{% if m.role == 'assistant' %}{% generation %}{{ m.content }}{% endgeneration %}"
                   "{{ eos_token }}{% else %}{{ m.content }}{% endif %}\n{% endfor %}",
    "two blocks": "{% for m in messages %}{% if m.role == 'assistant' %}{% generation %}{{ m.content }}{% endgeneration %}<sep>"
                  "{% generation %}{{ m.tool_calls | tojson if m.tool_calls else 'é' }}{{ eos_token }}{% endgeneration %}"
                  "{% else %}{{ m.role }}: {{ m.content }}\n{% endif %}{% endfor %}",
}


def fastchat(assets):
    for row in json.loads((assets / "datasets/fastchat/dummy_conversation.json").read_text("utf-8")):
        yield {"messages": [{"role": {"human": "user", "gpt": "assistant"}[t["from"]], "content": t["value"]} for t in row["conversations"]]}


def glaive(assets):
    roles = {"human": "user", "gpt": "assistant", "observation": "tool"}
    for row in json.loads((assets / "datasets/llama-factory/glaive_toolcall_en_demo.json").read_text("utf-8")):
        messages = []
        for turn in row["conversations"]:
            if turn["from"] == "function_call":
                call = {"type": "function", "function": json.loads(turn["value"])}
                messages.append({"role": "assistant", "content": "", "tool_calls": [call]})
            else:
                messages.append({"role": roles[turn["from"]], "content": turn["value"]})
        yield {"messages": messages, "tools": json.loads(row["tools"])}


def sft_demo(assets):
    for line in (assets / "datasets/llama-factory/v1_sft_demo.jsonl").read_text("utf-8").splitlines():
        yield {"messages": [{"role": m["role"], "content": "".join(part["value"] for part in m["content"])} for m in json.loads(line)["messages"]]}


def made():
    """What the data sets lack: reasoning, a system message, an open question, an empty answer, scripts."""
    def turns(*contents, **more):
        return {"messages": [{"role": r, "content": c} if isinstance(c, str) else {"role": r, **c} for r, c in contents], **more}

    thought = {"content": "4", "reasoning_content": "2 and 2 are 4"}
    yield turns(("system", "Be brief."), ("user", "2+2?"), ("assistant", thought), ("user", "3+3?"), ("assistant", {**thought, "content": "6"}))
    yield turns(("user", "2+2?"), ("assistant", thought), enable_thinking=True, open_thinking=True)
    yield turns(("user", "2+2?"), ("assistant", "4"), enable_thinking=False)
    yield turns(("user", "2+2?"), ("assistant", "<think>\nhm\n</think>\n\n4"), ("user", "So?"), ("assistant", "4 🎉"))
    yield turns(("user", "hi"), ("assistant", "hello"), ("user", "and?"))
    yield turns(("user", "hi"), ("assistant", "hello"), ("user", "and?"), add_generation_prompt=True)
    yield turns(("user", "<|im_end|>\n"), ("assistant", ""), ("user", "你好 👩‍💻 e\u0301"), ("assistant", "  \n日本語 🇩🇪"))


class Reference:
    """One tokenizer and template of transformers."""

    def __init__(self, tokenizer, template):
        self.tokenizer, self.template = tokenizer, template

    def text(self, row, count=None, prompt=False, **more):
        variables = {k: v for k, v in copy.deepcopy(row).items() if k not in ("messages", "add_generation_prompt")}
        return self.tokenizer.apply_chat_template(copy.deepcopy(row["messages"][:count]), tokenize=False, chat_template=self.template,
                                                  add_generation_prompt=prompt, **{**variables, **more})

    def whole(self, row):
        return self.text(row, prompt=row.get("add_generation_prompt", False))

    def labels(self, text, spans):
        encoded = self.tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
        trained = [any(a < end and begin < b for begin, end in spans) for a, b in encoded["offset_mapping"]]
        return encoded["input_ids"], [i if t else IGNORED for i, t in zip(encoded["input_ids"], trained)]

    def prompt_of(self, row, i, text):
        for switches in ({}, dict.fromkeys(SWITCHES, True), dict.fromkeys(SWITCHES, False)):
            prompt = self.text(row, i, prompt=True, **switches)
            if text.startswith(prompt):
                return prompt
        raise ValueError("no prompt is a prefix")

    def samples_by_prefix(self, row):
        """[(text, spans)], each assistant message in the longest text that it is part of."""
        whole, found = self.whole(row), []
        for i in reversed([i for i, m in enumerate(row["messages"]) if m["role"] == "assistant"]):
            text = self.text(row, i + 1)
            span = (len(self.prompt_of(row, i, text)), len(text))
            home = next((s for s in found if s[0].startswith(text)), None)
            if home is None:
                home = (whole if not found and whole.startswith(text) else text, [])
                found.append(home)
            home[1].append(span)
        return found[::-1] or [(whole, [])]

    def samples_by_generation(self, row):
        """transformers' own mask, but where the last character of a span is several tokens: there it forgets all but the first."""
        done = self.tokenizer.apply_chat_template(copy.deepcopy(row["messages"]), chat_template=self.template, return_assistant_tokens_mask=True,
                                                  return_dict=True, tokenize=True, return_offsets_mapping=True,
                                                  tokenizer_kwargs={"return_offsets_mapping": True},
                                                  **{k: copy.deepcopy(v) for k, v in row.items() if k != "messages"})
        ids, mask, offsets = done["input_ids"], done["assistant_masks"], done["offset_mapping"]
        for i in range(1, len(ids)):
            if mask[i - 1] and not mask[i] and offsets[i][0] < offsets[i - 1][1] == offsets[i][1]:
                mask[i] = 1
        return ids, [t if m else IGNORED for t, m in zip(ids, mask)]


def expected(reference, row):
    try:
        whole = reference.whole(row)
    except Exception as error:
        return {"error": str(error)}
    if re.search(r"{%-?\s*generation", reference.template):
        ids, labels = reference.samples_by_generation(row)
        return {"text": whole, "input_ids": ids, "labels": labels}
    try:
        samples = reference.samples_by_prefix(row)
    except Exception as error:
        return {"error": str(error)}
    rows = [dict(zip(("text", "input_ids", "labels"), (text, *reference.labels(text, spans)))) for text, spans in samples]
    mine = next((r for r in rows if r["text"] == whole), None)
    answer = dict(mine) if mine else dict(zip(("text", "input_ids", "labels"), (whole, *reference.labels(whole, []))))
    if len(rows) > 1 or mine is None:
        answer["samples"] = rows
    return answer


def bare(answer):
    keep = {k: answer[k] for k in ("text", "input_ids", "labels") if k in answer}
    if "samples" in answer:
        keep["samples"] = [bare(s) for s in answer["samples"]]
    if "error" in answer:
        keep["error"] = True
    return keep


def excerpt(one, other):
    """From shortly before the place where they part."""
    if one is None or other is None:
        return repr(one)[:300]
    at = next((i for i, (a, b) in enumerate(zip(one, other)) if a != b), min(len(one), len(other)))
    return f"at {at}: {one[max(0, at - 8):at + 20]!r:.800}"


def compare(name, program, reference, rows):
    data = "".join(json.dumps(row) + "\n" for row in rows).encode()
    done = subprocess.run(program, input=data, capture_output=True, check=True)
    ours = [json.loads(line) for line in done.stdout.decode().split("\n") if line]
    wrong, several, errors = abs(len(ours) - len(rows)), 0, 0
    for row, mine in zip(rows, ours):
        theirs = expected(reference, row)
        several, errors = several + ("samples" in theirs), errors + ("error" in theirs)
        if bare(mine) != bare(theirs):
            wrong += 1
            if wrong <= 3:
                key = next((k for k in ("error", "text", "input_ids", "labels", "samples") if bare(mine).get(k) != bare(theirs).get(k)))
                print(f"  {name}: {json.dumps(row)[:400]}\n    {key}: expected {excerpt(theirs.get(key), mine.get(key))}\n"
                      f"    found {excerpt(mine.get(key), theirs.get(key))}")
    print(f"{name}: {len(rows)} conversations, {several} in several samples, {errors} refused, {wrong} differences", flush=True)
    return wrong


def prompt_lengths(program, assets):
    """The file of expected values: text, ids, and where the last turn begins."""
    wrong, rows = 0, json.loads((assets / "oracles/chat/minimind-6400.json").read_text("utf-8"))
    requests = []
    for row in rows:
        requests.append({"messages": row["messages"]})
        if "<tools>\n" in row["text"]:  # the file does not list them
            tools = row["text"].split("<tools>\n")[1].split("\n</tools>")[0]
            requests[-1]["tools"] = [json.loads(tool) for tool in tools.split("\n")]
    data = "".join(json.dumps(r) + "\n" for r in requests).encode()
    for row, line in zip(rows, subprocess.run(program, input=data, capture_output=True, check=True).stdout.decode().split("\n")):
        mine = json.loads(line)
        begin = len(mine["labels"])
        while begin > 0 and mine["labels"][begin - 1] != IGNORED:
            begin -= 1
        if (mine["text"], mine["input_ids"], begin) != (row["text"], row["ids"], row["last_turn_prompt_len"]):
            wrong += 1
            print(f"  expected values: {row['source']} differs")
    print(f"expected values: {len(rows)} conversations, {wrong} differences")
    return wrong


def same_answers(program, command, directory, rows):
    """The command line of the program, on what chat_lines has been compared with."""
    data, wrong = "".join(json.dumps(row) + "\n" for row in rows).encode(), 0
    with tempfile.NamedTemporaryFile("w", suffix=".jinja", encoding="utf-8") as file:
        file.write(GENERATION["two blocks"])
        file.flush()
        for flags in ([], ["--template", "llama3"], ["--chat-template", file.name]):
            answers = [subprocess.run(line, input=data, capture_output=True, check=True).stdout
                       for line in ([program, directory, *flags], [*command, directory, "--chat", *flags])]
            wrong += answers[0] != answers[1]
    print(f"{' '.join(command)} --chat: {len(rows)} conversations, {wrong} of 3 ways differ")
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shared", type=Path)
    parser.add_argument("program")
    parser.add_argument("--smollm2", type=Path)
    parser.add_argument("--limit", type=int, default=None)
    parser.add_argument("--command", nargs=argparse.REMAINDER, default=[])
    arguments = parser.parse_args()
    assets, program = arguments.shared / "assets", arguments.program
    if not assets.exists():
        print(f"skipped: needs {assets}, which is not here")
        return 77
    warnings.simplefilter("ignore")

    directories = {name: assets / "tokenizers" / name for name in ("qwen3", "minimind-6400", "mistral-7b-v0.1")}
    if arguments.smollm2:
        directories["SmolLM2"] = arguments.smollm2
    data = {"fastchat": list(fastchat(assets)), "glaive": list(glaive(assets)), "sft demo": list(sft_demo(assets)), "made": list(made())}
    data = {name: rows[:arguments.limit] for name, rows in data.items()}
    mixed = [row for rows in data.values() for row in rows[:60]]

    wrong = same_answers(program, arguments.command, str(directories["qwen3"]), mixed) if arguments.command else 0
    wrong += prompt_lengths([program, str(directories["minimind-6400"])], assets)
    for name, directory in directories.items():
        tokenizer = PreTrainedTokenizerFast.from_pretrained(directory)
        if tokenizer.chat_template:
            for what, rows in data.items():
                wrong += compare(f"{name}, own template, {what}", [program, str(directory)], Reference(tokenizer, tokenizer.chat_template), rows)
        for template in BUILTIN:
            source = subprocess.run([program, "--show", template], capture_output=True, check=True, text=True).stdout
            wrong += compare(f"{name}, {template}", [program, str(directory), "--template", template], Reference(tokenizer, source), mixed)
        for what, source in GENERATION.items():
            with tempfile.NamedTemporaryFile("w", suffix=".jinja", encoding="utf-8") as file:
                file.write(source)
                file.flush()
                wrong += compare(f"{name}, {what}", [program, str(directory), "--chat-template", file.name], Reference(tokenizer, source), mixed)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
