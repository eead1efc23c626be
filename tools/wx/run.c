/* run.c - wx run: runs a WASI program, or calls one export with typed arguments.
 *
 * Order: load, define WASI, instantiate (which runs the start function), call.  A trap anywhere
 * in it is printed with its backtrace; proc_exit anywhere ends the program with its code. */
#include "tools/wx/commands.h"
#include "tools/wx/load.h"
#include "tools/wx/value.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct program {
    const struct options *options;
    const char *path;
    wx_engine *engine;
    wx_module *module;
    wx_store *store;
    wx_linker *linker;
    wx_instance *instance;
    wx_error err;
};

/* ---- failures ------------------------------------------------------------------------------- */

static void print_frame(unsigned number, const wx_frame *f)
{
    fprintf(stderr, "  #%u ", number);
    if (f->func_name[0])
        fprintf(stderr, "%s (func %u)", f->func_name, f->func_index);
    else
        fprintf(stderr, "func %u", f->func_index);
    fprintf(stderr, " at 0x%zx\n", f->offset);
}

static int print_trap(const char *what, const wx_error *err)
{
    fprintf(stderr, "%s: %s\n", what, err->text);
    unsigned printed = err->nframes < WX_MAX_FRAMES ? err->nframes : WX_MAX_FRAMES;
    for (unsigned i = 0; i < printed; i++)
        print_frame(i, &err->frames[i]);
    if (printed < err->nframes)
        fprintf(stderr, "  and %u more\n", err->nframes - printed);
    return EXIT_TRAP;
}

/* The exit code after the engine said no. */
static int fail(const struct program *p, wx_status status)
{
    const wx_error *err = &p->err;
    uint32_t code;
    if (status == WX_TRAP && p->linker && wx_wasi_exit_code(p->linker, &code))
        return (int)(code & 0xFF);
    if (status == WX_TRAP)
        return print_trap("trap", err);
    if (status == WX_EXCEPTION)
        return print_trap("uncaught exception", err);
    fprintf(stderr, "%s: %s\n", p->path, err->text);
    return EXIT_FAILED;
}

/* ---- instantiating ------------------------------------------------------------------------- */

/* The environment that the program gets, NULL-terminated.  The caller frees it. */
static const char **environment(const struct options *o)
{
    LIST(const char *) env = { 0 };
    for (char **e = o->inherit_env ? environ : NULL; e && *e; e++)
        list_push(&env, *e);
    for (size_t i = 0; i < o->env.len; i++)
        list_push(&env, o->env.at[i]);
    list_push(&env, NULL);
    return env.at;
}

/* A program's arguments are FILE and ARGS, those of a function are not for WASI. */
static wx_status define_wasi(struct program *p)
{
    const struct options *o = p->options;
    LIST(const char *) args = { 0 };
    for (size_t i = 0; i < (o->invoke ? 1 : o->args.len); i++)
        list_push(&args, o->args.at[i]);
    list_push(&args, NULL);
    const char **env = environment(o);
    wx_wasi_config config = { .args = args.at,
                              .env = env,
                              .in = STDIN_FILENO,
                              .out = STDOUT_FILENO,
                              .err = STDERR_FILENO };
    wx_status status = wx_wasi_define(p->linker, &config, &p->err);
    free(env);
    list_free(&args);
    return status;
}

static int instantiate(struct program *p)
{
    wx_status status = wx_store_new(p->engine, &p->store, &p->err);
    if (!status && p->options->config.fuel)
        wx_store_set_fuel(p->store, p->options->fuel);
    if (!status)
        status = wx_linker_new(p->store, &p->linker, &p->err);
    if (!status)
        status = define_wasi(p);
    if (!status)
        status = wx_linker_instantiate(p->linker, p->module, &p->instance, &p->err);
    return status ? fail(p, status) : EXIT_OK;
}

/* ---- calling -------------------------------------------------------------------------------- */

/* The exported function of that name, or NULL. */
static wx_func *find_function(struct program *p, const char *name)
{
    wx_extern x;
    bool found = wx_instance_export(p->instance, name, strlen(name), &x);
    return found && x.kind == WX_KIND_FUNC ? x.of.func : NULL;
}

static void print_exports(struct program *p)
{
    for (size_t i = 0; i < wx_module_nexports(p->module); i++) {
        wx_extern x;
        struct text line;
        if (!wx_instance_export_at(p->instance, i, &x) || x.kind != WX_KIND_FUNC)
            continue;
        text_clear(&line);
        text_add_name(&line, wx_module_export(p->module, i).name);
        text_add(&line, " ");
        text_add_functype(&line, wx_func_type(x.of.func));
        fprintf(stderr, "  %s\n", line.at);
    }
}

static int no_function(struct program *p, const char *name)
{
    fprintf(stderr, "wx run: %s exports no function \"%s\"%s; its functions:\n", p->path,
            name, p->options->invoke ? "" : ", use --invoke NAME");
    print_exports(p);
    return EXIT_FAILED;
}

static void print_signature(const char *name, wx_functype type)
{
    struct text t;
    text_clear(&t);
    text_add_functype(&t, type);
    fprintf(stderr, "  \"%s\" %s\n", name, t.at);
}

/* Reads the arguments by the signature into args[0..type.nparams). */
static bool read_args(struct program *p, wx_functype type, wx_value *args)
{
    const struct options *o = p->options;
    size_t given = o->args.len - 1;
    if (given != type.nparams) {
        fprintf(stderr, "wx run: wrong number of arguments: %zu given, %zu needed\n", given,
                type.nparams);
        print_signature(o->invoke, type);
        return false;
    }
    for (size_t i = 0; i < type.nparams; i++) {
        const char *text = o->args.at[i + 1];
        args[i] = (wx_value){ .type = type.params[i] };
        const char *why = value_parse(text, p->store, &args[i]);
        if (why) {
            fprintf(stderr, "wx run: argument %zu, '%s', as %s: %s\n", i + 1, text,
                    value_type_name(type.params[i]), why);
            print_signature(o->invoke, type);
            return false;
        }
    }
    return true;
}

static void print_results(const wx_value *results, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct text t;
        text_clear(&t);
        text_add_value(&t, &results[i]);
        printf("%s\n", t.at);
    }
}

/* Calls f with arguments that were read; nothing is printed but the results. */
static int call(struct program *p, wx_func *f, const wx_value *args)
{
    wx_functype type = wx_func_type(f);
    wx_value *results = list_alloc(NULL, type.nresults, sizeof *results);
    wx_status status = wx_func_call(f, args, type.nparams, results, type.nresults, &p->err);
    if (!status)
        print_results(results, type.nresults);
    free(results);
    return status ? fail(p, status) : EXIT_OK;
}

static bool takes_and_gives_nothing(wx_func *f)
{
    wx_functype type = wx_func_type(f);
    return type.nparams == 0 && type.nresults == 0;
}

/* A WASI reactor is initialized before its first call. */
static int initialize(struct program *p)
{
    wx_func *f = find_function(p, "_initialize");
    if (!f || !takes_and_gives_nothing(f) || strcmp(p->options->invoke, "_initialize") == 0)
        return EXIT_OK;
    return call(p, f, NULL);
}

static int invoke(struct program *p)
{
    const char *name = p->options->invoke;
    wx_func *f = find_function(p, name);
    if (!f)
        return no_function(p, name);
    wx_functype type = wx_func_type(f);
    wx_value *args = list_alloc(NULL, type.nparams, sizeof *args);
    int code = read_args(p, type, args) ? initialize(p) : EXIT_USAGE;
    if (code == EXIT_OK)
        code = call(p, f, args);
    free(args);
    return code;
}

static int start(struct program *p)
{
    wx_func *f = find_function(p, "_start");
    if (!f || !takes_and_gives_nothing(f))
        return no_function(p, "_start");
    return call(p, f, NULL);
}

/* ---- the command ---------------------------------------------------------------------------- */

static void print_stats(const struct program *p)
{
    wx_stats s = wx_module_stats(p->module);
    fprintf(stderr,
            "functions %llu, translated %llu, compiled %llu, declined %llu, entered at "
            "loops %llu\n"
            "compiler: %llu bytes in, %llu bytes out, %llu ns\n",
            (unsigned long long)s.functions, (unsigned long long)s.translated,
            (unsigned long long)s.compiled, (unsigned long long)s.declined,
            (unsigned long long)s.loops_entered, (unsigned long long)s.bytes_in,
            (unsigned long long)s.bytes_out, (unsigned long long)s.nanoseconds);
    if (p->store && p->options->config.fuel)
        fprintf(stderr, "fuel left %llu\n", (unsigned long long)wx_store_fuel(p->store));
}

static int run(struct program *p)
{
    wx_status status = wx_engine_new(&p->options->config, &p->engine, &p->err);
    if (status) {
        fprintf(stderr, "wx run: %s\n", p->err.text);
        return EXIT_FAILED;
    }
    p->module = load_module(p->engine, p->path, stderr);
    int code = p->module ? instantiate(p) : EXIT_FAILED;
    if (code == EXIT_OK)
        code = p->options->invoke ? invoke(p) : start(p);
    if (p->module && p->options->stats)
        print_stats(p);
    return code;
}

int command_run(const struct options *o)
{
    if (o->args.len == 0) {
        fprintf(stderr, "wx run: no file is given; see 'wx help run'\n");
        return EXIT_USAGE;
    }
    struct program p = { .options = o, .path = o->args.at[0] };
    int code = run(&p);
    wx_linker_free(p.linker);
    wx_store_free(p.store);
    wx_module_free(p.module);
    wx_engine_free(p.engine);
    return code;
}
