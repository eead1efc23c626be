#!/usr/bin/env bash
# afl.sh - fuzz_diff as a persistent AFL++ binary: builds it, and runs it for a while.
#
#   ci/afl.sh [SECONDS] [FOLDER]     default 60 s; findings and queue in FOLDER, build/afl/out
#
# Debian's afl-clang-fast is made for LLVM 14; with the native instrumentation of clang 22 the
# same source and flags as libFuzzer's build are used. The engine forks under AFL's fork server
# and then runs 10,000 inputs a process. Starts from corpus/seeds and a handful of DNA.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-60}
out=$(realpath -m "${2:-build/afl/out}")
build=$(realpath -m "${AFL_BUILD:-build/afl}")

export AFL_CC=clang-22 AFL_LLVM_INSTRUMENT=LLVMNATIVE AFL_QUIET=1
CC=afl-clang-fast cmake -G Ninja -B "$build" -DCMAKE_C_COMPILER=afl-clang-fast \
    -DCMAKE_BUILD_TYPE=RelWithDebInfo -DCMAKE_C_FLAGS_RELWITHDEBINFO="-O2 -g" \
    -DBUILD_TESTING=OFF -DWX_FUZZ_ENGINE=-fsanitize=fuzzer >/dev/null
cmake --build "$build" --target fuzz_diff fuzz_export

seeds=$build/seeds
mkdir -p "$seeds"
if [ -d corpus/seeds ]; then
    find corpus/seeds -type f ! -name '.*' -exec cp -t "$seeds" {} +
fi
for n in 1 2 3 4 5 6 7 8; do
    printf '\1\1%s-some-more-of-the-dna' $n >"$seeds/dna-$n"
done

# ASan is not here, so memory needs no limit but the machine's.
export AFL_NO_UI=1 AFL_SKIP_CPUFREQ=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 AFL_NO_AFFINITY=1
afl-fuzz -V "$seconds" -m none -t 2000 -i "$seeds" -o "$out" -- "$build/bin/fuzz_diff" >"$build/afl.log" 2>&1 ||
    { tail -n 30 "$build/afl.log" >&2; exit 1; }
grep -E '^(execs_done|execs_per_sec|saved_crashes|saved_hangs|corpus_count|edges_found|total_edges)' \
    "$out/default/fuzzer_stats"
