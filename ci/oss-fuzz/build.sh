#!/bin/bash -eu
# build.sh - builds every fuzz target for OSS-Fuzz, ClusterFuzzLite and whoever sets the same
# variables: CC CXX CFLAGS CXXFLAGS LIB_FUZZING_ENGINE OUT SRC WORK SANITIZER FUZZING_ENGINE
# ARCHITECTURE. Nothing else is read, and nothing is written outside of $OUT and $WORK.
#
# Per target in $OUT: the program, TARGET.options, TARGET.dict for those with a dictionary,
# TARGET_seed_corpus.zip. The list of targets is CMake's, save fuzz_wast: it runs the scripts of
# the official suite from a folder that the machines which run targets do not have.
#
# All optimization and sanitizer flags are the caller's. With SANITIZER=memory the library has
# the interpreter alone: MemorySanitizer cannot see what compiled code stores. Its dispatcher is
# then the loop, which is instrumented as a whole; fuzz_api, which asks for engines that compile,
# is left out.
set -eu
[ "${ARCHITECTURE:-x86_64}" = x86_64 ] || { echo "wx is for x86-64, not $ARCHITECTURE" >&2; exit 1; }
project=$SRC/wx
build=$WORK/wx
options=()
if [ "$SANITIZER" = memory ]; then
    options+=(-DWX_JIT=OFF -DWX_TAIL_DISPATCH=OFF -DZYDIS_LIBRARY=OFF)
fi

# Engines are C++ libraries, so $CXX links.
cmake -G Ninja -S "$project" -B "$build" "${options[@]}" \
    -DCMAKE_C_COMPILER="$CC" -DCMAKE_C_FLAGS="$CFLAGS" \
    -DCMAKE_BUILD_TYPE=RelWithDebInfo -DCMAKE_C_FLAGS_RELWITHDEBINFO= \
    -DCMAKE_C_LINK_EXECUTABLE="$CXX $CXXFLAGS <LINK_FLAGS> <OBJECTS> -o <TARGET> <LINK_LIBRARIES>" \
    -DCMAKE_BUILD_RPATH='$ORIGIN/lib' -DCMAKE_BUILD_WITH_INSTALL_RPATH=OFF \
    -DBUILD_TESTING=OFF -DWX_WERROR=OFF -DWX_FUZZ_ENGINE="$LIB_FUZZING_ENGINE" \
    -DWX_TESTSUITE_2_0="$WORK/no-suite" -DWX_TESTSUITE="$WORK/no-suite"
left_out=fuzz_wast
[ "$SANITIZER" != memory ] || left_out='fuzz_wast\|fuzz_api'
grep -vx "$left_out" "$build/fuzz_targets.txt" >"$WORK/targets.txt"
mapfile -t targets <"$WORK/targets.txt"
cmake --build "$build" --target "${targets[@]}"

# seeds TARGET: where its seeds are; fuzz_meta takes those of fuzz_diff
seeds() {
    local folder name=${1/fuzz_meta/fuzz_diff}
    for folder in "$project/corpus/seeds/$name" "$project/corpus/${name#fuzz_}"; do
        [ ! -d "$folder" ] || echo "$folder"
    done
}

# libraries PROGRAM: shared libraries that the machines that run targets do not have
libraries() {
    ldd "$1" | sed -nE 's/.* => (\S*lib(Zydis|Zycore)\S*) .*/\1/p'
}

for target in "${targets[@]}"; do
    cp "$build/bin/$target" "$OUT/$target"
    cp "$project/ci/oss-fuzz/targets.options" "$OUT/$target.options"
    [ ! -e "$project/fuzz/$target.options" ] || cat "$project/fuzz/$target.options" >>"$OUT/$target.options"
    for library in $(libraries "$OUT/$target"); do
        mkdir -p "$OUT/lib"
        [ -e "$OUT/lib/${library##*/}" ] || cp -L "$library" "$OUT/lib/"
    done
    mapfile -t folders < <(seeds "$target")
    [ ${#folders[@]} = 0 ] || zip -q -j -r "$OUT/${target}_seed_corpus.zip" "${folders[@]}"
done
cp "$project/fuzz/wasm.dict" "$OUT/fuzz_load.dict"
