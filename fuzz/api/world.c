/* world.c - slots, messages, and the end of things.  See world.h. */
#include "api/world.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

NORETURN void world_fail(const struct world *w, const char *file, int line,
                         const char *what, const wx_error *err)
{
    fprintf(stderr, "api mismatch: operation %u, %s, depth %u: %s does not hold (%s:%d)\n",
            w->nops, w->op, w->depth, what, file, line);
    if (err != NULL)
        fprintf(stderr, "  status %d, trap %d, \"%s\"\n", (int)err->status, (int)err->trap,
                err->text);
    abort();
}

static bool out_of_memory(const struct world *w, wx_status status, const wx_error *err)
{
    return w->failing != NOWHERE &&
           (status == WX_EXHAUSTED ||
            (status == WX_TRAP && err->trap == WX_TRAP_OUT_OF_MEMORY));
}

/* Counts an end that was as it must be. */
static bool ended(wx_status status, const wx_error *err)
{
    world_stats.ended[status]++;
    if (status == WX_TRAP)
        world_stats.trapped[err->trap]++;
    return true;
}

bool world_ok(const struct world *w, wx_status status, const wx_error *err)
{
    EXPECT(w, status == WX_OK || out_of_memory(w, status, err), err);
    EXPECT(w, status == WX_OK || (err->status == status && err->text[0] != 0), err);
    world_stats.out_of_memory += status != WX_OK;
    return status == WX_OK;
}

bool world_ended(const struct world *w, wx_status status, const wx_error *err,
                 struct outcome want)
{
    if (out_of_memory(w, status, err) && want.status != WX_EXHAUSTED) {
        world_stats.out_of_memory++;
        return false;
    }
    EXPECT(w, status == want.status, err);
    EXPECT(w, status != WX_TRAP || err->trap == want.trap, err);
    EXPECT(w, status == WX_OK || (err->status == status && err->text[0] != 0), err);
    return ended(status, err);
}

/* ---- slots --------------------------------------------------------------------------------- */

/* Every slot begins with its handle. */
static bool is_free(const void *slot)
{
    const void *handle;
    memcpy(&handle, slot, sizeof handle);
    return handle == NULL;
}

int world_free_slot(const void *array, size_t count, size_t size)
{
    for (size_t i = 0; i < count; i++)
        if (is_free((const char *)array + i * size))
            return (int)i;
    return NOWHERE;
}

int world_pick_engine(struct world *w)
{
    uint32_t first = dna_below(&w->d, ENGINES);
    for (uint32_t i = 0; i < ENGINES; i++)
        if (w->engines[(first + i) % ENGINES].e != NULL)
            return (int)((first + i) % ENGINES);
    return NOWHERE;
}

int world_pick_store(struct world *w)
{
    uint32_t first = dna_below(&w->d, STORES);
    for (uint32_t i = 0; i < STORES; i++)
        if (w->stores[(first + i) % STORES].s != NULL)
            return (int)((first + i) % STORES);
    return NOWHERE;
}

/* One of the live objects of a store, each as likely as any other. */
#define PICK(what, array, count)                                        \
    int world_pick_##what(struct world *w, int store)                   \
    {                                                                   \
        int live[count];                                                \
        uint32_t n = 0;                                                 \
        for (int i = 0; i < count; i++) {                               \
            const struct world_##what *x = &w->array[i];                \
            if (!is_free(x) && (store == NOWHERE || x->store == store)) \
                live[n++] = i;                                          \
        }                                                               \
        return n == 0 ? NOWHERE : live[dna_below(&w->d, n)];            \
    }
PICK(func, funcs, FUNCS)
PICK(memory, memories, MEMORIES)
PICK(table, tables, TABLES)
PICK(global, globals, GLOBALS)
PICK(ref, refs, REFS)

int world_find_func(const struct world *w, const wx_func *f)
{
    for (int i = 0; i < FUNCS; i++)
        if (w->funcs[i].f == f && f != NULL)
            return i;
    return NOWHERE;
}

int world_add_func(struct world *w, wx_func *f, int store, enum prim prim, int instance)
{
    int at = world_find_func(w, f);
    if (at == NOWHERE)
        at = world_free_slot(w->funcs, FUNCS, sizeof *w->funcs);
    if (at == NOWHERE)
        return NOWHERE;
    w->funcs[at] = (struct world_func){ f, store, prim, instance };
    return at;
}

/* ---- the end of things --------------------------------------------------------------------- */

#define FORGET(array, count)                                \
    do {                                                    \
        for (int k_ = 0; k_ < count; k_++)                  \
            if (w->array[k_].store == store)                \
                memset(&w->array[k_], 0, sizeof *w->array); \
    } while (0)

void world_drop_store(struct world *w, int store)
{
    struct world_store *s = &w->stores[store];
    uint32_t before = w->finalized;
    for (int k = 0; k < MEMORIES; k++)
        if (w->memories[k].m != NULL && w->memories[k].store == store)
            free(w->memories[k].shadow);
    wx_store_free(s->s);
    EXPECT(w, w->finalized - before == s->finalizers, NULL);
    FORGET(instances, INSTANCES);
    FORGET(funcs, FUNCS);
    FORGET(memories, MEMORIES);
    FORGET(tables, TABLES);
    FORGET(globals, GLOBALS);
    FORGET(refs, REFS);
    memset(s, 0, sizeof *s);
}

void world_drop_engine(struct world *w, int engine)
{
    for (int k = 0; k < STORES; k++)
        if (w->stores[k].s != NULL && w->stores[k].engine == engine)
            world_drop_store(w, k);
    for (int k = 0; k < MODULES; k++)
        if (w->modules[k].m != NULL && w->modules[k].engine == engine) {
            wx_module_free(w->modules[k].m);
            memset(&w->modules[k], 0, sizeof *w->modules);
        }
    wx_engine_free(w->engines[engine].e);
    memset(&w->engines[engine], 0, sizeof *w->engines);
}
