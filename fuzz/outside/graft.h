/* graft.h - a copy of a module that stands alone and offers other functions than it did.
 *
 * Every import becomes a definition at the same place of its index space, the exports are
 * replaced by functions that the client adds, and on request bodies are instrumented, so
 * that any engine computes the same:
 *   - fuel: function entries, loops and bulk operations pay from a global, and trap with
 *     unreachable when it is empty;
 *   - depth: calls are counted in a global, and trap the same way beyond a limit, long
 *     before any engine's stack is exhausted;
 *   - NaN: what a float operation computes is made canonical (spec: canonical-nan).
 *
 * Nothing here knows what the added functions are for: external.c makes digests and steps
 * of them, tools/wx/spec_engine.c assertions.  The module must be valid.
 *
 * A module that cannot be carried over sets `why`; the client looks at it at the end. */
#ifndef WX_FUZZ_OUTSIDE_GRAFT_H
#define WX_FUZZ_OUTSIDE_GRAFT_H

#include "outside/sink.h"
#include "wasm/module.h"

/* Functions, in the order of addition. */
struct graft_func {
    uint32_t type;
    struct sink code; /* local declarations, instructions, end */
};

struct graft_export {
    char name[24];
    uint32_t func; /* function index in the copy */
};

struct graft_global {
    valtype type;
    uint64_t bits; /* initial value */
};

struct graft {
    struct arena *arena;
    const struct module *m;
    const char *why; /* it cannot be carried over, because ... */
    bool instrument;
    bool host; /* instrumented, and the copy imports one function: host of module "wx" */
    uint32_t host_type;
    uint64_t max_pages, max_elements; /* upper bounds of what memories and tables declare */

    /* What imports become.  Body: local declarations, instructions, end. */
    void *env;
    void (*import_body)(struct graft *g, uint32_t func, struct sink *code);
    uint64_t (*import_global)(struct graft *g, uint32_t global);
    /* The limits of an imported table or memory; false: it cannot be provided. */
    bool (*import_limits)(struct graft *g, const struct import *im, struct limits *l);

    /* of an instrumented copy: globals */
    uint32_t fuel, depth;

    VEC(struct graft_func) funcs;
    VEC(struct graft_export) exports;
    VEC(struct graft_global) globals; /* mutable */
    VEC(struct sink) types;
};

enum { GRAFT_FUEL = 4096, GRAFT_DEPTH = 64, GRAFT_BULK_FUEL = 64 };

/* Starts a copy of m; instrument: see above. */
void graft_init(struct graft *g, struct arena *a, const struct module *m, bool instrument);

/* Index of a type [params] -> [results], of one-letter types as in ops.def: "il_l". */
uint32_t graft_type(struct graft *g, const char *sig);
/* Index of an added mutable global. */
uint32_t graft_global(struct graft *g, valtype type, uint64_t bits);
/* Adds a function; its index in the copy. */
uint32_t graft_func(struct graft *g, uint32_t type, struct sink code);
void graft_export(struct graft *g, const char *name, uint32_t func);

/* Where function number `func` of the module is in the copy. */
static inline uint32_t graft_moved(const struct graft *g, uint32_t func)
{
    return func + (g->host ? 1 : 0);
}

/* The copy.  Look at g->why before using it. */
struct sink graft_write(struct graft *g);

/* ---- pieces for added functions (graft_body.c) ------------------------------------- */

/* Pays from the fuel, or traps. */
void graft_burn(struct graft *g, struct sink *s, uint32_t cost);
/* Around a call. */
void graft_enter(struct graft *g, struct sink *s);
void graft_leave(struct graft *g, struct sink *s);
/* A body of the module, with its local declarations. */
void graft_body(struct graft *g, const struct func_decl *f, struct sink *s);
/* The bytes of a constant expression, end included. */
void graft_expr(struct graft *g, const struct const_expr *e, struct sink *s);
/* Can a call of the function change no memory, table, global or segment?  Of an import, or
 * a function that calls others, false. */
bool graft_is_pure(const struct module *m, uint32_t func);
/* Does the body use nothing of its module, so that it may stand in another one? */
bool graft_is_portable(const struct func_decl *f);
/* Does any body name a function by ref.func? */
bool graft_has_ref_func(const struct module *m);

#endif
