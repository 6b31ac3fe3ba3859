#!/bin/sh
# Open MPI's launcher as it lies in this bundle, with the arguments of Open MPI's mpirun.
set -eu
root=$(dirname "$(dirname "$(readlink -f -- "$0")")")
. "$root/libexec/environment.sh"

# What mpirun starts on other nodes, by its path: neither their PATH nor their LD_LIBRARY_PATH has to know of it.
export OMPI_MCA_orte_launch_agent="$root/bin/orted"

# Without a way to other machines the launcher would refuse this one, too: containers often have no ssh.
if [ -z "${OMPI_MCA_plm-}${OMPI_MCA_plm_rsh_agent-}" ] && ! command -v ssh > /dev/null && ! command -v rsh > /dev/null; then
  export OMPI_MCA_plm=^rsh
fi

# Open MPI's own variables reach ranks on other nodes by themselves; this one has to be asked for.
[ -z "${FULLSHARD_LIBTORCH-}" ] || set -- -x FULLSHARD_LIBTORCH "$@"

exec "$root/libexec/mpirun" "$@"
