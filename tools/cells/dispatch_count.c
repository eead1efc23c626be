/* dispatch_count.c - a dispatcher that counts how often each cell runs (wx-cells).
 *
 * It stands in the tail dispatcher's place, so that functions are translated to the very cells
 * that the tail dispatcher runs, unchecked accesses among them; an access out of bounds ends
 * the process.  All handlers are in one switch (interp/dispatch_switch.h).  The count is in
 * the cell itself, above the number of its handler. */
#include "interp/cell.h"
#include "tools/cells/count.h"

/* Counts the cell and gives its handler. */
static enum handler count(const struct cell *cell)
{
    uint64_t *word = (uint64_t *)(uintptr_t)&cell->handler;
    *word += COUNT_ONE;
    return (enum handler)(*word & COUNT_HANDLER);
}

#define HANDLER_AT(pc)          count(pc)
#define GUARD_HANDLER_BODY(...) __VA_ARGS__
#include "interp/dispatch_switch.h"

bool dispatch_tail(struct dispatcher *d)
{
    *d = (struct dispatcher){ .run = run };
    return true;
}
