#!/usr/bin/env bash
# fetch.sh - fetches what the benchmarks measure but the project does not contain.
#
#   tools/bench/fetch.sh sources    lua, sqlite3 and zlib, from Debian's source packages
#   tools/bench/fetch.sh modules    large modules, from npm packages
#   tools/bench/fetch.sh            both
#
# Everything goes to $WX_BENCH_CACHE, by default ~/.cache/wx-bench. Every archive is checked
# against the SHA-256 in fetch.sums before it is unpacked; what is there already is not fetched
# again. Apt works in a folder of the cache with a list of its own, so nothing of the machine's
# configuration is read or changed. The amalgamation of sqlite3 is made here, which needs tclsh.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cache=${WX_BENCH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/wx-bench}
mkdir -p "$cache/archives" "$cache/sources" "$cache/modules"
cache=$(cd "$cache" && pwd)

die() {
    echo "fetch.sh: $*" >&2
    exit 1
}

need() {
    for program in "$@"; do
        command -v "$program" >/dev/null || die "$program is missing; see ci/deps.sh --bench"
    done
}

# checked FILE: whether the archive is there and the one that fetch.sums names.
checked() {
    local want
    want=$(awk -v file="$1" '$2 == file { print $1 }' "$here/fetch.sums")
    [ -n "$want" ] || die "fetch.sums does not name $1"
    [ -f "$cache/archives/$1" ] || return 1
    echo "$want  $cache/archives/$1" | sha256sum --check --status ||
        die "$cache/archives/$1 is not the file that fetch.sums names"
}

# unpack ARCHIVE FOLDER: into FOLDER, whole or not at all; without the archive's own top folder.
unpack() {
    [ ! -d "$2" ] || return 0
    rm -rf "$2.part"
    mkdir "$2.part"
    tar -xf "$cache/archives/$1" -C "$2.part" --strip-components=1
    mv "$2.part" "$2"
}

# ---- Debian's source packages -------------------------------------------------------------------

apt_options() {
    local apt=$cache/apt
    mkdir -p "$apt/state/lists/partial" "$apt/cache/archives/partial"
    echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]" \
        "http://deb.debian.org/debian bookworm main" >"$apt/sources.list"
    options=(-qq -o Dir::State="$apt/state" -o Dir::Cache="$apt/cache"
             -o Dir::Etc::SourceList="$apt/sources.list" -o Dir::Etc::SourceParts=-
             -o Dir::State::status=/var/lib/dpkg/status -o APT::Sandbox::User=root
             -o Acquire::Retries=3)
}

# source_package PACKAGE ARCHIVE FOLDER
source_package() {
    if ! checked "$2"; then
        echo "fetching source package $1"
        need apt-get
        apt_options
        [ -n "${updated:-}" ] || apt-get "${options[@]}" update
        updated=1
        (cd "$cache/archives" && apt-get "${options[@]}" source --download-only "$1" >/dev/null)
        checked "$2" || die "package $1 has no archive $2"
    fi
    unpack "$2" "$cache/sources/$3"
}

amalgamate() {
    local folder=$cache/sources/sqlite3 out=$cache/sources/sqlite3-amalgamation
    [ ! -d "$out" ] || return 0
    echo "making the amalgamation of sqlite3"
    need tclsh make cc
    rm -rf "$out.part"
    mkdir "$out.part"
    (cd "$out.part" && "$folder/configure" --disable-tcl --disable-shared --disable-readline &&
        make sqlite3.c) >"$cache/amalgamation.log" 2>&1 ||
        die "sqlite3.c could not be made; see $cache/amalgamation.log"
    mkdir "$out"
    mv "$out.part/sqlite3.c" "$out.part/sqlite3.h" "$out"
    rm -rf "$out.part"
}

fetch_sources() {
    source_package lua5.4 lua5.4_5.4.4.orig.tar.gz lua
    source_package sqlite3 sqlite3_3.40.1.orig.tar.xz sqlite3
    source_package zlib zlib_1.2.13.dfsg.orig.tar.bz2 zlib
    amalgamate
}

# ---- npm packages -------------------------------------------------------------------------------

# npm_module PACKAGE@VERSION ARCHIVE PATH NAME: one module of the package, as NAME.wasm.
npm_module() {
    if ! checked "$2"; then
        echo "fetching npm package $1"
        need npm
        npm pack --silent --pack-destination "$cache/archives" "$1" >/dev/null
        checked "$2" || die "npm pack $1 did not make $2"
    fi
    [ -f "$cache/modules/$4.wasm" ] && return
    tar -xzOf "$cache/archives/$2" "package/$3" >"$cache/modules/$4.part"
    mv "$cache/modules/$4.part" "$cache/modules/$4.wasm"
}

fetch_modules() {
    npm_module sql.js@1.13.0 sql.js-1.13.0.tgz dist/sql-wasm.wasm sql.js
    npm_module @rollup/wasm-node@4.40.0 rollup-wasm-node-4.40.0.tgz \
        dist/wasm-node/bindings_wasm_bg.wasm rollup
    npm_module @resvg/resvg-wasm@2.6.2 resvg-resvg-wasm-2.6.2.tgz index_bg.wasm resvg
    npm_module canvaskit-wasm@0.40.0 canvaskit-wasm-0.40.0.tgz bin/canvaskit.wasm canvaskit
    npm_module esbuild-wasm@0.25.0 esbuild-wasm-0.25.0.tgz esbuild.wasm esbuild
}

case ${1:-all} in
sources) fetch_sources ;;
modules) fetch_modules ;;
all)
    fetch_sources
    fetch_modules
    ;;
*)
    echo "usage: tools/bench/fetch.sh [sources|modules]" >&2
    exit 2
    ;;
esac
