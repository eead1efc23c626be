/* dispatch_loop.c - the loop dispatcher: all handlers in one function, one switch.
 *
 * For every compiler and sanitizer: accesses to memory are always checked, nothing depends
 * on signals or on registers.  A cell's handler stays a number.
 *
 * A switch, not computed goto: with two thousand labels clang 22 takes 280 s for the latter
 * and gcc 12 43 s, because each jump may reach each label. */
#include "interp/cell.h"

#define HANDLER_AT(pc) ((enum handler)(uintptr_t)(pc)->handler)
#define GUARD_HANDLER_BODY(...)
#include "interp/dispatch_switch.h"

void dispatch_loop(struct dispatcher *d)
{
    *d = (struct dispatcher){ .checks = true, .run = run };
}
