#!/usr/bin/env bash
# check.sh - runs build.sh as OSS-Fuzz would, in an empty folder, and starts what it made.
#
#   ci/oss-fuzz/check.sh [--engine libfuzzer|afl|archive] [none|undefined|address|memory] [FOLDER]
#
# The environment variables and flags are those of OSS-Fuzz's base-builder. Each target must have
# its options and seeds, read all of the seeds without a finding, and, by engine:
#
#   libfuzzer   (the default) clang 22; does 100 runs
#   afl         AFL++ of Debian and its driver, with clang 22's own coverage: afl-fuzz runs it for
#               5 seconds, finds it to be persistent, and sees its coverage
#   archive     an archive with a main, as honggfuzz and Centipede are: one that runs the seeds
#
# FOLDER stays for a look; without it a temporary one is used.
set -euo pipefail
project=$(realpath "$(dirname "$0")/../..")
engine=libfuzzer
if [ "${1:-}" = --engine ]; then
    engine=${2:?check: --engine needs a name}
    shift 2
fi
sanitizer=${1:-none}
folder=${2:-$(mktemp -d)}
[ $# -ge 2 ] || trap 'rm -rf "$folder"' EXIT
mkdir -p "$folder"/{src,out,work}
folder=$(realpath "$folder")
ln -sfn "$project" "$folder/src/wx"

case $sanitizer in
none) flags= ;;
address) flags="-fsanitize=address -fsanitize-address-use-after-scope" ;;
memory) flags="-fsanitize=memory -fsanitize-memory-track-origins" ;;
undefined)
    checks=array-bounds,bool,builtin,enum,function,integer-divide-by-zero,null,object-size
    checks+=,return,returns-nonnull-attribute,shift,signed-integer-overflow,unreachable,vla-bound
    flags="-fsanitize=$checks,unsigned-integer-overflow -fno-sanitize-recover=$checks"
    ;;
*) echo "check: no sanitizer $sanitizer" >&2; exit 2 ;;
esac
flags="-O1 -fno-omit-frame-pointer -gline-tables-only -Wno-error \
-DFUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION $flags"

cc=clang-22 cxx=clang++-22 afl=()
case $engine in
libfuzzer) flags+=" -fsanitize=fuzzer-no-link" library=-fsanitize=fuzzer ;;
afl)
    # Its passes are for LLVM 14, which needs minutes and gigabytes for the loop dispatcher.
    cc=afl-clang-fast cxx=afl-clang-fast++ library=/usr/lib/afl/libAFLDriver.a
    afl=(AFL_QUIET=1 AFL_CC=clang-22 AFL_CXX=clang++-22 AFL_LLVM_INSTRUMENT=LLVMNATIVE)
    ;;
archive)
    # honggfuzz's coverage, without honggfuzz's hooks: the run-time of sanitizers has empty ones
    flags+=" -fsanitize-coverage=trace-pc-guard,indirect-calls,trace-cmp"
    library=$folder/work/libengine.a
    clang-22 -O1 -I"$project" -I"$project/engine" -c -o "$folder/work/engine.o" \
        "$project/ci/oss-fuzz/engine.c"
    ar crs "$library" "$folder/work/engine.o"
    ;;
*) echo "check: no engine $engine" >&2; exit 2 ;;
esac

env -i PATH="$PATH" HOME="$HOME" ${CCACHE_DIR:+CCACHE_DIR="$CCACHE_DIR"} \
    ${CMAKE_C_COMPILER_LAUNCHER:+CMAKE_C_COMPILER_LAUNCHER="$CMAKE_C_COMPILER_LAUNCHER"} \
    ${CMAKE_BUILD_PARALLEL_LEVEL:+CMAKE_BUILD_PARALLEL_LEVEL="$CMAKE_BUILD_PARALLEL_LEVEL"} \
    "${afl[@]}" CC=$cc CXX=$cxx CFLAGS="$flags" CXXFLAGS="$flags" \
    LIB_FUZZING_ENGINE="$library" FUZZING_ENGINE=$engine SANITIZER="$sanitizer" \
    ARCHITECTURE=x86_64 SRC="$folder/src" OUT="$folder/out" WORK="$folder/work" \
    bash -eu "$folder/src/wx/ci/oss-fuzz/build.sh" >"$folder/build.log" 2>&1 ||
    { tail -n 40 "$folder/build.log" >&2; exit 1; }

# section FILE NAME: the settings of [NAME], joined by colons, as a sanitizer reads them
section() {
    sed -n "/^\[$2\]/,/^\[/p" "$1" | grep -E '^[a-z_]+=' | paste -sd :
}

# Each: PROGRAM SEEDS COUNT; what it prints is in a log.
run_libfuzzer() {
    "$1" -runs=100 -seed=1 -rss_limit_mb=2560 -timeout=25 -artifact_prefix="$folder/work/" "$2" &&
        grep -q "seed corpus: files: $3 " "$log"
}

run_archive() {
    find "$2" -type f -exec "$1" {} + && grep -q "^$3 inputs" <(awk '{ n += $1 } END { print n " inputs" }' "$log")
}

run_afl() {
    local out=$folder/work/afl few=$folder/work/few
    find "$2" -type f -exec "$1" {} + || return 1
    rm -rf "$out" "$few"
    mkdir "$few"
    find "$2" -type f -size -2k | sort | head -n 20 | xargs -rd '\n' cp -t "$few"
    AFL_NO_UI=1 AFL_SKIP_CPUFREQ=1 AFL_NO_AFFINITY=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 \
        AFL_BENCH_UNTIL_CRASH=1 AFL_NO_STARTUP_CALIBRATION=1 \
        afl-fuzz -V 5 -t 5000 -i "$few" -o "$out" -- "$1" &&
        grep -q '^saved_crashes *: 0$' "$out/default/fuzzer_stats" &&
        grep -q '^target_mode *:.*persistent' "$out/default/fuzzer_stats" &&
        grep -qE '^edges_found *: [1-9][0-9]{2}' "$out/default/fuzzer_stats"
}

failed=0
count=0
while read -r target; do
    out=$folder/out/$target
    seeds=$folder/seeds/$target
    log=$folder/$target.log
    mkdir -p "$seeds"
    if ! { [ -x "$out" ] && [ -s "$out.options" ] && [ -s "${out}_seed_corpus.zip" ]; }; then
        echo "$target: program, options or seeds are missing in $folder/out"
        failed=1
        continue
    fi
    python3 -m zipfile -e "${out}_seed_corpus.zip" "$seeds"
    files=$(find "$seeds" -type f | wc -l)
    count=$((count + 1))
    export ASAN_OPTIONS UBSAN_OPTIONS MSAN_OPTIONS
    ASAN_OPTIONS=$(section "$out.options" asan)
    UBSAN_OPTIONS=silence_unsigned_overflow=1:$(section "$out.options" ubsan)
    MSAN_OPTIONS=$(section "$out.options" msan)
    # afl-fuzz wants these
    [ $engine != afl ] || ASAN_OPTIONS+=:abort_on_error=1:symbolize=0
    [ $engine != afl ] || MSAN_OPTIONS+=:exit_code=86:symbolize=0
    if TMPDIR="$folder/work" "run_$engine" "$out" "$seeds" "$files" >"$log" 2>&1; then
        echo "$target ($engine, $sanitizer): $files seeds read"
    else
        failed=1
        tail -n 30 "$log"
        echo "$target ($engine, $sanitizer): failed"
    fi
done <"$folder/work/targets.txt"
[ $count -gt 0 ] || { echo "check: no targets" >&2; exit 1; }
exit $failed
