#!/bin/sh
# Checks this bundle on a machine with a GPU, in under eight minutes; the table comes last.
set -eu
root=$(dirname "$(dirname "$(readlink -f -- "$0")")")
exec python3 "$root/share/fullshard/gpu_check.py" --program "$root/bin/fullshard" --launcher "$root/bin/mpirun" \
  --tests "$root/bin" --model "$root/share/fullshard/configs/demo/model" "$@"
