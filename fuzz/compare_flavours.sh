#!/usr/bin/env bash
# compare_flavours.sh - runs inputs through programs, each with one flavour of the library, and
# compares what every step left behind.
#
# usage: compare_flavours.sh FUZZ_STATE_INTERP FUZZ_STATE_JIT FUZZ_STATE_REF FILE|FOLDER...
set -euo pipefail
programs=("$1" "$2" "$3")
shift 3
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

for program in "${programs[@]}"; do
    "$program" "$@" >"$folder/${program##*/}"
done
first=$folder/${programs[0]##*/}
steps=$(grep -c '^  [0-9]' "$first" || true)
[ "$steps" -gt 0 ] || { echo "compare_flavours: no steps; no inputs?" >&2; exit 1; }
status=0
for program in "${programs[@]:1}"; do
    cmp "$first" "$folder/${program##*/}" || status=1
    diff -U 8 "$first" "$folder/${program##*/}" | head -n 40 || true
done
[ $status != 0 ] || echo "$steps steps are the same in ${#programs[@]} flavours"
exit $status
