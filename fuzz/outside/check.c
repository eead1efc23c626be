/* check.c - see check.h. */
#include "outside/check.h"
#include "ref/ref.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ENGINE_USES = 20000, MOST_SIDES = 4 };

static const char *const own_names[OWN_COUNT] = { [OWN_BASELINE] = "wx baseline",
                                                  [OWN_INTERP] = "wx interp",
                                                  [OWN_REFERENCE] = "wx reference" };

/* ---- the engines ------------------------------------------------------------------- */

static bool add(struct outside_check *k, const char *what,
                struct outside *(*make)(const char *))
{
    if (what == NULL || *what == '\0')
        return true;
    struct outside *o = make(what);
    if (o != NULL)
        k->engines[k->nengines++] = o;
    return o != NULL;
}

bool outside_check_init(struct outside_check *k, const char *node, const char *command,
                        const char *library)
{
    memset(k, 0, sizeof *k);
    arena_init(&k->arena, &k->heap);
    return add(k, node, outside_v8) && add(k, command, outside_command) &&
           add(k, library, outside_capi);
}

bool outside_check_from_environment(struct outside_check *k)
{
    return outside_check_init(k, getenv("WX_FUZZ_V8"), getenv("WX_FUZZ_ENGINE"),
                              getenv("WX_FUZZ_ENGINE_SO"));
}

static void free_own(struct outside_check *k)
{
    for (uint32_t i = 0; i < OWN_COUNT; i++) {
        wx_engine_free(k->own[i]);
        k->own[i] = NULL;
    }
}

void outside_check_free(struct outside_check *k)
{
    for (uint32_t i = 0; i < k->nengines; i++)
        outside_free(k->engines[i]);
    free_own(k);
    arena_free(&k->arena);
}

/* An engine keeps every type that it has seen, so it is replaced now and then. */
static wx_engine *own_engine(struct outside_check *k, enum own_side side)
{
    wx_config c;
    if (k->uses > ENGINE_USES) {
        free_own(k);
        k->uses = 0;
    }
    if (k->own[side] != NULL)
        return k->own[side];
    wx_config_init(&c);
    c.tier = side == OWN_BASELINE ? WX_TIER_BASELINE : WX_TIER_INTERP;
    if (side == OWN_REFERENCE)
        k->own[side] = ref_engine_new(&c);
    else if (wx_engine_new(&c, &k->own[side], NULL) != WX_OK)
        k->own[side] = NULL;
    return k->own[side];
}

static void run_own(struct outside_check *k, enum own_side side, const struct question *q,
                    struct answer *a)
{
    wx_engine *e = own_engine(k, side);
    *a = (struct answer){ .kind = ANSWER_UNAVAILABLE };
    if (e != NULL)
        own_run(e, q, a);
}

/* ---- a case ------------------------------------------------------------------------ */

/* The question about c for an engine.  false: c cannot be carried over. */
static bool prepare(struct outside_check *k, const struct fuzz_case *c,
                    const struct outside *o, struct question *q)
{
    struct external x;
    wx_engine *e = own_engine(k, OWN_BASELINE);
    k->uses++;
    bool made = e != NULL && external_make(c, o->form, o->host, &k->arena, &x);
    if (e != NULL)
        k->stats.invalid += x.invalid;
    if (!made)
        return false;
    own_question(e, &x, q);
    return true;
}

static void count(struct outside_stats *s, const struct answer *own,
                  const struct answer *theirs)
{
    s->asked++;
    s->not_started += own->kind == ANSWER_NOT_STARTED;
    s->lines += own->nlines;
    for (uint32_t i = 0; i < own->nlines; i++)
        s->traps += own->lines[i].trapped;
    s->crashed += theirs->kind == ANSWER_CRASHED;
    s->hung += theirs->kind == ANSWER_HUNG;
}

/* A program that is asked for one function at a time fails in the same way when the module does not
 * start and when the function traps: where wx did not start it, all calls that failed mean that. */
static void read_start(const struct outside *o, const struct answer *own,
                       struct answer *theirs)
{
    bool all = theirs->kind == ANSWER_RAN && theirs->nlines > 0;
    for (uint32_t i = 0; i < theirs->nlines; i++)
        all &= theirs->lines[i].trapped;
    if (o->form == EXTERNAL_SINGLE && own->kind == ANSWER_NOT_STARTED && all)
        answer_say(theirs, ANSWER_NOT_STARTED, theirs->lines[0].text);
}

static bool check_engine(struct outside_check *k, const struct fuzz_case *c,
                         struct outside *o, struct outside_finding *f)
{
    struct outside_stats *s = &k->stats;
    if (!prepare(k, c, o, &f->question)) {
        s->not_carried++;
        return false;
    }
    f->engine = o;
    run_own(k, OWN_BASELINE, &f->question, &f->own[OWN_BASELINE]);
    o->ask(o, &f->question, &f->theirs);
    read_start(o, &f->own[OWN_BASELINE], &f->theirs);
    count(s, &f->own[OWN_BASELINE], &f->theirs);
    switch (answer_compare(&f->own[OWN_BASELINE], &f->theirs, &f->line)) {
    case ANSWERS_SAME: s->same++; return false;
    case ANSWERS_CANNOT_TELL:
        *(f->theirs.kind == ANSWER_UNAVAILABLE ? &s->unavailable : &s->allowed) += 1;
        return false;
    case ANSWERS_DIFFER: break;
    }
    s->different++;
    run_own(k, OWN_INTERP, &f->question, &f->own[OWN_INTERP]);
    run_own(k, OWN_REFERENCE, &f->question, &f->own[OWN_REFERENCE]);
    return true;
}

bool outside_check_case(struct outside_check *k, const struct fuzz_case *c,
                        struct outside_finding *f)
{
    bool found = false;
    k->stats.cases++;
    for (uint32_t i = 0; i < k->nengines && !found; i++)
        found = check_engine(k, c, k->engines[i], f);
    return found;
}

/* ---- reports ----------------------------------------------------------------------- */

static void print_answer(const char *name, const struct answer *a, uint32_t line)
{
    static const char *const kinds[] = { [ANSWER_RAN] = "ran",
                                         [ANSWER_NOT_STARTED] = "did not start",
                                         [ANSWER_CRASHED] = "crashed",
                                         [ANSWER_HUNG] = "hangs",
                                         [ANSWER_UNAVAILABLE] = "cannot be asked" };
    fprintf(stderr, "  %-14s", name);
    if (a->kind != ANSWER_RAN || line >= a->nlines) {
        fprintf(stderr, "%s, %u calls %s\n", kinds[a->kind], a->nlines, a->text);
        return;
    }
    const struct answer_line *l = &a->lines[line];
    if (l->trapped)
        fprintf(stderr, "%s() => error: %s\n", l->name, l->text);
    else
        fprintf(stderr, "%s() => i64:%" PRId64 "\n", l->name, (int64_t)l->value);
}

static bool agree(const struct answer *a, const struct answer *b)
{
    uint32_t line;
    return answer_compare(a, b, &line) == ANSWERS_SAME;
}

/* Which sides stand alone, of n answers. */
static void print_odd(const char *const *names, const struct answer *const *answers,
                      uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        uint32_t friends = 0;
        for (uint32_t j = 0; j < n; j++)
            friends += i != j && agree(answers[i], answers[j]);
        if (friends == 0 && n > 2)
            fprintf(stderr, "  %s agrees with nobody: the odd one\n", names[i]);
    }
}

void outside_print_finding(const struct outside_finding *f)
{
    const char *names[OWN_COUNT + 1];
    const struct answer *answers[OWN_COUNT + 1];
    fprintf(stderr, "mismatch: %s and wx\n", f->engine->name);
    for (uint32_t i = 0; i < OWN_COUNT; i++) {
        names[i] = own_names[i];
        answers[i] = &f->own[i];
        print_answer(own_names[i], &f->own[i], f->line);
    }
    names[OWN_COUNT] = f->engine->name;
    answers[OWN_COUNT] = &f->theirs;
    print_answer(f->engine->name, &f->theirs, f->line);
    print_odd(names, answers, OWN_COUNT + 1);
}

static void vote_of(struct outside_check *k, const struct fuzz_case *c, struct outside *o,
                    const struct outside_side *sides, uint32_t nsides)
{
    struct question q;
    struct answer *answers = arena_array(&k->arena, struct answer, MOST_SIDES + 1);
    if (!prepare(k, c, o, &q)) {
        fprintf(stderr, "  %s: the case cannot be carried over\n", o->name);
        return;
    }
    o->ask(o, &q, &answers[0]);
    for (uint32_t i = 0; i < nsides && i < MOST_SIDES; i++) {
        uint32_t line;
        own_run(sides[i].engine, &q, &answers[i + 1]);
        enum answer_verdict v = answer_compare(&answers[i + 1], &answers[0], &line);
        fprintf(stderr, "  %s %s %s on the external module of the case\n", o->name,
                v == ANSWERS_SAME     ? "agrees with"
                : v == ANSWERS_DIFFER ? "differs from"
                                      : "cannot tell about",
                sides[i].name);
        if (v == ANSWERS_DIFFER)
            print_answer(sides[i].name, &answers[i + 1], line);
        if (v == ANSWERS_DIFFER)
            print_answer(o->name, &answers[0], line);
    }
}

void outside_vote(struct outside_check *k, const struct fuzz_case *c,
                  const struct outside_side *sides, uint32_t nsides)
{
    jmp_buf oom;
    k->arena.oom = &oom;
    if (setjmp(oom) != 0)
        return;
    for (uint32_t i = 0; i < k->nengines; i++)
        vote_of(k, c, k->engines[i], sides, nsides);
}

bool outside_agreement(struct outside_check *k, const struct fuzz_case *c, uint32_t *sides)
{
    static struct answer theirs, own; /* large */
    struct question q;
    for (uint32_t i = 0; i < k->nengines; i++) {
        struct outside *o = k->engines[i];
        if (!prepare(k, c, o, &q))
            continue;
        o->ask(o, &q, &theirs);
        if (theirs.kind == ANSWER_UNAVAILABLE)
            continue;
        *sides = 0;
        for (uint32_t side = 0; side < OWN_COUNT; side++) {
            run_own(k, (enum own_side)side, &q, &own);
            *sides |= (uint32_t)agree(&own, &theirs) << side;
        }
        return true;
    }
    return false;
}

void outside_print_stats(const struct outside_check *k)
{
    const struct outside_stats *s = &k->stats;
    fprintf(stderr,
            "outside: %" PRIu64 " cases, not carried over %" PRIu64 " (invalid %" PRIu64
            "), asked %" PRIu64 ": same %" PRIu64 ", different %" PRIu64
            " (crashed %" PRIu64 ", hung %" PRIu64 "), cannot tell: allowed %" PRIu64
            ", no answer %" PRIu64 "\n",
            s->cases, s->not_carried, s->invalid, s->asked, s->same, s->different,
            s->crashed, s->hung, s->allowed, s->unavailable);
    fprintf(stderr,
            "outside: calls %" PRIu64 ", of them traps %" PRIu64
            "; modules that do not start %" PRIu64 "\n",
            s->lines, s->traps, s->not_started);
}
