#!/bin/sh
# check_leaves.sh OBJDUMP OBJECT... - the handlers of the tail dispatcher touch no native stack.
#
# Disassembles the section of the handlers in the objects of dispatch_tail and
# dispatch_tail_fused, among those given, and fails when one pushes, pops, calls, returns or names
# the stack or frame pointer. $<TARGET_OBJECTS> comes as one argument, separated by semicolons.
set -eu
objdump=$1
shift

# find NAME: the object of that source
objects=$(printf '%s' "$*" | tr ';' '\n')
find() {
    printf '%s\n' "$objects" | grep "/$1.c.o\$" || { echo "no object of $1.c" >&2; exit 1; }
}

listing=$(mktemp)
trap 'rm -f "$listing"' EXIT
for source in dispatch_tail dispatch_tail_fused; do
    "$objdump" -d --no-show-raw-insn -j wx_handlers "$(find "$source")" >> "$listing"
done
handlers=$(grep -c '^[0-9a-f]* <tail_.*>:$' "$listing" || true)
fused=$(grep -c '^[0-9a-f]* <fused_.*>:$' "$listing" || true)
[ "$handlers" -ge 1000 ] && [ "$fused" -ge 100 ] ||
    { echo "only $handlers handlers and $fused rows found"; exit 1; }
# Symbols of the assembler are <...>; what is left are instructions and registers.
bad=$(awk '/^[0-9a-f]+ <.*>:$/ { name = $2 }
    { text = $0; sub(/^ *[0-9a-f]+:/, "", text); sub(/<.*/, "", text) }
    text ~ /(^|[ \t])(push|pop|call|ret|leave|enter)[lqw]?([ \t]|$)/ || text ~ /%[re]?[sb]pl?([^a-z0-9]|$)/ {
        if ($0 !~ /:$/) print name, $0 }' "$listing")
if [ -n "$bad" ]; then
    echo "handlers that use the native stack:"
    echo "$bad"
    exit 1
fi
echo "$handlers handlers and $fused rows, all leaves"
