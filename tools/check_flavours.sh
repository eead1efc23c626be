#!/usr/bin/env bash
# check_flavours.sh - each flavour of the library contains the tiers it should, by nm.
#
# usage: check_flavours.sh BUILD_FOLDER
# libwx_interp.a defines nothing of x64/ and baseline/, libwx_jit.a nothing of interp/,
# libwx.a all of them; libwx.so exports wx_* and nothing else.
set -euo pipefail
cd "$1/engine"

# defined FILE...: the external symbols that archives or objects define
defined() {
    nm -g --defined-only --format=posix "$@" | awk 'NF > 1 { print $1 }' | sort -u
}

status=0

# contains LIBRARY FOLDER yes|no: all, or none, of the folder's symbols are in the library
contains() {
    local symbols wrong
    mapfile -t objects < <(find "$2" -name '*.o')
    [ ${#objects[@]} -gt 0 ] || { echo "check_flavours: no objects in engine/$2" >&2; exit 2; }
    symbols=$(defined "${objects[@]}")
    if [ "$3" = yes ]; then
        wrong=$(comm -23 <(echo "$symbols") <(defined "$1"))
    else
        wrong=$(comm -12 <(echo "$symbols") <(defined "$1"))
    fi
    [ -n "$wrong" ] || return 0
    echo "$1: contains $2/: $3 expected; wrong are:"
    head -n 5 <<<"$wrong"
    status=1
}

contains libwx.a interp yes
contains libwx.a x64 yes
contains libwx.a baseline yes
contains libwx_interp.a interp yes
contains libwx_interp.a x64 no
contains libwx_interp.a baseline no
contains libwx_jit.a interp no
contains libwx_jit.a x64 yes
contains libwx_jit.a baseline yes

if nm -D --defined-only --format=posix libwx.so | grep -v '^wx_'; then
    echo "libwx.so: exports the symbols above, which do not begin with wx_"
    status=1
fi
[ $status != 0 ] || echo "flavours: ok"
exit $status
