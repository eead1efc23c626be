/* store.c - wx_store: budgets, interruption, the limiter, and the modules it keeps alive.
 *
 * store.user heads a chain with one link for each instance, in the engine's heap. */
#include "base/bugs.h"
#include "api/api.h"

struct keep {
    wx_module *module;
    struct keep *next;
};

wx_status wx_store_new(wx_engine *e, wx_store **out, wx_error *err)
{
    struct store *s = store_new(api_engine(e));
    if (s == NULL)
        return error_exhausted(err, "out of memory");
    s->user = NULL;
    *out = wx_of_store(s);
    return WX_OK;
}

void wx_store_free(wx_store *store)
{
    if (store == NULL)
        return;
    struct store *s = api_store(store);
    struct keep *next, *keep = s->user;
    struct heap *heap = &s->engine->heap;
    store_free(s);
    for (; keep != NULL; keep = next) {
        next = keep->next;
        module_release(keep->module);
        heap_free(heap, keep, sizeof *keep);
    }
}

bool store_keep(struct store *s, wx_module *m)
{
    struct keep *keep = heap_alloc(&s->engine->heap, sizeof *keep);
    if (keep == NULL)
        return false;
    *keep = (struct keep){ m, s->user };
    s->user = keep;
    if (!WX_BUG(X33))
        module_retain(m);
    return true;
}

void store_unkeep(struct store *s)
{
    struct keep *keep = s->user;
    s->user = keep->next;
    module_release(keep->module);
    heap_free(&s->engine->heap, keep, sizeof *keep);
}

static int64_t clamp(uint64_t n) { return n < INT64_MAX ? (int64_t)n : INT64_MAX; }

void wx_store_set_fuel(wx_store *s, uint64_t fuel)
{
    api_store(s)->exec.fuel = clamp(fuel);
}

uint64_t wx_store_fuel(const wx_store *s) { return (uint64_t)api_store(s)->exec.fuel; }

void wx_store_set_logical_stack(wx_store *s, uint64_t bytes)
{
    api_store(s)->exec.stack_left = clamp(bytes);
}

void wx_store_interrupt(wx_store *s) { atomic_store(&api_store(s)->exec.interrupt, 1); }

void wx_store_clear_interrupt(wx_store *s)
{
    atomic_store(&api_store(s)->exec.interrupt, 0);
}

void wx_store_set_limiter(wx_store *s, wx_limiter limiter)
{
    api_store(s)->limiter = (struct limiter){
        .env = limiter.env,
        .memory = limiter.memory,
        .table = limiter.table,
    };
}
