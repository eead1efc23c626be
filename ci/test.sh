#!/usr/bin/env bash
# test.sh - everything that must hold before a change lands.
#
# The format, then the builds gcc, asan, hostile, fuzz and release, each with all its
# tests; the checks of layers, globals and spec labels are among them (label check). The
# release build is tested last, so that a good run ends with CTest's summary of it.
# Every failure is reported at the end; none hides those after it.
set -euo pipefail
cd "$(dirname "$0")/.."
export CMAKE_BUILD_PARALLEL_LEVEL=${CMAKE_BUILD_PARALLEL_LEVEL:-2}

bash ci/deps.sh
options=$(bash ci/testsuite.sh --if-missing)
suite=()
[ -z "$options" ] || mapfile -t suite <<<"$options"

failed=()

# check NAME COMMAND...: runs the command, remembers the name when it fails
check() {
    local name=$1
    shift
    echo "== $name"
    "$@" || failed+=("$name")
}

format() {
    local file status=0
    while IFS= read -r file; do
        clang-format "$file" | cmp -s - "$file" && continue
        echo "$file: run clang-format -i"
        status=1
    done < <(git ls-files '*.c' '*.h')
    return $status
}

build() {
    cmake --preset "$1" "${suite[@]}" >/dev/null && cmake --build --preset "$1"
}

check format format
for preset in gcc asan hostile fuzz release; do
    check "build $preset" build "$preset"
done
for preset in gcc asan hostile fuzz release; do
    check "test $preset" ctest --preset "$preset"
done

if [ ${#failed[@]} -gt 0 ]; then
    printf 'ci/test.sh: failed: %s\n' "${failed[@]}" >&2
    exit 1
fi
