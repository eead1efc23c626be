/* stubs.h - everything generated that is not a function body, and the machinery that all compiled
 * tiers share: entering code from C, thunks between tiers, calls to the host, lazy compilation,
 * faults, walks.
 *
 * A compiled tier is built from this: its struct tier uses compiled_call, compiled_fault and
 * compiled_walk, and its prepare() ends in compiled_publish. */
#ifndef WX_X64_STUBS_H
#define WX_X64_STUBS_H

#include "runtime/code.h"
#include "runtime/store.h"
#include "x64/codemap.h"

/* C functions that compiled code calls, rdi = instance; see helpers.def for each signature. */
enum helper {
#define WX_HELPER(name, function) HELPER_##name,
#include "x64/helpers.def"
    HELPER_COUNT,
};

/* For struct tier: the region, helpers table and stubs of an engine; chunk, entry table and
 * per-function entry stubs of a module; entry pointer of a func record. */
bool compiled_engine_init(struct engine *e);
void compiled_engine_free(struct engine *e);
bool compiled_module_init(struct modcode *c);
void compiled_module_free(struct modcode *c);
bool compiled_func_init(struct func *f);

enum trap compiled_call(struct func *f, uint64_t *slots);
bool compiled_enter_loop(struct func *f, uint32_t loop, uint64_t *frame, enum trap *trap);
bool compiled_fault(struct activation *a, struct fault *f);
void compiled_walk(const struct activation *a, struct trap_info *t);

/* Makes body fn's code: adds it to the code map, stores fn->compiled (release) and the entry
 * pointer.  Under modcode.compiling and modcode.lock. */
bool compiled_publish(struct fncode *fn, const struct code_body *body);

#endif
