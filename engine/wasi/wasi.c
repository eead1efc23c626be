/* wasi.c - wasi_snapshot_preview1 as host functions of a linker.
 *
 * functions.def is the whole interface; a door is what the host function of one row gets as its
 * environment.  The state lives until the store is freed: the first function's finalizer ends
 * it. */
#include "wasi/wasi.h"
#include "api/api.h"
#include <stdio.h>
#include <string.h>

enum { MAX_PARAMS = 9 };

static const struct row {
    const char *name, *params, *results;
    wasi_handler *handler;
} rows[] = {
#define WX_WASI(name, params, results, handler) { #name, params, results, wasi_##handler },
#include "wasi/functions.def"
};

struct wasi_door {
    struct wasi *wasi;
    wasi_handler *handler;
};

/* ---- one call ------------------------------------------------------------------------ */

static void find_memory(struct wasi_call *c, wx_caller *caller)
{
    wx_extern e;
    wx_instance *i = wx_caller_instance(caller);
    if (i == NULL || !wx_instance_export(i, "memory", strlen("memory"), &e) ||
        e.kind != WX_KIND_MEMORY)
        return;
    c->memory = wx_memory_data(e.of.memory);
    c->memory_size = wx_memory_size(e.of.memory);
}

static wx_status enter(void *env, wx_caller *caller, const wx_value *args, size_t nargs,
                       wx_value *results, size_t nresults, wx_error *err)
{
    (void)nargs;
    const struct wasi_door *door = env;
    struct wasi_call c = { .wasi = door->wasi, .args = args };
    find_memory(&c, caller);
    enum wasi_error error = door->handler(&c);
    if (c.exit) {
        err->trap = WX_TRAP_HOST;
        snprintf(err->text, sizeof err->text, "exit with code %u", c.wasi->exit_code);
        return WX_TRAP;
    }
    if (nresults > 0)
        results[0] = (wx_value){ .type = WX_I32, .of.i32 = (int32_t)error };
    return WX_OK;
}

/* ---- the state ----------------------------------------------------------------------- */

static void strings_free(struct heap *heap, struct wasi_strings *s)
{
    if (s->bytes != NULL)
        heap_free(heap, s->bytes, s->size);
}

static bool strings_copy(struct heap *heap, struct wasi_strings *s, const char *const *list)
{
    size_t size = 0, count = 0;
    for (; list != NULL && list[count] != NULL; count++)
        size += strlen(list[count]) + 1;
    if (size > UINT32_MAX / 2)
        return false;
    if (size == 0)
        return true;
    *s = (struct wasi_strings){ (uint32_t)count, (uint32_t)size, heap_alloc(heap, size) };
    if (s->bytes == NULL)
        return false;
    char *p = s->bytes;
    for (size_t i = 0; i < count; i++)
        p = stpcpy(p, list[i]) + 1;
    return true;
}

static void wasi_free(void *env)
{
    struct wasi *w = ((struct wasi_door *)env)->wasi;
    struct heap *heap = w->heap;
    strings_free(heap, &w->args);
    strings_free(heap, &w->env);
    heap_free(heap, w->doors, COUNT(rows) * sizeof *w->doors);
    heap_free(heap, w, sizeof *w);
}

static void fds_init(struct wasi *w, const wx_wasi_config *c)
{
    const int hosts[WASI_STDIO] = { c->in, c->out, c->err };
    for (int i = 0; i < WASI_STDIO; i++)
        w->fds[i] = (struct wasi_fd){ .host = hosts[i], .open = hosts[i] >= 0 };
}

static struct wasi_door *doors_new(struct wasi *w)
{
    struct wasi_door *doors = heap_alloc(w->heap, COUNT(rows) * sizeof *doors);
    for (size_t i = 0; doors != NULL && i < COUNT(rows); i++)
        doors[i] = (struct wasi_door){ w, rows[i].handler };
    return doors;
}

static struct wasi *wasi_new(struct heap *heap, const wx_wasi_config *c)
{
    struct wasi *w = heap_alloc(heap, sizeof *w);
    if (w == NULL)
        return NULL;
    *w = (struct wasi){ .heap = heap };
    fds_init(w, c);
    w->doors = doors_new(w);
    if (w->doors == NULL) {
        heap_free(heap, w, sizeof *w);
        return NULL;
    }
    if (strings_copy(heap, &w->args, c->args) && strings_copy(heap, &w->env, c->env))
        return w;
    wasi_free(w->doors);
    return NULL;
}

/* ---- definition ---------------------------------------------------------------------- */

static size_t types_of(const char *letters, wx_valtype *out)
{
    size_t n = 0;
    for (; letters[n] != 0; n++)
        out[n] = letters[n] == 'I' ? WX_I64 : WX_I32;
    return n;
}

static wx_status func_new(struct wasi *w, size_t row, wx_store *s, wx_extern *out,
                          wx_error *err)
{
    wx_valtype params[MAX_PARAMS], results[1];
    wx_functype type = { .params = params, .results = results };
    type.nparams = types_of(rows[row].params, params);
    type.nresults = types_of(rows[row].results, results);
    out->kind = WX_KIND_FUNC;
    return wx_func_new(s, type, enter, &w->doors[row], row == 0 ? wasi_free : NULL,
                       &out->of.func, err);
}

static wx_name name_of(const char *text) { return (wx_name){ text, strlen(text) }; }

wx_status wx_wasi_define(wx_linker *l, const wx_wasi_config *config, wx_error *err)
{
    wx_extern value;
    struct wasi *w = wasi_new(l->heap, config);
    if (w == NULL)
        return error_exhausted(err, "out of memory");
    for (size_t i = 0; i < COUNT(rows); i++) {
        wx_status status = func_new(w, i, wx_of_store(l->store), &value, err);
        if (status != WX_OK && i == 0)
            wasi_free(w->doors);
        if (status == WX_OK)
            status = wx_linker_define(l, name_of("wasi_snapshot_preview1"),
                                      name_of(rows[i].name), value, err);
        if (status != WX_OK)
            return status;
    }
    l->wasi = w;
    return WX_OK;
}

bool wx_wasi_exit_code(const wx_linker *l, uint32_t *code)
{
    if (l->wasi == NULL || !l->wasi->exited)
        return false;
    *code = l->wasi->exit_code;
    return true;
}
