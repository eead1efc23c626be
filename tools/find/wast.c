/* wast.c - the text of a script.  See wast.h. */
#include "tools/find/wast.h"
#include "base/cpu.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct writer {
    struct reducer *r;
    FILE *out;
    struct observed o;
    uint32_t nvoters, nsteps;
    struct step *steps[3];
    uint32_t chosen[PROBE_STEPS], votes[PROBE_STEPS]; /* the voter that most agree with */
    struct step *odd; /* what the lane that is wrong answers */
    uint32_t nodd;
    bool reference_counts; /* more than the tiers, which share a mistake */
};

/* ---- values -------------------------------------------------------------------------------- */

static void write_float(FILE *out, const char *type, double value, uint64_t bits,
                        uint32_t fraction)
{
    uint64_t payload = bits & ((UINT64_C(1) << fraction) - 1);
    const char *sign = signbit(value) ? "-" : "";
    if (isnan(value))
        fprintf(out, "(%s.const %snan:0x%" PRIx64 ")", type, sign, payload);
    else
        fprintf(out, "(%s.const %a)", type, value);
}

static void write_ref(FILE *out, wx_valtype t, uint64_t word)
{
    const char *type = t == WX_FUNCREF ? "func" : "extern";
    if (word == 0)
        fprintf(out, "(ref.null %s)", type);
    else if (t == WX_FUNCREF)
        fprintf(out, "(ref.func)");
    else
        fprintf(out, "(ref.extern %u)", (uint32_t)word);
}

void wast_value(FILE *out, wx_valtype t, uint64_t bits)
{
    uint32_t low = (uint32_t)bits;
    float f;
    double d;
    memcpy(&f, &low, sizeof f);
    memcpy(&d, &bits, sizeof d);
    switch (t) {
    case WX_I32: fprintf(out, "(i32.const %" PRId32 ")", (int32_t)low); break;
    case WX_I64: fprintf(out, "(i64.const %" PRId64 ")", (int64_t)bits); break;
    case WX_F32: write_float(out, "f32", (double)f, low, 23); break;
    case WX_F64: write_float(out, "f64", d, bits, 52); break;
    default: write_ref(out, t, bits); break;
    }
}

static void write_name(FILE *out, struct name n)
{
    fputc('"', out);
    for (uint32_t i = 0; i < n.len; i++) {
        uint8_t c = (uint8_t)n.at[i];
        bool plain = c >= 0x20 && c < 0x7F && c != '"' && c != '\\';
        fprintf(out, plain ? "%c" : "\\%02x", c);
    }
    fputc('"', out);
}

/* ---- modules ------------------------------------------------------------------------------- */

/* Copies what wasm2wat makes of the module. */
static bool copy_text(FILE *out, const char *path)
{
    char command[64], line[4096];
    snprintf(command, sizeof command, "wasm2wat %s", path);
    FILE *text = popen(command, "r");
    size_t total = 0;
    while (text != NULL && fgets(line, sizeof line, text) != NULL) {
        total += strlen(line);
        fputs(line, out);
    }
    return text != NULL && pclose(text) == 0 && total > 0;
}

/* Byte by byte: places in it are those that the assertions name. */
static void write_binary(FILE *out, struct bytes_out bytes)
{
    enum { PER_LINE = 24 };
    fprintf(out, "(module binary");
    for (uint32_t i = 0; i < bytes.len; i++)
        fprintf(out, "%s\\%02x", i % PER_LINE == 0 ? i > 0 ? "\"\n  \"" : "\n  \"" : "",
                bytes.at[i]);
    fprintf(out, "\")\n");
}

/* As text; or as bytes, with the text in a comment. */
static bool write_module(struct writer *w, const struct tree *t)
{
    char path[] = "/tmp/wx-find-XXXXXX";
    struct bytes_out bytes = tree_write(&w->r->trial, t);
    int fd = mkstemp(path);
    bool ok = fd >= 0 && write(fd, bytes.at, bytes.len) == (ssize_t)bytes.len;
    fprintf(w->out, "%s", w->o.places ? "(;\n" : "");
    ok = ok && copy_text(w->out, path);
    fprintf(w->out, "%s", w->o.places ? ";)\n" : "");
    if (w->o.places)
        write_binary(w->out, bytes);
    if (fd >= 0) {
        close(fd);
        unlink(path);
    }
    return ok;
}

/* ---- actions ------------------------------------------------------------------------------- */

/* The exported function that action k calls; linked: the second module's exports count. */
static const struct export *target(const struct writer *w, const struct action *a,
                                   bool linked, const struct tree **module)
{
    const struct tree *modules[2] = { w->o.tree, linked ? w->r->trees[1] : NULL };
    uint32_t n = 0;
    for (int m = 0; m < 2 && modules[m] != NULL; m++)
        for (uint32_t i = 0; i < modules[m]->nexports; i++)
            n += modules[m]->exports[i].kind == EXTERN_FUNC;
    uint32_t skip = n > 0 ? a->index % n : 0;
    for (int m = 0; m < 2 && n > 0 && modules[m] != NULL; m++)
        for (uint32_t i = 0; i < modules[m]->nexports; i++)
            if (modules[m]->exports[i].kind == EXTERN_FUNC && skip-- == 0)
                return *module = modules[m], &modules[m]->exports[i];
    return NULL;
}

static void write_args(struct writer *w, const struct action *a, const struct signature *s)
{
    for (uint32_t i = 0; i < s->nparams; i++) {
        wx_value v = case_value(a->seed, i, s->params[i]);
        uint64_t bits = s->params[i] == WX_I32 || s->params[i] == WX_F32 ? v.of.f32_bits
                                                                         : v.of.f64_bits;
        fputc(' ', w->out);
        wast_value(w->out, s->params[i], vt_is_ref(s->params[i]) ? 0 : bits);
    }
}

/* The kind; all of the text and the place where the wrong lane has another. */
static void write_trap(struct writer *w, uint32_t step)
{
    const struct step *s = &w->steps[w->chosen[step]][step], *odd = &w->odd[step];
    bool known = step < w->nodd && odd->status == WX_TRAP && odd->trap == s->trap;
    fprintf(w->out, " \"%s",
            known && odd->text != s->text ? s->message : trap_texts[s->trap]);
    if (known && w->o.places && odd->frames != s->frames) {
        fprintf(w->out, " @");
        for (uint32_t i = 0; i < s->nframes && i < STEP_MAX_PLACES; i++)
            fprintf(w->out, " %u:0x%x", s->places[i].func, s->places[i].offset);
    }
    fprintf(w->out, "\"");
}

/* wast2json of wabt 1.0.32 leaves out commas between the types of several results behind a trap. */
static bool is_misconverted(const struct step *s, const struct signature *type)
{
    return s->status == WX_TRAP && type->nresults > 1;
}

/* "(assert_return (invoke ...) results...)" */
static bool write_call(struct writer *w, uint32_t step, const struct action *a, bool linked)
{
    const struct tree *module = NULL;
    const struct export *e = target(w, a, linked, &module);
    const struct step *s = &w->steps[w->chosen[step]][step];
    if (e == NULL)
        return true;
    bool trap = s->status == WX_TRAP;
    fprintf(w->out, "(assert_%s (invoke%s ", trap ? "trap" : "return",
            w->r->trees[1] == NULL ? ""
            : module == w->o.tree  ? " $a"
                                   : " $b");
    write_name(w->out, e->name);
    write_args(w, a, tree_func_type(module, e->index));
    fprintf(w->out, ")");
    if (trap)
        write_trap(w, step);
    for (uint32_t i = 0; i < s->nresults && i < STEP_MAX_VALUES; i++) {
        fputc(' ', w->out);
        wast_value(w->out, s->result_type[i], s->result[i]);
    }
    fprintf(w->out, ")\n");
    return (s->status == WX_OK || trap) &&
           !is_misconverted(s, tree_func_type(module, e->index));
}

static bool write_first(struct writer *w)
{
    const struct step *s = &w->steps[w->chosen[0]][0];
    if (s->status == WX_TRAP)
        fprintf(w->out, "(assert_trap\n");
    if (!write_module(w, w->o.tree))
        return false;
    if (s->status == WX_TRAP) {
        write_trap(w, 0);
        fprintf(w->out, ")\n");
    }
    return s->status == WX_OK || s->status == WX_TRAP;
}

static bool write_script(struct writer *w)
{
    bool linked = false;
    if (!write_first(w))
        return false;
    for (uint32_t k = 0; k < w->o.c.nactions && k + 1 < w->nsteps; k++) {
        const struct action *a = &w->o.c.actions[k];
        if (a->kind == ACTION_CALL && !write_call(w, k + 1, a, linked))
            return false;
    }
    return true;
}

/* ---- votes --------------------------------------------------------------------------------- */

static bool agree(const struct writer *w, const struct step *a, const struct step *b)
{
    return a->status == b->status && a->trap == b->trap && a->text == b->text &&
           a->results == b->results && (!w->o.places || a->frames == b->frames);
}

static void count_votes(struct writer *w, uint32_t step)
{
    for (uint32_t i = 0; i < w->nvoters; i++) {
        uint32_t n = 0;
        for (uint32_t k = 0; k < w->nvoters; k++)
            n += agree(w, &w->steps[i][step], &w->steps[k][step]);
        if (n > w->votes[step] && !(i > 0 && w->reference_counts)) {
            w->votes[step] = n;
            w->chosen[step] = i;
        }
    }
}

/* Lanes that crash have no vote; the first voter is the reference evaluator, which never does. */
static bool vote(struct writer *w)
{
    static const enum lane voters[] = { LANE_REF_FUEL, LANE_INTERP, LANE_BASELINE };
    w->nsteps = UINT32_MAX;
    for (size_t i = 0; i < COUNT(voters); i++) {
        struct step *steps = arena_array(&w->r->kept, struct step, PROBE_STEPS);
        uint32_t n = observe_steps(w->r, w->o.tree, &w->o.c, voters[i], steps);
        if (n == 0)
            continue;
        w->steps[w->nvoters++] = steps;
        w->nsteps = n < w->nsteps ? n : w->nsteps;
    }
    for (uint32_t k = 0; w->nvoters > 0 && k < w->nsteps; k++)
        count_votes(w, k);
    w->odd = arena_array(&w->r->kept, struct step, PROBE_STEPS);
    w->nodd = observe_steps(w->r, w->o.tree, &w->o.c, w->o.lane, w->odd);
    return w->nvoters > 0;
}

/* ---- the whole ----------------------------------------------------------------------------- */

/* What a script cannot say: host functions, host actions, references as arguments, second
 * modules, cases before. */
static bool can_be_said(const struct reducer *r)
{
    const struct tree *t = r->trees[0];
    if (r->active != 0 || t->nimports > 0 || r->trees[1] != NULL || r->c.earlier != NULL)
        return false;
    for (uint32_t k = 0; k < r->c.nactions; k++)
        if (r->c.actions[k].kind != ACTION_CALL)
            return false;
    for (uint32_t f = 0; f < t->nfuncs; f++)
        for (uint32_t i = 0; i < t->funcs[f].type->nparams; i++)
            if (vt_is_ref(t->funcs[f].type->params[i]))
                return false;
    return true;
}

/* Budgets neither. */
static bool is_exhausted(const struct writer *w)
{
    for (uint32_t k = 0; k < w->nsteps; k++) {
        uint64_t trap = w->steps[w->chosen[k]][k].trap;
        if (trap == WX_TRAP_FUEL || trap == WX_TRAP_STACK || trap == WX_TRAP_HOST)
            return true;
    }
    return false;
}

static void write_flags(const struct writer *w)
{
    const struct fuzz_case *c = &w->o.c;
    wx_config config = lane_config(w->o.lane);
    uint64_t junk = lane_junk(w->o.lane, c);
    fprintf(w->out, ";; flags: wx spec --tier ");
    if (config.tier == WX_TIER_MASK)
        fprintf(w->out, "mask:%" PRIx64, c->tier_mask);
    else
        fprintf(w->out, "%s", family_names[lane_family(w->o.lane)]);
    if (config.memory == WX_MEMORY_CHECK)
        fprintf(w->out, " --memory check");
    if (config.dispatch == WX_DISPATCH_LOOP)
        fprintf(w->out, " --dispatch loop");
    if (junk != 0)
        fprintf(w->out, " --junk %" PRIx64, junk);
    if (c->baseline_cpu) {
        static struct oracle host; /* large */
        host.cpu = cpu_detect();
        fprintf(w->out, " --cpu %" PRIx64, lane_cpu(&host, c));
    }
    fprintf(w->out, "\n");
}

static void write_head(struct writer *w, const struct culprit *c)
{
    char text[SIGHT_TEXT];
    uint32_t least = UINT32_MAX;
    culprit_text(c, text, sizeof text);
    for (uint32_t k = 0; k < w->nsteps; k++)
        least = w->votes[k] < least ? w->votes[k] : least;
    fprintf(w->out, ";; %s: %s\n", w->r->name, text);
    if (w->reference_counts)
        fprintf(w->out, ";; expected: the reference evaluator's answer; %s\n",
                arbiter_texts[c->arbiter]);
    else
        fprintf(w->out,
                ";; expected: at least %u of %u of reference, interp, baseline agree\n",
                least, w->nvoters);
    write_flags(w);
}

bool wast_write(struct reducer *r, const struct culprit *c, bool junk, FILE *out)
{
    struct writer w = { .r = r, .out = out };
    w.reference_counts = c->family == FAMILY_SHARED;
    if (!can_be_said(r) || !observe(r, junk, &w.o) || !vote(&w) || is_exhausted(&w))
        return false;
    write_head(&w, c);
    return write_script(&w) && fflush(out) == 0 && !ferror(out);
}
