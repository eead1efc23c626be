#!/usr/bin/env bash
# seeds.sh - makes corpus/seeds: the smallest modules of the official suite, and of earlier
# campaigns, that together reach all the code that fuzz_diff reaches with all of them.
#
#   ci/seeds.sh [FOLDER...]      folders with more inputs, such as a campaign's corpus
#
# Needs the build of the presets release (the suite, converted) and fuzz. Inputs above
# MAX_BYTES are left out, so that what is committed stays small.
set -euo pipefail
cd "$(dirname "$0")/.."
max_bytes=${MAX_BYTES:-4096}
fuzz=${FUZZ_BUILD:-build/fuzz}/bin/fuzz_diff
suite=${RELEASE_BUILD:-build/release}/spectest/2.0
[ -x "$fuzz" ] || { echo "seeds: $fuzz was not built (cmake --workflow --preset fuzz)" >&2; exit 1; }
[ -d "$suite" ] || { echo "seeds: no $suite (cmake --workflow --preset release)" >&2; exit 1; }

all=$(mktemp -d)
trap 'rm -rf "$all"' EXIT
find "$suite" "$@" -type f ! -name '*.json' ! -name '*.wat' -size -"$max_bytes"c -print0 |
    while IFS= read -r -d '' file; do
        cp "$file" "$all/$(sha1sum <"$file" | cut -c 1-16)"
    done
mkdir -p corpus/seeds.new
"$fuzz" -merge=1 -rss_limit_mb=4096 corpus/seeds.new corpus/seeds "$all" 2>&1 | tail -n 2
rm -rf corpus/seeds
mv corpus/seeds.new corpus/seeds
echo "corpus/seeds: $(find corpus/seeds -type f | wc -l) files, $(du -sh --apparent-size corpus/seeds | cut -f 1)"
