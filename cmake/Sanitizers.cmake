if(FULLSHARD_SANITIZE STREQUAL "address")
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
elseif(NOT FULLSHARD_SANITIZE STREQUAL "none")
  message(FATAL_ERROR "FULLSHARD_SANITIZE: '${FULLSHARD_SANITIZE}' is not one of none, address")
endif()

# Everything counts the branches that libFuzzer looks for; its main function is in the targets of tests/fuzz alone.
if(FULLSHARD_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang" OR NOT FULLSHARD_SANITIZE STREQUAL "address")
    message(FATAL_ERROR "FULLSHARD_FUZZ: expected clang and FULLSHARD_SANITIZE=address (cmake --preset fuzz), "
      "found ${CMAKE_CXX_COMPILER_ID} and ${FULLSHARD_SANITIZE}")
  endif()
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
