#!/usr/bin/env bash
# Installs what a build needs and a Debian 12 machine lacks, then prints the LibTorch directory as its last line.
# LibTorch is unpacked once into a cache that all clones share: $FULLSHARD_CACHE, or ~/.cache/fullshard.
# --cuda: with its CUDA libraries, for FULLSHARD_CUDA=ON; CUDA's own come from the toolkit.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

packages=(g++ cmake ninja-build make pkg-config lld ccache python3 python3-pip python3-venv
          openmpi-bin libopenmpi-dev libhdf5-openmpi-dev hdf5-tools libboost-json1.81-dev libfmt-dev libcli11-dev
          libpcre2-dev libutf8proc-dev libgtest-dev libgmock-dev libbenchmark-dev)

install_missing() {
  command -v dpkg-query >/dev/null || { echo "bootstrap: no dpkg here: install MPI, HDF5, Boost.JSON, fmt, CLI11, PCRE2 and utf8proc yourself" >&2; return; }
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

# One directory per content of the pin file, so that a new pin never meets an old unpacking.
unpack_libtorch() {
  local kind=cpu pins=("$here/libtorch.pins") cache target part
  [ "${1:-}" != --cuda ] || { kind=cuda; pins+=("$here/libtorch-cuda.pins"); }
  cache="${FULLSHARD_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/fullshard}"
  target="$cache/libtorch-$(cat "${pins[@]}" | sha256sum | cut -c1-12)"
  mkdir -p "$cache"
  exec 9>"$cache/.lock"
  flock 9
  if [ ! -f "$target/.complete" ]; then
    echo "bootstrap: fetching LibTorch into $target" >&2
    part=$(mktemp -d "$cache/.part.XXXXXX")
    trap 'rm -rf "$part"' EXIT
    mkdir "$part/wheels" "$part/tree"
    local platforms=() p
    for p in manylinux_2_28 manylinux_2_25 manylinux_2_17 manylinux2014; do platforms+=(--platform "${p}_x86_64"); done
    python3 -m pip download -q --disable-pip-version-check --no-deps --require-hashes --only-binary=:all: \
      --python-version 3.11 --implementation cp "${platforms[@]}" -d "$part/wheels" "${pins[@]/#/-r}" >&2
    python3 - "$part" $kind >&2 <<'PY'
import glob, sys, zipfile
part, kind = sys.argv[1:]
wanted = ("torch/include/", "torch/lib/", "nvidia/")
unwanted = ("torch/lib/libtorch_python.so",)
if kind == "cpu":
    unwanted += ("torch/lib/libtorch_cuda", "torch/lib/libtorch_nvshmem")
for wheel in glob.glob(part + "/wheels/*.whl"):
    with zipfile.ZipFile(wheel) as z:
        z.extractall(part + "/tree", [n for n in z.namelist() if n.startswith(wanted) and not n.startswith(unwanted)])
PY
    touch "$part/tree/.complete"
    rm -rf "$target"
    mv "$part/tree" "$target"
    rm -rf "$part"
    trap - EXIT
  fi
  echo "$target"
}

install_missing
unpack_libtorch "$@"
