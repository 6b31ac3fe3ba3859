# shellcheck shell=sh disable=SC2154
# Read by the commands in bin, which set $root before: the Open MPI of this bundle, whatever else the machine has.

# One rank speaks for all.
first_rank() { [ "${PMIX_RANK:-${OMPI_COMM_WORLD_RANK:-${SLURM_PROCID:-0}}}" = 0 ]; }

say() { if first_rank; then echo "fullshard: $*" >&2; fi; }

# An Open MPI that moved asks for its places here. A site's own values would lead to a site's own plugins.
# On its way to other machines the launcher puts the directory under $root that has the last name of OPAL_LIBDIR into
# LD_LIBRARY_PATH: none is called so, and their ssh, srun and whatever else do not come upon the bundle's libraries.
unset OPAL_EXEC_PREFIX OPAL_INCLUDEDIR OPAL_MANDIR OPAL_INFODIR OPAL_LOCALSTATEDIR OPAL_PKGINCLUDEDIR
unset OMPI_MCA_mca_base_component_path OMPI_MCA_mca_component_path OMPI_MCA_component_path PMIX_MCA_mca_base_component_path
export OPAL_PREFIX="$root" OPAL_BINDIR="$root/bin" OPAL_LIBDIR="$root/lib/openmpi" OPAL_PKGLIBDIR="$root/lib/openmpi" \
  OPAL_DATADIR="$root/share" OPAL_PKGDATADIR="$root/share/openmpi" OPAL_SYSCONFDIR="$root/etc"
export PMIX_PREFIX="$root" PMIX_LIBDIR="$root/lib" PMIX_PKGLIBDIR="$root/lib/pmix" \
  PMIX_DATADIR="$root/share" PMIX_PKGDATADIR="$root/share/pmix" PMIX_SYSCONFDIR="$root/etc"
export UCX_MODULE_DIR="$root/lib/ucx" HWLOC_PLUGINS_PATH="$root/lib/hwloc"

# Sites choose plugins for their own Open MPI by OMPI_MCA_<kind>=<name>,…: one that is not here would end MPI_Init.
for kind in pml btl mtl osc coll io pmix plm ras; do
  eval "wanted=\${OMPI_MCA_$kind-}"
  case $wanted in '' | ^*) continue ;; esac
  for name in $(echo "$wanted" | tr ',' ' '); do
    if [ ! -e "$root/lib/openmpi/mca_${kind}_$name.so" ]; then
      say "OMPI_MCA_$kind=$wanted is left aside: this bundle's Open MPI has no $kind $name"
      unset "OMPI_MCA_$kind"
      break
    fi
  done
done

# Without a way to other machines Open MPI would not start on this one: containers often have no ssh.
if [ -z "${OMPI_MCA_plm-}${OMPI_MCA_plm_rsh_agent-}" ] && ! command -v ssh > /dev/null && ! command -v rsh > /dev/null; then
  export OMPI_MCA_plm=^rsh
fi
