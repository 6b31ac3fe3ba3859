# ccache and lld where the machine has them; neither is required.
find_program(FULLSHARD_CCACHE ccache)
if(FULLSHARD_CCACHE)
  # Precompiled headers need the last two; without them ccache refuses every file that uses one.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR}
    CCACHE_NOHASHDIR=1 CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${FULLSHARD_CCACHE})
  add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-fpch-preprocess>)
endif()
# Not mold before 2: Debian 12's 1.10 links programs whose exceptions end in std::terminate.
find_program(FULLSHARD_LLD ld.lld)
if(FULLSHARD_LLD)
  add_link_options(-fuse-ld=lld)
endif()
