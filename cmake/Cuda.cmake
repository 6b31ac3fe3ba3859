# Sets FULLSHARD_HAS_CUDA: whether this build has CUDA, NCCL and LibTorch's CUDA libraries (FULLSHARD_CUDA). A program with
# them trains on the host where it finds no GPU.
set(FULLSHARD_HAS_CUDA OFF)
if(FULLSHARD_CUDA STREQUAL "OFF")
  return()
endif()

find_package(CUDAToolkit 12.8 QUIET)
find_package(NCCL 2.26 QUIET)  # the first that keeps the order of launches over communicators
foreach(part CUDAToolkit NCCL)
  if(NOT ${part}_FOUND)
    list(APPEND absent ${part})
  endif()
endforeach()
if(NOT TARGET LibTorch::cuda)
  list(APPEND absent "LibTorch's CUDA libraries (cmake/bootstrap.sh --cuda)")
endif()

if(absent)
  list(JOIN absent ", " absent)
  if(NOT FULLSHARD_CUDA STREQUAL "AUTO")
    message(FATAL_ERROR "FULLSHARD_CUDA=${FULLSHARD_CUDA}: not found: ${absent}; FULLSHARD_CUDA=OFF builds without GPUs")
  endif()
  message(STATUS "No GPU support: not found: ${absent}")
  return()
endif()

set(CMAKE_CUDA_ARCHITECTURES ${FULLSHARD_CUDA_ARCHITECTURES})
set(CMAKE_CUDA_COMPILER ${CUDAToolkit_NVCC_EXECUTABLE})
enable_language(CUDA)
set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION -std=c++20)  # which CMake 3.25 does not know
set(FULLSHARD_HAS_CUDA ON)
