#!/bin/sh
# golden.sh - DNA of this version makes the modules that it made when it was recorded.
#
#     golden.sh PROGRAM_FOLDER GOLDEN_FOLDER             compare; the CTest fuzz.golden
#     golden.sh --record PROGRAM_FOLDER GOLDEN_FOLDER    make all files anew
#
# GOLDEN_FOLDER has a pair NAME.dna, NAME.wasm for each case. A difference means that old corpora
# would mean something else: let DNA_VERSION (fuzz/case.h) grow and record again, or mend it.
# docs/decisions/0004-versions-of-dna.md says why.
set -eu
record=no
if [ "$1" = --record ]; then
    record=yes
    shift
fi
programs=$1
golden=$2
made=$(mktemp)
trap 'rm -f "$made"' EXIT

# A case of each mode and each density of traps, short DNA, and long DNA without expansion.
record_all() {
    mkdir -p "$golden"
    rm -f "$golden"/*.dna "$golden"/*.wasm
    n=0
    for mode in statements single pairs pressure idioms soup; do
        for traps in none dense; do
            n=$((n + 1))
            "$programs/wx" fuzz gen --seed $n --mode $mode --traps $traps \
                --dna "$golden/$mode-$traps.dna"
        done
    done
    for n in 1 2 3 4 5 6 7 8; do
        "$programs/wx" fuzz gen --seed $n --dna "$golden/mixture-$n.dna"
    done
    for size in 2 40 200 700 1500; do
        python3 - "$golden/tree-$size.dna" "$golden/mixture-1.dna" $size <<'END'
import hashlib
import sys
path, like, size = sys.argv[1], sys.argv[2], int(sys.argv[3])
with open(like, "rb") as f:
    version = f.read(1)
data = b"".join(hashlib.sha256(b"%d %d" % (size, i)).digest() for i in range(size // 32 + 1))
data = bytearray(data[:size])
data[0:1] = version
data[1] &= 0xFE  # no expansion: what is missing is zero
with open(path, "wb") as f:
    f.write(data)
END
    done
}

if [ $record = yes ]; then
    record_all
fi
count=0
failed=0
for dna in "$golden"/*.dna; do
    wasm=${dna%.dna}.wasm
    "$programs/fuzz_export" "$dna" "$made"
    count=$((count + 1))
    if [ $record = yes ]; then
        cp "$made" "$wasm"
    elif ! cmp "$made" "$wasm"; then
        failed=$((failed + 1))
    fi
done
echo "$count golden cases, $failed different"
[ $failed = 0 ] && [ $count -ge 20 ]
