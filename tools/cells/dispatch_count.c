/* dispatch_count.c - a dispatcher that counts how often each cell runs (wx-cells).
 *
 * It stands in the tail dispatcher's place, so that functions are translated to the very cells
 * that the tail dispatcher runs, unchecked accesses among them; an access out of bounds ends
 * the process.  All handlers are in one switch, as in interp/dispatch_loop.c.  The count is in
 * the cell itself, above the number of its handler. */
#include "interp/access.h"
#include "interp/cold.h"
#include "interp/frame.h"
#include "interp/num.h"
#include "tools/cells/count.h"

#define ACCESS()     ((void)0)
#define ACCESSED()   ((void)0)
#define DISPATCH()   goto dispatch
#define NEXT()       goto next
#define DIVERT(name) goto L_##name
#define LEAVE(trap)  return (trap)
#define TRAP(kind)              \
    do {                        \
        acc = (uint64_t)(kind); \
        DIVERT(trap);           \
    } while (0)

/* Counts the cell and gives its handler. */
static enum handler count(const struct cell *cell)
{
    uint64_t *word = (uint64_t *)(uintptr_t)&cell->handler;
    *word += COUNT_ONE;
    return (enum handler)(*word & COUNT_HANDLER);
}

static enum trap run(const struct cell *pc, uint64_t *fp, struct instance *inst,
                     const struct cell *site, const uint64_t *limit)
{
    uint8_t *mem0 = inst->mem0;
    uint64_t acc = (uint64_t)(uintptr_t)site;
    float facc = 0;
    double dacc = 0;
    goto dispatch;
next:
    pc++;
dispatch:
    switch (count(pc)) {
/* clang-format off */
#define HANDLER(name, ...)       case H_##name: __VA_ARGS__
#define GUARD_HANDLER(name, ...) case H_##name: __VA_ARGS__
#define COLD_HANDLER(name, ...) \
    case H_##name: L_##name: __attribute__((unused)); __VA_ARGS__
/* clang-format on */
#include "interp/handlers.h"
    case H_COUNT: break;
    }
    __builtin_unreachable();
}

bool dispatch_tail(struct dispatcher *d)
{
    *d = (struct dispatcher){ .run = run };
    return true;
}
