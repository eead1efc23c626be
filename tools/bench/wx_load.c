/* wx_load.c - the program wx-load: how fast a module is validated, and how fast it is compiled.
 *
 *     wx-load [--tier interp|baseline] FILE
 *
 * Decodes and validates FILE, then translates or compiles every function, each once.  Prints the
 * CPU time of the first step (validate_ns), of the second (generate_ns) and of both (compile_ns),
 * and how many functions there were; wx itself does the second step a function at a time, at
 * first calls. */
#include "wx.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct bytes {
    uint8_t *at;
    size_t len;
};

static void die(const char *what, const char *why)
{
    fprintf(stderr, "wx-load: %s: %s\n", what, why);
    exit(1);
}

static struct bytes read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    struct bytes b = { 0 };
    if (file == NULL || fseek(file, 0, SEEK_END) != 0)
        die(path, "cannot be read");
    long size = ftell(file);
    rewind(file);
    b.len = size > 0 ? (size_t)size : 0;
    b.at = malloc(b.len + 1);
    if (size < 0 || b.at == NULL || fread(b.at, 1, b.len, file) != b.len)
        die(path, "cannot be read");
    fclose(file);
    return b;
}

static uint64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static wx_tier tier_named(const char *name)
{
    if (strcmp(name, "interp") == 0)
        return WX_TIER_INTERP;
    if (strcmp(name, "baseline") != 0)
        die(name, "is not a tier; interp and baseline are");
    return WX_TIER_BASELINE;
}

static void print(const char *name, uint64_t n)
{
    printf("%s %llu\n", name, (unsigned long long)n);
}

static void measure(wx_engine *engine, const char *path)
{
    wx_module *module;
    wx_error err;
    struct bytes b = read_file(path);
    uint64_t start = now();
    if (wx_module_new(engine, b.at, b.len, &module, &err) != WX_OK)
        die(path, err.text);
    uint64_t validated = now();
    if (wx_module_prepare(module, &err) != WX_OK)
        die(path, err.text);
    uint64_t generated = now();
    wx_stats stats = wx_module_stats(module);
    print("validate_ns", validated - start);
    print("generate_ns", generated - validated);
    print("compile_ns", generated - start);
    print("functions", stats.functions);
    print("translated", stats.translated);
    print("compiled", stats.compiled);
    print("declined", stats.declined);
    wx_module_free(module);
    free(b.at);
}

int main(int argc, char **argv)
{
    wx_config config;
    wx_engine *engine;
    wx_error err;
    wx_config_init(&config);
    config.tier = WX_TIER_BASELINE;
    if (argc == 4 && strcmp(argv[1], "--tier") == 0) {
        config.tier = tier_named(argv[2]);
    } else if (argc != 2) {
        fprintf(stderr, "usage: wx-load [--tier interp|baseline] FILE\n");
        return 2;
    }
    if (wx_engine_new(&config, &engine, &err) != WX_OK)
        die("engine", err.text);
    measure(engine, argv[argc - 1]);
    wx_engine_free(engine);
    return 0;
}
