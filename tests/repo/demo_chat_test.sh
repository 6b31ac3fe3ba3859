#!/usr/bin/env bash
# demo_chat_test.sh FULLSHARD DEMO_CHAT/run.sh
#
# The chat demo in two steps, of a small random model with a chat template of its own in place of the one that is fetched:
# questions asked, all conversations read, trained, asked again, compared.
set -euo pipefail
export FULLSHARD=$1 DEMO_STEPS=2 DEMO_QUESTIONS=3
demo=$2
DEMO_DIR=$(mktemp -d)
export DEMO_DIR DEMO_MODEL=$DEMO_DIR/small
trap 'rm -rf "$DEMO_DIR"' EXIT
log=$DEMO_DIR/log

fail() { echo "demo_chat_test: $*" >&2; [ ! -e "$log" ] || cat "$log" >&2; exit 1; }

# The other demo's model, with room for conversations; training for no time draws its weights and exports them.
make_model() {
  local other
  other=$(cd "$(dirname "$demo")/../demo" && pwd)
  cp -r "$other/model" "$DEMO_DIR/config"
  sed -i 's/"max_position_embeddings": 64/"max_position_embeddings": 1024/' "$DEMO_DIR/config/config.json"
  python3 - "$DEMO_DIR/config/tokenizer_config.json" << 'PY'
import json, sys
with open(sys.argv[1]) as f:
    settings = json.load(f)
settings["chat_template"] = ("{% for m in messages %}{{ m['role'] + ': ' + m['content'] + eos_token }}{% endfor %}"
                             "{% if add_generation_prompt %}{{ 'assistant: ' }}{% endif %}")
with open(sys.argv[1], "w") as f:
    json.dump(settings, f)
PY
  echo '{"prompt": "a", "response": "b"}' > "$DEMO_DIR/rows.jsonl"
  "$FULLSHARD" train "$other/run.json" "model_name_or_path=$DEMO_DIR/config" "dataset=$DEMO_DIR/rows.jsonl" "eval_dataset=$DEMO_DIR/rows.jsonl" \
    num_train_epochs=0 max_steps=-1 "output_dir=$DEMO_MODEL" > "$log" 2>&1 || fail "expected a model, found exit code $?"
}

make_model
"$demo" > "$log" 2>&1 || fail "expected the demo to finish, found exit code $?"
grep -Eq '^Key facts in answers to 3 held-out questions: [0-9.]+ % before, [0-9.]+ % after$' "$log" || fail "expected the score"
[ "$(grep -c '^| \*\*' "$DEMO_DIR/comparison.md")" = 3 ] || fail "expected a page of 3 questions, found $(cat "$DEMO_DIR/comparison.md")"
[ -s "$DEMO_DIR/model/model.safetensors" ] || fail "expected a model, found none"

# What is asked is what tokenize makes of the conversation.
text=$(echo '{"messages": [{"role": "user", "content": "What is a unit?"}], "add_generation_prompt": true}' |
  "$FULLSHARD" tokenize "$DEMO_MODEL" --chat | python3 -c 'import json, sys; print(json.load(sys.stdin)["text"], end="")')
[ "$text" = 'user: What is a unit?<|end|>assistant: ' ] || fail "expected the text of a conversation, found $text"
ids() { "$FULLSHARD" generate "$DEMO_DIR/model" --max-new-tokens 5 --ids "$@"; }
[ "$(ids --prompt "$text")" = "$(ids --chat --prompt 'What is a unit?')" ] || fail "expected the same ids of a text and of its conversation"

# What is judged: a right answer counts, and a wrong one does not.
python3 - "$(dirname "$demo")/held_out.jsonl" "$DEMO_DIR" << 'PY'
import json, sys
with open(sys.argv[1]) as f:
    rows = [json.loads(line) for line in f]
for name, answers in (("before", ["I do not know."] * len(rows)), ("after", [r["messages"][1]["content"] for r in rows])):
    with open(f"{sys.argv[2]}/{name}.jsonl", "w") as f:
        f.writelines(json.dumps(a) + "\n" for a in answers)
PY
score=$(python3 "$(dirname "$demo")/held_out.py" compare "$(dirname "$demo")/held_out.jsonl" "$DEMO_DIR/before.jsonl" "$DEMO_DIR/after.jsonl" "$DEMO_DIR/page.md" | tail -n 1)
[[ $score == *": 0.0 % before, 100.0 % after" ]] || fail "expected the score of wrong and right answers, found $score"
