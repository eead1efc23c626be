/* double.c - a shared library with the standard C API that runs modules by wx.
 *
 * A test double: it stands for an engine of somebody else in the tests of --engine-so.
 * Only what wasm_capi.h declares, and only functions as imports and exports. */
#include "outside/test/double.h"
#include "outside/wasm_capi.h"
#include "wx.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The functions, visible outside of the library. */
#define DECLARE(result, name, parameters) \
    __attribute__((visibility("default"))) result name parameters;
WASM_API_FUNCTIONS(DECLARE)

struct wasm_engine_t {
    wx_engine *at;
};
struct wasm_store_t {
    wx_engine *engine;
    wx_store *at;
};
struct wasm_module_t {
    wx_module *at;
};
struct wasm_instance_t {
    wx_instance *at;
    const wasm_module_t *module;
};
struct wasm_extern_t {
    wx_extern at;
    wasm_func_callback_t callback; /* of a host function */
};
struct wasm_func_t {
    wasm_extern_t as_extern;
};
struct wasm_trap_t {
    char text[WX_MAX_TEXT];
};
struct wasm_valtype_t {
    wx_valtype type;
};
struct wasm_functype_t {
    wasm_valtype_vec_t params, results;
};
struct wasm_exporttype_t {
    wasm_byte_vec_t name;
};

static void *make(size_t size)
{
    void *p = calloc(1, size);
    if (p == NULL)
        abort();
    return p;
}

/* ---- engine, store, module --------------------------------------------------------- */

wasm_engine_t *wasm_engine_new(void)
{
    wasm_engine_t *e = make(sizeof *e);
    if (wx_engine_new(NULL, &e->at, NULL) != WX_OK)
        abort();
    return e;
}

void wasm_engine_delete(wasm_engine_t *e)
{
    wx_engine_free(e->at);
    free(e);
}

wasm_store_t *wasm_store_new(wasm_engine_t *e)
{
    wasm_store_t *s = make(sizeof *s);
    s->engine = e->at;
    if (wx_store_new(e->at, &s->at, NULL) != WX_OK)
        abort();
    return s;
}

void wasm_store_delete(wasm_store_t *s)
{
    wx_store_free(s->at);
    free(s);
}

void wasm_byte_vec_new(wasm_byte_vec_t *v, size_t n, const char *bytes)
{
    v->size = n;
    v->data = make(n + 1);
    memcpy(v->data, bytes, n);
}

void wasm_byte_vec_delete(wasm_byte_vec_t *v) { free(v->data); }

wasm_module_t *wasm_module_new(wasm_store_t *s, const wasm_byte_vec_t *binary)
{
    wasm_module_t *m = make(sizeof *m);
    if (wx_module_new(s->engine, (const uint8_t *)binary->data, binary->size, &m->at,
                      NULL) == WX_OK)
        return m;
    free(m);
    return NULL;
}

void wasm_module_delete(wasm_module_t *m)
{
    wx_module_free(m->at);
    free(m);
}

void wasm_module_exports(const wasm_module_t *m, wasm_exporttype_vec_t *out)
{
    out->size = wx_module_nexports(m->at);
    out->data = make((out->size + 1) * sizeof *out->data);
    for (size_t i = 0; i < out->size; i++) {
        wx_name name = wx_module_export(m->at, i).name;
        out->data[i] = make(sizeof *out->data[i]);
        wasm_byte_vec_new(&out->data[i]->name, name.len, name.at);
    }
}

const wasm_byte_vec_t *wasm_exporttype_name(const wasm_exporttype_t *t) { return &t->name; }

void wasm_exporttype_vec_delete(wasm_exporttype_vec_t *v)
{
    for (size_t i = 0; i < v->size; i++) {
        wasm_byte_vec_delete(&v->data[i]->name);
        free(v->data[i]);
    }
    free(v->data);
}

/* ---- types ------------------------------------------------------------------------- */

wasm_valtype_t *wasm_valtype_new(wasm_valkind_t kind)
{
    static const wx_valtype types[] = { WX_I32, WX_I64, WX_F32, WX_F64 };
    wasm_valtype_t *t = make(sizeof *t);
    t->type = types[kind];
    return t;
}

void wasm_valtype_vec_new(wasm_valtype_vec_t *v, size_t n, wasm_valtype_t *const *types)
{
    v->size = n;
    v->data = make((n + 1) * sizeof *v->data);
    memcpy(v->data, types, n * sizeof *v->data);
}

wasm_functype_t *wasm_functype_new(wasm_valtype_vec_t *params, wasm_valtype_vec_t *results)
{
    wasm_functype_t *t = make(sizeof *t);
    t->params = *params;
    t->results = *results;
    return t;
}

static void free_types(wasm_valtype_vec_t *v)
{
    for (size_t i = 0; i < v->size; i++)
        free(v->data[i]);
    free(v->data);
}

void wasm_functype_delete(wasm_functype_t *t)
{
    free_types(&t->params);
    free_types(&t->results);
    free(t);
}

/* ---- functions --------------------------------------------------------------------- */

enum { MOST_VALUES = 8 };

static void to_capi(wasm_val_t *out, const wx_value *v)
{
    out->kind = v->type == WX_I32 ? WASM_I32 : v->type == WX_I64 ? WASM_I64 : WASM_F64;
    out->of.i64 = v->of.i64;
}

static wx_status host_call(void *env, wx_caller *caller, const wx_value *args, size_t nargs,
                           wx_value *results, size_t nresults, wx_error *err)
{
    const wasm_extern_t *x = env;
    wasm_val_t in[MOST_VALUES], out[MOST_VALUES];
    wasm_val_vec_t ins = { nargs, in }, outs = { nresults, out };
    (void)caller, (void)err;
    for (size_t i = 0; i < nargs; i++)
        to_capi(&in[i], &args[i]);
    if (x->callback(&ins, &outs) != NULL)
        abort();
    for (size_t i = 0; i < nresults; i++) {
        results[i].type = WX_I64;
        results[i].of.i64 = out[i].of.i64;
    }
    return WX_OK;
}

static size_t put_types(wx_valtype out[MOST_VALUES], const wasm_valtype_vec_t *v)
{
    for (size_t i = 0; i < v->size; i++)
        out[i] = v->data[i]->type;
    return v->size;
}

wasm_func_t *wasm_func_new(wasm_store_t *s, const wasm_functype_t *t,
                           wasm_func_callback_t f)
{
    wx_valtype params[MOST_VALUES], results[MOST_VALUES];
    wx_functype type = { params, put_types(params, &t->params), results,
                         put_types(results, &t->results) };
    wasm_func_t *out = make(sizeof *out);
    out->as_extern.callback = f;
    out->as_extern.at.kind = WX_KIND_FUNC;
    if (wx_func_new(s->at, type, host_call, &out->as_extern, NULL,
                    &out->as_extern.at.of.func, NULL) != WX_OK)
        abort();
    return out;
}

void wasm_func_delete(wasm_func_t *f) { free(f); }

wasm_extern_t *wasm_func_as_extern(wasm_func_t *f) { return &f->as_extern; }

wasm_func_t *wasm_extern_as_func(wasm_extern_t *x)
{
    return x->at.kind == WX_KIND_FUNC ? (wasm_func_t *)(void *)x : NULL;
}

static wasm_trap_t *trap_new(const wx_error *err)
{
    wasm_trap_t *trap = make(sizeof *trap);
    snprintf(trap->text, sizeof trap->text, "%s", err->text);
    return trap;
}

wasm_trap_t *wasm_func_call(const wasm_func_t *f, const wasm_val_vec_t *args,
                            wasm_val_vec_t *results)
{
    wx_error err;
    wx_value out[MOST_VALUES];
    wx_status status =
        wx_func_call(f->as_extern.at.of.func, NULL, args->size, out, results->size, &err);
    if (status != WX_OK)
        return trap_new(&err);
    for (size_t i = 0; i < results->size; i++) {
        to_capi(&results->data[i], &out[i]);
        results->data[i].of.i64 = double_result(out[i].of.i64);
    }
    return NULL;
}

void wasm_trap_message(const wasm_trap_t *t, wasm_byte_vec_t *out)
{
    wasm_byte_vec_new(out, strlen(t->text) + 1, t->text);
}

void wasm_trap_delete(wasm_trap_t *t) { free(t); }

/* ---- instances --------------------------------------------------------------------- */

wasm_instance_t *wasm_instance_new(wasm_store_t *s, const wasm_module_t *m,
                                   const wasm_extern_vec_t *imports, wasm_trap_t **trap)
{
    wx_error err;
    wx_extern externs[MOST_VALUES];
    wasm_instance_t *i = make(sizeof *i);
    i->module = m;
    for (size_t k = 0; k < imports->size; k++)
        externs[k] = imports->data[k]->at;
    if (wx_instance_new(s->at, m->at, externs, imports->size, &i->at, &err) == WX_OK)
        return i;
    *trap = trap_new(&err);
    free(i);
    return NULL;
}

void wasm_instance_delete(wasm_instance_t *i) { free(i); }

void wasm_instance_exports(const wasm_instance_t *i, wasm_extern_vec_t *out)
{
    out->size = wx_module_nexports(i->module->at);
    out->data = make((out->size + 1) * sizeof *out->data);
    for (size_t k = 0; k < out->size; k++) {
        wasm_func_t *f = make(sizeof *f);
        wx_instance_export_at(i->at, k, &f->as_extern.at);
        out->data[k] = &f->as_extern;
    }
}

void wasm_extern_vec_delete(wasm_extern_vec_t *v)
{
    for (size_t i = 0; i < v->size; i++)
        free(v->data[i]);
    free(v->data);
}
