/* ref.h - the reference evaluator: the specification as a plain switch over bytes.
 *
 * A second opinion on every tier: it takes structure from the loader (struct module, the
 * positions of blocks) and the runtime's objects, and nothing else; operands carry their
 * types, floats are computed on bits, accesses are checked one by one.  It charges fuel and
 * logical stack as wasm/module.h says, so that everything can be compared.
 *
 * It stands in the place of the interpreter: in the library wx_ref (flavour_ref.c), or
 * in an engine made here beside others. */
#ifndef WX_REF_REF_H
#define WX_REF_REF_H

#include "runtime/code.h"
#include "wx.h"

extern const struct tier ref_tier;

/* An engine of its own, with what c says of features, budgets and limits; or NULL. */
wx_engine *ref_engine_new(const wx_config *c);

/* ---- traces -------------------------------------------------------------------------- */

/* An instruction that has run without a trap. */
struct ref_event {
    uint32_t func, offset; /* of the opcode, from the start of the module */
    enum op op;
    valtype type;     /* of the highest value then; VT_BOTTOM: there is none */
    uint64_t bits[2]; /* a funcref: 1 + number of the function; an externref: 1; null: 0 */
};

typedef void ref_trace_fn(void *env, const struct ref_event *e);

/* Calls fn behind each instruction from now on; NULL: no more.  e is a reference engine
 * without a run under way. */
void ref_engine_trace(wx_engine *e, ref_trace_fn *fn, void *env);

#endif
