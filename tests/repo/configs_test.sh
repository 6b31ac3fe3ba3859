#!/usr/bin/env bash
# configs_test.sh FULLSHARD CONFIGS
#
# Every run file below CONFIGS is read by the real reader without a complaint. Models and data that a user puts in their place
# are made up where the reader says that they are missing; any other complaint fails.
set -euo pipefail
fullshard=$1 configs=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r "$configs" "$work/configs"

make_up_what_is_missing() {
  sed -n 's/.*: expected a file, found none at \([^;]*\).*/\1/p' "$1" | while read -r file; do
    case $file in "$work"/*) mkdir -p "${file%/*}" && touch "$file" ;; esac
  done
  sed -n 's/.*: expected a model directory with config.json, found none at \(.*\); a hub name.*/\1/p' "$1" | while read -r dir; do
    case $dir in "$work"/*) mkdir -p "$dir" && cp "$configs/demo/model/config.json" "$dir" ;; esac
  done
}

count=0 failed=0
while read -r file; do
  count=$((count + 1))
  "$fullshard" train "$file" --print-config > "$work/out" 2> "$work/err" || make_up_what_is_missing "$work/err"
  if ! "$fullshard" train "$file" --print-config > "$work/out" 2> "$work/err"; then
    echo "${file#"$work/"} is not read:" && cat "$work/err"
    failed=1
  # What is printed is a run file itself and says the same.
  elif ! cp "$work/out" "$file" || ! "$fullshard" train "$file" --print-config > "$work/again" 2>&1; then
    echo "what --print-config makes of ${file#"$work/"} is not read:" && cat "$work/again"
    failed=1
  fi
done < <(find "$work/configs" -name '*.json' -not -path '*/model/*' | sort)
echo "$count run files"
[ "$count" -ge 5 ] && [ "$failed" = 0 ]
