/* compiled_world.h - an engine whose "compiler" is the test: for each function of a module, a C
 * function that emits its code by hand, by the rules of x64/abi.h.  The interpreter is the test,
 * too: a callback.  Modules are put together without bytes; the body of function k is at offset
 * BODY_OFFSET(k). */
#ifndef WX_TEST_COMPILED_WORLD_H
#define WX_TEST_COMPILED_WORLD_H

#include "runtime/engine.h"
#include "runtime/store.h"
#include "runtime/trap.h"
#include "x64/abi.h"
#include "x64/stubs.h"

enum { BODY_BYTES = 64, MAX_SITES = 8 };
#define BODY_OFFSET(func) (100 + BODY_BYTES * (uint32_t)(func))

/* What an emitter fills: code at a, body but for start and size, sites in order. */
struct emission {
    struct assembler a;
    const struct modcode *code;
    struct code_body body;
    struct code_site sites[MAX_SITES];
};

/* A site at the current position; it may be changed until the next is added. */
struct code_site *site_here(struct emission *e, uint32_t offset, enum trap kind,
                            uint8_t flags);

typedef void emitter(struct emission *e);

struct function {
    const struct type *type;
    emitter *emit;
};

/* A module: its imported functions, its own, one memory of so many pages if not 0, one table of so
 * many null references if not 0. */
struct spec {
    const struct type *imports[4];
    uint32_t nimports;
    struct function functions[8];
    uint32_t nfunctions;
    uint64_t pages;
    uint64_t elements;
};

struct world {
    struct engine *engine;
    struct store *store;
    enum trap (*interp)(struct func *f, uint64_t *slots);
    enum fail_kind refuse;     /* what prepare fails with, if not FAIL_NONE */
    _Atomic uint32_t prepared; /* functions compiled */
};

/* The calls below assert that they succeed. */
struct world *world_new(struct config config);
struct world *world_new_without_interp(struct config config);
void world_free(struct world *w); /* the store and the engine; modules first */

struct modcode *module_new(struct world *w, const struct spec *spec);
struct instance *instantiate(struct store *s, struct modcode *c,
                             struct func *const *imports);
struct func *host_new(struct store *s, const struct type *type, host_fn *fn, void *env);

/* A type by its parameters and results, a letter each: i I f F v r (i32 i64 f32 f64 v128
 * funcref), as in "iI:f". */
const struct type *type_new(struct engine *e, const char *signature);

static inline struct func *own_func(struct instance *i, uint32_t defined)
{
    return &i->own_funcs[defined];
}

/* ---- pieces of code ---- */

/* Makes room for `bytes` of frame (8 more than a multiple of 16) with r14 saved at the bottom. */
void emit_frame(struct emission *e, uint32_t bytes);
void emit_return(struct emission *e);
/* Calls, with the site of the return address: of an imported function of this module, a defined
 * one. */
void emit_call_import(struct emission *e, uint32_t import, uint32_t offset);
void emit_call_defined(struct emission *e, uint32_t defined, uint32_t offset);

/* Whole functions: pass everything on to import 0, or to defined function 1, and back. */
void emit_to_import(struct emission *e);
void emit_to_next(struct emission *e);
/* (i32, i32) -> i32 */
void emit_add(struct emission *e);
/* Traps at offset 7. */
void emit_unreachable(struct emission *e);

#endif
