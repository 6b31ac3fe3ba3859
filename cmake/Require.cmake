# fullshard_require(<package> "<what to install or give>" [arguments of find_package …])
#
# Notes a package that is not there instead of stopping at it; fullshard_require_done() then names all of them at once.
# A macro: what find modules set must be visible to the caller.
set(FULLSHARD_MISSING "")

macro(fullshard_require package remedy)
  find_package(${package} ${ARGN} QUIET)
  if(NOT ${package}_FOUND)
    fullshard_note_missing(${package} "${remedy}")
  endif()
endmacro()

# The same through pkg-config, as the target PkgConfig::<package>.
macro(fullshard_require_module package module remedy)
  if(PkgConfig_FOUND)
    pkg_check_modules(${package} QUIET IMPORTED_TARGET ${module})
  endif()
  if(NOT ${package}_FOUND)
    fullshard_note_missing(${package} "${remedy}")
  endif()
endmacro()

macro(fullshard_note_missing package remedy)
  string(APPEND FULLSHARD_MISSING "\n  ${package}: ${remedy}")
endmacro()

function(fullshard_require_done)
  if(FULLSHARD_MISSING)
    message(FATAL_ERROR "Missing, or too old; `cmake/bootstrap.sh` installs all of it on Debian 12:${FULLSHARD_MISSING}")
  endif()
endfunction()
