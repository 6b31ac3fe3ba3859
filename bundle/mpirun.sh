#!/bin/sh
# Open MPI's launcher as it lies in this bundle, with the arguments of Open MPI's mpirun.
set -eu
root=$(dirname "$(dirname "$(readlink -f -- "$0")")")
. "$root/libexec/environment.sh"

# What mpirun starts on other nodes, by its path: neither their PATH nor their LD_LIBRARY_PATH has to know of it.
export OMPI_MCA_orte_launch_agent="$root/bin/orted"

# Open MPI's own variables reach ranks on other nodes by themselves; this one has to be asked for.
[ -z "${FULLSHARD_LIBTORCH-}" ] || set -- -x FULLSHARD_LIBTORCH "$@"

exec "$root/libexec/mpirun" "$@"
