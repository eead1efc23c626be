/* options.c - the table of options, the parser and the help made from it. */
#include "tools/wx/options.h"
#include "tools/wx/value.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Takes the value of an option (NULL if it has none).  false: it is not one of row.expects. */
typedef bool option_set(struct options *o, const char *value);

static bool parse_u64(const char *text, int base, uint64_t *out)
{
    const char *digits = base == 16 ? "0123456789abcdefABCDEF" : "0123456789";
    if (base == 16 && strncmp(text, "0x", 2) == 0)
        text += 2;
    if (!*text || text[strspn(text, digits)])
        return false;
    errno = 0;
    *out = strtoull(text, NULL, base);
    return errno == 0;
}

/* A name and the value of an enum. */
struct choice {
    const char *name;
    int value;
};

static bool choose(const struct choice *choices, const char *name, int *out)
{
    for (; choices->name; choices++) {
        if (strcmp(choices->name, name) == 0) {
            *out = choices->value;
            return true;
        }
    }
    return false;
}

static bool set_tier(struct options *o, const char *value)
{
    static const struct choice choices[] = { { "interp", WX_TIER_INTERP },
                                             { "baseline", WX_TIER_BASELINE },
                                             { "tiered", WX_TIER_TIERED },
                                             { NULL, 0 } };
    if (strncmp(value, "mask:", 5) == 0) {
        o->config.tier = WX_TIER_MASK;
        return parse_u64(value + 5, 16, &o->config.tier_mask);
    }
    int tier;
    bool ok = choose(choices, value, &tier);
    if (ok)
        o->config.tier = (wx_tier)tier;
    return ok;
}

static bool set_memory(struct options *o, const char *value)
{
    static const struct choice choices[] = { { "auto", WX_MEMORY_AUTO },
                                             { "guard", WX_MEMORY_GUARD },
                                             { "check", WX_MEMORY_CHECK },
                                             { NULL, 0 } };
    int strategy;
    bool ok = choose(choices, value, &strategy);
    if (ok)
        o->config.memory = (wx_memory_strategy)strategy;
    return ok;
}

static bool set_dispatch(struct options *o, const char *value)
{
    static const struct choice choices[] = { { "auto", WX_DISPATCH_AUTO },
                                             { "tail", WX_DISPATCH_TAIL },
                                             { "loop", WX_DISPATCH_LOOP },
                                             { NULL, 0 } };
    int dispatch;
    bool ok = choose(choices, value, &dispatch);
    if (ok)
        o->config.dispatch = (wx_dispatch)dispatch;
    return ok;
}

static bool set_features(struct options *o, const char *value)
{
    return wx_features_parse(value, &o->config.features, NULL) == WX_OK;
}

static bool set_cpu(struct options *o, const char *value)
{
    return parse_u64(value, 16, &o->config.cpu_mask);
}

static bool set_fuel(struct options *o, const char *value)
{
    o->config.fuel = true;
    return parse_u64(value, 10, &o->fuel);
}

static bool set_junk(struct options *o, const char *value)
{
    return parse_u64(value, 16, &o->junk);
}

static bool set_timeout(struct options *o, const char *value)
{
    return parse_u64(value, 10, &o->timeout_seconds) && o->timeout_seconds > 0 &&
           o->timeout_seconds <= 1000000;
}

static bool set_perf_map(struct options *o, const char *value)
{
    (void)value;
    return o->config.perf_map = true;
}

static bool set_background(struct options *o, const char *value)
{
    (void)value;
    return o->config.background = true;
}

static bool set_env(struct options *o, const char *value)
{
    list_push(&o->env, value);
    return value[0] != '=' && strchr(value, '=');
}

/* Setters of options that are stored as they are. */
#define SET_TEXT(field)                                           \
    static bool set_##field(struct options *o, const char *value) \
    {                                                             \
        o->field = value;                                         \
        return true;                                              \
    }
#define SET_FLAG(field)                                           \
    static bool set_##field(struct options *o, const char *value) \
    {                                                             \
        (void)value;                                              \
        return o->field = true;                                   \
    }
SET_TEXT(invoke)
SET_TEXT(function)
SET_TEXT(filter)
SET_TEXT(json)
SET_TEXT(engine)
SET_TEXT(engine_check)
SET_TEXT(ledger)
SET_FLAG(inherit_env)
SET_FLAG(stats)
SET_FLAG(verbose)
SET_FLAG(failures_only)
SET_FLAG(help)

/* clang-format off */
static const struct option {
    const char *name, *brief; /* --long, -s or NULL */
    const char *value;        /* NULL: a flag */
    unsigned commands;
    option_set *set;
    const char *help;
    const char *expects;      /* NULL: any value is good */
} options[] = {
    { "--invoke", NULL, "NAME", FOR_RUN, set_invoke,
      "call this export with ARGS instead of running _start", NULL },
    { "--env", NULL, "NAME=VALUE", FOR_RUN, set_env,
      "an environment variable of the program; repeatable", "NAME=VALUE" },
    { "--inherit-env", NULL, NULL, FOR_RUN, set_inherit_env,
      "give the program this process's environment", NULL },
    { "--tier", NULL, "TIER", FOR_RUN | FOR_SPEC, set_tier,
      "interp, baseline, tiered, or mask:HEX: compile function i if bit i % 64 is set",
      "interp, baseline, tiered or mask:HEX" },
    { "--background", NULL, NULL, FOR_RUN, set_background,
      "tiered: compile on a thread while the interpreter goes on", NULL },
    { "--perf-map", NULL, NULL, FOR_RUN, set_perf_map,
      "name compiled functions in /tmp/perf-PID.map, for Linux perf", NULL },
    { "--function", NULL, "F", FOR_DISASM, set_function,
      "only this function: its index or its name", NULL },
    { "--memory", NULL, "STRATEGY", FOR_RUN | FOR_SPEC | FOR_DISASM, set_memory,
      "bounds checks: auto, guard (pages that fault) or check (code)",
      "auto, guard or check" },
    { "--dispatch", NULL, "KIND", FOR_RUN | FOR_SPEC, set_dispatch,
      "the interpreter's dispatcher: auto, tail or loop", "auto, tail or loop" },
    { "--cpu", NULL, "MASK", FOR_RUN | FOR_SPEC | FOR_DISASM, set_cpu,
      "the CPU features that compilers may use, a hexadecimal bit set", "a hexadecimal number" },
    { "--features", NULL, "LIST", FOR_RUN | FOR_VALIDATE | FOR_SPEC | FOR_DISASM, set_features,
      "language features: wasm1, wasm2, wasm3, all, then +NAME or -NAME, separated by commas",
      "wasm1, wasm2, wasm3, all or known features, as in wasm1,+bulk-memory,-simd" },
    { "--fuel", NULL, "N", FOR_RUN, set_fuel, "trap after about N instructions",
      "a number" },
    { "--stats", NULL, NULL, FOR_RUN, set_stats,
      "print what was translated and compiled, on stderr", NULL },
    { "--filter", NULL, "GLOB", FOR_SPEC, set_filter,
      "only scripts whose name matches, as in 'memory*'", NULL },
    { "--expect", NULL, "LEDGER", FOR_SPEC, set_ledger,
      "the failures that are expected, lines of SCRIPT.wast:LINE REASON", NULL },
    { "--failures-only", NULL, NULL, FOR_SPEC, set_failures_only,
      "do not print a line per script", NULL },
    { "--json", NULL, "FILE", FOR_SPEC, set_json, "write a record per assertion", NULL },
    { "--engine", NULL, "COMMAND", FOR_SPEC, set_engine,
      "score another engine: a name it knows, or a command with {} for the module and\n"
      "                          {func} for the function to call, or all exports", NULL },
    { "--engine-check", NULL, "COMMAND", FOR_SPEC, set_engine_check,
      "the other engine's command that fails for modules that are not valid", NULL },
    { "--junk", NULL, "SEED", FOR_SPEC, set_junk,
      "for tests of the engine: fill what is undefined while code runs, and recycled memory",
      "a hexadecimal number" },
    { "--timeout", NULL, "SECONDS", FOR_SPEC, set_timeout, "time limit of a script; 60",
      "a number of seconds" },
    { "--verbose", "-v", NULL, FOR_VALIDATE, set_verbose, "print a line for good files too",
      NULL },
    { "--help", "-h", NULL, FOR_RUN | FOR_VALIDATE | FOR_SPEC | FOR_DISASM, set_help,
      "print this help", NULL },
};
/* clang-format on */

enum { NOPTIONS = sizeof options / sizeof *options };

void options_init(struct options *o)
{
    *o = (struct options){ .timeout_seconds = 60 };
    wx_config_init(&o->config);
}

void options_free(struct options *o)
{
    list_free(&o->args);
    list_free(&o->env);
}

/* The row of an argument, which may be "--name=value". */
static const struct option *find(enum command_bit command, const char *arg)
{
    size_t len = strcspn(arg, "=");
    for (size_t i = 0; i < NOPTIONS; i++) {
        const struct option *row = &options[i];
        bool is_long = strncmp(row->name, arg, len) == 0 && !row->name[len];
        bool is_brief = row->brief && strcmp(row->brief, arg) == 0;
        if ((is_long || is_brief) && (row->commands & (unsigned)command))
            return row;
    }
    return NULL;
}

static bool is_option(const struct options *o, enum command_bit command, const char *arg)
{
    if (arg[0] != '-' || arg[1] == '\0')
        return false;
    bool after_file = command == FOR_RUN && o->args.len > 0;
    return arg[1] == '-' || !after_file;
}

/* The arguments that are not parsed yet. */
struct cursor {
    int left;
    char **at;
};

/* Parses the option arg, whose value may be the next argument.  false after a message. */
static bool parse_option(struct options *o, enum command_bit command, const char *name,
                         const char *arg, struct cursor *rest)
{
    const struct option *row = find(command, arg);
    if (!row) {
        fprintf(stderr, "wx %s: unknown option '%s'; 'wx help %s' lists them\n", name, arg,
                name);
        return false;
    }
    const char *equals = arg[1] == '-' ? strchr(arg, '=') : NULL;
    const char *value = equals ? equals + 1 : NULL;
    if (!row->value && value) {
        fprintf(stderr, "wx %s: %s takes no value\n", name, row->name);
        return false;
    }
    if (row->value && !value) {
        if (rest->left == 0) {
            fprintf(stderr, "wx %s: %s needs a value, %s\n", name, row->name, row->value);
            return false;
        }
        rest->left--;
        value = *rest->at++;
    }
    if (row->set(o, value))
        return true;
    fprintf(stderr, "wx %s: %s: '%s' is not %s\n", name, row->name, value, row->expects);
    return false;
}

bool options_parse(struct options *o, enum command_bit command, const char *name, int argc,
                   char **argv)
{
    struct cursor rest = { .left = argc, .at = argv };
    bool ended = false;
    while (rest.left > 0) {
        rest.left--;
        const char *arg = *rest.at++;
        if (!ended && strcmp(arg, "--") == 0)
            ended = true;
        else if (ended || !is_option(o, command, arg))
            list_push(&o->args, arg);
        else if (!parse_option(o, command, name, arg, &rest))
            return false;
    }
    return true;
}

void options_help(enum command_bit command)
{
    for (size_t i = 0; i < NOPTIONS; i++) {
        const struct option *row = &options[i];
        if (!(row->commands & (unsigned)command))
            continue;
        struct text left;
        text_clear(&left);
        text_add(&left, "%s%s%s%s%s", row->brief ? row->brief : "", row->brief ? ", " : "",
                 row->name, row->value ? " " : "", row->value ? row->value : "");
        printf("  %-22s  %s\n", left.at, row->help);
    }
}
