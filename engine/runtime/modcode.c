/* modcode.c - a module made runnable: state per function, and which tier runs it. */
#include "runtime/background.h"
#include <string.h>

enum tier_id engine_first_tier(const struct engine *e, uint32_t func)
{
    switch (e->config.policy) {
    case POLICY_INTERP:
    case POLICY_TIERED: return TIER_INTERP;
    case POLICY_BASELINE: return TIER_BASELINE;
    case POLICY_MASK: break;
    }
    return e->config.tier_mask >> (func % 64) & 1 ? TIER_BASELINE : TIER_INTERP;
}

/* How often a function that waits for the thread asks again. */
enum { POLL_CALLS = 8 };

static bool is_compiled(const struct fncode *fn)
{
    return atomic_load_explicit(&fn->compiled, memory_order_acquire) != NULL;
}

/* Leaves it to the thread; false: there is none. */
static bool compile_later(struct fncode *fn)
{
    if (!background_want(fn))
        return false;
    atomic_store_explicit(&fn->heat, POLL_CALLS, memory_order_relaxed);
    return true;
}

enum tier_up engine_tier_up(struct fncode *fn)
{
    const struct engine *e = fn->modcode->engine;
    const struct tier *compiler = e->tiers[TIER_BASELINE];
    struct fail ignored = { .kind = FAIL_NONE };
    if (is_compiled(fn))
        return TIER_UP_DONE;
    bool possible = compiler != NULL && !fn->declined && !background_done(fn);
    if (possible && e->config.background && compile_later(fn))
        return TIER_UP_LATER;
    atomic_store_explicit(&fn->heat, UINT32_MAX, memory_order_relaxed);
    if (possible)
        compiler->prepare(fn, &ignored);
    return is_compiled(fn) ? TIER_UP_DONE : TIER_UP_NEVER;
}

/* So many functions are interpreted first whatever becomes of them. */
enum { INTERPRETED_FIRST = HOSTILE(2, 16) };

bool engine_compiles_first(const struct fncode *fn)
{
    struct modcode *c = fn->modcode;
    const struct config *config = &c->engine->config;
    if (config->policy != POLICY_TIERED || config->background)
        return fn->tier != TIER_INTERP;
    pthread_mutex_lock(&c->lock);
    const struct code_stats *s = &c->stats;
    bool most = s->translated >= INTERPRETED_FIRST && s->compiled >= s->translated / 2;
    pthread_mutex_unlock(&c->lock);
    return most;
}

static void fncodes_init(struct modcode *c)
{
    const struct module *m = c->module;
    const struct config *config = &c->engine->config;
    uint32_t heat = config->policy == POLICY_TIERED ? config->call_threshold : UINT32_MAX;
    for (uint32_t f = m->nimported_funcs; f < m->nfuncs; f++) {
        struct fncode *fn = &c->fns[f - m->nimported_funcs];
        atomic_init(&fn->heat, heat);
        fn->func = f;
        fn->modcode = c;
        fn->tier = engine_first_tier(c->engine, f);
    }
}

static size_t fncodes_size(const struct module *m)
{
    return (m->nfuncs - m->nimported_funcs) * sizeof(struct fncode);
}

static void tiers_free(struct modcode *c, int count)
{
    const struct tier *const *tiers = c->engine->tiers;
    while (count-- > 0)
        if (tiers[count] != NULL && tiers[count]->module_free != NULL)
            tiers[count]->module_free(c);
}

static bool tiers_init(struct modcode *c)
{
    const struct tier *const *tiers = c->engine->tiers;
    for (int t = 0; t < TIER_COUNT; t++)
        if (tiers[t] != NULL && tiers[t]->module_init != NULL &&
            !tiers[t]->module_init(c)) {
            tiers_free(c, t);
            return false;
        }
    return true;
}

/* Frees c but for the module and the tiers' parts. */
static void discard(struct modcode *c)
{
    struct heap *heap = &c->engine->heap;
    arena_free(&c->arena);
    pthread_mutex_destroy(&c->lock);
    pthread_mutex_destroy(&c->compiling);
    heap_free(heap, c->fns, fncodes_size(c->module));
    heap_free(heap, c, sizeof *c);
}

struct modcode *modcode_new(struct engine *e, struct module *m)
{
    struct modcode *c = heap_alloc(&e->heap, sizeof *c);
    if (c == NULL)
        return NULL;
    *c = (struct modcode){ .engine = e, .module = m };
    arena_init(&c->arena, &e->heap);
    pthread_mutex_init(&c->lock, NULL);
    pthread_mutex_init(&c->compiling, NULL);
    c->fns = heap_alloc(&e->heap, fncodes_size(m));
    if (c->fns != NULL) {
        memset(c->fns, 0, fncodes_size(m));
        fncodes_init(c);
        if (tiers_init(c))
            return c;
    }
    discard(c);
    return NULL;
}

void modcode_free(struct modcode *c)
{
    struct module *m = c->module;
    background_forget(c);
    tiers_free(c, TIER_COUNT);
    discard(c);
    module_free(m);
}
