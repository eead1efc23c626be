/* module.c - wx_module: loading, asking, preparing.
 *
 * Counted: the embedder holds one reference until wx_module_free, each instance one until its
 * store is freed. */
#include "api/api.h"

_Static_assert(sizeof(wx_valtype) == sizeof(valtype), "lists of types are shared");

void module_retain(wx_module *m)
{
    atomic_fetch_add_explicit(&m->refs, 1, memory_order_relaxed);
}

void module_release(wx_module *m)
{
    if (atomic_fetch_sub_explicit(&m->refs, 1, memory_order_acq_rel) != 1)
        return;
    struct engine *e = m->engine;
    modcode_free(m->code);
    heap_free(&e->heap, m, sizeof *m);
}

static struct modcode *load(struct engine *e, const uint8_t *bytes, size_t len,
                            struct fail *f)
{
    unsigned facts = e->config.fuel || e->config.interruptible ? FACT_CHARGES : 0;
    struct module *m =
        module_load_facts(&e->heap, e->types, e->config.features, facts, bytes, len, f);
    if (m == NULL)
        return NULL;
    struct modcode *code = modcode_new(e, m);
    if (code == NULL) {
        module_free(m);
        fail_at(f, FAIL_EXHAUSTED, FAIL_NO_OFFSET, "out of memory");
    }
    return code;
}

wx_status wx_module_new(wx_engine *engine, const uint8_t *bytes, size_t len,
                        wx_module **out, wx_error *err)
{
    struct engine *e = api_engine(engine);
    struct fail f = { .func = FAIL_NO_FUNC, .offset = FAIL_NO_OFFSET };
    wx_module *m = heap_alloc(&e->heap, sizeof *m);
    if (m == NULL)
        return error_exhausted(err, "out of memory");
    *m = (wx_module){ .engine = e, .code = load(e, bytes, len, &f) };
    if (m->code == NULL) {
        heap_free(&e->heap, m, sizeof *m);
        return error_of_fail(err, &f);
    }
    atomic_init(&m->refs, 1);
    m->code->user = m;
    *out = m;
    return WX_OK;
}

void wx_module_free(wx_module *m)
{
    if (m != NULL)
        module_release(m);
}

static wx_name name_of(struct name n) { return (wx_name){ n.at, n.len }; }

size_t wx_module_nimports(const wx_module *m) { return m->code->module->nimports; }

wx_import_info wx_module_import(const wx_module *m, size_t i)
{
    const struct import *import = &m->code->module->imports[i];
    return (wx_import_info){ .module = name_of(import->module),
                             .name = name_of(import->name),
                             .kind = (wx_kind)import->kind };
}

wx_status wx_module_import_functype(const wx_module *m, size_t i, wx_functype *out)
{
    const struct module *module = m->code->module;
    if (i >= module->nimports || module->imports[i].kind != EXTERN_FUNC)
        return WX_MISUSE;
    *out = value_functype(module->funcs[module->imports[i].index].type);
    return WX_OK;
}

size_t wx_module_nexports(const wx_module *m) { return m->code->module->nexports; }

wx_export_info wx_module_export(const wx_module *m, size_t i)
{
    const struct export *export = &m->code->module->exports[i];
    return (wx_export_info){ .name = name_of(export->name),
                             .kind = (wx_kind) export->kind };
}

wx_stats wx_module_stats(const wx_module *m)
{
    struct modcode *c = m->code;
    pthread_mutex_lock(&c->lock);
    struct code_stats s = c->stats;
    pthread_mutex_unlock(&c->lock);
    return (wx_stats){
        .functions = c->module->nfuncs - c->module->nimported_funcs,
        .translated = s.translated,
        .compiled = s.compiled,
        .declined = s.declined,
        .bytes_in = s.bytes_in,
        .bytes_out = s.bytes_out,
        .nanoseconds = s.nanoseconds,
        .loops_entered = s.loops_entered,
    };
}

/* A function that the compiler declines runs in the interpreter, where there is one. */
static bool prepare(const struct engine *e, struct fncode *fn, struct fail *f)
{
    if (e->tiers[fn->tier]->prepare(fn, f))
        return true;
    if (f->kind == FAIL_USAGE && fn->tier != TIER_INTERP && e->tiers[TIER_INTERP] != NULL) {
        *f = (struct fail){ .func = FAIL_NO_FUNC, .offset = FAIL_NO_OFFSET };
        return e->tiers[TIER_INTERP]->prepare(fn, f);
    }
    return false;
}

wx_status wx_module_prepare(wx_module *m, wx_error *err)
{
    struct fail f = { .func = FAIL_NO_FUNC, .offset = FAIL_NO_OFFSET };
    const struct module *module = m->code->module;
    for (uint32_t i = 0; i < module->nfuncs - module->nimported_funcs; i++)
        if (!prepare(m->engine, &m->code->fns[i], &f)) {
            f.kind = f.kind == FAIL_USAGE ? FAIL_EXHAUSTED : f.kind;
            return error_of_fail(err, &f);
        }
    return WX_OK;
}
