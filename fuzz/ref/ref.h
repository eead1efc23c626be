/* ref.h - the reference evaluator: the specification as a plain switch over a module's bytes.
 *
 * A second opinion on every tier: it takes structure from the loader (struct module, the
 * positions of blocks) and the runtime's objects, and nothing else; operands carry their
 * types, floats are computed on bits, accesses are checked one by one.  It charges fuel and
 * logical stack as wasm/module.h says, so that everything can be compared.
 *
 * It stands in the place of the interpreter: in the library wx_ref (flavour_ref.c), or in an
 * engine made here beside others. */
#ifndef WX_REF_REF_H
#define WX_REF_REF_H

#include "runtime/code.h"
#include "wx.h"

extern const struct tier ref_tier;

/* An engine of its own, with what c says of features, budgets and limits.  NULL: exhausted. */
wx_engine *ref_engine_new(const wx_config *c);

#endif
