# fullshard_add_module(<name> SOURCES a.cpp … [DEPS module …] [PRIVATE_LIBS target …] [PCH])
#
# One static library per module, fullshard::<name>. DEPS are modules of lower levels and visible to users of this one;
# PRIVATE_LIBS are third-party targets that its sources alone see. PCH reuses the precompiled ATen header of `tensor`.
function(fullshard_add_module name)
  cmake_parse_arguments(arg "PCH" "" "SOURCES;DEPS;PRIVATE_LIBS" ${ARGN})
  add_library(fullshard_${name} STATIC ${arg_SOURCES})
  add_library(fullshard::${name} ALIAS fullshard_${name})
  target_include_directories(fullshard_${name} PUBLIC ${PROJECT_SOURCE_DIR}/include PRIVATE ${PROJECT_SOURCE_DIR}/src)
  list(TRANSFORM arg_DEPS PREPEND fullshard::)
  target_link_libraries(fullshard_${name} PUBLIC ${arg_DEPS} PRIVATE ${arg_PRIVATE_LIBS} fullshard_warnings)
  if(FULLSHARD_CHECK_LEVEL STREQUAL "heavy")
    target_compile_definitions(fullshard_${name} PRIVATE FULLSHARD_HEAVY_CHECKS)
  endif()
  if(arg_PCH)
    target_precompile_headers(fullshard_${name} REUSE_FROM fullshard_tensor)
  endif()
endfunction()
