#!/usr/bin/env bash
# hook.sh - fuzz_diff asks the outside engines that the environment names.
#
# usage: hook.sh BIN_FOLDER RIGHT_LIBRARY WRONG_LIBRARY
# Over the same cases a right engine is asked and agrees, a wrong one is reported by an abort, and
# one that is not there is told in the statistics.
set -euo pipefail
bin=$1 right=$2 wrong=$3
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/cases"
for seed in $(seq 1 40); do
    "$bin/wx" fuzz gen --seed "$seed" -o "$folder/cases/$seed.wasm" >/dev/null
done
export WX_FUZZ_OUTSIDE_EVERY=1

# replay LIBRARY: sets code and the file "out"
replay() {
    code=0
    WX_FUZZ_ENGINE_SO=$1 "$bin/fuzz_diff_replay" "$folder/cases" >"$folder/out" 2>&1 || code=$?
}

# want CODE PATTERN WHAT
want() {
    if [ "$code" != "$1" ] || ! grep -q "$2" "$folder/out"; then
        echo "hook.sh: $3: exit code $code, want $1 and '$2'"
        tail -n 30 "$folder/out"
        exit 1
    fi
}

replay "$right"
want 0 'asked 40: same 40, different 0' 'a right engine'
replay "$wrong"
want 134 'mismatch: the C API and wx' 'a wrong engine'
replay "$folder/nonesuch.so"
want 0 'no answer 40' 'an engine that is not there'
echo 'hook: ok'
