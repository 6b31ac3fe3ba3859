#!/bin/sh
# Open MPI's daemon as it lies in this bundle; bin/mpirun starts one on each node.
set -eu
root=$(dirname "$(dirname "$(readlink -f -- "$0")")")
. "$root/libexec/environment.sh"
exec "$root/libexec/orted" "$@"
