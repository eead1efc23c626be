#!/usr/bin/env bash
# afl_campaign.sh - a fuzz target under AFL++ on several cores: builds the variants, starts a main
# and its secondaries, prints afl-whatsup at the end.
#
#   ci/afl_campaign.sh [--cores N] [--seconds S] [--target T] [--import FOLDER] [OUT]
#
#   --cores N        instances, one a core (default: all cores)
#   --seconds S      how long (default 3600); 0: until interrupted
#   --target T       fuzz_diff (default) or another target of the build
#   --import FOLDER  a corpus of libFuzzer that the main instance reads now and then
#   OUT              queues and findings (default build/afl/out)
#
# CAMPAIGN_MAIN in the environment names the main instance, for several machines.
#
# Instances take these places in turn, so that few cores already get the mix:
#
#   0       main, plain build; alone it trims, with secondaries it leaves that to them
#   1       secondary with ASan and UBSan
#   2       secondary with cmplog, as fast as it can be had
#   3       secondary with laf (comparisons split), and cmplog with transformations (-l 2AT)
#   4...    plain: schedules in turn, some with MOpt (-L 0) or the queue in order (-Z), two of
#           three without trimming
#
# Plain and sanitizer builds are made by clang 22 with its own coverage (the same sources and
# flags as libFuzzer's build); cmplog and laf are passes of Debian's AFL++ for LLVM 14, where the
# interpreter has its loop dispatcher. Inputs come through shared memory into a persistent
# process. No setting of the system is changed or asked for. Instances of fuzz_diff use the typed
# mutator (fuzz/mut) beside AFL's own mutations when the preset release has built it.
#
# Exit 0: no findings; 1: findings, listed with the command that replays them; 2: wrong use or
# an instance could not run.
set -euo pipefail
cd "$(dirname "$0")/.."

main=${CAMPAIGN_MAIN:-main} cores=$(nproc) seconds=3600 target=fuzz_diff import='' out=build/afl/out
while [ $# -gt 0 ]; do
    case $1 in
    --cores | --seconds | --target | --import)
        [ $# -ge 2 ] || { echo "afl_campaign: $1 needs a value" >&2; exit 2; }
        declare "${1#--}=$2"
        shift 2
        ;;
    -*) sed -n '2,14s/^# \?//p' "$0" >&2; exit 2 ;;
    *) out=$1; shift ;;
    esac
done
[[ $cores =~ ^[1-9][0-9]*$ && $seconds =~ ^[0-9]+$ ]] ||
    { echo "afl_campaign: --cores and --seconds want numbers" >&2; exit 2; }
[ -z "$import" ] || [ -d "$import" ] || { echo "afl_campaign: no folder $import" >&2; exit 2; }
command -v afl-fuzz >/dev/null || { echo "afl_campaign: no afl-fuzz (ci/deps.sh --bench)" >&2; exit 2; }
builds=$(realpath -m "${WX_AFL_BUILD:-build/afl}")
out=$(realpath -m "$out")
mkdir -p "$builds" "$out"

# build VARIANT FLAGS [NAME=VALUE...]: $builds/VARIANT/bin/$target, built in that environment
build() {
    local folder=$builds/$1 flags=$2
    shift 2
    echo "== build ${folder##*/}"
    env AFL_QUIET=1 "$@" cmake -G Ninja -B "$folder" -DCMAKE_C_COMPILER=afl-clang-fast \
        -DCMAKE_BUILD_TYPE=RelWithDebInfo -DCMAKE_C_FLAGS="$flags" \
        -DCMAKE_C_FLAGS_RELWITHDEBINFO="-O2 -g" -DBUILD_TESTING=OFF -DWX_WERROR=OFF \
        -DWX_FUZZ_ENGINE=-fsanitize=fuzzer >"$folder.log" 2>&1 &&
        env AFL_QUIET=1 "$@" cmake --build "$folder" --target "$target" >>"$folder.log" 2>&1 ||
        { tail -n 30 "$folder.log" >&2; exit 2; }
}

native=(AFL_CC=clang-22 AFL_LLVM_INSTRUMENT=LLVMNATIVE)
build plain "" "${native[@]}"
[ "$cores" -lt 2 ] ||
    build sanitize "-fsanitize=address,undefined -fno-sanitize-recover=all" "${native[@]}"
[ "$cores" -lt 3 ] || build cmplog "" AFL_LLVM_CMPLOG=1
[ "$cores" -lt 4 ] || build laf "" AFL_LLVM_LAF_ALL=1

# Inputs: the seeds, and the smallest DNA so that an empty corpus works, too.
seeds=$out/.seeds
mkdir -p "$seeds"
for folder in "corpus/seeds/$target" "corpus/${target#fuzz_}"; do
    [ ! -d "$folder" ] || find "$folder" -type f ! -name '.*' -exec cp -t "$seeds" {} +
done
version=$(sed -nE 's/.*DNA_VERSION = ([0-9]+).*/\1/p' fuzz/case.h)
for n in 1 2 3 4 5 6 7 8; do
    printf "\\x$(printf %x "$version")\\1%s-some-more-of-the-dna" $n >"$seeds/dna-$n"
done

export AFL_NO_UI=1 AFL_SKIP_CPUFREQ=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 AFL_NO_AFFINITY=1
export AFL_TESTCACHE_SIZE=100 AFL_IMPORT_FIRST=1 AFL_IGNORE_PROBLEMS=1 AFL_FAST_CAL=1
export ASAN_OPTIONS=abort_on_error=1:symbolize=0:detect_leaks=0:allow_user_segv_handler=1:handle_sigill=0
export UBSAN_OPTIONS=abort_on_error=1:symbolize=0
mutator=$(realpath -m "${RELEASE_BUILD:-build/release}")/fuzz/mut/libwx_mutator.so
[ -e "$mutator" ] || [ "$target" != fuzz_diff ] ||
    echo "without the typed mutator (cmake --preset release && cmake --build --preset release)"

pids=()
stop() {
    [ ${#pids[@]} = 0 ] || kill -INT "${pids[@]}" 2>/dev/null || true
}
trap stop INT TERM

# start NAME VARIANT [NAME=VALUE...] -- [OPTION...]: an instance in the background
start() {
    local name=$1 variant=$2 settings=() role=-S
    shift 2
    while [ "$1" != -- ]; do
        settings+=("$1")
        shift
    done
    shift
    [ "$name" != "$main" ] || role=-M
    [ "$cores" -gt 1 ] || role=-S  # alone: a main would not trim
    [ ! -e "$mutator" ] || [ "$target" != fuzz_diff ] ||
        settings+=("AFL_CUSTOM_MUTATOR_LIBRARY=$mutator")
    [ "$seconds" = 0 ] || set -- -V "$seconds" "$@"
    env "${settings[@]}" afl-fuzz $role "$name" -m none -t 5000 -G 16384 -i "$seeds" -o "$out" \
        "$@" -- "$builds/$variant/bin/$target" >"$out/$name.log" 2>&1 &
    pids+=($!)
}

schedules=(explore fast exploit explore rare explore coe seek exploit explore)
for ((i = 0; i < cores; i++)); do
    options=(-p "${schedules[i % 10]}")
    settings=()
    ((i % 3 == 0)) || settings+=(AFL_DISABLE_TRIM=1)
    case $i in
    0)
        [ -z "$import" ] || [ "$cores" = 1 ] || options+=(-F "$import")
        start "$main" plain -- "${options[@]}"
        ;;
    1) start sanitize sanitize -- "${options[@]}" ;;
    2) start cmplog plain AFL_CMPLOG_ONLY_NEW=1 -- -c "$builds/cmplog/bin/$target" "${options[@]}" ;;
    3) start laf laf -- -c "$builds/cmplog/bin/$target" -l 2AT "${options[@]}" ;;
    *)
        ((i % 10 != 5)) || options+=(-L 0)
        ((i % 10 != 6)) || options+=(-Z)
        start "plain$i" plain "${settings[@]}" -- "${options[@]}"
        ;;
    esac
done
echo "== $cores instances of $target, $seconds s, in $out"

status=0
for pid in "${pids[@]}"; do
    wait "$pid" || status=2
done
[ $status = 0 ] || tail -n 15 "$out"/*.log >&2
afl-whatsup -d "$out" 2>/dev/null | sed 's/\x1b\[[0-9;]*m//g'

mapfile -t findings < <(find "$out" -path '*/crashes/id:*' -o -path '*/hangs/id:*' | sort)
for finding in "${findings[@]:0:10}"; do
    echo "finding: $builds/plain/bin/$target $finding"
    [ $status != 0 ] || status=1
done
[ ${#findings[@]} -le 10 ] || echo "and $((${#findings[@]} - 10)) more"
exit $status
