#!/usr/bin/env bash
# coverage.sh - which lines and regions of engine/ the committed corpus reaches by itself: builds
# with clang's source-based coverage, replays the corpus, writes docs/reports/coverage.md.
#
#   ci/coverage.sh [--html] [FOLDER...]
#
#   --html      also build/coverage/html/index.html, every line with its count
#   FOLDER...   more inputs (a campaign's corpus), to see what they would add; the report in
#               docs/ is then left alone and the table goes to stdout
#
# The replay programs of all targets run over what CTest gives them: seeds, regression cases and
# the modules that the build makes. Exit 1 when less than BAR (90) percent of the lines are
# reached. COVERAGE_BUILD names another build folder than build/coverage.
set -euo pipefail
cd "$(dirname "$0")/.."
html=false
[ "${1:-}" != --html ] || { html=true; shift; }
build=$(realpath -m "${COVERAGE_BUILD:-build/coverage}")
bar=${BAR:-90}
for folder in "$@"; do
    [ -d "$folder" ] || { echo "coverage: no folder $folder" >&2; exit 2; }
done

options=$(bash ci/testsuite.sh --if-missing)
suite=()
[ -z "$options" ] || mapfile -t suite <<<"$options"
cmake -G Ninja -B "$build" -DCMAKE_C_COMPILER=clang-22 -DCMAKE_BUILD_TYPE=RelWithDebInfo \
    -DCMAKE_C_FLAGS="-fprofile-instr-generate -fcoverage-mapping" \
    -DCMAKE_C_FLAGS_RELWITHDEBINFO="-O1 -g -DNDEBUG" "${suite[@]}" >/dev/null
mapfile -t targets < <(ninja -C "$build" -t targets all | sed -nE 's/^(fuzz_[a-z]+)_replay: phony$/\1/p')
cmake --build "$build" --target "${targets[@]/%/_replay}" wx_shared \
    op_seeds op_outcomes regress_json spectest_json

# replay TARGET FOLDER...: its profile is $build/profiles/TARGET-*.profraw
rm -rf "$build/profiles"
mkdir -p "$build/profiles"
replay() {
    local target=$1
    shift
    WX_FUZZ_LANES=all LLVM_PROFILE_FILE="$build/profiles/$target-%p.profraw" "$build/bin/${target}_replay" "$@" \
        >"$build/profiles/$target.log" 2>&1 || { tail -n 20 "$build/profiles/$target.log" >&2; exit 1; }
    echo "$target: $(tail -n 1 "$build/profiles/$target.log")"
}
for target in "${targets[@]}"; do
    case $target in
    fuzz_diff | fuzz_load)
        replay "$target" corpus/regress "$build/corpus" "corpus/seeds/$target" "$@"
        ;;
    fuzz_meta) replay "$target" corpus/seeds/fuzz_diff ;;
    *) replay "$target" "corpus/${target#fuzz_}" ;;
    esac
done

llvm-profdata-22 merge -o "$build/corpus.profdata" "$build"/profiles/*.profraw
# The shared library has every file of engine/, also those that no target needs.
objects=()
for target in "${targets[@]}"; do
    objects+=(-object "$build/bin/${target}_replay")
done
select=("$build/engine/libwx.so" "${objects[@]}" -instr-profile "$build/corpus.profdata"
    -ignore-filename-regex '/(fuzz|tools|spectest|engine/test)/')
llvm-cov-22 export "${select[@]}" -summary-only >"$build/coverage.json"
if $html; then
    llvm-cov-22 show "${select[@]}" -format html -output-dir "$build/html"
    echo "$build/html/index.html"
fi
report=docs/reports/coverage.md
[ $# = 0 ] || report=/dev/stdout
python3 ci/coverage_report.py --bar "$bar" "$build/coverage.json" "$report"
