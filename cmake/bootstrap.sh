#!/usr/bin/env bash
# Installs what a build needs and a Debian 12 machine lacks, then prints the LibTorch directory as its last line.
# LibTorch is unpacked once into a cache that all clones share: $FULLSHARD_CACHE, or ~/.cache/fullshard.
# --cuda: with its CUDA libraries, for FULLSHARD_CUDA=ON; CUDA's own come from the toolkit.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

packages=(g++ cmake ninja-build make pkg-config lld ccache python3 python3-pip python3-venv
          openmpi-bin libopenmpi-dev libhdf5-openmpi-dev hdf5-tools libboost-json1.81-dev libfmt-dev libcli11-dev
          libpcre2-dev libutf8proc-dev zlib1g-dev libzstd-dev libgtest-dev libgmock-dev libbenchmark-dev patchelf)

install_missing() {
  command -v dpkg-query >/dev/null || { echo "bootstrap: no dpkg here: install MPI, HDF5, Boost.JSON, fmt, CLI11, PCRE2, utf8proc, zlib and zstd yourself" >&2; return; }
  local missing=() p
  for p in "${packages[@]}"; do
    dpkg-query -W -f='${Status}' "$p" 2>/dev/null | grep -q 'ok installed' || missing+=("$p")
  done
  [ ${#missing[@]} -eq 0 ] && return
  local sudo=""
  [ "$(id -u)" -eq 0 ] || sudo=sudo
  [ -z "$sudo" ] || command -v sudo >/dev/null || { echo "bootstrap: run as root, or install: ${missing[*]}" >&2; exit 1; }
  echo "bootstrap: installing ${missing[*]}" >&2
  $sudo apt-get update -qq >&2
  $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
}

# fetch DIRECTORY PINS...: unpacks into DIRECTORY/tree what is wanted of those wheels; with a second file of pins, CUDA's part, too.
fetch() {
  local part=$1 p platforms=()
  shift
  mkdir "$part" "$part/wheels" "$part/tree"
  for p in manylinux_2_28 manylinux_2_25 manylinux_2_17 manylinux2014; do platforms+=(--platform "${p}_x86_64"); done
  python3 -m pip download -q --disable-pip-version-check --no-deps --require-hashes --only-binary=:all: \
    --python-version 3.11 --implementation cp "${platforms[@]}" -d "$part/wheels" "${@/#/-r}" >&2
  python3 - "$part" $# >&2 <<'PY'
import glob, sys, zipfile
part, cuda = sys.argv[1], sys.argv[2] == "2"
wanted = ("torch/include/", "torch/lib/", "nvidia/")
unwanted = ("torch/lib/libtorch_python.so",)
if not cuda:
    unwanted += ("torch/lib/libtorch_cuda", "torch/lib/libtorch_nvshmem")
for wheel in glob.glob(part + "/wheels/*.whl"):
    with zipfile.ZipFile(wheel) as z:
        z.extractall(part + "/tree", [n for n in z.namelist() if n.startswith(wanted) and not n.startswith(unwanted)])
PY
}

# One directory per content of the pin file, so that a new pin never meets an old unpacking; CUDA's part joins it later.
unpack_libtorch() {
  local pins="$here/libtorch.pins" cache target part
  cache="${FULLSHARD_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/fullshard}"
  target="$cache/libtorch-$(sha256sum "$pins" | cut -c1-12)"
  mkdir -p "$cache"
  exec 9>"$cache/.lock"
  flock 9
  part=$(mktemp -d "$cache/.part.XXXXXX")
  trap 'rm -rf "$part"' EXIT
  if [ ! -f "$target/.complete" ]; then
    echo "bootstrap: fetching LibTorch into $target" >&2
    fetch "$part/cpu" "$pins"
    touch "$part/cpu/tree/.complete"
    rm -rf "$target"
    mv "$part/cpu/tree" "$target"
  fi
  if [ "${1:-}" = --cuda ] && [ ! -f "$target/.complete-cuda" ]; then
    echo "bootstrap: fetching LibTorch's CUDA libraries into $target" >&2
    fetch "$part/cuda" "$pins" "$here/libtorch-cuda.pins"
    cp --recursive --no-clobber "$part/cuda/tree/." "$target"
    touch "$target/.complete-cuda"
  fi
  rm -rf "$part"
  trap - EXIT
  echo "$target"
}

install_missing
unpack_libtorch "$@"
