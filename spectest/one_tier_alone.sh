#!/usr/bin/env bash
# one_tier_alone.sh - a wrong row in one tier makes the suite fail in that tier alone.
#
# usage: one_tier_alone.sh WX_INTERP WX_JIT SUITE_FOLDER
# Needs a build with WX_BUGS. Proves that the two libraries share no semantics, and that the suite's
# runner sees a wrong one: S56 corrupts the compiler's max, S47 the interpreter's i32 results.
set -euo pipefail
interp=$1 jit=$2 suite=$3
status=0

# expect BUG good|bad CLI TIER
expect() {
    local outcome=good
    WX_BUG=$1 "$3" spec --tier "$4" --failures-only "$suite" >/dev/null 2>&1 || outcome=bad
    [ $outcome = "$2" ] || { echo "$1 in $4: $outcome, expected $2"; status=1; }
}

expect S56 bad "$jit" baseline
expect S56 good "$interp" interp
expect S47 bad "$interp" interp
expect S47 good "$jit" baseline
[ $status != 0 ] || echo "each wrong row fails in its own tier alone"
exit $status
