#!/usr/bin/env bash
# make_smollm2.sh LINK: makes SmolLM2-135M-Instruct once in the cache that all clones share, in the oracles' environment, and
# points the symbolic link LINK at it.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
link=${1:?usage: make_smollm2.sh LINK}
cache="${FULLSHARD_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/fullshard}"
model="$cache/smollm2-$(sha256sum "$here/make_smollm2.py" | cut -c1-12)"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
python=$("$here/../oracle/make_venv.sh" "$scratch/venv" | tail -n 1)
exec 9>"$cache/.smollm2.lock"
flock 9
"$python" "$here/make_smollm2.py" "$model" >&2
mkdir -p "$(dirname "$link")"
ln -sfn "$model" "$link"
echo "$link"
