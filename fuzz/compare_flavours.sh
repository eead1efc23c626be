#!/usr/bin/env bash
# compare_flavours.sh - runs inputs through two programs, each with one flavour of the library,
# and compares what every step left behind.
#
# usage: compare_flavours.sh FUZZ_STATE_INTERP FUZZ_STATE_JIT FILE|FOLDER...
set -euo pipefail
interp=$1
jit=$2
shift 2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

"$interp" "$@" >"$folder/interp"
"$jit" "$@" >"$folder/jit"
steps=$(grep -c '^  [0-9]' "$folder/interp" || true)
[ "$steps" -gt 0 ] || { echo "compare_flavours: no steps; no inputs?" >&2; exit 1; }
diff -U 8 "$folder/interp" "$folder/jit" | head -n 40
cmp "$folder/interp" "$folder/jit"
echo "$steps steps are the same in both flavours"
