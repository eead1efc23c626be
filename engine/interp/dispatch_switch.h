/* dispatch_switch.h - run(): all handlers in one function, one switch.  No guard: it is the body
 * of a dispatcher's file, which defines before
 *
 *   HANDLER_AT(pc)          the number of the handler of a cell
 *   GUARD_HANDLER_BODY(...) the body of a handler that relies on guard pages, or nothing */
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
    switch (HANDLER_AT(pc)) {
/* clang-format off */
#define HANDLER(name, ...)       case H_##name: __VA_ARGS__
#define GUARD_HANDLER(name, ...) case H_##name: GUARD_HANDLER_BODY(__VA_ARGS__)
#define COLD_HANDLER(name, ...) \
    case H_##name: L_##name: __attribute__((unused)); __VA_ARGS__
/* clang-format on */
#include "interp/handlers.h"
    case H_COUNT: break;
    }
    __builtin_unreachable();
}
