/* run.c - from bytes to operations, and the end of a world.  See world.h.
 *
 * In one of eight operations the n-th allocation of the engine fails, and all after it until the
 * operation has ended. */
#include "api/api.h"
#include "api/world.h"
#include "base/compiler.h"
#include <stdio.h>
#include <string.h>

enum { FLAG_EXPAND = 1, FAIL_SOON = 4, FAIL_WITHIN = 60 };

static const struct {
    const char *name;
    void (*run)(struct world *, int store);
    uint8_t weight;
    bool inside, needs_store;
} ops[] = {
#define API_OP(name, weight, inside, store) { #name, op_##name, weight, inside, store },
#include "api/ops.def"
};

static uint32_t pick_op(struct dna *d, bool inside)
{
    uint32_t total = 0;
    for (uint32_t k = 0; k < COUNT(ops); k++)
        total += !inside || ops[k].inside ? ops[k].weight : 0;
    uint32_t choice = dna_below(d, total);
    for (uint32_t k = 0;; k++) {
        uint32_t weight = !inside || ops[k].inside ? ops[k].weight : 0;
        if (choice < weight)
            return k;
        choice -= weight;
    }
}

static void run_op(struct world *w, uint32_t k, int store)
{
    const char *outer = w->op;
    w->op = ops[k].name;
    w->nops++;
    world_stats.ops[k]++;
    ops[k].run(w, store);
    w->op = outer;
}

void world_step_inside(struct world *w, int store)
{
    run_op(w, pick_op(&w->d, true), store);
}

/* ---- the end of things --------------------------------------------------------------------- */

void op_free_module(struct world *w, int store)
{
    struct world_module *m = &w->modules[dna_below(&w->d, MODULES)];
    (void)store;
    wx_module_free(m->m);
    memset(m, 0, sizeof *m);
}

void op_free_store(struct world *w, int store) { world_drop_store(w, store); }

void op_free_engine(struct world *w, int store)
{
    (void)store;
    world_drop_engine(w, (int)dna_below(&w->d, ENGINES));
}

/* Stores and modules in any order, then the engines. */
static void drop_all(struct world *w)
{
    uint32_t first = dna_u8(&w->d);
    for (uint32_t k = 0; k < STORES + MODULES; k++) {
        uint32_t n = (first + k) % (STORES + MODULES);
        if (n < STORES && w->stores[n].s != NULL)
            world_drop_store(w, (int)n);
        if (n >= STORES) {
            wx_module_free(w->modules[n - STORES].m);
            memset(&w->modules[n - STORES], 0, sizeof *w->modules);
        }
    }
    for (int k = 0; k < ENGINES; k++)
        world_drop_engine(w, k);
}

/* ---- steps --------------------------------------------------------------------------------- */

static struct heap *heap_of(const struct world *w, int engine)
{
    return &api_engine(w->engines[engine].e)->heap;
}

/* From the n-th one on, allocations of an engine fail: of the store's, if there is one. */
static void begin_failing(struct world *w, int store)
{
    int engine = (int)dna_below(&w->d, ENGINES);
    if (store != NOWHERE)
        engine = w->stores[store].engine;
    if (w->engines[engine].e == NULL)
        return;
    w->failing = engine;
    uint32_t within = dna_chance(&w->d, 100) ? FAIL_WITHIN : FAIL_SOON;
    heap_of(w, engine)->fail_at = 1 + dna_below(&w->d, within);
}

static void end_failing(struct world *w)
{
    if (w->failing != NOWHERE && w->engines[w->failing].e != NULL)
        heap_of(w, w->failing)->fail_at = 0;
    w->failing = NOWHERE;
}

static void step(struct world *w)
{
    uint32_t k = pick_op(&w->d, false);
    int store = world_pick_store(w);
    if (store == NOWHERE && ops[k].needs_store)
        return;
    if (dna_chance(&w->d, 32))
        begin_failing(w, store);
    run_op(w, k, store);
    end_failing(w);
    model_check(w);
}

struct world_stats world_stats;
_Static_assert(COUNT(ops) <= COUNT(world_stats.ops), "a count for each operation");

static void print(const char *what, const char *name, uint64_t n)
{
    fprintf(stderr, "  %-10s %-22s %10llu\n", what, name, (unsigned long long)n);
}

void world_print_stats(void)
{
    static const char *const statuses[] = { "ok",   "malformed", "invalid",   "unlinkable",
                                            "trap", "exception", "exhausted", "misuse" };
    const struct world_stats *s = &world_stats;
    for (size_t k = 0; k < COUNT(ops); k++)
        print("operation", ops[k].name, s->ops[k]);
    for (size_t k = 0; k < COUNT(statuses); k++)
        print("ended", statuses[k], s->ended[k]);
    for (size_t k = 1; k < COUNT(s->trapped); k++)
        print("trap", wx_trap_text((wx_trap)k), s->trapped[k]);
    print("ended", "out of memory", s->out_of_memory);
    for (size_t k = 0; k < PRIM_COUNT; k++)
        print("call", prim_infos[k].name, s->calls[k]);
    print("call", "a host function", s->calls[PRIM_NONE]);
    print("made", "instances", s->instances);
    print("host calls", "", s->host_calls);
    print("host calls", "nested", s->host_calls - s->depths[1]);
}

void world_run(struct world *w, const uint8_t *data, size_t size)
{
    w->d = (struct dna){ .p = data, .end = data + size };
    w->failing = NOWHERE;
    w->op = "";
    if (dna_u8(&w->d) & FLAG_EXPAND)
        for (size_t k = 0; k < size; k++)
            w->d.stream = dna_hash(w->d.stream ^ data[k]) | 1;
    static void (*const first[])(struct world *, int) = { op_engine, op_store, op_module,
                                                          op_module, op_module };
    for (size_t k = 0; k < COUNT(first); k++)
        first[k](w, NOWHERE);
    for (uint32_t n = 0; n < MAX_OPS && !dna_empty(&w->d); n++)
        step(w);
    drop_all(w);
}
