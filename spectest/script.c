/* script.c - runs one converted script.
 *
 * The objects of a script live in one store until its end, because later modules and tables can
 * refer to earlier ones.  A module that failed keeps its place and its reason, so that what
 * depends on it fails with that reason and not with a wrong result of another module. */
#include "spectest/script.h"
#include "spectest/constant.h"
#include "spectest/host.h"
#include "tools/wx/file.h"
#include <limits.h>
#include <stdio.h>
#include <string.h>

/* A module command. */
struct instance {
    const char *name; /* $name of the script, or NULL */
    wx_instance *at;  /* NULL when it failed */
    uint32_t line;
};

/* The outcome of the command that runs. */
struct outcome {
    enum verdict verdict;
    struct text reason, got, want;
};

struct script {
    const char *path;
    size_t folder_len; /* of path, with the slash */
    wx_engine *engine;
    wx_store *store;
    wx_linker *linker;
    struct externs externs;
    LIST(struct instance) instances;
    LIST(wx_module *) modules;
    LIST(wx_value) args, results;
    struct outcome outcome;
    wx_error err; /* of the last call into the engine */
};

static const char *field(const json_t *c, const char *name)
{
    return json_string_value(json_object_get(c, name));
}

static wx_name name_field(const json_t *c, const char *name)
{
    const json_t *text = json_object_get(c, name);
    return (wx_name){ json_string_value(text), json_string_length(text) };
}

static uint32_t line_of(const json_t *c)
{
    return (uint32_t)json_integer_value(json_object_get(c, "line"));
}

/* ---- outcomes ------------------------------------------------------------------------------- */

#define FAIL(s, ...) \
    ((s)->outcome.verdict = VERDICT_FAILED, text_add(&(s)->outcome.reason, __VA_ARGS__))

static const char *status_name(wx_status status)
{
    static const char *const names[] = {
        [WX_OK] = "ok",
        [WX_MALFORMED] = "malformed",
        [WX_INVALID] = "invalid",
        [WX_UNLINKABLE] = "unlinkable",
        [WX_TRAP] = "trap",
        [WX_EXCEPTION] = "exception",
        [WX_EXHAUSTED] = "exhausted",
        [WX_MISUSE] = "misuse",
    };
    return (size_t)status < sizeof names / sizeof *names ? names[status] : "unknown status";
}

/* What the engine said, for people. */
static void describe_status(struct text *t, const struct script *s, wx_status status)
{
    text_add(t, "%s", status_name(status));
    if (status)
        text_add(t, ": %s", s->err.text);
}

static const struct {
    const char *script;
    uint32_t line;
    const char *text, *instead;
} misconverted[] = {
#define MISCONVERTED(script, line, text, instead) { script ".json", line, text, instead },
#include "spectest/misconverted.def"
};

/* The message that the command expects. */
static const char *expected_text(const struct script *s, const json_t *c)
{
    const char *text = field(c, "text"), *script = s->path + s->folder_len;
    for (size_t i = 0; text && i < sizeof misconverted / sizeof *misconverted; i++)
        if (misconverted[i].line == line_of(c) &&
            strcmp(misconverted[i].script, script) == 0 &&
            strcmp(misconverted[i].text, text) == 0)
            return misconverted[i].instead;
    return text ? text : "";
}

/* " @ 2:0x4b 0:0x60": functions and offsets, the innermost first. */
static void describe_place(struct text *t, const wx_error *err)
{
    text_add(t, " @");
    for (size_t i = 0; i < err->nframes && i < WX_MAX_FRAMES; i++)
        text_add(t, " %u:0x%zx", err->frames[i].func_index, err->frames[i].offset);
}

/* Whether the backtrace is, or begins with, the place that the script wants; "": any is good. */
static bool is_at(const struct script *s, const char *place)
{
    struct text got;
    size_t n = strlen(place);
    text_clear(&got);
    describe_place(&got, &s->err);
    return strncmp(got.at, place, n) == 0 && (got.at[n] == 0 || got.at[n] == ' ');
}

/* The command wanted a failure of that kind, whose text begins with the script's.  Regressions of
 * this engine may add a place to that text; the official suite does not. */
static void expect_failure(struct script *s, const json_t *c, wx_status got, wx_status want)
{
    const char *text = expected_text(s, c), *place = strstr(text, " @ ");
    size_t n = place ? (size_t)(place - text) : strlen(text);
    bool same = got == want && strncmp(s->err.text, text, n) == 0;
    if (same && (!place || is_at(s, place)))
        return;
    FAIL(s, "%s",
         same          ? "another place"
         : got == want ? "another message"
                       : "another outcome");
    describe_status(&s->outcome.got, s, got);
    if (place && got == WX_TRAP)
        describe_place(&s->outcome.got, &s->err);
    text_add(&s->outcome.want, "%s: %s", status_name(want), text);
}

/* The command wanted the engine to succeed. */
static void expect_ok(struct script *s, wx_status got)
{
    if (!got)
        return;
    FAIL(s, "not ok");
    describe_status(&s->outcome.got, s, got);
    text_add(&s->outcome.want, "ok");
}

/* ---- modules -------------------------------------------------------------------------------- */

/* Reads and loads the module of a command.  false after failing the command. */
static bool load(struct script *s, const json_t *c, wx_module **out, wx_status *status)
{
    const char *name = field(c, "filename"), *why;
    struct file file;
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%.*s%s", (int)s->folder_len, s->path, name ? name : "");
    if (!name || !file_read(path, &file, &why)) {
        FAIL(s, "cannot read %s: %s", path, name ? why : "no file name");
        return false;
    }
    *status = wx_module_new(s->engine, file.bytes, file.len, out, &s->err);
    file_free(&file);
    if (!*status)
        list_push(&s->modules, *out);
    return true;
}

/* Loads and instantiates; the status is that of the step that failed. */
static bool instantiate(struct script *s, const json_t *c, wx_instance **out,
                        wx_status *status)
{
    wx_module *m = NULL;
    if (!load(s, c, &m, status))
        return false;
    if (!*status)
        *status = wx_linker_instantiate(s->linker, m, out, &s->err);
    return true;
}

static void do_module(struct script *s, const json_t *c)
{
    struct instance i = { .name = field(c, "name"), .line = line_of(c) };
    wx_status status;
    if (instantiate(s, c, &i.at, &status))
        expect_ok(s, status);
    list_push(&s->instances, i);
}

/* The module that a command names, or the last one.  NULL after failing the command. */
static wx_instance *find_instance(struct script *s, const char *name)
{
    for (size_t n = s->instances.len; n-- > 0;) {
        const struct instance *i = &s->instances.at[n];
        if (name && (!i->name || strcmp(i->name, name) != 0))
            continue;
        if (!i->at)
            FAIL(s, "depends on the module of line %u, which failed", i->line);
        return i->at;
    }
    FAIL(s, "no module %s", name ? name : "before it");
    return NULL;
}

static void do_register(struct script *s, const json_t *c)
{
    wx_instance *i = find_instance(s, field(c, "name"));
    wx_name as = name_field(c, "as");
    if (i && !as.at)
        FAIL(s, "no name to register");
    else if (i)
        expect_ok(s, wx_linker_define_instance(s->linker, as, i, &s->err));
}

static void do_assert_load(struct script *s, const json_t *c, wx_status want)
{
    wx_module *m;
    wx_status status;
    if (load(s, c, &m, &status))
        expect_failure(s, c, status, want);
}

static void do_assert_invalid(struct script *s, const json_t *c)
{
    do_assert_load(s, c, WX_INVALID);
}

static void do_assert_malformed(struct script *s, const json_t *c)
{
    do_assert_load(s, c, WX_MALFORMED);
}

static void do_assert_instantiate(struct script *s, const json_t *c, wx_status want)
{
    wx_instance *i;
    wx_status status;
    if (instantiate(s, c, &i, &status))
        expect_failure(s, c, status, want);
}

static void do_assert_unlinkable(struct script *s, const json_t *c)
{
    do_assert_instantiate(s, c, WX_UNLINKABLE);
}

static void do_assert_uninstantiable(struct script *s, const json_t *c)
{
    do_assert_instantiate(s, c, WX_TRAP);
}

/* ---- actions -------------------------------------------------------------------------------- */

/* "name" (args) */
static void describe_action(struct text *t, const json_t *action)
{
    const json_t *args = json_object_get(action, "args");
    text_add_name(t, name_field(action, "field"));
    text_add(t, " (");
    for (size_t i = 0; i < json_array_size(args); i++) {
        text_add(t, i ? " " : "");
        constant_print(t, json_array_get(args, i));
    }
    text_add(t, ")");
}

static bool prepare_args(struct script *s, const json_t *action)
{
    const json_t *args = json_object_get(action, "args");
    s->args.len = 0;
    for (size_t i = 0; i < json_array_size(args); i++) {
        wx_value v;
        if (!constant_value(&s->externs, json_array_get(args, i), &v)) {
            FAIL(s, "unknown argument ");
            constant_print(&s->outcome.reason, json_array_get(args, i));
            return false;
        }
        list_push(&s->args, v);
    }
    return true;
}

static bool invoke(struct script *s, const json_t *action, wx_func *f, wx_status *status)
{
    if (!prepare_args(s, action))
        return false;
    size_t nresults = wx_func_type(f).nresults;
    s->results.len = 0;
    list_room(&s->results, nresults);
    *status = wx_func_call(f, s->args.at, s->args.len, s->results.at, nresults, &s->err);
    s->results.len = *status ? 0 : nresults;
    return true;
}

/* The export that an action is about.  false after failing the command. */
static bool find_export(struct script *s, const json_t *action, wx_kind kind,
                        wx_extern *out)
{
    wx_instance *i = find_instance(s, field(action, "module"));
    wx_name name = name_field(action, "field");
    if (!i)
        return false;
    if (name.at && wx_instance_export(i, name.at, name.len, out) && out->kind == kind)
        return true;
    FAIL(s, "no such export: ");
    text_add_name(&s->outcome.reason, name);
    return false;
}

/* Performs the action; its results are in s->results.  false after failing the command. */
static bool perform(struct script *s, const json_t *action, wx_status *status)
{
    const char *type = field(action, "type");
    wx_extern x;
    if (type && strcmp(type, "invoke") == 0)
        return find_export(s, action, WX_KIND_FUNC, &x) &&
               invoke(s, action, x.of.func, status);
    if (type && strcmp(type, "get") == 0) {
        if (!find_export(s, action, WX_KIND_GLOBAL, &x))
            return false;
        s->results.len = 0;
        list_push(&s->results, wx_global_get(x.of.global));
        *status = WX_OK;
        return true;
    }
    FAIL(s, "unknown action %s", type ? type : "");
    return false;
}

static void add_action(struct script *s, const json_t *action)
{
    text_add(&s->outcome.reason, ", ");
    describe_action(&s->outcome.reason, action);
}

static void do_action(struct script *s, const json_t *c)
{
    const json_t *action = json_object_get(c, "action");
    wx_status status;
    if (!perform(s, action, &status))
        return;
    expect_ok(s, status);
    if (s->outcome.verdict == VERDICT_FAILED)
        add_action(s, action);
}

/* One of several results of a single value. */
static bool either_matches(struct script *s, const json_t *either)
{
    for (size_t i = 0; i < json_array_size(either); i++)
        if (s->results.len == 1 &&
            constant_matches(&s->externs, json_array_get(either, i), s->results.at))
            return true;
    return false;
}

static bool results_match(struct script *s, const json_t *c)
{
    const json_t *either = json_object_get(c, "either");
    if (either)
        return either_matches(s, either);
    const json_t *want = json_object_get(c, "expected");
    bool match = json_array_size(want) == s->results.len;
    for (size_t i = 0; match && i < s->results.len; i++)
        match = constant_matches(&s->externs, json_array_get(want, i), &s->results.at[i]);
    return match;
}

static void describe_results(struct text *t, const json_t *c)
{
    const json_t *either = json_object_get(c, "either");
    const json_t *list = either ? either : json_object_get(c, "expected");
    for (size_t i = 0; i < json_array_size(list); i++) {
        text_add(t, "%s", i == 0 ? "" : either ? " or " : " ");
        constant_print(t, json_array_get(list, i));
    }
    if (json_array_size(list) == 0)
        text_add(t, "nothing");
}

static void do_assert_return(struct script *s, const json_t *c)
{
    const json_t *action = json_object_get(c, "action");
    wx_status status;
    if (!perform(s, action, &status) || (!status && results_match(s, c)))
        return;
    FAIL(s, "%s", status ? "another outcome" : "another result");
    add_action(s, action);
    if (status)
        describe_status(&s->outcome.got, s, status);
    else
        text_add_values(&s->outcome.got, s->results.at, s->results.len);
    describe_results(&s->outcome.want, c);
}

static void do_assert_action(struct script *s, const json_t *c, wx_status want)
{
    const json_t *action = json_object_get(c, "action");
    wx_status status;
    if (!perform(s, action, &status))
        return;
    expect_failure(s, c, status, want);
    if (s->outcome.verdict == VERDICT_FAILED)
        add_action(s, action);
}

static void do_assert_trap(struct script *s, const json_t *c)
{
    do_assert_action(s, c, WX_TRAP);
}

static void do_assert_exhaustion(struct script *s, const json_t *c)
{
    do_assert_action(s, c, WX_TRAP);
}

static void do_assert_exception(struct script *s, const json_t *c)
{
    do_assert_action(s, c, WX_EXCEPTION);
}

static void do_unknown(struct script *s, const json_t *c)
{
    const char *type = field(c, "type");
    FAIL(s, "unknown command %s", type ? type : "");
}

/* ---- commands ------------------------------------------------------------------------------- */

typedef void command_fn(struct script *s, const json_t *c);

static command_fn *const commands[] = {
    [KIND_MODULE] = do_module,
    [KIND_REGISTER] = do_register,
    [KIND_ACTION] = do_action,
    [KIND_ASSERT_RETURN] = do_assert_return,
    [KIND_ASSERT_TRAP] = do_assert_trap,
    [KIND_ASSERT_EXHAUSTION] = do_assert_exhaustion,
    [KIND_ASSERT_EXCEPTION] = do_assert_exception,
    [KIND_ASSERT_INVALID] = do_assert_invalid,
    [KIND_ASSERT_MALFORMED] = do_assert_malformed,
    [KIND_ASSERT_UNLINKABLE] = do_assert_unlinkable,
    [KIND_ASSERT_UNINSTANTIABLE] = do_assert_uninstantiable,
    [KIND_UNKNOWN] = do_unknown,
};

static enum kind command_kind(const json_t *c)
{
    const char *type = field(c, "type");
    return type ? kind_find(type) : KIND_UNKNOWN;
}

/* A command about the text format, which was judged when the script was converted. */
static bool is_text_level(const json_t *c)
{
    const char *type = field(c, "module_type");
    return type && strcmp(type, "text") == 0 && kinds[command_kind(c)].assertion;
}

static void run_command(struct script *s, const json_t *c, struct log *log)
{
    struct outcome *o = &s->outcome;
    enum kind kind = command_kind(c);
    o->verdict = is_text_level(c) ? VERDICT_TEXT : VERDICT_PASSED;
    text_clear(&o->reason);
    text_clear(&o->got);
    text_clear(&o->want);
    if (o->verdict != VERDICT_TEXT)
        commands[kind](s, c);
    struct record r = { line_of(c), kind, o->verdict, o->reason.at, o->got.at, o->want.at };
    log_append(log, &r);
}

/* ---- scripts -------------------------------------------------------------------------------- */

/* The script's JSON, whose "commands" are a list.  NULL: reason says why. */
static json_t *read_json(const char *path, struct text *reason)
{
    struct file file;
    const char *why;
    json_error_t error;
    text_clear(reason);
    if (!file_read(path, &file, &why)) {
        text_add(reason, "cannot read %s: %s", path, why);
        return NULL;
    }
    const char *bytes = (const char *)file.bytes;
    json_t *root = json_loadb(bytes, file.len, JSON_ALLOW_NUL, &error);
    file_free(&file);
    if (!root)
        text_add(reason, "%s:%d:%d: %s", path, error.line, error.column, error.text);
    else if (!json_is_array(json_object_get(root, "commands")))
        text_add(reason, "%s: no list of commands", path);
    else
        return root;
    json_decref(root);
    return NULL;
}

static void fail_script(const char *reason, struct log *log)
{
    struct record r = { 0, KIND_SCRIPT, VERDICT_FAILED, reason, "", "" };
    log_append(log, &r);
}

static bool open_script(struct script *s, wx_engine *e, const char *path)
{
    const char *name = file_base(path);
    *s = (struct script){ .path = path, .folder_len = (size_t)(name - path), .engine = e };
    wx_status status = wx_store_new(e, &s->store, &s->err);
    s->externs.store = s->store;
    if (!status) {
        wx_store_set_fuel(s->store, UINT64_MAX); /* matters only where fuel is charged */
        status = wx_linker_new(s->store, &s->linker, &s->err);
    }
    if (!status)
        status = host_define(s->store, s->linker, &s->err);
    return status == WX_OK;
}

static void close_script(struct script *s, struct log *log)
{
    for (size_t i = 0; i < s->modules.len; i++) {
        wx_stats stats = wx_module_stats(s->modules.at[i]);
        log_stats(log)->compiled += stats.compiled;
        log_stats(log)->declined += stats.declined;
    }
    wx_linker_free(s->linker);
    wx_store_free(s->store);
    for (size_t i = 0; i < s->modules.len; i++)
        wx_module_free(s->modules.at[i]);
    list_free(&s->modules);
    list_free(&s->instances);
    list_free(&s->externs.refs);
    list_free(&s->args);
    list_free(&s->results);
}

static void run_commands(struct script *s, const json_t *list,
                         const struct script_choice *choice, struct log *log)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        for (uint32_t n = choice ? choice->times(choice->env, i) : 1; n > 0; n--)
            run_command(s, json_array_get(list, i), log);
}

json_t *script_read(const char *path, struct log *log)
{
    struct text reason;
    json_t *root = read_json(path, &reason);
    if (!root)
        fail_script(reason.at, log);
    return root;
}

void script_run_some(wx_engine *e, const char *path, const json_t *root,
                     const struct script_choice *choice, struct log *log)
{
    struct script s;
    if (open_script(&s, e, path))
        run_commands(&s, json_object_get(root, "commands"), choice, log);
    else
        fail_script(s.err.text, log);
    close_script(&s, log);
}

void script_run(wx_engine *e, const char *path, struct log *log)
{
    json_t *root = script_read(path, log);
    if (root)
        script_run_some(e, path, root, NULL, log);
    json_decref(root);
}

void script_fail_rest(const char *path, size_t ncommands, const char *first_reason,
                      const char *reason, struct log *log)
{
    struct text why;
    json_t *root = read_json(path, &why);
    const json_t *list = json_object_get(root, "commands");
    size_t n = json_array_size(list);
    if (ncommands >= n) /* it failed outside of the commands */
        fail_script(first_reason, log);
    for (size_t i = ncommands; i < n; i++) {
        const json_t *c = json_array_get(list, i);
        enum verdict verdict = is_text_level(c) ? VERDICT_TEXT : VERDICT_FAILED;
        struct record r = { line_of(c), command_kind(c),
                            verdict,    i == ncommands ? first_reason : reason,
                            "",         "" };
        log_append(log, &r);
    }
    json_decref(root);
}
