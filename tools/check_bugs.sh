#!/usr/bin/env bash
# check_bugs.sh - a build without WX_BUGS has no trace of the seeded bugs, and each row of
# bugs.def is injected somewhere.
#
# usage: check_bugs.sh BUILD_FOLDER
# Fails when a library defines or uses a symbol of base/bugs.c, contains its strings, or was
# configured with WX_BUGS. The debug information is not looked at.
set -euo pipefail
build=$1
if grep -q '^WX_BUGS:BOOL=ON' "$build/CMakeCache.txt"; then
    echo "check_bugs: $build was configured with WX_BUGS" >&2
    exit 2
fi

status=0
engine=$(dirname "$0")/../engine
for bug in $(sed -nE 's/^WX_BUG_ROW\((\w+),.*/\1/p' "$engine/base/bugs.def"); do
    grep -rqw --include='*.[ch]' "WX_BUG($bug)" "$engine" && continue
    echo "bugs.def: $bug is injected nowhere"
    status=1
done
for library in "$build"/engine/libwx*.a "$build"/engine/libwx.so; do
    if nm "$library" 2>/dev/null | grep -w bugs_chosen; then
        echo "$library: has the choice of a seeded bug"
        status=1
    fi
    if strings -d "$library" | grep -x 'WX_BUG\|WX_BUG: no bug %s in bugs.def'; then
        echo "$library: has strings of base/bugs.c"
        status=1
    fi
done
[ $status != 0 ] || echo "bugs: ok, no trace"
exit $status
