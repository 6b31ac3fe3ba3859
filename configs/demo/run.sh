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
training=

# One thread a rank, ranks that sleep while they wait, as many ranks as asked for, whoever runs it.
export OMP_NUM_THREADS=1 OMPI_MCA_mpi_yield_when_idle=1 OMPI_MCA_rmaps_base_oversubscribe=1
[ "$(id -u)" != 0 ] || export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1

die() { echo "demo: $*" >&2; exit 1; }
title() { if [ -t 1 ]; then printf '\n\033[1m%s\033[0m\n' "$*"; else printf '\n%s\n' "$*"; fi; }

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
  "$fullshard" train "$demo/run.json" "${settings[@]}" num_train_epochs=0 max_steps=-1 "output_dir=$out/untrained" overwrite_output_dir=true \
    > "$out/untrained.log" 2>&1 || { cat "$out/untrained.log" >&2; die "the untrained model could not be written"; }
  ask "$out/untrained" "$out/before.jsonl"
}

# Signals of the terminal reach this script alone, in its own session the launcher gets them from here: SIGUSR1 finishes the
# step, saves and ends with 75. Should the script die, the launcher ends with it.
train() {
  local status=0 steps=()
  [ -z "${DEMO_STEPS:-}" ] || steps=("max_steps=$DEMO_STEPS")
  # Open MPI gives a rank a terminal even where there is none: then a pipe keeps the progress bar away.
  local plain=()
  [ -t 1 ] || plain=(bash -c 'exec "$0" "$@" > >(cat)')
  setsid setpriv --pdeathsig TERM "${MPIEXEC:-mpirun}" --quiet -n "$ranks" "${plain[@]}" \
    "$fullshard" train "$demo/run.json" "${settings[@]}" "${steps[@]}" "output_dir=$out/model" < /dev/null &
  training=$!
  trap 'kill -USR1 "$training" 2> /dev/null || true' INT TERM HUP
  # A trapped signal ends `wait`, not the training.
  while kill -0 "$training" 2> /dev/null; do wait "$training" && status=0 || status=$?; done
  local reaped=0
  wait "$training" 2> /dev/null || reaped=$?
  [ "$reaped" = 127 ] || status=$reaped  # 127: waited for already
  trap - INT TERM HUP
  [ "$status" = 0 ] && return
  [ "$status" = 75 ] && { title "Interrupted, and saved. Run it again to go on."; exit 75; }
  title "Training ended with $status. Run it again to go on from the last checkpoint in $out/model."
  exit "$status"
}

# A few questions with what the model said before and after; odd characters of the random model become dots.
show() {
  paste -d '\t' "$out/data/questions.jsonl" "$out/data/answers.jsonl" "$out/before.jsonl" "$out/after.jsonl" |
    LC_ALL=C awk -F '\t' '
      function bare(s) { gsub(/^"|"$/, "", s); gsub(/\\u[0-9a-fA-F][0-9a-fA-F][0-9a-fA-F][0-9a-fA-F]/, ".", s); gsub(/[^ -~]/, ".", s); return s }
      NR <= 6 { printf "  %s\n    before  %s\n    after   %s%s\n", bare($1), substr(bare($3), 1, 60), bare($4), $2 == $4 ? "" : "  (should be " bare($2) ")" }'
}

[ -x "$fullshard" ] || die "expected the program at $fullshard, found none; run make build, or name it in FULLSHARD"
command -v "${MPIEXEC:-mpirun}" > /dev/null || die "expected ${MPIEXEC:-mpirun}, found none; install openmpi-bin, or name a launcher in MPIEXEC"

began=$SECONDS
mkdir -p "$out"
make_task
settings=("model_name_or_path=$demo/model" "dataset=$out/data/train.jsonl" "eval_dataset=$out/data/heldout.jsonl")
title "fullshard demo: a small Llama learns numbers in words and digits, on $ranks ranks (Ctrl-C saves; run it again to go on)"
echo "  $(wc -l < "$out/data/train.jsonl") questions to learn from, $(wc -l < "$out/data/heldout.jsonl") others held out; for example: $(awk -F '"' 'NR == 1 { print $4, $8 }' "$out/data/train.jsonl")"
ask_before
title "Training"
train
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
