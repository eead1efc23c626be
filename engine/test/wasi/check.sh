#!/bin/sh
# check.sh - runs a program in one tier and compares what it prints and how it ends.
#
# usage: check.sh WX TIER EXPECTED_CODE STDIN EXPECTED_OUTPUT FILE.wasm... -- [ARGS...]
wx=$1 tier=$2 code=$3 stdin=$4 output=$5
shift 5
files=
while [ "$1" != -- ]; do
    files="$files $1"
    shift
done
shift
got=$(mktemp) || exit 1
trap 'rm -f "$got"' EXIT

failed=0
for file in $files; do
    "$wx" run --tier "$tier" --env COLOUR=red --env EMPTY= -- "$file" "$@" <"$stdin" >"$got"
    ended=$?
    if [ "$ended" != "$code" ]; then
        echo "$file ($tier): exit code $ended, want $code"
        failed=1
    fi
    diff -u "$output" "$got" || failed=1
done
exit $failed
