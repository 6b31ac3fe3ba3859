"""What becomes of the rows of real data sets, read by Python's json and turned into messages by the rules of LLaMA-Factory."""
import json
import subprocess
import sys
from pathlib import Path

shared, program = Path(sys.argv[1]), sys.argv[2]
data = shared / "assets/datasets"
if not data.exists():
    print(f"skipped: needs {data}")
    sys.exit(77)


def rows_of(path):
    text = path.read_text(encoding="utf-8")
    return json.loads(text) if text.lstrip().startswith("[") else [json.loads(line) for line in text.splitlines() if line.strip()]


def message(role, content):
    return {"role": role, "content": content}


def alpaca(row):
    asked = [row[c] for c in ("instruction", "input") if row.get(c)]
    return {"messages": [message("user", "\n".join(asked)), message("assistant", row["output"])], "variables": {}}


def call(text):
    calls = json.loads(text)
    calls = calls if isinstance(calls, list) else [calls]
    return message("assistant", "") | {"tool_calls": [{"type": "function", "function": c} for c in calls]}


def sharegpt(row):
    roles = {"human": "user", "gpt": "assistant", "observation": "tool"}
    turns = [call(t["value"]) if t["from"] == "function_call" else message(roles[t["from"]], t["value"])
             for t in row["conversations"]]
    tools = [{"type": "function", "function": tool} for tool in json.loads(row.get("tools") or "[]")]
    return {"messages": turns, "variables": {"tools": tools} if tools else {}}


def openai(row):
    turns = [message(m["role"], "".join(p["value"] for p in m["content"])) for m in row["messages"]]
    return {"messages": turns, "variables": {}}


peer = data / "llama-factory"
CASES = [
    ([peer, "identity"], peer / "identity.json", alpaca),
    ([peer, "glaive_toolcall_en_demo"], peer / "glaive_toolcall_en_demo.json", sharegpt),
    ([peer / "glaive_toolcall_en_demo.json"], peer / "glaive_toolcall_en_demo.json", sharegpt),
    ([data / "fastchat/dummy_conversation.json"], data / "fastchat/dummy_conversation.json", sharegpt),
    ([peer / "v1_sft_demo.jsonl"], peer / "v1_sft_demo.jsonl", openai),
]
differences = 0
for arguments, path, meaning in CASES:
    ours = subprocess.run([program, *arguments], capture_output=True, text=True, encoding="utf-8", check=True).stdout.splitlines()
    wanted = [meaning(row) for row in rows_of(path)]
    # In text, not only in value: the order of keys is what templates write.
    unlike = [i for i, (a, b) in enumerate(zip(ours, wanted)) if json.dumps(json.loads(a)) != json.dumps(b)]
    if len(ours) != len(wanted) or unlike:
        differences += 1
        print(f"{path.name}: {len(ours)} rows, expected {len(wanted)}; rows that differ: {unlike[:5]}")
        for i in unlike[:1]:
            print(f"  ours     {ours[i][:600]}\n  expected {json.dumps(wanted[i])[:600]}")
    else:
        print(f"{path.name}: {len(ours)} rows, equal")
sys.exit(1 if differences else 0)
