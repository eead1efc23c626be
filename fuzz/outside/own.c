/* own.c - external modules in an engine of ours. */
#include "outside/outside.h"
#include <stdio.h>
#include <string.h>

/* One instance with its store. */
struct own {
    wx_store *store;
    wx_module *module;
    wx_instance *instance;
};

static wx_status host_call(void *env, wx_caller *caller, const wx_value *args, size_t nargs,
                           wx_value *results, size_t nresults, wx_error *err)
{
    (void)env, (void)caller, (void)nargs, (void)nresults, (void)err;
    results[0].type = WX_I64;
    results[0].of.i64 =
        (int64_t)external_host((uint32_t)args[0].of.i32, (uint64_t)args[1].of.i64);
    return WX_OK;
}

static wx_status instantiate(struct own *w, wx_error *err)
{
    static const wx_valtype params[] = { WX_I32, WX_I64 }, results[] = { WX_I64 };
    wx_functype type = { params, 2, results, 1 };
    wx_extern host = { .kind = WX_KIND_FUNC };
    wx_status status =
        wx_func_new(w->store, type, host_call, NULL, NULL, &host.of.func, err);
    return status != WX_OK
               ? status
               : wx_instance_new(w->store, w->module, &host, wx_module_nimports(w->module),
                                 &w->instance, err);
}

static void open_failed(wx_status status, const wx_error *err, struct answer *a)
{
    bool memory = status == WX_EXHAUSTED;
    answer_say(a, memory ? ANSWER_UNAVAILABLE : ANSWER_NOT_STARTED, err->text);
}

static bool own_open(struct own *w, wx_engine *e, const struct question *q,
                     struct answer *a)
{
    wx_error err;
    *w = (struct own){ 0 };
    wx_status status = wx_module_new(e, q->wasm, q->len, &w->module, &err);
    if (status == WX_OK)
        status = wx_store_new(e, &w->store, &err);
    if (status == WX_OK) {
        wx_store_set_fuel(w->store, UINT64_C(1) << 40); /* it has its own */
        status = instantiate(w, &err);
    }
    if (status != WX_OK)
        open_failed(status, &err, a);
    return status == WX_OK;
}

static void own_close(struct own *w)
{
    wx_store_free(w->store);
    wx_module_free(w->module);
}

static void call(struct own *w, size_t export, struct answer *a)
{
    wx_extern e;
    wx_error err;
    wx_value result;
    wx_name name = wx_module_export(w->module, export).name;
    char text[24];
    snprintf(text, sizeof text, "%.*s", (int)name.len, name.at);
    struct answer_line *l = answer_add(a, text);
    if (!wx_instance_export_at(w->instance, export, &e))
        return;
    wx_status status = wx_func_call(e.of.func, NULL, 0, &result, 1, &err);
    l->trapped = status != WX_OK;
    if (l->trapped)
        snprintf(l->text, sizeof l->text, "%.*s", ANSWER_TEXT - 1, err.text);
    else
        l->value = (uint64_t)result.of.i64;
}

static void call_named(struct own *w, const char *wanted, struct answer *a)
{
    for (size_t i = 0; i < wx_module_nexports(w->module); i++) {
        wx_name name = wx_module_export(w->module, i).name;
        if (strlen(wanted) == name.len && memcmp(wanted, name.at, name.len) == 0)
            call(w, i, a);
    }
}

/* One call in an instance of its own. */
static void run_single(wx_engine *e, const struct question *q, const char *name,
                       struct answer *a)
{
    struct own w;
    if (own_open(&w, e, q, a))
        call_named(&w, name, a);
    own_close(&w);
}

void own_run(wx_engine *e, const struct question *q, struct answer *a)
{
    struct own w;
    *a = (struct answer){ .kind = ANSWER_RAN };
    for (uint32_t i = 0; i < q->ncalls && a->kind == ANSWER_RAN; i++)
        run_single(e, q, q->calls[i], a);
    if (q->ncalls != 0)
        return;
    if (own_open(&w, e, q, a))
        for (size_t i = 0; i < wx_module_nexports(w.module); i++)
            call(&w, i, a);
    own_close(&w);
}

void own_question(wx_engine *e, const struct external *x, struct question *q)
{
    *q = (struct question){ .wasm = x->at, .len = x->len };
    if (x->form == EXTERNAL_MANY)
        return;
    bool returned = false;
    for (uint32_t k = x->nsteps + 1; k-- > 0 && !returned;) {
        struct answer a = { .kind = ANSWER_RAN };
        memcpy(q->calls[1], q->calls[0], sizeof q->calls[0]);
        snprintf(q->calls[0], sizeof q->calls[0], "upto_%u", k);
        run_single(e, q, q->calls[0], &a);
        returned = a.kind != ANSWER_RAN || !a.lines[0].trapped;
    }
    q->ncalls = q->calls[1][0] != '\0' ? 2 : 1;
}
