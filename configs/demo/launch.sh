# shellcheck shell=bash
# What the demos share: how they start ranks, and how they say what happens. Sourced by configs/*/run.sh.

# One thread a rank, ranks that sleep while they wait, as many ranks as asked for, whoever runs it.
export OMP_NUM_THREADS=1 OMPI_MCA_mpi_yield_when_idle=1 OMPI_MCA_rmaps_base_oversubscribe=1
[ "$(id -u)" != 0 ] || export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1

die() { echo "demo: $*" >&2; exit 1; }
title() { if [ -t 1 ]; then printf '\n\033[1m%s\033[0m\n' "$*"; else printf '\n%s\n' "$*"; fi; }

require_programs() {
  [ -x "$1" ] || die "expected the program at $1, found none; run make build, or name it in FULLSHARD"
  command -v "${MPIEXEC:-mpirun}" > /dev/null || die "expected ${MPIEXEC:-mpirun}, found none; install openmpi-bin, or name a launcher in MPIEXEC"
}

# train FULLSHARD RANKS OUTPUT_DIR RUN_FILE KEY=VALUE...: comes back when all is trained; interrupted or failed, the demo ends.
#
# Signals of the terminal reach the script alone, in its own session the launcher gets them from here: SIGUSR1 finishes the
# step, saves and ends with 75. Should the script die, the launcher ends with it.
training=
train() {
  local fullshard=$1 ranks=$2 output=$3 run_file=$4 status=0 settings=("${@:5}")
  [ -z "${DEMO_STEPS:-}" ] || settings+=("max_steps=$DEMO_STEPS")
  # Open MPI gives a rank a terminal even where there is none: then a pipe keeps the progress bar away.
  local plain=()
  [ -t 1 ] || plain=(bash -c 'exec "$0" "$@" > >(cat)')
  setsid setpriv --pdeathsig TERM "${MPIEXEC:-mpirun}" --quiet -n "$ranks" "${plain[@]}" \
    "$fullshard" train "$run_file" "${settings[@]}" "output_dir=$output" "tokenized_path=${output%/*}/tokenized" < /dev/null &
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
  title "Training ended with $status. Run it again to go on from the last checkpoint in $output."
  exit "$status"
}
