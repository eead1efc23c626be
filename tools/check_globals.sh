#!/usr/bin/env bash
# check_globals.sh - the engine has no mutable global state but what tools/globals.allow names.
#
# usage: check_globals.sh BUILD_FOLDER [ALLOW_FILE]
# Lists, by nm, each writable object of the engine's object files as "folder/file.c symbol".
# Fails on one that is not in the allow-list, and on an entry of the list whose file was
# built and has no such object. Tables of constants that need relocation (.data.rel.ro)
# are not mutable. Not meant for instrumented builds: sanitizers add objects of their own.
set -euo pipefail
build=$1
allow=${2:-$(dirname "$0")/globals.allow}

objects=$(cd "$build/engine" && find . -path ./test -prune -o -name '*.o' -print | sort)
[ -n "$objects" ] || { echo "check_globals: no objects in $build/engine" >&2; exit 2; }

# ./base/CMakeFiles/wx_base.dir/arena.c.o -> base/arena.c; clang writes function.name and
# gcc name.123 for a static inside a function: both become name.
found=$(cd "$build/engine" && for object in $objects; do
    source=$(sed -E 's|^\./||; s|CMakeFiles/[^/]*\.dir/||; s|\.o$||' <<<"$object")
    nm --format=sysv --defined-only "$object" | awk -F'|' -v source="$source" '
        $4 ~ /OBJECT|TLS|COMMON/ && $7 ~ /^(\.data|\.bss|\.tdata|\.tbss|\.lbss|\.ldata|\*COM\*|__)/ &&
        $7 !~ /^\.data\.rel\.ro/ {
            name = $1; gsub(/ /, "", name)
            sub(/\.[0-9]+$/, "", name); sub(/^.*\./, "", name)
            print source, name
        }'
done | sort -u)

status=0
allowed=$(sed -E 's/#.*//; s/[[:space:]]+$//; /^$/d' "$allow" | sort -u)
while read -r file name; do
    echo "engine/$file: mutable global $name is not in $allow"
    status=1
done < <(comm -23 <(grep . <<<"$found") <(grep . <<<"$allowed"))
while read -r file name; do
    grep -q "/${file##*/}.o$" <<<"$objects" || continue
    echo "$allow: engine/$file has no mutable global $name any more"
    status=1
done < <(comm -13 <(grep . <<<"$found") <(grep . <<<"$allowed"))
[ $status != 0 ] || echo "globals: ok, $(grep -c . <<<"$found" || true) allowed"
exit $status
