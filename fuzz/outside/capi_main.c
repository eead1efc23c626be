/* capi_main.c - fuzz_capi: an engine with the standard C API, loaded from a shared library.
 *
 *     fuzz_capi LIBRARY                 questions and answers as frames (peer.c)
 *     fuzz_capi LIBRARY MODULE.wasm     one module, the answer as text
 *
 * Links nothing of wx: what crashes here is the library. */
#include "outside/wasm_capi.h"
#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The functions of the library. */
static struct api {
#define DECLARE(result, name, parameters) result(*name) parameters;
    WASM_API_FUNCTIONS(DECLARE)
#undef DECLARE
} api;

static bool load(const char *path)
{
    static const struct {
        const char *name;
        void *at;
    } functions[] = {
#define ROW(result, name, parameters) { #name, &api.name },
        WASM_API_FUNCTIONS(ROW)
#undef ROW
    };
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        fprintf(stderr, "fuzz_capi: %s\n", dlerror());
        return false;
    }
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        void *at = dlsym(library, functions[i].name);
        if (at == NULL) {
            fprintf(stderr, "fuzz_capi: %s\n", dlerror());
            return false;
        }
        memcpy(functions[i].at, &at, sizeof at);
    }
    return true;
}

/* ---- the host function ------------------------------------------------------------- */

/* As external_host in external.c. */
static wasm_trap_t *host(const wasm_val_vec_t *args, wasm_val_vec_t *results)
{
    uint64_t digest = (uint64_t)args->data[1].of.i64 ^ (uint32_t)args->data[0].of.i32;
    results->data[0].kind = WASM_I64;
    results->data[0].of.i64 = (int64_t)(digest * UINT64_C(0x9E3779B97F4A7C15) + 1);
    return NULL;
}

static wasm_func_t *host_new(wasm_store_t *s)
{
    wasm_valtype_t *in[] = { api.wasm_valtype_new(WASM_I32),
                             api.wasm_valtype_new(WASM_I64) };
    wasm_valtype_t *out[] = { api.wasm_valtype_new(WASM_I64) };
    wasm_valtype_vec_t params, results;
    api.wasm_valtype_vec_new(&params, 2, in);
    api.wasm_valtype_vec_new(&results, 1, out);
    wasm_functype_t *type = api.wasm_functype_new(&params, &results);
    wasm_func_t *f = api.wasm_func_new(s, type, host);
    api.wasm_functype_delete(type);
    return f;
}

/* ---- one module -------------------------------------------------------------------- */

static void put_trap(FILE *out, wasm_trap_t *trap)
{
    wasm_byte_vec_t message;
    api.wasm_trap_message(trap, &message);
    for (size_t i = 0; i < message.size && message.data[i] != '\0'; i++)
        putc(message.data[i] == '\n' ? ' ' : message.data[i], out);
    putc('\n', out);
    api.wasm_byte_vec_delete(&message);
    api.wasm_trap_delete(trap);
}

static void call(FILE *out, const wasm_byte_vec_t *name, wasm_func_t *f)
{
    wasm_val_t result = { .kind = WASM_I64, .of.i64 = 0 };
    wasm_val_vec_t args = { 0, NULL }, results = { 1, &result };
    wasm_trap_t *trap = f != NULL ? api.wasm_func_call(f, &args, &results) : NULL;
    fprintf(out, "%.*s() => ", (int)name->size, name->data);
    if (f == NULL)
        fprintf(out, "error: not a function\n");
    else if (trap == NULL)
        fprintf(out, "i64:%lld\n", (long long)result.of.i64);
    else {
        fprintf(out, "error: ");
        put_trap(out, trap);
    }
}

static void call_all(FILE *out, const wasm_module_t *m, const wasm_instance_t *i)
{
    wasm_exporttype_vec_t types;
    wasm_extern_vec_t exports;
    api.wasm_module_exports(m, &types);
    api.wasm_instance_exports(i, &exports);
    fprintf(out, "ran\n");
    for (size_t k = 0; k < types.size && k < exports.size; k++)
        call(out, api.wasm_exporttype_name(types.data[k]),
             api.wasm_extern_as_func(exports.data[k]));
    api.wasm_extern_vec_delete(&exports);
    api.wasm_exporttype_vec_delete(&types);
}

static void run_module(FILE *out, wasm_store_t *s, const wasm_module_t *m)
{
    wasm_func_t *f = host_new(s);
    wasm_extern_t *import = api.wasm_func_as_extern(f);
    wasm_extern_vec_t imports = { 1, &import };
    wasm_trap_t *trap = NULL;
    wasm_instance_t *i = api.wasm_instance_new(s, m, &imports, &trap);
    if (i != NULL) {
        call_all(out, m, i);
        api.wasm_instance_delete(i);
    } else {
        fprintf(out, "not started: ");
        if (trap != NULL)
            put_trap(out, trap);
        else
            fprintf(out, "no instance\n");
    }
    api.wasm_func_delete(f);
}

/* A store for each module. */
static void answer(FILE *out, wasm_engine_t *e, const char *bytes, size_t n)
{
    wasm_store_t *s = api.wasm_store_new(e);
    wasm_byte_vec_t binary;
    api.wasm_byte_vec_new(&binary, n, bytes);
    wasm_module_t *m = api.wasm_module_new(s, &binary);
    api.wasm_byte_vec_delete(&binary);
    if (m == NULL) {
        fprintf(out, "not started: the module is rejected\n");
    } else {
        run_module(out, s, m);
        api.wasm_module_delete(m);
    }
    api.wasm_store_delete(s);
}

/* ---- frames ------------------------------------------------------------------------ */

/* false at the end of the input. */
static bool read_all(void *bytes, size_t n)
{
    for (char *at = bytes; n > 0;) {
        ssize_t got = read(STDIN_FILENO, at, n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        at += got;
        n -= (size_t)got;
    }
    return true;
}

static bool write_all(const void *bytes, size_t n)
{
    for (const char *at = bytes; n > 0;) {
        ssize_t put = write(STDOUT_FILENO, at, n);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return false;
        at += put;
        n -= (size_t)put;
    }
    return true;
}

static bool serve_one(wasm_engine_t *e, const char *bytes, size_t n)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL)
        return false;
    answer(out, e, bytes, n);
    bool ok = fclose(out) == 0;
    uint32_t len = (uint32_t)size;
    ok = ok && write_all(&len, sizeof len) && write_all(text, len);
    free(text);
    return ok;
}

static void serve(wasm_engine_t *e)
{
    uint32_t len;
    bool ok = true;
    while (ok && read_all(&len, sizeof len)) {
        char *bytes = malloc(len != 0 ? len : 1);
        ok = bytes != NULL && read_all(bytes, len) && serve_one(e, bytes, len);
        free(bytes);
    }
}

static int once(wasm_engine_t *e, const char *path)
{
    static char bytes[1 << 24];
    FILE *in = fopen(path, "rb");
    if (in == NULL) {
        perror(path);
        return 1;
    }
    size_t n = fread(bytes, 1, sizeof bytes, in);
    fclose(in);
    answer(stdout, e, bytes, n);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc < 2 || argc > 3) {
        fprintf(stderr, "usage: fuzz_capi LIBRARY [MODULE.wasm]\n");
        return 2;
    }
    if (!load(argv[1]))
        return 127; /* cannot be asked: see process.h */
    wasm_engine_t *e = api.wasm_engine_new();
    int code = argc == 3 ? once(e, argv[2]) : (serve(e), 0);
    api.wasm_engine_delete(e);
    return code;
}
