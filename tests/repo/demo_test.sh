#!/usr/bin/env bash
# demo_test.sh FULLSHARD DEMO/run.sh
#
# The demo in a few steps: asked to stop it saves and ends with 75, killed it ends, run again it goes on, and then there are
# a model, curves, a report and a count of right answers.
set -euo pipefail
export FULLSHARD=$1 DEMO_STEPS=30 DEMO_QUESTIONS=20
demo=$2
DEMO_DIR=$(mktemp -d)
export DEMO_DIR
trap 'rm -rf "$DEMO_DIR"' EXIT
log=$DEMO_DIR/log

fail() { echo "demo_test: $*" >&2; [ ! -e "$log" ] || cat "$log" >&2; exit 1; }
ranks() { pgrep -f "^$FULLSHARD train .*output_dir=$DEMO_DIR/model"; }

# Starts the demo and comes back once it trains.
start() {
  rm -f "$log"
  "$demo" > "$log" 2>&1 &
  pid=$!
  until grep -qs '^  output ' "$log"; do
    kill -0 $pid 2> /dev/null || fail "expected training to begin, found the demo at its end"
    sleep 0.1
  done
}
# A killed rank may take a moment to be gone, and the launcher does not wait for it.
finish() {
  status=0
  wait $pid || status=$?
  while ranks > /dev/null; do sleep 0.1; done
}

start
kill -TERM $pid
finish
[ "$status" = 75 ] || fail "expected exit code 75 of an interrupted demo, found $status"
grep -q 'Run it again' "$log" || fail "expected to be told to run it again"
first=$(basename "$(ls -d "$DEMO_DIR"/model/checkpoint-*)")

start
mapfile -t pids < <(ranks)
kill -KILL "${pids[@]}"
finish
grep -q "after step ${first#checkpoint-}\$" "$log" || fail "expected to go on from $first"
[ "$status" != 0 ] || fail "expected a failure of a killed demo, found exit code 0"

"$demo" > "$log" 2>&1 || fail "expected the third start to finish, found exit code $?"
for made in config.json tokenizer.json model.safetensors report.html trainer_log.jsonl checkpoint-30/manifest.json; do
  [ -s "$DEMO_DIR/model/$made" ] || fail "expected $made, found none"
done
compgen -G "$DEMO_DIR/model/tensorboard/*" > /dev/null || fail "expected TensorBoard files, found none"
grep -Eq '^Right answers to 20 held-out questions: [0-9.]+ % before, [0-9.]+ % after' "$log" || fail "expected the count of right answers"

# Nothing that is asked was shown, and every question has its place.
known=$(cut -d '"' -f 4 "$DEMO_DIR/data/train.jsonl" | sort -u | comm -12 - <(cut -d '"' -f 2 "$DEMO_DIR/data/questions.jsonl" | sort))
[ -z "$known" ] || fail "expected questions that are not in the training data, found $known"
