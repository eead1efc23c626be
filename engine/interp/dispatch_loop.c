/* dispatch_loop.c - the loop dispatcher: all handlers in one function, one switch.
 *
 * For every compiler and sanitizer: accesses to memory are always checked, nothing depends
 * on signals or on registers.  A cell's handler stays a number.
 *
 * A switch, not computed goto: with two thousand labels clang 22 takes 280 s for the latter
 * and gcc 12 43 s, because each jump may reach each label. */
#include "interp/access.h"
#include "interp/cold.h"
#include "interp/frame.h"
#include "interp/num.h"

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
    switch ((enum handler)(uintptr_t)pc->handler) {
/* clang-format off */
#define HANDLER(name, ...)       case H_##name: __VA_ARGS__
#define GUARD_HANDLER(name, ...) case H_##name:
#define COLD_HANDLER(name, ...) \
    case H_##name: L_##name: __attribute__((unused)); __VA_ARGS__
/* clang-format on */
#include "interp/handlers.h"
    case H_COUNT: break;
    }
    __builtin_unreachable();
}

void dispatch_loop(struct dispatcher *d)
{
    *d = (struct dispatcher){ .checks = true, .run = run };
}
