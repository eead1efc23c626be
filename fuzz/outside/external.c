/* external.c - host functions and steps of an external module.  See external.h. */
#include "outside/external.h"
#include "outside/external_emit.h"
#include <stdio.h>
#include <string.h>

enum { MAX_PAGES = 16, MAX_ELEMENTS = 1000, HOST_ACTS = 31 };

uint64_t external_host(uint32_t import, uint64_t digest)
{
    return (digest ^ import) * UINT64_C(0x9E3779B97F4A7C15) + 1;
}

/* ---- exports of the module --------------------------------------------------------- */

static bool find_export(const struct external_maker *x, enum extern_kind kind,
                        uint32_t index, uint32_t *out)
{
    const struct module *m = x->g.m;
    uint32_t n = 0;
    for (uint32_t i = 0; i < m->nexports; i++)
        n += m->exports[i].kind == kind;
    uint32_t skip = n == 0 ? 0 : index % n;
    for (uint32_t i = 0; i < m->nexports; i++)
        if (m->exports[i].kind == kind && skip-- == 0)
            return *out = m->exports[i].index, true;
    return false;
}

/* ---- values ------------------------------------------------------------------------ */

/* Argument i of type t of an action: as host_value does, but host references are null. */
static void put_value(struct external_maker *x, struct sink *s, uint64_t seed, uint32_t i,
                      valtype t)
{
    uint64_t h = case_mix(seed, i + 77);
    uint32_t func;
    if (t == VT_FUNCREF && h % 3 != 0 &&
        find_export(x, EXTERN_FUNC, (uint32_t)(h >> 8), &func))
        sink_op_u(s, OP_ref_func, graft_moved(&x->g, func));
    else
        sink_const(s, t, (uint64_t)case_value(seed, i, t).of.i64);
}

/* i64 -> a value of type t made of it. */
static void put_from_word(struct external_maker *x, struct sink *s, valtype t)
{
    switch (t) {
    case VT_I32: sink_op(s, OP_i32_wrap_i64); break;
    case VT_I64: break;
    case VT_F32:
        sink_op(s, OP_i32_wrap_i64);
        sink_op(s, OP_f32_reinterpret_i32);
        break;
    case VT_F64: sink_op(s, OP_f64_reinterpret_i64); break;
    case VT_FUNCREF:
        sink_op(s, OP_i32_wrap_i64);
        sink_i32(s, 1);
        sink_op(s, OP_i32_and);
        sink_op_u(s, OP_local_set, x->flag);
        sink_op_u(s, OP_ref_func, graft_moved(&x->g, 0));
        sink_const(s, VT_FUNCREF, 0);
        sink_op_u(s, OP_local_get, x->flag);
        sink_op_u(s, OP_select_t, 1);
        sink_type(s, VT_FUNCREF);
        break;
    default:
        sink_op(s, OP_drop);
        sink_const(s, VT_EXTERNREF, 0);
        break;
    }
}

/* ---- calls ------------------------------------------------------------------------- */

/* Mixes results, the last on top of the stack, into the local `digest`. */
static void mix_results(struct external_maker *x, struct sink *s, const struct type *t)
{
    for (uint32_t i = t->nresults; i-- > 0;) {
        external_word(s, t->results[i]);
        sink_op_u(s, OP_local_set, x->word);
        sink_op_u(s, OP_local_get, x->digest);
        sink_op_u(s, OP_local_get, x->word);
        sink_op_u(s, OP_call, x->mix);
        sink_op_u(s, OP_local_set, x->digest);
    }
}

/* Calls export number index with constants; results go to the local `digest`. */
static void put_call(struct external_maker *x, struct sink *s, uint32_t index,
                     uint64_t seed)
{
    uint32_t func;
    if (!find_export(x, EXTERN_FUNC, index, &func))
        return;
    const struct type *t = x->g.m->funcs[func].type;
    for (uint32_t i = 0; i < t->nparams; i++)
        put_value(x, s, seed, i, t->params[i]);
    graft_enter(&x->g, s);
    sink_op_u(s, OP_call, graft_moved(&x->g, func));
    graft_leave(&x->g, s);
    mix_results(x, s, t);
}

/* ---- host functions ---------------------------------------------------------------- */

/* if (digest & HOST_ACTS) == which */
static void when(struct external_maker *x, struct sink *s, uint32_t which)
{
    sink_op_u(s, OP_local_get, x->digest);
    sink_op(s, OP_i32_wrap_i64);
    sink_i32(s, HOST_ACTS);
    sink_op(s, OP_i32_and);
    sink_i32(s, (int32_t)which);
    sink_op(s, OP_i32_eq);
    sink_block(s, OP_if);
}

static void host_acts(struct external_maker *x, struct sink *s, uint32_t func)
{
    uint64_t seed = case_mix(x->c->host_seed, func);
    for (uint32_t k = 0; k < 3; k++) {
        when(x, s, k);
        put_call(x, s, (uint32_t)(seed >> (8 + k)), seed + k);
        sink_op(s, OP_end);
    }
    if (x->g.m->nmemories == 0)
        return;
    when(x, s, 4);
    sink_i32(s, 1);
    sink_op_u(s, OP_memory_grow, 0);
    sink_op(s, OP_drop);
    sink_op(s, OP_end);
    when(x, s, 5);
    external_store(s, seed);
    sink_op(s, OP_end);
}

/* The digest of the arguments, in the local `digest`. */
static void host_arguments(struct external_maker *x, struct sink *s, uint32_t func)
{
    const struct type *t = x->g.m->funcs[func].type;
    sink_op_u(s, OP_global_get, x->trace);
    sink_i64(s, func);
    sink_op_u(s, OP_call, x->mix);
    for (uint32_t i = 0; i < t->nparams; i++) {
        sink_op_u(s, OP_local_get, i);
        external_word(s, t->params[i]);
        sink_op_u(s, OP_call, x->mix);
    }
    sink_op_u(s, OP_local_set, x->digest);
    if (!x->g.host)
        return;
    sink_i32(s, (int32_t)func);
    sink_op_u(s, OP_local_get, x->digest);
    sink_op_u(s, OP_call, 0);
    sink_op_u(s, OP_local_set, x->digest);
}

static void import_body(struct graft *g, uint32_t func, struct sink *s)
{
    struct external_maker *x = g->env;
    const struct type *t = g->m->funcs[func].type;
    external_locals(x, s, t->nparams);
    graft_burn(g, s, 1);
    host_arguments(x, s, func);
    sink_op_u(s, OP_local_get, x->digest);
    sink_op_u(s, OP_global_set, x->trace);
    host_acts(x, s, func);
    for (uint32_t i = 0; i < t->nresults; i++) {
        sink_op_u(s, OP_local_get, x->digest);
        sink_i64(s, i + 1000);
        sink_op_u(s, OP_call, x->mix);
        put_from_word(x, s, t->results[i]);
    }
    sink_op(s, OP_end);
}

static uint64_t import_global(struct graft *g, uint32_t global)
{
    const struct external_maker *x = g->env;
    valtype t = g->m->globals[global].type.type;
    return (uint64_t)case_value(x->c->host_seed, global, t).of.i64;
}

/* As declared. */
static bool import_limits(struct graft *g, const struct import *im, struct limits *l)
{
    (void)g, (void)im, (void)l;
    return true;
}

/* ---- actions ----------------------------------------------------------------------- */

static void set_global(struct external_maker *x, struct sink *s, const struct action *a)
{
    uint32_t i;
    if (!find_export(x, EXTERN_GLOBAL, a->index, &i) || !x->g.m->globals[i].type.mutable_)
        return;
    put_value(x, s, a->seed, 0, x->g.m->globals[i].type.type);
    sink_op_u(s, OP_global_set, i);
}

static void grow_table(struct external_maker *x, struct sink *s, const struct action *a)
{
    uint32_t i;
    if (!find_export(x, EXTERN_TABLE, a->index, &i))
        return;
    sink_const(s, x->g.m->tables[i].type.elem, 0);
    sink_i32(s, (int32_t)(a->seed % 5));
    sink_op_u(s, OP_table_grow, i);
    sink_op(s, OP_drop);
}

/* When the element exists: a host that asks for another one gets an error, no trap. */
static void set_table(struct external_maker *x, struct sink *s, const struct action *a)
{
    uint32_t i;
    if (!find_export(x, EXTERN_TABLE, a->index, &i))
        return;
    int32_t element = (int32_t)(a->seed % (x->g.m->tables[i].type.limits.min + 1));
    sink_i32(s, element);
    sink_op_u(s, OP_table_size, i);
    sink_op(s, OP_i32_lt_u);
    sink_block(s, OP_if);
    sink_i32(s, element);
    put_value(x, s, a->seed, 1, x->g.m->tables[i].type.elem);
    sink_op_u(s, OP_table_set, i);
    sink_op(s, OP_end);
}

static void put_action(struct external_maker *x, struct sink *s, const struct action *a)
{
    uint32_t i;
    switch (a->kind) {
    case ACTION_CALL: put_call(x, s, a->index, a->seed); break;
    case ACTION_GROW_MEMORY:
        if (!find_export(x, EXTERN_MEMORY, a->index, &i))
            break;
        sink_i32(s, (int32_t)(a->seed % 3));
        sink_op_u(s, OP_memory_grow, i);
        sink_op(s, OP_drop);
        break;
    case ACTION_GROW_TABLE: grow_table(x, s, a); break;
    case ACTION_SET_GLOBAL: set_global(x, s, a); break;
    case ACTION_SET_TABLE: set_table(x, s, a); break;
    case ACTION_WRITE_MEMORY:
        if (find_export(x, EXTERN_MEMORY, a->index, &i) && i == 0)
            external_store(s, a->seed);
        break;
    default: break; /* what needs a second module has no place in one */
    }
}

static uint32_t add_step(struct external_maker *x, const struct action *a)
{
    struct sink s = sink_new(x->g.arena);
    external_locals(x, &s, 0);
    sink_i32(&s, GRAFT_FUEL);
    sink_op_u(&s, OP_global_set, x->g.fuel);
    sink_i32(&s, GRAFT_DEPTH);
    sink_op_u(&s, OP_global_set, x->g.depth);
    put_action(x, &s, a);
    sink_op_u(&s, OP_local_get, x->digest);
    sink_op(&s, OP_end);
    return graft_func(&x->g, graft_type(&x->g, "v_l"), s);
}

/* ---- what is exported -------------------------------------------------------------- */

static const char *const digest_names[EXTERNAL_DIGESTS] = { "memory", "globals", "tables",
                                                            "host" };

static void export_many(struct external_maker *x)
{
    char name[24];
    for (uint32_t k = 0; k <= x->c->nactions; k++) {
        snprintf(name, sizeof name, "step_%u", k);
        if (k > 0)
            graft_export(&x->g, name, x->steps[k - 1]);
        for (uint32_t d = 0; d < EXTERNAL_DIGESTS; d++) {
            snprintf(name, sizeof name, "%s_%u", digest_names[d], k);
            graft_export(&x->g, name, x->digests[d]);
        }
    }
}

static void mix_call(struct external_maker *x, struct sink *s, uint32_t func)
{
    sink_op_u(s, OP_call, func);
    sink_op_u(s, OP_call, x->mix);
}

static void export_single(struct external_maker *x)
{
    char name[24];
    for (uint32_t upto = 0; upto <= x->c->nactions; upto++) {
        struct sink s = sink_new(x->g.arena);
        sink_u(&s, 0);
        sink_i64(&s, 0);
        for (uint32_t k = 0; k <= upto; k++) {
            if (k > 0)
                mix_call(x, &s, x->steps[k - 1]);
            for (uint32_t d = 0; d < EXTERNAL_DIGESTS; d++)
                mix_call(x, &s, x->digests[d]);
        }
        sink_op(&s, OP_end);
        snprintf(name, sizeof name, "upto_%u", upto);
        graft_export(&x->g, name, graft_func(&x->g, graft_type(&x->g, "v_l"), s));
    }
}

/* ---- the module -------------------------------------------------------------------- */

static void make(struct external_maker *x, struct external *out)
{
    struct graft *g = &x->g;
    g->env = x;
    g->import_body = import_body;
    g->import_global = import_global;
    g->import_limits = import_limits;
    g->max_pages = MAX_PAGES;
    g->max_elements = MAX_ELEMENTS;
    if (g->host)
        g->host_type = graft_type(g, "il_l");
    external_add_digests(x);
    for (uint32_t k = 0; k < x->c->nactions; k++)
        x->steps[k] = add_step(x, &x->c->actions[k]);
    if (out->form == EXTERNAL_MANY)
        export_many(x);
    else
        export_single(x);
    struct sink s = graft_write(g);
    out->at = s.at;
    out->len = s.len;
    out->nsteps = x->c->nactions;
    if (g->why != NULL)
        snprintf(out->why, sizeof out->why, "%s", g->why);
}

static struct module *load(const struct fuzz_case *c, struct heap *h,
                           struct type_registry *types, struct external *out)
{
    struct fail f = { 0 };
    wx_config config;
    wx_config_init(&config);
    struct module *m = module_load(h, types, config.features, c->wasm, c->wasm_len, &f);
    out->invalid = m == NULL;
    if (out->invalid)
        snprintf(out->why, sizeof out->why, "not valid");
    return m;
}

bool external_make(const struct fuzz_case *c, enum external_form form, bool host,
                   struct arena *a, struct external *out)
{
    struct heap heap = { 0 };
    *out = (struct external){ .form = form };
    struct type_registry *types = types_new(&heap);
    struct module *m = types == NULL ? NULL : load(c, &heap, types, out);
    jmp_buf oom, *outer = a->oom;
    if (m != NULL && setjmp(oom) == 0) {
        a->oom = &oom;
        struct external_maker *x = arena_new(a, struct external_maker);
        graft_init(&x->g, a, m, true);
        x->g.host = host;
        x->c = c;
        make(x, out);
    } else if (m != NULL) {
        snprintf(out->why, sizeof out->why, "out of memory");
    }
    a->oom = outer;
    if (m != NULL)
        module_free(m);
    if (types != NULL)
        types_free(types);
    return out->why[0] == '\0' && out->at != NULL;
}
