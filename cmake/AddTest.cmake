# fullshard_add_test(<name> SOURCES a_test.cpp … [LIBS target …] [RANKS 1 2 4] [LABELS label …] [TIMEOUT seconds])
#
# With RANKS the binary runs once per rank count under the MPI launcher with our MPI main (tests/support/mpi_main.cpp),
# which judges over all ranks; without, as a single process with label `unit`.
add_custom_target(unit_tests)  # what `make asan` builds
add_custom_target(cuda_tests)  # what `make cuda` builds
set(FULLSHARD_MPI_LAUNCHER "plain" CACHE STRING "How MPI tests are started: plain (mpiexec) or slurm (srun --mpi=pmix)")

function(fullshard_mpi_command out ranks)
  if(FULLSHARD_MPI_LAUNCHER STREQUAL "slurm")
    set(${out} srun --mpi=pmix -n ${ranks} --overcommit PARENT_SCOPE)
  else()
    set(${out} ${MPIEXEC_EXECUTABLE} ${MPIEXEC_NUMPROC_FLAG} ${ranks} PARENT_SCOPE)
  endif()
endfunction()

# Root, more ranks than cores, and no busy waiting where ranks share a core.
set(FULLSHARD_TEST_ENVIRONMENT
  "OMP_NUM_THREADS=1;OMPI_ALLOW_RUN_AS_ROOT=1;OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1;OMPI_MCA_rmaps_base_oversubscribe=1;OMPI_MCA_mpi_yield_when_idle=1;OMPI_MCA_btl_base_warn_component_unused=0;ASAN_OPTIONS=detect_leaks=0")

function(fullshard_add_test name)
  cmake_parse_arguments(arg "" "TIMEOUT" "SOURCES;LIBS;RANKS;LABELS" ${ARGN})
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 60)
  endif()
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE ${arg_LIBS} GTest::gmock fullshard_warnings)
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests ${PROJECT_SOURCE_DIR}/src)
  target_compile_definitions(${name} PRIVATE FULLSHARD_SHARED_DIR="${FULLSHARD_SHARED_DIR}")
  if("cuda" IN_LIST arg_LABELS)
    add_dependencies(cuda_tests ${name})
  endif()
  if(arg_RANKS)
    target_link_libraries(${name} PRIVATE fullshard_test_mpi_main)
    foreach(ranks ${arg_RANKS})
      fullshard_mpi_command(launch ${ranks})
      add_test(NAME ${name}.ranks${ranks} COMMAND ${launch} $<TARGET_FILE:${name}>)
      set_tests_properties(${name}.ranks${ranks} PROPERTIES TIMEOUT ${arg_TIMEOUT} PROCESSORS ${ranks}
        LABELS "mpi;ranks-${ranks};${arg_LABELS}" ENVIRONMENT "${FULLSHARD_TEST_ENVIRONMENT}")
    endforeach()
  else()
    target_link_libraries(${name} PRIVATE GTest::gtest_main)
    add_dependencies(unit_tests ${name})
    add_test(NAME ${name} COMMAND ${name})
    set_tests_properties(${name} PROPERTIES TIMEOUT ${arg_TIMEOUT} LABELS "unit;${arg_LABELS}"
      ENVIRONMENT "${FULLSHARD_TEST_ENVIRONMENT}")
  endif()
endfunction()
