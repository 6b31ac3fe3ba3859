option(FULLSHARD_TESTS "Build the tests" ON)
option(FULLSHARD_BENCH "Build the benchmark programs" OFF)
option(FULLSHARD_WERROR "Treat warnings as errors" OFF)
set(FULLSHARD_SANITIZE "none" CACHE STRING "Sanitizers to build with: none or address (address and undefined behaviour)")
set(FULLSHARD_CHECK_LEVEL "normal" CACHE STRING "Internal checks: normal, or heavy (released buffers are filled with NaN)")
set_property(CACHE FULLSHARD_SANITIZE PROPERTY STRINGS none address)
set_property(CACHE FULLSHARD_CHECK_LEVEL PROPERTY STRINGS normal heavy)

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()

# The program runs on any x86-64-v2 machine; faster kernels are chosen at run time (src/kernels).
add_compile_options(-march=x86-64-v2 -mtune=generic)
