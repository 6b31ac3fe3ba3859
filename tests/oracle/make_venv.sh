#!/usr/bin/env bash
# make_venv.sh LINK [REQUIREMENTS]
#
# Makes the virtual environment of REQUIREMENTS (by default the oracles', requirements.txt beside this script) once in the
# cache that all clones share ($FULLSHARD_CACHE, or ~/.cache/fullshard), points the symbolic link LINK at it, and prints the
# path of its python as the last line. Takes about a minute and 2 GB the first time, nothing later.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
link=${1:?usage: make_venv.sh LINK [REQUIREMENTS]}
requirements=${2:-$here/requirements.txt}
cache="${FULLSHARD_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/fullshard}"
venv="$cache/venv-$(cat "$requirements" "$here/stub_cuda.py" "$0" | sha256sum | cut -c1-12)"

find_python() {
  local p
  for p in python3.11 python3 /usr/bin/python3; do
    if command -v "$p" >/dev/null && [ "$("$p" -c 'import sys; print(*sys.version_info[:2], sep=".")' 2>/dev/null)" = 3.11 ]; then
      command -v "$p"
      return
    fi
  done
  echo "make_venv: the pinned wheels are those of Python 3.11, and no python3.11 was found; install it (Debian 12: python3-venv)," \
       "or configure with -DFULLSHARD_ORACLES=OFF" >&2
  exit 1
}

make_venv() {
  local python
  python=$(find_python)
  echo "make_venv: making $venv" >&2
  rm -rf "$venv"
  "$python" -m venv "$venv" >&2
  if ! "$venv/bin/pip" install -q --disable-pip-version-check --no-deps --no-compile --require-hashes -r "$requirements" >&2; then
    echo "make_venv: pip could not install $requirements; is the network reachable? Tests that need PyTorch and transformers" \
         "cannot run without; -DFULLSHARD_ORACLES=OFF leaves them out" >&2
    exit 1
  fi
  "$venv/bin/python" "$here/stub_cuda.py" "$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')" >&2
  "$venv/bin/python" -c 'import torch, transformers' >&2
  touch "$venv/.complete"
}

# A half-made environment lacks .complete and is made anew: scripts inside hold its path, so it cannot be moved into place.
mkdir -p "$cache"
exec 9>"$venv.lock"
flock 9
[ -f "$venv/.complete" ] || make_venv
mkdir -p "$(dirname "$link")"
ln -sfn "$venv" "$link"
echo "$link/bin/python"
