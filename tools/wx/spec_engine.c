/* spec_engine.c - wx spec --engine: scripts become modules, what the engine says becomes
 * verdicts.  See spec_engine.h.
 *
 * A group is a module of the script with the commands about it; it is asked about when all
 * of the script has been read.  Records are in the order of the commands. */
#include "tools/wx/spec_engine.h"
#include "outside/answer.h"
#include "outside/process.h"
#include "outside/template.h"
#include "tools/wx/list.h"
#include "tools/wx/value.h"
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

/* What becomes of a command. */
struct item {
    const json_t *command;
    enum kind kind;
    enum verdict verdict;
    struct text reason, got, want;
};

struct group {
    const char *name; /* $name, or NULL */
    const json_t *command;
    size_t module; /* item of the module */
    bool must_fail;
    bool registered;
    bool shared;        /* a later module may have changed it */
    LIST(size_t) items; /* about it */
};

struct script {
    const struct spec_engine *engine;
    struct template *run, *check;
    const char *path;
    size_t folder_len;
    LIST(struct item) items;
    LIST(struct group) groups;
    LIST(struct provider) providers; /* in the order of their registration */
    struct heap heap;
    struct arena arena;
};

static const char *field(const json_t *c, const char *name)
{
    return json_string_value(json_object_get(c, name));
}

static uint32_t line_of(const json_t *c)
{
    return (uint32_t)json_integer_value(json_object_get(c, "line"));
}

struct spec_engine spec_engine_find(const char *engine, const char *check)
{
    static const struct {
        const char *name, *run, *check;
    } known[] = {
#define SPEC_ENGINE(name, run, check) { name, run, check },
#include "tools/wx/spec_engines.def"
    };
    struct spec_engine e = { .run = engine, .check = check };
    for (size_t i = 0; i < COUNT(known); i++) {
        if (strcmp(known[i].name, engine) != 0)
            continue;
        e.run = known[i].run;
        e.check = check != NULL ? check : known[i].check;
    }
    return e;
}

/* ---- verdicts ---------------------------------------------------------------------- */

static void fail(struct item *i, const char *reason, const char *got, const char *want)
{
    i->verdict = VERDICT_FAILED;
    text_add(&i->reason, "%s", reason);
    text_add(&i->got, "%s", got);
    text_add(&i->want, "%s", want);
}

static void cannot_ask(struct item *i, const char *reason)
{
    i->verdict = VERDICT_UNASKED;
    text_add(&i->reason, "%s", reason);
}

/* How a process ended that has no answer. */
static void describe_end(const struct template_run *r, struct text *t)
{
    char end[64];
    text_clear(t);
    if (!r->started || r->late) {
        text_add(t, r->late ? "no answer in time" : "the command cannot be run");
        return;
    }
    process_describe(r->status, end, sizeof end);
    text_add(t, "%s: %.*s", end, (int)strcspn(template_message(r), "\n"),
             template_message(r));
}

/* Did it end by itself? */
static bool ended(const struct template_run *r)
{
    return r->started && !r->late && WIFEXITED(r->status) &&
           WEXITSTATUS(r->status) != PROCESS_NO_PROGRAM;
}

static void judge_trap(struct item *i, const char *message)
{
    const char *text = field(i->command, "text");
    uint32_t got = answer_traps(message), want = text ? answer_traps(text) : 0;
    if (got != 0 && want != 0 && (got & want) == 0)
        fail(i, "another trap", message, text);
}

/* The outcome of a step's function. */
static void judge(struct item *i, const struct answer_line *l)
{
    bool trap = i->kind != KIND_ASSERT_RETURN && i->kind != KIND_ACTION;
    if (l->trapped && trap)
        judge_trap(i, l->text);
    else if (l->trapped)
        fail(i, "another outcome", l->text, "results");
    else if (trap)
        fail(i, "another outcome", "results",
             field(i->command, "text") ? field(i->command, "text") : "a trap");
    else if (l->value != 1)
        fail(i, "another result", "", "");
}

/* ---- questions --------------------------------------------------------------------- */

/* The module of a group and its steps. */
struct asked {
    struct sink wasm;
    struct step *steps;
    size_t n;
};

static bool is_asked(const struct step *step)
{
    return step->unasked == NULL && step->missing == NULL;
}

static void fail_group(struct script *s, const struct group *g, const struct asked *q,
                       const char *reason)
{
    for (size_t i = 0; i < q->n; i++)
        if (is_asked(&q->steps[i]))
            fail(&s->items.at[g->items.at[i]], reason, "", "");
}

/* What became of the module itself. */
enum start { STARTED, REFUSED, NO_ANSWER };

static void judge_start(struct script *s, const struct group *g, const struct asked *q,
                        enum start start, const struct text *end)
{
    struct item *i = &s->items.at[g->module];
    if (g->must_fail && start != REFUSED) {
        fail(i, "another outcome", start == STARTED ? "the module starts" : end->at,
             "it traps");
    } else if (!g->must_fail && start != STARTED) {
        fail(i, "not ok", end->at, "ok");
        fail_group(s, g, q, "depends on a module that failed");
    }
}

/* The lines of the steps, in order; the first is that of "started".  How many lines there
 * are; *at becomes the first step without one. */
static size_t judge_lines(struct script *s, const struct group *g, const struct asked *q,
                          const char *text, size_t *at)
{
    size_t seen = 0;
    for (const char *p = text; p != NULL && *p != '\0';) {
        struct answer a = { 0 };
        size_t len = strcspn(p, "\n");
        answer_parse(&a, p, len);
        p += len + (p[len] != '\0');
        if (a.nlines == 0 || seen++ == 0)
            continue;
        while (*at < q->n && !is_asked(&q->steps[*at]))
            ++*at;
        if (*at < q->n)
            judge(&s->items.at[g->items.at[(*at)++]], &a.lines[0]);
    }
    return seen;
}

/* One process runs all. */
static void ask_all(struct script *s, const struct group *g, const struct asked *q)
{
    struct template_run r;
    struct text end;
    size_t at = 0;
    template_run(s->run, q->wasm.at, q->wasm.len, "", &r);
    describe_end(&r, &end);
    bool refused = ended(&r) && WEXITSTATUS(r.status) != 0;
    bool started = judge_lines(s, g, q, r.out, &at) > 0;
    judge_start(s, g, q, started ? STARTED : refused ? REFUSED : NO_ANSWER, &end);
    for (; started && at < q->n; at++)
        if (is_asked(&q->steps[at]))
            fail(&s->items.at[g->items.at[at]], "no answer", end.at, "");
    template_done(&r);
}

/* Asks for one function; false: the process did not end by itself. */
static bool ask_one(struct script *s, const struct asked *q, const char *name,
                    struct answer_line *l, struct text *end)
{
    struct template_run r;
    *l = (struct answer_line){ 0 };
    template_run(s->run, q->wasm.at, q->wasm.len, name, &r);
    describe_end(&r, end);
    bool ok = ended(&r);
    l->trapped = !ok || WEXITSTATUS(r.status) != 0;
    if (l->trapped)
        snprintf(l->text, sizeof l->text, "%.*s", ANSWER_TEXT - 1, end->at);
    else if (!answer_number(r.out, r.out_len, &l->value))
        answer_number(r.err, r.err_len, &l->value);
    template_done(&r);
    return ok;
}

static void ask_steps(struct script *s, const struct group *g, const struct asked *q,
                      bool only_traps)
{
    for (size_t i = 0; i < q->n; i++) {
        struct item *item = &s->items.at[g->items.at[i]];
        struct answer_line l;
        struct text end;
        char name[32];
        if (!is_asked(&q->steps[i]) || (only_traps && q->steps[i].kind != STEP_TRAP))
            continue;
        snprintf(name, sizeof name, "step_%zu", i);
        if (ask_one(s, q, name, &l, &end))
            judge(item, &l);
        else
            fail(item, "no answer", end.at, "");
    }
}

/* A process for each function, but one for all steps without a trap if they are right. */
static void ask_single(struct script *s, const struct group *g, const struct asked *q)
{
    struct answer_line l;
    struct text end;
    bool ok = ask_one(s, q, "started", &l, &end);
    bool started = ok && !l.trapped && l.value == 1;
    bool refused = ok && l.trapped;
    judge_start(s, g, q, started ? STARTED : refused ? REFUSED : NO_ANSWER, &end);
    if (!started || g->must_fail)
        return;
    bool all = ask_one(s, q, "all", &l, &end) && !l.trapped && l.value == 0;
    ask_steps(s, g, q, all);
}

/* ---- groups ------------------------------------------------------------------------ */

static bool read_module(struct script *s, const json_t *c, struct file *file,
                        struct item *item)
{
    char path[PATH_MAX];
    const char *name = field(c, "filename"), *why;
    snprintf(path, sizeof path, "%.*s%s", (int)s->folder_len, s->path, name ? name : "");
    if (name != NULL && file_read(path, file, &why))
        return true;
    fail(item, "cannot read the module", path, "");
    return false;
}

static enum step_kind step_of(enum kind kind)
{
    return kind == KIND_ASSERT_RETURN ? STEP_MATCH
           : kind == KIND_ACTION      ? STEP_RUN
                                      : STEP_TRAP;
}

/* What could not be made a step. */
static void settle_steps(struct script *s, const struct group *g, const struct asked *q)
{
    for (size_t i = 0; i < q->n; i++) {
        struct item *item = &s->items.at[g->items.at[i]];
        if (q->steps[i].missing != NULL)
            fail(item, q->steps[i].missing, "", "");
        else if (q->steps[i].unasked != NULL)
            cannot_ask(item, q->steps[i].unasked);
    }
}

/* How many modules have been registered before a command. */
static size_t providers_before(const struct script *s, size_t item)
{
    size_t n = 0;
    while (n < s->providers.len && s->providers.at[n].from < item)
        n++;
    return n;
}

static void ask_group(struct script *s, const struct group *g, const struct file *file)
{
    struct asked q = { .n = g->items.len };
    const char *why;
    struct spec_plan plan = { .module = file, .providers = s->providers.at, .n = q.n };
    plan.nproviders = providers_before(s, g->module);
    plan.single = template_has_func(s->run);
    plan.steps = q.steps = list_alloc(NULL, q.n + 1, sizeof *q.steps);
    for (size_t i = 0; i < q.n; i++) {
        const struct item *item = &s->items.at[g->items.at[i]];
        q.steps[i] = (struct step){ .kind = step_of(item->kind), .command = item->command };
    }
    if (spec_module_make(&plan, &s->arena, &q.wasm, &why)) {
        settle_steps(s, g, &q);
        (plan.single ? ask_single : ask_all)(s, g, &q);
    } else {
        cannot_ask(&s->items.at[g->module], why);
        for (size_t i = 0; i < q.n; i++)
            cannot_ask(&s->items.at[g->items.at[i]], why);
    }
    arena_reset(&s->arena);
    free(q.steps);
}

static void run_group(struct script *s, const struct group *g)
{
    struct file file;
    if (!read_module(s, g->command, &file, &s->items.at[g->module]))
        return;
    ask_group(s, g, &file);
    file_free(&file);
}

/* ---- commands ---------------------------------------------------------------------- */

static void add_group(struct script *s, size_t item, bool must_fail)
{
    const json_t *c = s->items.at[item].command;
    struct group g = { .name = field(c, "name"), .command = c };
    g.module = item;
    g.must_fail = must_fail;
    list_push(&s->groups, g);
}

/* The group of the module that a command names, or of the last one. */
static struct group *find_group(struct script *s, const char *name)
{
    for (size_t n = s->groups.len; n-- > 0;) {
        struct group *g = &s->groups.at[n];
        if (!g->must_fail &&
            (name == NULL || (g->name != NULL && strcmp(g->name, name) == 0)))
            return g;
    }
    return NULL;
}

static void register_group(struct script *s, size_t item)
{
    const json_t *c = s->items.at[item].command;
    struct group *g = find_group(s, field(c, "name"));
    struct provider p = { .name = field(c, "as"), .from = item };
    if (g == NULL || p.name == NULL)
        return;
    g->registered = true;
    if (read_module(s, g->command, &p.module, &s->items.at[g->module]))
        list_push(&s->providers, p);
}

/* A module comes that may import what is registered. */
static void share_groups(struct script *s)
{
    for (size_t i = 0; i < s->groups.len; i++)
        s->groups.at[i].shared |= s->groups.at[i].registered;
}

static void add_step(struct script *s, size_t item)
{
    const json_t *action = json_object_get(s->items.at[item].command, "action");
    struct group *g = find_group(s, field(action, "module"));
    if (g == NULL)
        fail(&s->items.at[item], "no module before it", "", "");
    else if (g->shared)
        cannot_ask(&s->items.at[item], "what another module may have changed");
    else
        list_push(&g->items, item);
}

/* A module that must not be accepted. */
static void check_invalid(struct script *s, size_t number)
{
    struct item *item = &s->items.at[number];
    struct file file;
    struct text end;
    struct template_run r;
    if (s->check == NULL) {
        cannot_ask(item, "no command that checks modules: --engine-check");
        return;
    }
    if (!read_module(s, item->command, &file, item))
        return;
    template_run(s->check, file.bytes, file.len, "", &r);
    describe_end(&r, &end);
    if (!ended(&r) || WEXITSTATUS(r.status) == 0)
        fail(item, "another outcome", ended(&r) ? "the module is accepted" : end.at,
             field(item->command, "text") ? field(item->command, "text") : "");
    template_done(&r);
    file_free(&file);
}

static bool is_text_level(const struct item *i)
{
    const char *type = field(i->command, "module_type");
    return type != NULL && strcmp(type, "text") == 0 && kinds[i->kind].assertion;
}

static void add_command(struct script *s, const json_t *c)
{
    const char *type = field(c, "type");
    struct item i = { .command = c, .verdict = VERDICT_PASSED };
    i.kind = type != NULL ? kind_find(type) : KIND_UNKNOWN;
    size_t number = s->items.len;
    if (is_text_level(&i))
        i.verdict = VERDICT_TEXT;
    list_push(&s->items, i);
    if (i.verdict == VERDICT_TEXT)
        return;
    if (i.kind == KIND_MODULE || i.kind == KIND_ASSERT_UNINSTANTIABLE ||
        i.kind == KIND_ASSERT_UNLINKABLE)
        share_groups(s);
    switch (i.kind) {
    case KIND_MODULE: add_group(s, number, false); break;
    case KIND_ASSERT_UNINSTANTIABLE: add_group(s, number, true); break;
    case KIND_ACTION:
    case KIND_ASSERT_RETURN:
    case KIND_ASSERT_TRAP:
    case KIND_ASSERT_EXHAUSTION: add_step(s, number); break;
    case KIND_ASSERT_INVALID:
    case KIND_ASSERT_MALFORMED: check_invalid(s, number); break;
    case KIND_REGISTER: register_group(s, number); break;
    case KIND_ASSERT_UNLINKABLE:
        cannot_ask(&s->items.at[number], "the linking of modules");
        break;
    default: cannot_ask(&s->items.at[number], "a command that is not known here"); break;
    }
}

/* ---- scripts ----------------------------------------------------------------------- */

static void append(struct log *log, const struct item *i)
{
    struct record r = { line_of(i->command), i->kind,   i->verdict,
                        i->reason.at,        i->got.at, i->want.at };
    log_append(log, &r);
}

static void run_commands(struct script *s, const json_t *list, struct log *log)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        add_command(s, json_array_get(list, i));
    for (size_t i = 0; i < s->groups.len; i++)
        run_group(s, &s->groups.at[i]);
    for (size_t i = 0; i < s->items.len; i++)
        append(log, &s->items.at[i]);
}

static void run_script(struct script *s, const char *path, struct log *log)
{
    json_error_t error;
    struct text reason;
    json_t *root = json_load_file(path, JSON_ALLOW_NUL, &error);
    const json_t *list = json_object_get(root, "commands");
    s->path = path;
    s->folder_len = (size_t)(file_base(path) - path);
    if (json_is_array(list)) {
        run_commands(s, list, log);
    } else {
        text_clear(&reason);
        text_add(&reason, "%s: %s", path, root ? "no list of commands" : error.text);
        struct record r = { 0, KIND_SCRIPT, VERDICT_FAILED, reason.at, "", "" };
        log_append(log, &r);
    }
    for (size_t i = 0; i < s->groups.len; i++)
        list_free(&s->groups.at[i].items);
    for (size_t i = 0; i < s->providers.len; i++)
        file_free(&s->providers.at[i].module);
    list_free(&s->providers);
    list_free(&s->groups);
    list_free(&s->items);
    json_decref(root);
}

bool spec_engine_run(const struct spec_engine *e, const char *const *paths, size_t n,
                     void (*done)(void *env, size_t index, struct log *log), void *env)
{
    struct script s = { .engine = e };
    struct log *log = log_new();
    s.run = template_new(e->run, e->timeout_seconds);
    const char *check = e->check != NULL ? e->check : e->run;
    if (s.run != NULL && (e->check != NULL || !template_has_func(s.run)))
        s.check = template_new(check, e->timeout_seconds);
    bool ok = log != NULL && s.run != NULL;
    if (!ok)
        fprintf(stderr, "wx spec: cannot prepare the engine's command\n");
    arena_init(&s.arena, &s.heap);
    for (size_t i = 0; ok && i < n; i++) {
        log_reset(log);
        run_script(&s, paths[i], log);
        done(env, i, log);
    }
    arena_free(&s.arena);
    template_free(s.run);
    template_free(s.check);
    log_free(log);
    return ok;
}
