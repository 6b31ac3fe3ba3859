# LibTorch's libraries as LibTorch::cpu and, where they are there, LibTorch::cuda, without LibTorch's own CMake files: those
# enable CUDA and rewrite flags.
# Looks below LibTorch_ROOT: an unpacked wheel (torch/ in it), an installed python package, or a LibTorch archive.
find_path(LibTorch_INCLUDE_DIR ATen/core/Tensor.h
  HINTS ${LibTorch_ROOT} $ENV{FULLSHARD_LIBTORCH} PATH_SUFFIXES torch/include include NO_DEFAULT_PATH)
find_library(LibTorch_CPU_LIBRARY torch_cpu HINTS ${LibTorch_ROOT} $ENV{FULLSHARD_LIBTORCH} PATH_SUFFIXES torch/lib lib NO_DEFAULT_PATH)
find_library(LibTorch_CUDA_LIBRARY torch_cuda HINTS ${LibTorch_ROOT} $ENV{FULLSHARD_LIBTORCH} PATH_SUFFIXES torch/lib lib NO_DEFAULT_PATH)
find_library(LibTorch_C10_LIBRARY c10 HINTS ${LibTorch_ROOT} $ENV{FULLSHARD_LIBTORCH} PATH_SUFFIXES torch/lib lib NO_DEFAULT_PATH)

if(LibTorch_INCLUDE_DIR)
  file(STRINGS ${LibTorch_INCLUDE_DIR}/torch/headeronly/version.h _lines REGEX "define TORCH_VERSION_(MAJOR|MINOR|PATCH) +[0-9]")
  string(REGEX MATCHALL "[0-9]+" _numbers "${_lines}")
  list(JOIN _numbers "." LibTorch_VERSION)
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(LibTorch
  REQUIRED_VARS LibTorch_CPU_LIBRARY LibTorch_C10_LIBRARY LibTorch_INCLUDE_DIR VERSION_VAR LibTorch_VERSION
  REASON_FAILURE_MESSAGE "give -DLibTorch_ROOT=DIR (cmake/bootstrap.sh fetches one and prints DIR)")

if(LibTorch_FOUND AND NOT TARGET LibTorch::cpu)
  add_library(LibTorch::c10 SHARED IMPORTED)
  set_target_properties(LibTorch::c10 PROPERTIES IMPORTED_LOCATION ${LibTorch_C10_LIBRARY})
  add_library(LibTorch::cpu SHARED IMPORTED)
  set_target_properties(LibTorch::cpu PROPERTIES
    IMPORTED_LOCATION ${LibTorch_CPU_LIBRARY}
    INTERFACE_LINK_LIBRARIES LibTorch::c10
    # After the system's directories: the wheel carries headers of its own copies of other libraries (fmt, …).
    INTERFACE_COMPILE_OPTIONS "SHELL:-idirafter ${LibTorch_INCLUDE_DIR}"
    INTERFACE_COMPILE_DEFINITIONS "AT_PER_OPERATOR_HEADERS")
  get_filename_component(LibTorch_LIBRARY_DIR ${LibTorch_CPU_LIBRARY} DIRECTORY)
  # The wheel brings its OpenMP runtime along; a distribution's LibTorch uses the system's.
  find_library(LibTorch_GOMP_LIBRARY NAMES libgomp.so.1 gomp HINTS ${LibTorch_LIBRARY_DIR})
  if(LibTorch_GOMP_LIBRARY)
    set_property(TARGET LibTorch::cpu APPEND PROPERTY INTERFACE_LINK_LIBRARIES ${LibTorch_GOMP_LIBRARY})
  endif()
endif()

# Nothing refers to a symbol of it: its kernels register themselves with torch_cpu when it is loaded.
if(LibTorch_FOUND AND LibTorch_CUDA_LIBRARY AND NOT TARGET LibTorch::cuda)
  add_library(LibTorch::cuda INTERFACE IMPORTED)
  get_filename_component(LibTorch_LIBRARY_DIR ${LibTorch_CUDA_LIBRARY} DIRECTORY)
  target_link_libraries(LibTorch::cuda INTERFACE LibTorch::cpu
    "-Wl,--no-as-needed,${LibTorch_CUDA_LIBRARY},--as-needed" ${LibTorch_LIBRARY_DIR}/libc10_cuda.so)
  target_link_options(LibTorch::cuda INTERFACE LINKER:-rpath,${LibTorch_LIBRARY_DIR})
endif()
