/* gen.c - wx fuzz gen: a module and its script from a seed, by libwxgen. */
#include "tools/fuzz/commands.h"
#include "tools/fuzz/gen_stats.h"
#include "wxgen.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct gen_options {
    uint64_t seed, count;
    const char *out, *dna;
    bool stats, plain;
    wxgen_config config;
};

/* Takes the value of an option, NULL for a flag; false: it is not one of those expected. */
typedef bool option_set(struct gen_options *o, const char *value);

static bool number(const char *text, uint64_t *out)
{
    char *end;
    errno = 0;
    *out = strtoull(text, &end, 0);
    return *text >= '0' && *text <= '9' && *end == 0 && errno == 0;
}

static bool set_seed(struct gen_options *o, const char *value)
{
    return number(value, &o->seed);
}

static bool set_stats(struct gen_options *o, const char *value)
{
    return o->stats = number(value, &o->count) && o->count > 0 && o->count <= UINT32_MAX;
}

static bool set_out(struct gen_options *o, const char *value)
{
    return o->out = value, true;
}
static bool set_dna(struct gen_options *o, const char *value)
{
    return o->dna = value, true;
}
static bool set_plain(struct gen_options *o, const char *value)
{
    (void)value;
    return o->plain = true;
}

static bool set_traps(struct gen_options *o, const char *value)
{
    static const char *const names[] = { "none", "rare", "natural", "dense", "any" };
    for (size_t i = 0; i < COUNT(names); i++) {
        if (strcmp(names[i], value) == 0) {
            o->config.traps = (wxgen_traps)i;
            return true;
        }
    }
    return false;
}

static bool set_mode(struct gen_options *o, const char *value)
{
    for (unsigned i = 0; wxgen_mode_name(i) != NULL; i++)
        if (strcmp(wxgen_mode_name(i), value) == 0)
            return o->config.mode = value, true;
    return false;
}

static bool set_without(struct gen_options *o, const char *value)
{
    o->config.without = value;
    wxgen_case *c = wxgen_from_seed(0, &o->config); /* knows the names */
    wxgen_free(c);
    return c != NULL;
}

static bool set_no_swarm(struct gen_options *o, const char *value)
{
    (void)value;
    o->config.swarm = false;
    return true;
}

static bool set_one_module(struct gen_options *o, const char *value)
{
    (void)value;
    return o->config.one_module = true;
}

static const struct option {
    const char *name, *value, *text;
    option_set *set;
} options[] = {
    { "-o", "FILE", "the module with script and second module in custom sections",
      set_out },
    { "--seed", "N", "which one; 0 if not given", set_seed },
    { "--traps", "none|rare|natural|dense|any", "how many instructions trap", set_traps },
    { "--mode", "NAME", "of all functions; fuzz/gen/modes.def lists them", set_mode },
    { "--without", "FEATURE,...", "features not to use", set_without },
    { "--no-swarm", NULL, "all kinds of operations in every module", set_no_swarm },
    { "--one-module", NULL, "never a second module", set_one_module },
    { "--plain", NULL, "the module alone, without custom sections", set_plain },
    { "--dna", "FILE", "the bytes that libwxgen makes the case from", set_dna },
    { "--stats", "COUNT", "no module: what COUNT seeds from N on are like", set_stats },
};

static void help(FILE *to)
{
    fprintf(to, "usage: wx fuzz gen [OPTIONS] -o FILE.wasm\n\n");
    for (size_t i = 0; i < COUNT(options); i++)
        fprintf(to, "  %s%s%s\n      %s\n", options[i].name,
                options[i].value == NULL ? "" : " ",
                options[i].value == NULL ? "" : options[i].value, options[i].text);
}

static int usage(const char *problem, const char *what)
{
    fprintf(stderr, "wx fuzz gen: %s%s\n", problem, what);
    help(stderr);
    return EXIT_USAGE;
}

/* ---- what is done -------------------------------------------------------------------------- */

static bool write_file(const char *path, const uint8_t *data, size_t size)
{
    FILE *out = fopen(path, "wb");
    bool ok = out != NULL && fwrite(data, 1, size, out) == size;
    if (out != NULL)
        ok &= fclose(out) == 0;
    if (!ok)
        perror(path);
    return ok;
}

static int generate(const struct gen_options *o)
{
    wxgen_case *c = wxgen_from_seed(o->seed, &o->config);
    bool ok = c != NULL;
    size_t len;
    if (ok && o->out != NULL) {
        const uint8_t *data = o->plain ? wxgen_module(c, 0, &len) : wxgen_file(c, &len);
        ok = write_file(o->out, data, len);
    }
    if (ok && o->dna != NULL) {
        const uint8_t *data = wxgen_bytes(c, &len);
        ok = write_file(o->dna, data, len);
    }
    wxgen_free(c);
    return ok ? EXIT_OK : EXIT_FAILED;
}

static int print_stats(const struct gen_options *o)
{
    struct gen_stats s = { .sizes = calloc(o->count, sizeof *s.sizes) };
    for (uint64_t i = 0; s.sizes != NULL && i < o->count; i++) {
        wxgen_case *c = wxgen_from_seed(o->seed + i, &o->config);
        if (c != NULL)
            gen_stats_add(&s, c);
        wxgen_free(c);
    }
    int code = s.sizes != NULL && s.invalid == 0 ? EXIT_OK : EXIT_FAILED;
    if (s.sizes != NULL)
        gen_stats_print(&s);
    free(s.sizes);
    return code;
}

static const struct option *find(const char *name)
{
    for (size_t i = 0; i < COUNT(options); i++)
        if (strcmp(options[i].name, name) == 0)
            return &options[i];
    return NULL;
}

int fuzz_command_gen(int argc, char **argv)
{
    struct gen_options o = { 0 };
    wxgen_config_init(&o.config);
    for (int i = 0; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0)
            return help(stdout), EXIT_OK;
        const struct option *option = find(argv[i]);
        if (option == NULL)
            return usage("unknown option ", argv[i]);
        if (option->value != NULL && ++i == argc)
            return usage("a value is missing behind ", option->name);
        if (!option->set(&o, option->value == NULL ? NULL : argv[i]))
            return usage("not a value of this option: ", argv[i]);
    }
    if (o.stats)
        return print_stats(&o);
    return o.out == NULL && o.dna == NULL ? usage("-o is missing", "") : generate(&o);
}
