#!/usr/bin/env bash
# testsuite.sh - fetches the official test suites at the pinned upstream commits and
# prints the options that point the build at them.
#
#   ci/testsuite.sh [FOLDER]       fetch into FOLDER (default build/testsuites)
#   ci/testsuite.sh --if-missing   do and print nothing when ../shared has both suites
set -euo pipefail
cd "$(dirname "$0")/.."

if [ "${1:-}" = --if-missing ]; then
    shift
    [ -e ../shared/testsuite-2.0/i32.wast ] && [ -e ../shared/testsuite/i32.wast ] && exit
fi
folder=$(realpath -m "${1:-build/testsuites}")

# fetch NAME URL COMMIT: a checkout without history
fetch() {
    local checkout=$folder/$1 url=$2 commit=$3
    [ "$(git -C "$checkout" rev-parse -q --verify HEAD 2>/dev/null)" != "$commit" ] || return 0
    git init -q "$checkout"
    git -C "$checkout" fetch -q --depth 1 "$url" "$commit"
    git -C "$checkout" checkout -q "$commit"
}

# Wasm 2.0: tag wg-2.0.draft1. Wasm 3.0 and proposals: 2026-06-17.
fetch spec-2.0 https://github.com/WebAssembly/spec \
    2eb7e6491010261beb52cd3c6647e9a5d26b00da
fetch testsuite https://github.com/WebAssembly/testsuite \
    193e551ff22663995b1ac95dc62344133669e14b

echo "-DWX_TESTSUITE_2_0=$folder/spec-2.0/test/core"
echo "-DWX_TESTSUITE=$folder/testsuite"
