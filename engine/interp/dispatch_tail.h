/* dispatch_tail.h - what the two files of the tail dispatcher share: a handler's type.
 *
 * Each handler is a function that ends in a call of the next, guaranteed to be a jump, and
 * the machine's state is its parameters.  preserve_none gives them registers that nothing
 * else wants:
 *
 *     pc r12   fp r13   mem0 r14   inst r15   acc rdi   limit rsi   facc xmm0   dacc xmm1
 *
 * C that a cold handler calls keeps the first four. */
#ifndef WX_INTERP_DISPATCH_TAIL_H
#define WX_INTERP_DISPATCH_TAIL_H

#include "interp/access.h"
#include "interp/cold.h"
#include "interp/frame.h"
#include "interp/num.h"

#define TAIL_CALL       __attribute__((musttail))
#define TAIL_CONVENTION __attribute__((preserve_none))

#define STATE                                                                  \
    const struct cell *pc, uint64_t *fp, uint8_t *mem0, struct instance *inst, \
        uint64_t acc, const uint64_t *limit, float facc, double dacc
#define STATE_NOW pc, fp, mem0, inst, acc, limit, facc, dacc

typedef TAIL_CONVENTION enum trap tail_handler(STATE);

/* The address of a handler, as a cell has it. */
union tail_address {
    const void *data;
    tail_handler *code;
};

#define HANDLER(name, ...)
#define GUARD_HANDLER(name, ...)
#define COLD_HANDLER(name, ...) tail_handler tail_cold_##name;
#include "interp/handlers.h"
#undef HANDLER
#undef GUARD_HANDLER
#undef COLD_HANDLER

extern const struct fuser tail_fuser; /* dispatch_tail_fused.c */

#define DISPATCH()                                         \
    do {                                                   \
        union tail_address next = { .data = pc->handler }; \
        TAIL_CALL return next.code(STATE_NOW);             \
    } while (0)
#define NEXT()      \
    do {            \
        pc++;       \
        DISPATCH(); \
    } while (0)
#define DIVERT(name) TAIL_CALL return tail_cold_##name(STATE_NOW)
#define LEAVE(trap)                                                                       \
    do {                                                                                  \
        (void)fp, (void)mem0, (void)inst, (void)acc, (void)limit, (void)facc, (void)dacc; \
        return (trap);                                                                    \
    } while (0)
#define TRAP(kind)              \
    do {                        \
        acc = (uint64_t)(kind); \
        DIVERT(trap);           \
    } while (0)

#endif
