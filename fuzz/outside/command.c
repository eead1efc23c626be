/* command.c - any engine by a command template.
 *
 *     'wasm-interp {wasm} --run-all-exports'       all exports by one process: MANY
 *     'wx run --invoke {func} {wasm}'              one export by one process: SINGLE
 *
 * {wasm}, or {}, is the path of the module, {func} the name of the export, which takes
 * nothing and returns an i64; a template without a place for the module gets it at the end.
 *
 * With all exports the program prints the lines of answer.h on standard output; a program
 * that prints none has not started the module.  With one export the answer is the last
 * decimal number on standard output, else on standard error, if the program exits with 0;
 * any other exit code is a trap, whose message is looked for on standard error.  A signal
 * is a crash. */
#include "outside/outside.h"
#include "outside/process.h"
#include "outside/template.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct command {
    struct outside outside;
    struct template *template;
};

/* A call whose process ended by itself. */
static void take_single(const char *name, const struct template_run *r, struct answer *a)
{
    struct answer_line *l = answer_add(a, name);
    l->trapped = WEXITSTATUS(r->status) != 0;
    if (l->trapped)
        snprintf(l->text, sizeof l->text, "%.*s", ANSWER_TEXT - 1, template_message(r));
    else if (!answer_number(r->out, r->out_len, &l->value) &&
             !answer_number(r->err, r->err_len, &l->value))
        answer_say(a, ANSWER_NOT_STARTED, "no number in what the program printed");
}

/* Death and silence are the same in both forms.  true: there is something to read. */
static bool take_end(const struct template_run *r, struct answer *a)
{
    char text[ANSWER_TEXT];
    if (!r->started)
        answer_say(a, ANSWER_UNAVAILABLE, strerror(errno));
    else if (r->late)
        answer_say(a, ANSWER_HUNG, "no answer in time");
    else if (WIFSIGNALED(r->status)) {
        process_describe(r->status, text, sizeof text);
        answer_say(a, ANSWER_CRASHED, text);
    } else if (WEXITSTATUS(r->status) == PROCESS_NO_PROGRAM)
        answer_say(a, ANSWER_UNAVAILABLE, template_message(r));
    else
        return true;
    return false;
}

static void ask_all(struct command *c, const struct question *q, struct answer *a)
{
    struct template_run r;
    template_run(c->template, q->wasm, q->len, "", &r);
    if (take_end(&r, a)) {
        answer_parse(a, r.out, r.out_len);
        if (a->nlines == 0)
            answer_say(a, ANSWER_NOT_STARTED, template_message(&r));
    }
    template_done(&r);
}

static void ask_one(struct command *c, const struct question *q, const char *name,
                    struct answer *a)
{
    struct template_run r;
    template_run(c->template, q->wasm, q->len, name, &r);
    if (take_end(&r, a))
        take_single(name, &r, a);
    template_done(&r);
}

static void ask(struct outside *o, const struct question *q, struct answer *a)
{
    struct command *c = (struct command *)(void *)o;
    *a = (struct answer){ .kind = ANSWER_RAN };
    if (q->ncalls == 0)
        ask_all(c, q, a);
    for (uint32_t i = 0; i < q->ncalls && a->kind == ANSWER_RAN; i++)
        ask_one(c, q, q->calls[i], a);
}

static void command_free(struct outside *o)
{
    struct command *c = (struct command *)(void *)o;
    template_free(c->template);
    free(c);
}

struct outside *outside_command(const char *text)
{
    struct command *c = calloc(1, sizeof *c);
    if (c != NULL)
        c->template = template_new(text, OUTSIDE_SECONDS);
    if (c == NULL || c->template == NULL) {
        fprintf(stderr, "outside: cannot make a folder for modules: %s\n", strerror(errno));
        free(c);
        return NULL;
    }
    bool single = template_has_func(c->template);
    c->outside = (struct outside){ .name = "the engine",
                                   .form = single ? EXTERNAL_SINGLE : EXTERNAL_MANY,
                                   .ask = ask,
                                   .free = command_free };
    return &c->outside;
}
