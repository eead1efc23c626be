#!/usr/bin/env bash
# cmin.sh - renews the seeds of every fuzz target: the few inputs that together reach all the code
# that it reaches with all inputs at hand.
#
#   ci/cmin.sh [FOLDER...]      folders with more inputs, such as a campaign's corpus
#
# Inputs come from the seeds so far, the official suite, the modules of every operation
# (build/release/corpus/ops), the regression cases and the folders. fuzz_load gets every module,
# valid or not; fuzz_diff those that run, and DNA as the module that it makes (fuzz_export), so
# that it stays the same when the generator changes. They are in corpus/seeds/TARGET. A FOLDER
# with the name of another target is for that target alone, and so is corpus/NAME for fuzz_NAME.
#
# What is reached are edges, not how often: counts too would keep four times as many files.
#
# Needs the builds of the presets release and fuzz (RELEASE_BUILD, FUZZ_BUILD name other
# folders). Inputs of MAX_BYTES (4096) and more are left out. Fails when the result is larger
# than what may be in git.
set -euo pipefail
cd "$(dirname "$0")/.."
max_bytes=${MAX_BYTES:-4096}
max_files=5000
max_total=$((8 * 1024 * 1024))
fuzz=$(realpath -m "${FUZZ_BUILD:-build/fuzz}")
release=$(realpath -m "${RELEASE_BUILD:-build/release}")

# need PATH PRESET: says which build is missing
need() {
    [ -e "$1" ] || { echo "cmin: no $1 (cmake --workflow --preset $2)" >&2; exit 1; }
}
need "$fuzz/fuzz_targets.txt" fuzz
for folder in "$@"; do
    [ -d "$folder" ] || { echo "cmin: $folder is not a folder" >&2; exit 1; }
done
need "$release/bin/fuzz_export" release
need "$release/bin/fuzz_state_interp" release
need "$release/spectest/2.0" release
need "$release/corpus/ops" release

# fuzz_meta takes the seeds of fuzz_diff.
mapfile -t targets < <(grep -vx fuzz_meta "$fuzz/fuzz_targets.txt")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for target in "${targets[@]}"; do
    need "$fuzz/bin/$target" fuzz
    mkdir -p "$work/$target"
done
others=$work/others
mkdir "$others" "$work/exported"

# count FOLDER: its files
count() {
    find "$1" -type f | wc -l
}

# where TARGET: the folder of its seeds
where() {
    case $1 in
    fuzz_diff | fuzz_load) echo "corpus/seeds/$1" ;;
    *) echo "corpus/${1#fuzz_}" ;;
    esac
}

# Inputs by target: the folders for one target alone, then modules and DNA.
shared=("$release/spectest/2.0" "$release/corpus" corpus/regress)
for folder in "$@" $(for target in "${targets[@]}"; do where "$target"; done); do
    [ -d "$folder" ] || continue
    name=fuzz_$(basename "$folder" | sed 's/^fuzz_//')
    if [ -d "$work/$name" ] && [ "$name" != fuzz_diff ] && [ "$name" != fuzz_load ]; then
        ci/pool.py "$max_bytes" "$work/$name" "$work/$name" "$folder"
    else
        shared+=("$folder")
    fi
done
ci/pool.py "$max_bytes" "$work/fuzz_load" "$others" "${shared[@]}"

# DNA of other versions makes no module; the rest does.
"$release/bin/fuzz_export" "$others" "$work/exported" 2>"$work/log" ||
    echo "left out: $(wc -l <"$work/log") files that are neither modules nor DNA of this version"
ci/pool.py "$max_bytes" "$work/fuzz_load" "$others" "$work/exported"

# What cannot run has nothing to compare.
find "$work/fuzz_load" -type f -exec cp -t "$work/fuzz_diff" {} +
{ "$release/bin/fuzz_state_interp" "$work/fuzz_diff" || [ $? = 1 ]; } |
    awk '/^\//{ file = $0 } / (invalid|unlinkable|no memory)$/ { print file }' |
    sort -u | xargs -rd '\n' rm

# merge MODE TARGET NEW FOLDER: fills NEW with inputs of FOLDER that reach all that it reaches
merge() {
    mkdir "$3"
    WX_AUDIT=0 "$fuzz/bin/$2" "-$1=1" -use_counters=0 -max_len=1048576 -rss_limit_mb=4096 \
        -artifact_prefix="$work/" "$3" "$4" \
        >"$work/log" 2>&1 || { tail -n 20 "$work/log" >&2; exit 1; }
}

files=0
bytes=0
for target in "${targets[@]}"; do
    seeds=$(where "$target")
    merge merge "$target" "$work/merged" "$work/$target"
    merge set_cover_merge "$target" "$work/cover" "$work/merged"
    echo "$seeds: $(count "$work/$target") inputs, $(count "$work/merged") after -merge," \
        "$(count "$work/cover") after -set_cover_merge"
    rm -rf "$seeds" "$work/merged"
    mkdir -p "$seeds"
    find "$work/cover" -type f -exec cp -t "$seeds" {} +
    files=$((files + $(count "$work/cover")))
    bytes=$((bytes + $(find "$work/cover" -type f -printf '%s\n' | awk '{ n += $1 } END { print n + 0 }')))
    rm -rf "$work/cover"
    rmdir --ignore-fail-on-non-empty "$seeds"
done
echo "all: $files files, $bytes bytes"
if [ $files -gt $max_files ] || [ $bytes -gt $max_total ]; then
    echo "cmin: more than $max_files files or $max_total bytes; lower MAX_BYTES" >&2
    exit 1
fi
