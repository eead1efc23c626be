#!/usr/bin/env bash
# check.sh - runs build.sh as OSS-Fuzz would, in an empty folder, and starts what it made.
#
#   ci/oss-fuzz/check.sh [none|undefined|address|memory] [FOLDER]
#
# The environment variables and flags are those of OSS-Fuzz's base-builder for libFuzzer; the
# compiler is clang 22. Each target must have its options and seeds, read all of the seeds, and
# do 100 runs without a finding. FOLDER stays for a look; without it a temporary one is used.
set -euo pipefail
project=$(realpath "$(dirname "$0")/../..")
sanitizer=${1:-none}
folder=${2:-$(mktemp -d)}
[ $# -ge 2 ] || trap 'rm -rf "$folder"' EXIT
mkdir -p "$folder"/{src,out,work}
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
-DFUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION $flags -fsanitize=fuzzer-no-link"

env -i PATH="$PATH" HOME="$HOME" ${CCACHE_DIR:+CCACHE_DIR="$CCACHE_DIR"} \
    ${CMAKE_C_COMPILER_LAUNCHER:+CMAKE_C_COMPILER_LAUNCHER="$CMAKE_C_COMPILER_LAUNCHER"} \
    ${CMAKE_BUILD_PARALLEL_LEVEL:+CMAKE_BUILD_PARALLEL_LEVEL="$CMAKE_BUILD_PARALLEL_LEVEL"} \
    CC=clang-22 CXX=clang++-22 CFLAGS="$flags" CXXFLAGS="$flags" \
    LIB_FUZZING_ENGINE=-fsanitize=fuzzer FUZZING_ENGINE=libfuzzer SANITIZER="$sanitizer" \
    ARCHITECTURE=x86_64 SRC="$folder/src" OUT="$folder/out" WORK="$folder/work" \
    bash -eu "$folder/src/wx/ci/oss-fuzz/build.sh" >"$folder/build.log" 2>&1 ||
    { tail -n 40 "$folder/build.log" >&2; exit 1; }

# section FILE NAME: the settings of [NAME], joined by colons, as a sanitizer reads them
section() {
    sed -n "/^\[$2\]/,/^\[/p" "$1" | grep -E '^[a-z_]+=' | paste -sd :
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
    ASAN_OPTIONS=$(section "$out.options" asan) \
        UBSAN_OPTIONS=silence_unsigned_overflow=1:$(section "$out.options" ubsan) \
        MSAN_OPTIONS=$(section "$out.options" msan) TMPDIR="$folder/work" \
        "$out" -runs=100 -seed=1 -rss_limit_mb=2560 -timeout=25 \
        -artifact_prefix="$folder/work/" "$seeds" >"$log" 2>&1 || { failed=1; tail -n 30 "$log"; }
    grep -q "seed corpus: files: $files " "$log" ||
        { failed=1; echo "$target: not all of its $files seeds were read"; }
    echo "$target ($sanitizer): $files seeds read"
    count=$((count + 1))
done <"$folder/work/targets.txt"
[ $count -gt 0 ] || { echo "check: no targets" >&2; exit 1; }
exit $failed
