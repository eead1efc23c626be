#!/bin/sh
# check_leaves.sh OBJDUMP OBJECT... - the handlers of the tail dispatcher touch no native stack.
#
# Disassembles the section of the handlers in dispatch_tail's object, one of those given, and
# fails when one pushes, pops, calls, returns or names the stack or frame pointer. $<TARGET_OBJECTS>
# comes as one argument, separated by semicolons.
set -eu
objdump=$1
shift
object=
for file in $(printf '%s' "$*" | tr ';' ' '); do
    case $file in */dispatch_tail.c.o) object=$file ;; esac
done
[ -n "$object" ] || { echo "no object of dispatch_tail.c among: $*"; exit 1; }

listing=$(mktemp)
trap 'rm -f "$listing"' EXIT
"$objdump" -d --no-show-raw-insn -j wx_handlers "$object" > "$listing"
handlers=$(grep -c '^[0-9a-f]* <tail_.*>:$' "$listing" || true)
[ "$handlers" -ge 1000 ] || { echo "only $handlers handlers found in $object"; exit 1; }
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
echo "$handlers handlers, all leaves"
