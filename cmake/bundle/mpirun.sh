#!/bin/sh
# Open MPI's launcher as it lies in this bundle, with the arguments of Open MPI's mpirun.
set -eu
root=$(dirname "$(dirname "$(readlink -f -- "$0")")")
. "$root/libexec/environment.sh"

# Open MPI's own variables reach ranks on other nodes by themselves; where LibTorch and CUDA lie has to be asked for.
for name in FULLSHARD_LIBTORCH LD_LIBRARY_PATH; do
  eval "value=\${$name-}"
  [ -z "$value" ] || set -- -x "$name" "$@"
done

exec "$root/libexec/mpirun" "$@"
