/* instance.c - wx_instance: linking in the order of imports, exports by name and number. */
#include "api/api.h"
#include "base/size.h"

static const struct store *owner(const wx_extern *v)
{
    switch (v->kind) {
    case WX_KIND_FUNC: return v->of.func != NULL ? api_func(v->of.func)->store : NULL;
    case WX_KIND_TABLE: return v->of.table != NULL ? api_table(v->of.table)->store : NULL;
    case WX_KIND_MEMORY:
        return v->of.memory != NULL ? api_memory(v->of.memory)->store : NULL;
    case WX_KIND_GLOBAL:
        return v->of.global != NULL ? api_global(v->of.global)->store : NULL;
    }
    return NULL;
}

static wx_status check(const struct store *s, const wx_module *m, const wx_extern *imports,
                       size_t n, wx_error *err)
{
    if (m->engine != s->engine)
        return error_misuse(err, "the module belongs to another engine than the store");
    if (n != m->code->module->nimports)
        return error_misuse(err, "%zu imports given, the module has %u", n,
                            m->code->module->nimports);
    for (size_t i = 0; i < n; i++)
        if (owner(&imports[i]) != s)
            return error_misuse(err, "import %zu is not an object of this store", i);
    return WX_OK;
}

/* A failed instance may live on in the store: what it wrote can refer to it. */
static wx_status instantiate(struct store *s, wx_module *m,
                             const struct extern_val *imports, wx_instance **out,
                             wx_error *err)
{
    struct fail f = { .func = FAIL_NO_FUNC, .offset = FAIL_NO_OFFSET };
    if (!store_keep(s, m))
        return error_exhausted(err, "out of memory");
    const struct instance *before = s->instances;
    struct instance *i = instance_new(s, m->code, imports, &f);
    if (i != NULL) {
        *out = wx_of_instance(i);
        return WX_OK;
    }
    if (s->instances == before)
        store_unkeep(s);
    bool ran = f.kind == FAIL_TRAP || f.kind == FAIL_EXCEPTION;
    return ran ? error_of_trap(err, &s->exec) : error_of_fail(err, &f);
}

wx_status wx_instance_new(wx_store *store, wx_module *m, const wx_extern *imports, size_t n,
                          wx_instance **out, wx_error *err)
{
    struct store *s = api_store(store);
    wx_status status = check(s, m, imports, n, err);
    if (status != WX_OK)
        return status;
    struct heap *heap = &s->engine->heap;
    size_t size = size_mul(n, sizeof(struct extern_val));
    struct extern_val *vals = NULL;
    if (n > 0 && (vals = heap_alloc(heap, size)) == NULL)
        return error_exhausted(err, "out of memory");
    for (size_t i = 0; i < n; i++)
        vals[i] = value_extern_val(&imports[i]);
    status = instantiate(s, m, vals, out, err);
    if (vals != NULL)
        heap_free(heap, vals, size);
    return status;
}

bool wx_instance_export(wx_instance *instance, const char *name, size_t len, wx_extern *out)
{
    struct instance *i = api_instance(instance);
    const struct export *e = module_export(i->module, name, len);
    if (e == NULL)
        return false;
    struct extern_val v = instance_export(i, e);
    *out = value_extern(&v);
    return true;
}

bool wx_instance_export_at(wx_instance *instance, size_t n, wx_extern *out)
{
    struct instance *i = api_instance(instance);
    if (n >= i->module->nexports)
        return false;
    struct extern_val v = instance_export(i, &i->module->exports[n]);
    *out = value_extern(&v);
    return true;
}

wx_module *wx_instance_module(wx_instance *i) { return api_instance(i)->code->user; }
