/* suite.c - see suite.h. */
#include "wast/suite.h"
#include "base/compiler.h"
#include "dna.h"
#include "files.h"
#include "spectest/script.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_SCRIPTS = 256, WINDOW = 60, FLAG_EXPAND = 1 };

struct script_file {
    char *path;
    json_t *root;
};

struct suite {
    struct script_file scripts[MOST_SCRIPTS];
    uint32_t n;
    wx_engine *plain;
    struct log *want, *got;
    uint64_t runs, commands, held, whole;
};

/* ---- the scripts --------------------------------------------------------------------------- */

static void add_script(void *env, const char *path, const uint8_t *data, size_t size)
{
    struct suite *s = env;
    size_t len = strlen(path);
    (void)data, (void)size;
    if (len < 5 || strcmp(path + len - 5, ".json") != 0 || s->n == MOST_SCRIPTS)
        return;
    struct script_file *f = &s->scripts[s->n];
    f->root = script_read(path, s->want);
    f->path = strdup(path);
    if (f->root == NULL || f->path == NULL) {
        fprintf(stderr, "fuzz_wast: cannot read %s\n", path);
        exit(2);
    }
    s->n++;
}

struct suite *suite_new(const char *folder)
{
    struct suite *s = calloc(1, sizeof *s);
    wx_config c;
    wx_config_init(&c);
    c.tier = WX_TIER_INTERP;
    if (s == NULL || (s->want = log_new()) == NULL || (s->got = log_new()) == NULL ||
        wx_engine_new(&c, &s->plain, NULL) != WX_OK) {
        fprintf(stderr, "fuzz_wast: out of memory\n");
        return NULL;
    }
    if (files_each(folder, add_script, s) != 0 || s->n == 0) {
        fprintf(stderr, "fuzz_wast: no converted scripts in %s\n", folder);
        suite_free(s);
        return NULL;
    }
    return s;
}

void suite_free(struct suite *s)
{
    for (uint32_t k = 0; k < s->n; k++) {
        json_decref(s->scripts[k].root);
        free(s->scripts[k].path);
    }
    wx_engine_free(s->plain);
    log_free(s->want);
    log_free(s->got);
    free(s);
}

/* ---- what the bytes choose ----------------------------------------------------------------- */

/* Commands: of those outside of a window only what makes modules, of those inside most. */
struct selection {
    struct dna d;
    const json_t *commands;
    size_t first, end;
    bool whole;
};

static bool makes_modules(const json_t *command)
{
    const char *type = json_string_value(json_object_get(command, "type"));
    return type != NULL && (strcmp(type, "module") == 0 || strcmp(type, "register") == 0);
}

static uint32_t times(void *env, size_t command)
{
    struct selection *s = env;
    bool module = makes_modules(json_array_get(s->commands, command));
    if (s->whole)
        return 1;
    if (command < s->first || command >= s->end)
        return module && command < s->first;
    uint8_t choice = dna_u8(&s->d);
    return choice < 200 ? 1 : choice < 225 ? 2 : choice < 232 ? 3 : module;
}

static struct selection pick_selection(struct dna *d, const json_t *root)
{
    struct selection s = { .commands = json_object_get(root, "commands") };
    size_t n = json_array_size(s.commands);
    s.whole = dna_chance(d, 16);
    s.first = n > 0 ? dna_bits(d, 3) % n : 0;
    s.end = s.first + 1 + dna_below(d, WINDOW);
    s.d = dna_split(d);
    return s;
}

static wx_config pick_config(struct dna *d)
{
    static const uint64_t masks[] = { 0x5555555555555555, 0xAAAAAAAAAAAAAAAA, 1 };
    static const wx_tier tiers[] = { WX_TIER_BASELINE, WX_TIER_TIERED, WX_TIER_MASK,
                                     WX_TIER_INTERP };
    wx_config c;
    wx_config_init(&c);
    c.tier = tiers[dna_below(d, COUNT(tiers))];
    c.tier_mask = dna_chance(d, 128) ? dna_bits(d, 8) : masks[dna_below(d, COUNT(masks))];
    c.memory = (wx_memory_strategy)dna_below(d, WX_MEMORY_CHECK + 1);
    c.dispatch = (wx_dispatch)dna_below(d, WX_DISPATCH_LOOP + 1);
    c.call_threshold = dna_below(d, 6);
    c.loop_threshold = dna_below(d, 40);
    c.cpu_mask = dna_chance(d, 128) ? dna_bits(d, 8) : UINT64_MAX;
    uint8_t bits = dna_u8(d);
    c.fuel = bits & 1;
    c.logical_stack = bits >> 1 & 1;
    c.interruptible = bits >> 2 & 1;
    c.native_stack = bits >> 3 & 1 ? 512 << 10 : 0;
    c.value_stack = bits >> 4 & 1 ? 1 << 20 : 0;
    return c;
}

/* ---- comparison ---------------------------------------------------------------------------- */

static void complain(const struct script_file *f, const wx_config *c,
                     const struct record *r)
{
    fprintf(stderr,
            "wast mismatch: %s:%u: %s: %s\n  got %s\n  want %s\n"
            "  tier %d mask %llx memory %d dispatch %d calls %u loops %u cpu %llx fuel %d "
            "logical stack %d interruptible %d stacks %zu %zu\n",
            f->path, r->line, kinds[r->kind].name, r->reason, r->got, r->want, (int)c->tier,
            (unsigned long long)c->tier_mask, (int)c->memory, (int)c->dispatch,
            c->call_threshold, c->loop_threshold, (unsigned long long)c->cpu_mask, c->fuel,
            c->logical_stack, c->interruptible, c->native_stack, c->value_stack);
}

static bool compare(struct suite *s, const struct script_file *f, const wx_config *c,
                    bool whole)
{
    struct record want, got;
    size_t at_want = 0, at_got = 0;
    while (log_next(s->want, &at_want, &want)) {
        bool there = log_next(s->got, &at_got, &got);
        s->commands++;
        s->held += want.verdict != VERDICT_FAILED;
        if (whole && want.verdict == VERDICT_FAILED) {
            complain(f, c, &want);
            return false;
        }
        if (want.verdict == VERDICT_FAILED)
            continue;
        if (!there || got.verdict == VERDICT_FAILED) {
            complain(f, c, there ? &got : &want);
            return false;
        }
    }
    return true;
}

bool suite_run(struct suite *s, const uint8_t *data, size_t size)
{
    struct dna d = { .p = data, .end = data + size };
    if (dna_u8(&d) & FLAG_EXPAND)
        for (size_t k = 0; k < size; k++)
            d.stream = dna_hash(d.stream ^ data[k]) | 1;
    const struct script_file *f = &s->scripts[dna_below(&d, s->n)];
    wx_config c = pick_config(&d);
    struct selection chosen = pick_selection(&d, f->root), again = chosen;
    struct script_choice choice = { times, &chosen }, choice_again = { times, &again };
    wx_engine *e = NULL;
    if (wx_engine_new(&c, &e, NULL) != WX_OK)
        return true; /* no memory for an engine */
    log_reset(s->want);
    log_reset(s->got);
    script_run_some(s->plain, f->path, f->root, &choice, s->want);
    script_run_some(e, f->path, f->root, &choice_again, s->got);
    s->runs++;
    s->whole += chosen.whole;
    bool same = compare(s, f, &c, chosen.whole);
    wx_engine_free(e);
    return same;
}

void suite_stats(const struct suite *s)
{
    fprintf(stderr,
            "fuzz_wast: %u scripts, %llu runs (%llu of whole scripts), %llu commands, of "
            "which %llu must hold\n",
            s->n, (unsigned long long)s->runs, (unsigned long long)s->whole,
            (unsigned long long)s->commands, (unsigned long long)s->held);
}
