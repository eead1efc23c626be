/* host.c - the outside world of a test case: imports, host functions, host actions.
 *
 * What a host function does is a function of the case's host seed, the import, the arguments
 * and how many host calls came before: the same in every lane. */
#include "oracle.h"
#include "api/api.h"
#include "dna.h"
#include <string.h>

enum { HOST_MAX_DEPTH = 3, HOST_REFS = 4, HOST_ARGS = 32, HOST_SECOND = 1 << 16 };

/* Context of one imported function; lives in the case's arena. */
struct host_env {
    struct run *r;
    const wx_module *module;
    uint32_t import;
};

wx_value host_value(struct run *r, uint64_t seed, uint32_t i, wx_valtype t)
{
    wx_value v = case_value(seed, i, t);
    wx_extern e;
    uint64_t h = case_mix(seed, i + 77);
    if (t == WX_I32 || t == WX_F32) /* the upper half means nothing, whatever it is */
        v.of.f64_bits |= h << 32;
    if (t == WX_FUNCREF && h % 3 != 0 && r->instance != NULL &&
        host_export(r, WX_KIND_FUNC, (uint32_t)(h >> 8), &e))
        v.of.ref = wx_ref_from_func(e.of.func);
    wx_error err;
    if (t == WX_EXTERNREF && h % 3 != 0 &&
        wx_ref_extern_new(r->store, (void *)(uintptr_t)(1 + h % HOST_REFS), NULL, &v.of.ref,
                          &err) != WX_OK)
        v.of.ref = NULL;
    return v;
}

/* Exports of a kind of a module that is there. */
static size_t count_exports(const struct part *part, wx_kind kind)
{
    size_t total = part->instance == NULL ? 0 : wx_module_nexports(part->module), n = 0;
    for (size_t i = 0; i < total; i++)
        n += wx_module_export(part->module, i).kind == kind;
    return n;
}

static bool export_of(const struct part *part, wx_kind kind, size_t index, wx_extern *out)
{
    size_t total = wx_module_nexports(part->module);
    for (size_t i = 0; i < total; i++)
        if (wx_module_export(part->module, i).kind == kind && index-- == 0)
            return wx_instance_export_at(part->instance, i, out);
    return false;
}

bool host_export(struct run *r, wx_kind kind, uint32_t index, wx_extern *out)
{
    const struct part first = { r->module, r->instance };
    size_t n = count_exports(&first, kind), all = n + count_exports(&r->second, kind);
    if (all == 0)
        return false;
    size_t k = index % all;
    return k < n ? export_of(&first, kind, k, out)
                 : export_of(&r->second, kind, k - n, out);
}

static void set_global(struct run *r, const struct action *a)
{
    wx_extern e;
    if (!host_export(r, WX_KIND_GLOBAL, a->index, &e) || !wx_global_type(e.of.global).mut)
        return;
    wx_error err;
    (void)wx_global_set(e.of.global,
                        host_value(r, a->seed, 0, wx_global_type(e.of.global).type), &err);
}

static void set_table(struct run *r, const struct action *a)
{
    wx_extern e;
    wx_error err;
    if (host_export(r, WX_KIND_TABLE, a->index, &e))
        (void)wx_table_set(e.of.table, a->seed % (wx_table_size(e.of.table) + 1),
                           host_value(r, a->seed, 1, wx_table_type(e.of.table).elem), &err);
}

static void write_memory(struct run *r, const struct action *a)
{
    wx_extern e;
    if (!host_export(r, WX_KIND_MEMORY, a->index, &e))
        return;
    size_t size = wx_memory_size(e.of.memory);
    if (size >= 8)
        memcpy(wx_memory_data(e.of.memory) + a->seed % 65536 % (size - 7), &a->seed, 8);
}

void host_act(struct run *r, const struct action *a)
{
    wx_extern e;
    uint64_t old = 0;
    switch (a->kind) {
    case ACTION_CALL:
    case ACTION_LINK: break;
    case ACTION_GROW_MEMORY:
        if (host_export(r, WX_KIND_MEMORY, a->index, &e))
            (void)wx_memory_grow(e.of.memory, a->seed % 3, &old);
        break;
    case ACTION_GROW_TABLE:
        if (host_export(r, WX_KIND_TABLE, a->index, &e))
            (void)wx_table_grow(e.of.table, a->seed % 5,
                                (wx_value){ .type = wx_table_type(e.of.table).elem }, &old);
        break;
    case ACTION_SET_GLOBAL: set_global(r, a); break;
    case ACTION_SET_TABLE: set_table(r, a); break;
    case ACTION_WRITE_MEMORY: write_memory(r, a); break;
    }
}

/* ---- host functions ------------------------------------------------------------------------ */

static void trace(struct run *r, uint64_t word)
{
    r->host_hash = case_mix(r->host_hash, word);
}

/* What is left in the middle of a call: at its end a trap may have brought the old
 * state. */
static void trace_budgets(struct run *r)
{
    const struct exec *x = &api_store(r->store)->exec;
    r->budgets = case_mix(r->budgets ^ (uint64_t)x->fuel, (uint64_t)x->stack_left);
}

/* Calls an export from inside a host function; only its outcome is traced. */
static wx_status reenter(struct run *r, uint64_t h, wx_error *err)
{
    wx_extern e;
    wx_value args[HOST_ARGS], results[HOST_ARGS];
    if (!host_export(r, WX_KIND_FUNC, (uint32_t)(h >> 16), &e))
        return WX_OK;
    wx_functype type = wx_func_type(e.of.func);
    if (type.nparams > HOST_ARGS || type.nresults > HOST_ARGS)
        return WX_OK;
    for (uint32_t i = 0; i < type.nparams; i++)
        args[i] = host_value(r, h, i, type.params[i]);
    r->depth++;
    wx_status status =
        wx_func_call(e.of.func, args, type.nparams, results, type.nresults, err);
    r->depth--;
    trace(r, status);
    for (uint32_t i = 0; status == WX_OK && i < type.nresults; i++)
        trace(r, state_value(r, &results[i]));
    if (status == WX_TRAP && (err->trap == WX_TRAP_FUEL || err->trap == WX_TRAP_STACK)) {
        r->exhausted = true;
        return status;
    }
    return h >> 60 < 4 ? status : WX_OK; /* mostly swallowed */
}

static wx_status behave(struct run *r, uint64_t h, wx_error *err)
{
    struct action a = { ACTION_CALL, (uint32_t)(h >> 24), h };
    if (r->instance == NULL) /* called from the start function */
        return WX_OK;
    switch (h >> 3 & 15) {
    case 0:
    case 1: return r->depth < HOST_MAX_DEPTH ? reenter(r, h, err) : WX_OK;
    case 2: a.kind = ACTION_GROW_MEMORY; break;
    case 3: a.kind = ACTION_WRITE_MEMORY; break;
    case 4: a.kind = ACTION_SET_GLOBAL; break;
    case 5:
        if ((h >> 40 & 7) != 0)
            return WX_OK;
        strcpy(err->text, "the host says no");
        err->trap = WX_TRAP_HOST;
        return WX_TRAP;
    default: return WX_OK;
    }
    host_act(r, &a);
    return WX_OK;
}

static wx_status host_call(void *env, wx_caller *caller, const wx_value *args, size_t nargs,
                           wx_value *results, size_t nresults, wx_error *err)
{
    struct host_env *h = env;
    struct run *r = h->r;
    (void)caller;
    trace(r, h->import + (h->module == r->module ? 0 : HOST_SECOND));
    trace_budgets(r);
    for (size_t i = 0; i < nargs; i++)
        trace(r, state_value(r, &args[i]));
    uint64_t seed = case_mix(r->c->host_seed ^ r->host_hash, ++r->host_calls);
    wx_status status = behave(r, seed, err);
    wx_functype type;
    if (status == WX_OK && wx_module_import_functype(h->module, h->import, &type) == WX_OK)
        for (uint32_t i = 0; i < nresults; i++)
            results[i] = host_value(r, seed, i, type.results[i]);
    return status;
}

/* ---- imports ------------------------------------------------------------------------------- */

static bool import_func(struct run *r, const wx_module *m, uint32_t i, wx_extern *out)
{
    wx_functype type;
    wx_error err;
    struct host_env *env = arena_new(&r->oracle->arena, struct host_env);
    *env = (struct host_env){ r, m, i };
    out->kind = WX_KIND_FUNC;
    return wx_module_import_functype(m, i, &type) == WX_OK &&
           wx_func_new(r->store, type, host_call, env, NULL, &out->of.func, &err) == WX_OK;
}

static wx_limits limits_of(const struct limits *l)
{
    return (wx_limits){ l->min, l->max, l->has_max };
}

static bool import_object(struct run *r, const struct module *m, uint32_t i, wx_extern *out)
{
    const struct import *im = &m->imports[i];
    wx_error err;
    if (im->kind == EXTERN_GLOBAL) {
        const struct global_type *t = &m->globals[im->index].type;
        out->kind = WX_KIND_GLOBAL;
        return wx_global_new(r->store, (wx_globaltype){ t->type, t->mutable_ },
                             host_value(r, r->c->host_seed, i, t->type), &out->of.global,
                             &err) == WX_OK;
    }
    if (im->kind == EXTERN_TABLE) {
        const struct table_type *t = &m->tables[im->index].type;
        out->kind = WX_KIND_TABLE;
        return wx_table_new(r->store, (wx_tabletype){ t->elem, limits_of(&t->limits) },
                            (wx_value){ .type = t->elem }, &out->of.table, &err) == WX_OK;
    }
    const struct memory_type *t = &m->memories[im->index].type;
    out->kind = WX_KIND_MEMORY;
    return im->kind == EXTERN_MEMORY &&
           wx_memory_new(r->store, (wx_memorytype){ limits_of(&t->limits) },
                         &out->of.memory, &err) == WX_OK;
}

static bool import_from_host(struct run *r, const wx_module *m, uint32_t i, wx_extern *out)
{
    const struct module *facts = m->code->module;
    return facts->imports[i].kind == EXTERN_FUNC ? import_func(r, m, i, out)
                                                 : import_object(r, facts, i, out);
}

/* Import i of the second module by name from the first. */
static bool import_from_first(struct run *r, const struct import *im, wx_extern *out)
{
    return im->module.len == 1 && im->module.at[0] == 'a' && r->instance != NULL &&
           wx_instance_export(r->instance, im->name.at, im->name.len, out);
}

bool host_imports(struct run *r, const wx_module *m, wx_extern *imports)
{
    const struct module *facts = m->code->module;
    for (uint32_t i = 0; i < facts->nimports; i++)
        if (!import_from_first(r, &facts->imports[i], &imports[i]) &&
            !import_from_host(r, m, i, &imports[i]))
            return false;
    return true;
}
