#!/usr/bin/env bash
# demo.sh - the whole of wx in a few minutes: builds it, runs the official test suite in
# each mode, fuzzes the modes against one another for a minute, prints the scoreboard.
#
#   ci/demo.sh [SECONDS]     seconds of fuzzing, default 60
#
# Logs stay in build/demo. Fails when an assertion failed that the ledgers do not expect,
# or when the fuzzer found a difference.
set -euo pipefail
cd "$(dirname "$0")/.."
fuzz_seconds=${1:-60}
log=build/demo
mkdir -p $log/corpus

bash ci/deps.sh
options=$(bash ci/testsuite.sh --if-missing)
suite=()
[ -z "$options" ] || mapfile -t suite <<<"$options"
for preset in release fuzz; do
    echo "== build $preset"
    cmake --preset "$preset" "${suite[@]}" >$log/configure-$preset.log
    cmake --build --preset "$preset" -j2 >$log/build-$preset.log ||
        { cat $log/build-$preset.log >&2; exit 1; }
done

# field LOG REGEX: what the group of the regex matched in the last line that matches
field() {
    local found
    found=$(sed -nE "s/$2/\1/p" "$1" | tail -n 1)
    [ -n "$found" ] || { echo "demo: nothing matches '$2' in $1" >&2; return 1; }
    echo "$found"
}

status=0
rows=()

# suite_row NAME CLI TIER: runs the suite, adds a row to the scoreboard
suite_row() {
    local name=$1 cli=build/release/bin/$2 tier=$3 out=$log/spec-$1.log
    local ledger=spectest/expect/$3.txt good=true
    local passed failed text seconds expected compiled=- declined=-
    echo "== suite, $name"
    [ -x "$cli" ] || { echo "demo: $cli was not built" >&2; exit 1; }
    local TIMEFORMAT=%R
    seconds=$({ time "$cli" spec --tier "$tier" --expect "$ledger" \
        build/release/spectest/2.0 >"$out" 2>&1; } 2>&1) || good=false
    $good || { status=1; tail -n 20 "$out" >&2; }
    passed=$(field "$out" '^([0-9]+) passed, [0-9]+ failed$')
    failed=$(field "$out" '^[0-9]+ passed, ([0-9]+) failed$')
    text=$(field "$out" '.*\b([0-9]+) text.*')
    expected=$(grep -cvE '^[[:space:]]*(#|$)' "$ledger" || true)
    if [ "$tier" != interp ]; then
        compiled=$(field "$out" '.*functions compiled ([0-9]+), declined [0-9]+.*')
        declined=$(field "$out" '.*functions compiled [0-9]+, declined ([0-9]+).*')
    fi
    rows+=("$(printf '| %-6s | %6s | %6s | %4s | %6s | %7s | %8s | %8s |' "$name" \
        "$passed" "$failed" "$text" "$expected" "$seconds" "$compiled" "$declined")")
}

suite_row interp wx-interp interp
suite_row jit wx-jit baseline
suite_row tiered wx tiered

echo "== fuzz_diff, $fuzz_seconds s"
fuzz=build/fuzz/bin/fuzz_diff
[ -x $fuzz ] || { echo "demo: $fuzz was not built" >&2; exit 1; }
mismatches=0
$fuzz -max_total_time="$fuzz_seconds" -print_final_stats=1 -artifact_prefix=$log/ \
    $log/corpus >$log/fuzz.log 2>&1 || { mismatches=1; status=1; tail -n 40 $log/fuzz.log >&2; }
executions=$(field $log/fuzz.log 'stat::number_of_executed_units: +([0-9]+)')
per_second=$(field $log/fuzz.log 'stat::average_exec_per_sec: +([0-9]+)')
compared=$(field $log/fuzz.log '.*compared[^0-9]*([0-9.]+ ?%).*')

cat <<END

Official suite of Wasm 2.0 without SIMD, assertions; text: judged by wast2json, not counted as passed

| mode   | passed | failed | text | ledger | seconds | compiled | declined |
|--------|--------|--------|------|--------|---------|----------|----------|
$(printf '%s\n' "${rows[@]}")

fuzz_diff, $fuzz_seconds s on one core

| executions | per second | compared | mismatches |
|------------|------------|----------|------------|
$(printf '| %10s | %10s | %8s | %10s |' "$executions" "$per_second" "$compared" $mismatches)
END
exit $status
