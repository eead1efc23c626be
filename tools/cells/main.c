/* main.c - the program wx-cells: the cells of a program, and how often each of them ran.
 *
 *     wx-cells FILE [ARGS...]
 *     wx-cells --all FILE
 *
 * Runs the WASI command FILE in the interpreter with a dispatcher that counts; then prints, on
 * stderr, every function that was translated: a line `func INDEX`, then a line for each cell:
 * how often it ran, the offset of its instruction in the body, its handler, and its fields
 * (cell.h) a b d x imm.  --all runs nothing, translates every function and prints the same,
 * with each cell counted once.  hot.py makes reports of it, choose.py interp/fused.def. */
#include "api/api.h"
#include "interp/cell.h"
#include "tools/cells/count.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const names[H_COUNT] = {
#define HANDLER(name, ...)       [H_##name] = #name,
#define GUARD_HANDLER(name, ...) [H_##name] = #name,
#define COLD_HANDLER(name, ...)  [H_##name] = #name,
#include "interp/handlers.h"
};

static _Noreturn void die(const char *what, const wx_error *err)
{
    fprintf(stderr, "wx-cells: %s: %s\n", what, err->text);
    exit(1);
}

/* ---- printing ------------------------------------------------------------------------------- */

static void print_program(const struct program *p, bool all)
{
    fprintf(stderr, "func %" PRIu32 "\n", p->fn->func);
    for (uint32_t i = 0; i < p->ncells; i++) {
        const struct cell *c = &p->cells[i];
        uint64_t word = (uint64_t)(uintptr_t)c->handler;
        fprintf(stderr, "%" PRIu64 " %" PRIu32 " %s %u %u %u %d %" PRIx64 "\n",
                all ? 1 : word / COUNT_ONE, p->offsets[i], names[word & COUNT_HANDLER],
                c->a, c->b, c->d, (int32_t)c->x, c->imm);
    }
}

static void print_module(const struct modcode *c, bool all)
{
    uint32_t n = c->module->nfuncs - c->module->nimported_funcs;
    for (uint32_t i = 0; i < n; i++)
        if (c->fns[i].interp != NULL)
            print_program(c->fns[i].interp, all);
}

/* ---- running -------------------------------------------------------------------------------- */

static uint8_t *read_file(const char *path, size_t *len)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0 || ftell(file) < 0)
        die(path, &(wx_error){ .text = "cannot be read" });
    *len = (size_t)ftell(file);
    rewind(file);
    uint8_t *bytes = malloc(*len + 1);
    if (bytes == NULL || fread(bytes, 1, *len, file) != *len)
        die(path, &(wx_error){ .text = "cannot be read" });
    fclose(file);
    return bytes;
}

static wx_module *load(wx_engine *engine, const char *path)
{
    wx_module *module;
    wx_error err;
    size_t len;
    uint8_t *bytes = read_file(path, &len);
    if (wx_module_new(engine, bytes, len, &module, &err) != WX_OK)
        die(path, &err);
    free(bytes);
    return module;
}

/* Calls _start; proc_exit is its end as a return is. */
static void run(wx_store *store, wx_module *module, const char *const *args)
{
    wx_linker *linker;
    wx_instance *instance;
    wx_error err;
    wx_extern start;
    uint32_t code;
    wx_wasi_config config = {
        .args = args, .in = STDIN_FILENO, .out = STDOUT_FILENO, .err = STDERR_FILENO
    };
    if (wx_linker_new(store, &linker, &err) != WX_OK ||
        wx_wasi_define(linker, &config, &err) != WX_OK ||
        wx_linker_instantiate(linker, module, &instance, &err) != WX_OK)
        die(args[0], &err);
    if (!wx_instance_export(instance, "_start", strlen("_start"), &start) ||
        start.kind != WX_KIND_FUNC)
        die(args[0], &(wx_error){ .text = "exports no function _start" });
    if (wx_func_call(start.of.func, NULL, 0, NULL, 0, &err) != WX_OK &&
        !wx_wasi_exit_code(linker, &code))
        die(args[0], &err);
    wx_linker_free(linker);
}

int main(int argc, char **argv)
{
    wx_config config;
    wx_engine *engine;
    wx_store *store;
    wx_error err;
    bool all = argc == 3 && strcmp(argv[1], "--all") == 0;
    if (argc < 2) {
        fprintf(stderr, "usage: wx-cells FILE [ARGS...], or wx-cells --all FILE\n");
        return 2;
    }
    wx_config_init(&config);
    config.tier = WX_TIER_INTERP;
    if (wx_engine_new(&config, &engine, &err) != WX_OK ||
        wx_store_new(engine, &store, &err) != WX_OK)
        die("engine", &err);
    wx_module *module = load(engine, argv[1 + all]);
    if (!all)
        run(store, module, (const char *const *)argv + 1);
    else if (wx_module_prepare(module, &err) != WX_OK)
        die(argv[2], &err);
    print_module(module->code, all);
    wx_store_free(store);
    wx_module_free(module);
    wx_engine_free(engine);
    return 0;
}
