/* cell.h - the interpreter's code: cells, and the list of handlers.
 *
 * A function is translated to an array of cells.  Each names its handler and carries the
 * operands; a, b and d are byte offsets from the frame pointer unless the handler says
 * otherwise, x is mostly a branch distance in bytes from this cell.
 *
 *      0         8    12   16   20   24        32
 *     +---------+----+----+----+----+---------+
 *     | handler | a  | b  | d  | x  |   imm   |
 *     +---------+----+----+----+----+---------+
 *
 * Handlers are written once (handlers*.h) and compiled by each dispatcher.  During
 * translation a cell holds the handler's number, enum handler; the last pass replaces it
 * with the address that the engine's dispatcher knows it by.
 *
 * Call sites.  The cell before a return address is the site of the call: its a is the
 * distance from the caller's frame to the callee's, its d the offset of the caller's frame
 * header.  That is all that walking a stack needs (frame.h).
 *
 * The last cell of a function is never run; its imm is the address of the struct program.
 * From any cell the function is found by going forward to it. */
#ifndef WX_INTERP_CELL_H
#define WX_INTERP_CELL_H

#include "base/compiler.h"
#include "runtime/engine.h"
#include "runtime/store.h"
#include <assert.h>

struct cell {
    const void *handler;
    uint32_t a, b, d, x;
    uint64_t imm;
};
_Static_assert(sizeof(struct cell) == 32, "branch distances are multiples of this");

enum handler {
#define HANDLER(name, ...)       H_##name,
#define GUARD_HANDLER(name, ...) H_##name,
#define COLD_HANDLER(name, ...)  H_##name,
#include "interp/handlers.h"
#undef HANDLER
#undef GUARD_HANDLER
#undef COLD_HANDLER
    H_COUNT,
};

/* The longest row of cells that has a handler of its own (fuse.h). */
enum { FUSED_MAX = 6 };

/* A dispatcher: the addresses of its handlers, and how to start one. */
struct dispatcher {
    const void *const *handlers; /* [H_COUNT]; NULL: a cell keeps the number */
    bool checks;                 /* has no unchecked memory accesses */
    const struct fuser *fuser;   /* NULL: nothing is fused */
    enum trap (*run)(const struct cell *pc, uint64_t *fp, struct instance *inst,
                     const struct cell *ret, const uint64_t *limit);
    /* Hardware faults of unchecked accesses; NULL when checks. */
    bool (*fault)(struct activation *a, struct fault *f);
};

/* tail: false when the compiler cannot build it (dispatch_no_tail.c). */
bool dispatch_tail(struct dispatcher *d);
void dispatch_loop(struct dispatcher *d);

struct translator;

/* What the interpreter keeps per engine (engine.tier_state[TIER_INTERP]). */
struct interp {
    struct dispatcher dispatcher;
    struct cell exit[2]; /* a call site, and the cell that leaves the interpreter */
};

/* And per module (modcode.cell_map). */
struct interp_module {
    struct arena scratch;          /* of the translator; under modcode.lock */
    struct translator *translator; /* in scratch, or NULL */
    struct cell lazy[]; /* what the cells of each defined function are at first */
};

/* A translated function (fncode.interp). */
struct program {
    struct fncode *fn;
    const struct cell *cells;
    uint32_t ncells;
    const uint32_t *offsets; /* by cell, from func_decl.body */
    _Atomic uint32_t loops;  /* loop iterations left until the function is hot */
};

static inline struct interp *interp_of(const struct engine *e)
{
    return e->tier_state[TIER_INTERP];
}

/* Translates fn and publishes its cells; FAIL_EXHAUSTED.  Takes modcode.lock. */
bool translate(struct fncode *fn, struct fail *f);

#endif
