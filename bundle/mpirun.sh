#!/bin/sh
# Open MPI's launcher as it lies in this bundle, with the arguments of Open MPI's mpirun.
set -eu
root=$(dirname "$(dirname "$(readlink -f -- "$0")")")
. "$root/libexec/environment.sh"

# Open MPI's own variables reach ranks on other nodes by themselves; this one has to be asked for.
[ -z "${FULLSHARD_LIBTORCH-}" ] || set -- -x FULLSHARD_LIBTORCH "$@"

exec "$root/libexec/mpirun" "$@"
