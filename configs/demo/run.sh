#!/usr/bin/env bash
# The demo: a small Llama, random at first, learns numbers in words and digits on this machine's processor, and is asked
# questions that it was never shown. Needs a built program and no file from outside. Interrupted, it goes on when run again.
#
#   configs/demo/run.sh        (what `make demo` runs after building)
#
#   DEMO_DIR        where everything goes                outputs/demo
#   DEMO_RANKS      processes that train                 2
#   DEMO_STEPS      updates, to look at it for a moment  those of run.json
#   DEMO_QUESTIONS  held-out questions that are asked    500
#   FULLSHARD       the program                          build/fullshard
set -euo pipefail
demo=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$demo/../.." && pwd)
out=${DEMO_DIR:-$root/outputs/demo}
ranks=${DEMO_RANKS:-2}
questions=${DEMO_QUESTIONS:-500}
fullshard=${FULLSHARD:-$root/build/fullshard}
source "$demo/launch.sh"

make_task() {
  mkdir -p "$out/data"
  awk -v out="$out/data" -v questions="$questions" -f "$demo/make_task.awk"
}

# ask MODEL ANSWERS: answers to the questions, one JSON string a line. There whole or not at all: renamed when done.
ask() {
  "$fullshard" generate "$1" --prompts "$out/data/questions.jsonl" --max-new-tokens 10 > "$2.partial"
  mv "$2.partial" "$2"
}

score() { paste -d '\n' "$1" "$out/data/answers.jsonl" | awk 'NR % 2 { said = $0; next } { n++; right += said == $0 } END { print right, n }'; }
percent() { awk -v right="$1" -v n="$2" 'BEGIN { printf "%.1f %%", 100 * right / n }'; }

# The random weights that training starts from: training for no time exports them.
ask_before() {
  [ -e "$out/before.jsonl" ] && [ "$(wc -l < "$out/before.jsonl")" = "$(wc -l < "$out/data/questions.jsonl")" ] && return
  "$fullshard" train "$demo/run.json" "${settings[@]}" num_train_epochs=0 max_steps=-1 "output_dir=$out/untrained" "tokenized_path=$out/tokenized" overwrite_output_dir=true \
    > "$out/untrained.log" 2>&1 || { cat "$out/untrained.log" >&2; die "the untrained model could not be written"; }
  ask "$out/untrained" "$out/before.jsonl"
}

# A few questions with what the model said before and after; odd characters of the random model become dots.
show() {
  paste -d '\t' "$out/data/questions.jsonl" "$out/data/answers.jsonl" "$out/before.jsonl" "$out/after.jsonl" |
    LC_ALL=C awk -F '\t' '
      function bare(s) { gsub(/^"|"$/, "", s); gsub(/\\u[0-9a-fA-F][0-9a-fA-F][0-9a-fA-F][0-9a-fA-F]/, ".", s); gsub(/[^ -~]/, ".", s); return s }
      NR <= 6 { printf "  %s\n    before  %s\n    after   %s%s\n", bare($1), substr(bare($3), 1, 60), bare($4), $2 == $4 ? "" : "  (should be " bare($2) ")" }'
}

require_programs "$fullshard"
began=$SECONDS
mkdir -p "$out"
make_task
settings=("model_name_or_path=$demo/model" "dataset=$out/data/train.jsonl" "eval_dataset=$out/data/heldout.jsonl")
title "fullshard demo: a small Llama learns numbers in words and digits, on $ranks ranks (Ctrl-C saves; run it again to go on)"
echo "  $(wc -l < "$out/data/train.jsonl") questions to learn from, $(wc -l < "$out/data/heldout.jsonl") others held out; for example: $(awk -F '"' 'NR == 1 { print $4, $8 }' "$out/data/train.jsonl")"
ask_before
title "Training"
train "$fullshard" "$ranks" "$out/model" "$demo/run.json" "${settings[@]}"
ask "$out/model" "$out/after.jsonl"

title "Answers"
show
read -r before n < <(score "$out/before.jsonl")
read -r after n < <(score "$out/after.jsonl")
title "Right answers to $n held-out questions: $(percent "$before" "$n") before, $(percent "$after" "$n") after, $((SECONDS - began)) s"
cat << END
  report       $out/model/report.html
  curves       tensorboard --logdir $out/model
  model        $out/model (for transformers, vLLM or fullshard generate)
  ask it       $fullshard generate $out/model --prompt 'What is seventeen plus 10?'
END
