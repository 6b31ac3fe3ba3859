add_library(fullshard_warnings INTERFACE)
set(FULLSHARD_WARNINGS -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wcast-qual -Wold-style-cast -Woverloaded-virtual
  -Wno-missing-field-initializers)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  list(APPEND FULLSHARD_WARNINGS -Wno-restrict)  # GCC 12 warns wrongly inside std::string (GCC bug 105329); remove with GCC 13
endif()
if(FULLSHARD_WERROR)
  list(APPEND FULLSHARD_WARNINGS -Werror)
endif()
target_compile_options(fullshard_warnings INTERFACE $<$<COMPILE_LANGUAGE:CXX>:${FULLSHARD_WARNINGS}>)
