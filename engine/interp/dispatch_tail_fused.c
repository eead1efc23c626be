/* dispatch_tail_fused.c - the tail dispatcher's handlers for several cells in a row.
 *
 * A row of fused.def names handlers that often run one behind the other.  Its handler does
 * what they do, each at its own cell, and dispatches once.  The cells stay as they are: only
 * the first one's handler is another (fuse.h), so branches into the middle, call sites and
 * the places of traps are what they were.
 *
 * Every handler of handlers.h becomes a step here: a function over the machine's state that
 * is inlined into the rows that name it, and is nothing otherwise.  A step ends by going on,
 * by jumping, or by diverting to a cold handler at its cell; the last two end the row.
 *
 * Faults are found as in dispatch_tail.c: at an access pc is in r12, at the cell of the
 * step, and the effective address in rax.  Compiled as dispatch_tail.c is. */
#include "interp/dispatch_tail.h"
#include "interp/fuse.h"

#define SECTION __attribute__((section("wx_handlers")))
#define STEP    static inline __attribute__((always_inline, unused)) void

enum outcome { OUTCOME_NEXT, OUTCOME_JUMP, OUTCOME_DIVERT };

struct machine {
    const struct cell *pc;
    uint64_t *fp;
    uint8_t *mem0;
    struct instance *inst;
    uint64_t acc;
    const uint64_t *limit;
    float facc;
    double dacc;
    enum outcome outcome;
    tail_handler *cold;
};

#define STEP_END(what)                                                                   \
    do {                                                                                 \
        *m = (struct machine){ pc, fp, mem0, inst, acc, limit, facc, dacc, what, cold }; \
        return;                                                                          \
    } while (0)

#undef DISPATCH
#undef NEXT
#undef DIVERT
#define DISPATCH() STEP_END(OUTCOME_JUMP)
#define NEXT()                  \
    do {                        \
        pc++;                   \
        STEP_END(OUTCOME_NEXT); \
    } while (0)
#define DIVERT(name)              \
    do {                          \
        cold = tail_cold_##name;  \
        STEP_END(OUTCOME_DIVERT); \
    } while (0)

#define ACCESS()                                        \
    register const struct cell *at __asm__("r12") = pc; \
    __asm__ volatile("" : "+a"(ea), "+r"(at))
#define ACCESSED()                   \
    __asm__ volatile("" : "+r"(at)); \
    pc = at

#define HANDLER(name, ...)                \
    STEP step_##name(struct machine *m)   \
    {                                     \
        const struct cell *pc = m->pc;    \
        uint64_t *fp = m->fp;             \
        uint8_t *mem0 = m->mem0;          \
        struct instance *inst = m->inst;  \
        uint64_t acc = m->acc;            \
        const uint64_t *limit = m->limit; \
        float facc = m->facc;             \
        double dacc = m->dacc;            \
        tail_handler *cold = NULL;        \
        __VA_ARGS__                       \
    }
#define GUARD_HANDLER(name, ...) HANDLER(name, __VA_ARGS__)
#define COLD_HANDLER(name, ...)
#include "interp/handlers.h"
#undef HANDLER
#undef GUARD_HANDLER
#undef COLD_HANDLER

/* ---- rows ---------------------------------------------------------------------------- */

#define MACHINE_NOW m.pc, m.fp, m.mem0, m.inst, m.acc, m.limit, m.facc, m.dacc
#define GO_ON()                                              \
    do {                                                     \
        union tail_address next = { .data = m.pc->handler }; \
        TAIL_CALL return next.code(MACHINE_NOW);             \
    } while (0)
/* One step, and the ways out of the row.  The jump is made apart from the one at the end of
 * the row, each predicted on its own. */
#define DO(name)                              \
    step_##name(&m);                          \
    if (m.outcome == OUTCOME_DIVERT)          \
        TAIL_CALL return m.cold(MACHINE_NOW); \
    if (m.outcome == OUTCOME_JUMP) {          \
        __asm__ volatile("" : "+r"(m.pc));    \
        GO_ON();                              \
    }
#define ROW(name, ...)                                           \
    static SECTION TAIL_CONVENTION enum trap fused_##name(STATE) \
    {                                                            \
        struct machine m = { STATE_NOW, OUTCOME_NEXT, NULL };    \
        __VA_ARGS__                                              \
        GO_ON();                                                 \
    }
/* clang-format off */
#define FUSED2(a, b)             ROW(a##__##b, DO(a) DO(b))
#define FUSED3(a, b, c)          ROW(a##__##b##__##c, DO(a) DO(b) DO(c))
#define FUSED4(a, b, c, d)       ROW(a##__##b##__##c##__##d, DO(a) DO(b) DO(c) DO(d))
#define FUSED5(a, b, c, d, e)    ROW(a##__##b##__##c##__##d##__##e, \
                                     DO(a) DO(b) DO(c) DO(d) DO(e))
#define FUSED6(a, b, c, d, e, f) ROW(a##__##b##__##c##__##d##__##e##__##f, \
                                     DO(a) DO(b) DO(c) DO(d) DO(e) DO(f))
/* clang-format on */
#include "interp/fused.def"

/* ---- tables (fuse.h) ----------------------------------------------------------------- */

static const union tail_address addresses[] = {
#define FUSED2(a, b)             { .code = fused_##a##__##b },
#define FUSED3(a, b, c)          { .code = fused_##a##__##b##__##c },
#define FUSED4(a, b, c, d)       { .code = fused_##a##__##b##__##c##__##d },
#define FUSED5(a, b, c, d, e)    { .code = fused_##a##__##b##__##c##__##d##__##e },
#define FUSED6(a, b, c, d, e, f) { .code = fused_##a##__##b##__##c##__##d##__##e##__##f },
#include "interp/fused.def"
};

static const uint16_t roots[H_COUNT] = {
#define FUSE_ROOT(handler, node) [H_##handler] = (node),
#include "interp/fused.def"
};

static const uint16_t node_handlers[] = {
    H_COUNT,
#define FUSE_NODE(handler, first, count, row) H_##handler,
#include "interp/fused.def"
};

static const struct fuse_node nodes[] = {
    { 0, 0, 0 },
#define FUSE_NODE(handler, first, count, row) { first, count, row },
#include "interp/fused.def"
};

const struct fuser tail_fuser = { .roots = roots,
                                  .handlers = node_handlers,
                                  .nodes = nodes,
                                  .addresses = &addresses[0].data,
                                  .nrows = COUNT(addresses) };
