# HDF5 built with MPI as Hdf5::parallel. CMake's own FindHDF5 may settle for a serial build that lies beside it.
find_package(PkgConfig QUIET)
if(PkgConfig_FOUND)
  pkg_search_module(HDF5_MPI QUIET hdf5-openmpi hdf5-mpi hdf5-mpich)
endif()
find_path(Hdf5Parallel_INCLUDE_DIR hdf5.h HINTS ${Hdf5Parallel_ROOT}/include ${HDF5_ROOT}/include ${HDF5_MPI_INCLUDE_DIRS})
find_library(Hdf5Parallel_LIBRARY NAMES hdf5_openmpi hdf5_mpich hdf5
  HINTS ${Hdf5Parallel_ROOT}/lib ${HDF5_ROOT}/lib ${HDF5_MPI_LIBRARY_DIRS})
if(Hdf5Parallel_INCLUDE_DIR)
  file(STRINGS ${Hdf5Parallel_INCLUDE_DIR}/H5pubconf.h Hdf5Parallel_IS_PARALLEL REGEX "define H5_HAVE_PARALLEL 1")
  file(STRINGS ${Hdf5Parallel_INCLUDE_DIR}/H5public.h _line REGEX "define H5_VERS_INFO ")
  string(REGEX MATCH "[0-9]+\\.[0-9]+\\.[0-9]+" Hdf5Parallel_VERSION "${_line}")
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Hdf5Parallel
  REQUIRED_VARS Hdf5Parallel_LIBRARY Hdf5Parallel_INCLUDE_DIR Hdf5Parallel_IS_PARALLEL VERSION_VAR Hdf5Parallel_VERSION
  REASON_FAILURE_MESSAGE "a parallel HDF5 is needed (Debian: libhdf5-openmpi-dev), or give -DHdf5Parallel_ROOT=DIR")

if(Hdf5Parallel_FOUND AND NOT TARGET Hdf5::parallel)
  add_library(Hdf5::parallel UNKNOWN IMPORTED)
  set_target_properties(Hdf5::parallel PROPERTIES
    IMPORTED_LOCATION ${Hdf5Parallel_LIBRARY}
    INTERFACE_INCLUDE_DIRECTORIES ${Hdf5Parallel_INCLUDE_DIR}
    INTERFACE_LINK_LIBRARIES MPI::MPI_C)
endif()
