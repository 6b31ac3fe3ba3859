#!/bin/sh
# The program of this bundle with the LibTorch of this machine: the one in FULLSHARD_LIBTORCH, else the one in python3.
# shellcheck disable=SC2154  # needs_…: libexec/needs.sh, written with the bundle
set -eu
root=$(dirname "$(dirname "$(readlink -f -- "$0")")")
. "$root/libexec/environment.sh"
. "$root/libexec/needs.sh"
remedy="python3 -m pip install 'torch==$needs_libtorch.*', or FULLSHARD_LIBTORCH=DIR of an unpacked LibTorch or wheel"

# As the loader does when it cannot go on.
die() {
  say "error: $*"
  exit 127
}

# Newest of two versions.
newest() { printf '%s\n%s\n' "$1" "$2" | sort -V | tail -n 1; }

# Looked for and not imported, which would take seconds; and not in the directory that the run happens to be in.
torch_of_python() {
  command -v python3 > /dev/null || return 0
  python3 -c 'import sys
sys.path = [path for path in sys.path if path]
from importlib.util import find_spec
found = find_spec("torch")
print(*(found.submodule_search_locations if found else []), sep="\n")' 2> /dev/null | head -n 1
}

# Sets $torch to the directory that has lib/libtorch_cpu.so, $above to the one where NVIDIA's packages lie beside it.
find_torch() {
  if [ -n "${FULLSHARD_LIBTORCH-}" ]; then
    for torch in "$FULLSHARD_LIBTORCH/torch" "$FULLSHARD_LIBTORCH"; do
      [ ! -e "$torch/lib/libtorch_cpu.so" ] || return 0
    done
    die "FULLSHARD_LIBTORCH=$FULLSHARD_LIBTORCH: expected lib/libtorch_cpu.so or torch/lib/libtorch_cpu.so in it, found neither; give the directory of LibTorch $needs_libtorch"
  fi
  torch=$(torch_of_python)
  [ -n "$torch" ] && [ -e "$torch/lib/libtorch_cpu.so" ] ||
    die "expected LibTorch $needs_libtorch in python3, found none; $remedy"
}

version_of_torch() {
  header=$torch/include/torch/headeronly/version.h
  if [ -e "$header" ]; then
    sed -n 's/^#define TORCH_VERSION_\(MAJOR\|MINOR\|PATCH\) *\([0-9]*\).*/\2/p' "$header" | paste -s -d .
  elif [ -e "$torch/version.py" ]; then
    sed -n "s/^__version__[^']*'\([0-9.]*\).*/\1/p" "$torch/version.py"
  elif [ -e "$torch/build-version" ]; then
    sed 's/[^0-9.].*//' "$torch/build-version"
  fi
}

check_torch() {
  found=$(version_of_torch)
  case $found in
    "$needs_libtorch".*) ;;
    *) die "expected LibTorch $needs_libtorch, for which this program was built, found ${found:-one that does not say its version} in $torch; $remedy" ;;
  esac
  for library in $needs_libraries; do
    [ -e "$torch/lib/$library" ] ||
      die "expected $library in $torch/lib, found none: that LibTorch was built for other devices than this program; $remedy"
  done
  torch=$(readlink -f -- "$torch")
}

# LibTorch's own directory, and those of NVIDIA's packages beside it.
torch_libraries() {
  printf %s "$torch/lib"
  for directory in "$(dirname "$torch")"/nvidia/*/lib; do
    [ ! -d "$directory" ] || printf %s ":$directory"
  done
}

check_cuda() {
  for library in $needs_cuda; do
    [ -n "$(machines_own "$library")" ] ||
      die "expected $library, found none beside LibTorch in $torch, in LD_LIBRARY_PATH, or among the system's libraries: load the CUDA that this program was built for, or take a LibTorch built for it; $remedy"
  done
}

# The file that the loader takes for a library that this bundle does not have.
machines_own() {
  (IFS=:; for directory in ${LD_LIBRARY_PATH-}; do
    [ ! -e "$directory/$1" ] || { echo "$directory/$1"; return; }
  done
  PATH="$PATH:/sbin:/usr/sbin" ldconfig -p 2> /dev/null | sed -n "s/^[[:space:]]*$1 (.*x86-64.*) => //p" | head -n 1)
}

# The machine's own C++ library unless it is too old: what LibTorch and drivers bring along may want a newer one than ours.
cxx_library() {
  own=$(machines_own libstdc++.so.6)
  { [ -n "$own" ] && grep -q -a -F "$needs_libstdcxx" "$own"; } || printf %s "$root/lib/c++:"
}

check_c_library() {
  own=$(getconf GNU_LIBC_VERSION 2> /dev/null) || return 0
  [ "$(newest "${own#glibc }" "$needs_glibc")" = "${own#glibc }" ] ||
    die "expected a C library of version $needs_glibc or newer, found $own; build the program on this machine instead (README.md)"
}

check_c_library
find_torch
check_torch
libraries=$(cxx_library)$(torch_libraries)
export LD_LIBRARY_PATH="$libraries${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
check_cuda
program=${0##*/}  # model_gpu_test is started by this script, too
[ -x "$root/libexec/$program" ] || program=fullshard
exec "$root/libexec/$program" "$@"
