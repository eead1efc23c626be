#!/usr/bin/env bash
# deps.sh - installs the Debian 12 packages that building and testing wx needs.
#
#   ci/deps.sh            what ci/test.sh and ci/demo.sh need
#   ci/deps.sh --bench    also what the measurements and long fuzzing runs need
#
# Calls apt-get (through sudo when not root) only when a package is missing. Files
# that npm brings for --bench go to build/bench, nothing is installed globally.
set -euo pipefail
cd "$(dirname "$0")/.."

packages=(
    cmake ninja-build git python3 binutils
    clang-22 lld-22 llvm-22 libclang-rt-22-dev   # release, asan and fuzz presets
    gcc g++ libc6-dev                            # gcc preset; libFuzzer needs libstdc++
    clang-format                                 # format check
    wabt                                         # wast2json converts the suite
    zip                                          # seeds for OSS-Fuzz
    libcmocka-dev libzydis-dev libzycore-dev     # unit tests, encoder test
    libjansson-dev                               # wx spec reads the converted suite
    libclang-rt-22-dev-wasm32 wasi-libc          # C programs for the WASI tests
)
if [ "${1:-}" = --bench ]; then
    packages+=(hyperfine binaryen afl++ valgrind tcl make)
    command -v npm >/dev/null || packages+=(nodejs npm)
elif [ $# -gt 0 ]; then
    echo "usage: ci/deps.sh [--bench]" >&2
    exit 2
fi

missing=()
for package in "${packages[@]}"; do
    status=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$status" = installed ] || missing+=("$package")
done

if [ ${#missing[@]} -gt 0 ]; then
    as_root=()
    [ "$(id -u)" = 0 ] || as_root=(sudo)
    apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive
         apt-get -qq -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=900 -o Acquire::Retries=3)
    echo "deps: installing ${missing[*]}"
    "${apt[@]}" update
    "${apt[@]}" install -y --no-install-recommends "${missing[@]}" >/dev/null
fi

if [ "${1:-}" = --bench ] && [ ! -x build/bench/node_modules/.bin/node ]; then
    npm install --silent --no-save --prefix build/bench node@26
fi
