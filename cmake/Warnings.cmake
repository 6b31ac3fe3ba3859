add_library(fullshard_warnings INTERFACE)
target_compile_options(fullshard_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor
  -Wcast-qual -Wold-style-cast -Woverloaded-virtual -Wno-missing-field-initializers
  -Wno-restrict)  # GCC 12 warns wrongly inside std::string (GCC bug 105329); remove with GCC 13
if(FULLSHARD_WERROR)
  target_compile_options(fullshard_warnings INTERFACE -Werror)
endif()
