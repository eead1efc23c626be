#!/usr/bin/env bash
# end_to_end.sh - from a seeded bug to a regression that proves it, for a few bugs.
#
# usage: end_to_end.sh BIN FOLDER BUG:OPERATIONS...
#
# For each bug: a finding is made, reported, minimised, located and written as a script or a
# module. OPERATIONS is a regular expression for the operation that bisection has to name. The
# case may have 25 instructions at most; the regression fails with the bug and passes without.
set -euo pipefail
bin=$1 folder=$2
shift 2
ulimit -c 0
export WX_AUDIT=0

die() {
    echo "end_to_end: $bug: $*" >&2
    exit 1
}

# Whether the regression fails in some tier, or with the flags that it names.
fails() {
    case $regression in
    *.wasm) ! WX_FUZZ_LANES=all timeout 20 "$bin/fuzz_diff_replay" "$regression" >/dev/null 2>&1 ;;
    *)
        wast2json "$regression" -o "$folder/$bug.json"
        read -ra flags < <(sed -n 's/^;; flags: wx spec //p' "$regression") || true
        ! "$bin/wx" spec "${flags[@]}" "$folder/$bug.json" >/dev/null 2>&1 ||
            ! "$bin/wx" spec --tier interp "$folder/$bug.json" >/dev/null 2>&1 ||
            ! "$bin/wx" spec --tier baseline "$folder/$bug.json" >/dev/null 2>&1 ||
            ! "$bin/wx" spec --tier baseline --memory check "$folder/$bug.json" \
                >/dev/null 2>&1
        ;;
    esac
}

field() { sed -n "s/^$1: //p" "$folder/$bug.out"; }

for row in "$@"; do
    bug=${row%%:*} operations=${row#*:}
    rm -rf "${folder:?}/$bug"*
    mkdir -p "$folder"
    export WX_BUG=$bug
    "$bin/wx-fuzz" find --seconds 30 -o "$folder/$bug.dna" >/dev/null || die "not found"
    if WX_FUZZ_REPORT="$folder/$bug-" timeout 20 "$bin/fuzz_diff_replay" "$folder/$bug.dna" \
        >/dev/null 2>&1; then
        die "the finding does not replay"
    fi
    for report in "$folder/$bug-"*.report; do
        [ -e "$report" ] || continue # an assertion or a signal has none
        ! eval "$(sed -n 's/^reproduce: //p' "$report")" >/dev/null 2>&1 ||
            die "the report's command shows nothing"
    done
    "$bin/wx-fuzz" pipeline --seconds 20 -o "$folder/$bug" "$folder/$bug.dna" \
        >"$folder/$bug.out" || die "the pipeline failed"
    [[ $(field bucket) =~ $operations ]] || die "located at $(field bucket)"
    size=$(sed -n 's/.*now \([0-9]*\);.*/\1/p' "$folder/$bug.out")
    [ "$size" -le 25 ] || die "$size instructions"
    ! eval "$(field reproduce)" >/dev/null 2>&1 || die "the command shows nothing"
    regression=$(field regression)
    fails || die "$regression passes with the bug"
    export WX_BUG=
    ! fails || die "$regression fails without the bug"
    echo "$bug: $(field bucket), $size instructions, $(basename "$regression")"
done
