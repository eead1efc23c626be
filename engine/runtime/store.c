/* store.c - the store: creation, ownership of everything in it, the end of it all. */
#include "base/bugs.h"
#include "base/os.h"
#include "base/size.h"
#include "runtime/engine.h"
#include "runtime/objects.h"
#include "runtime/pool.h"
#include <string.h>

/* The value stack lies in a reservation of its own with a page without access behind it. */
static uint64_t value_stack_bytes(const struct engine *e)
{
    return size_align(e->config.value_stack, OS_PAGE);
}

static bool value_stack_new(struct store *s)
{
    uint64_t bytes = value_stack_bytes(s->engine);
    struct reservation r;
    if (s->engine->tiers[TIER_INTERP] == NULL)
        return true;
    if (!pool_take(s->engine->pool, bytes + OS_PAGE, bytes, POOL_ANY, &r))
        return false;
    s->exec.value_base = s->exec.value_top = (uint64_t *)(void *)r.base;
    s->exec.value_limit = s->exec.value_base + bytes / sizeof(uint64_t);
    return true;
}

static void value_stack_free(struct store *s)
{
    uint64_t bytes = value_stack_bytes(s->engine);
    struct reservation r = { (uint8_t *)s->exec.value_base, bytes + OS_PAGE, bytes };
    if (r.base != NULL)
        pool_give(s->engine->pool, &r);
}

/* The budget of the logical stack must end before the machine's stacks do. */
static int64_t logical_stack(const struct config *c)
{
    size_t least = c->native_stack < c->value_stack ? c->native_stack : c->value_stack;
    return (int64_t)(least / 2);
}

void *store_alloc(struct store *s, size_t size)
{
    void *p = arena_try(&s->arena, size);
    return p != NULL ? memset(p, 0, size) : NULL;
}

static bool host_instance_new(struct store *s)
{
    struct instance *i = store_alloc(s, sizeof *i);
    if (i == NULL)
        return false;
    i->exec = &s->exec;
    i->helpers = s->engine->helpers;
    i->store = s;
    s->host_instance = i;
    return true;
}

struct store *store_new(struct engine *e)
{
    struct store *s = heap_alloc(&e->heap, sizeof *s);
    if (s == NULL)
        return NULL;
    memset(s, 0, offsetof(struct store, exec) + offsetof(struct exec, buffer));
    size_t rest = offsetof(struct store, arena);
    memset((uint8_t *)s + rest, 0, sizeof *s - rest);
    s->engine = e;
    s->exec.store = s;
    s->exec.stack_left = logical_stack(&e->config);
    arena_init(&s->arena, &e->heap);
    if (!value_stack_new(s) || !host_instance_new(s)) {
        store_free(s);
        return NULL;
    }
    return s;
}

static void finalize(struct store *s)
{
    for (struct extern_box *b = s->boxes; b != NULL; b = b->next)
        if (b->finalizer != NULL)
            b->finalizer(b->data);
    for (uint32_t i = 0; i < s->host_funcs.len; i++) {
        struct func *f = s->host_funcs.at[i];
        if (f->finalizer != NULL)
            f->finalizer(f->env);
    }
}

void store_free(struct store *s)
{
    if (!WX_BUG(X31))
        finalize(s);
    store_truncate(s, 0, 0);
    value_stack_free(s);
    arena_free(&s->arena);
    heap_free(&s->engine->heap, s, sizeof *s);
}

bool store_room(struct store *s, uint32_t memories, uint32_t tables, uint32_t host_funcs)
{
    jmp_buf oom;
    if (setjmp(oom) != 0)
        return false;
    s->arena.oom = &oom;
    vec_room(&s->arena, &s->memories, memories);
    vec_room(&s->arena, &s->tables, tables);
    vec_room(&s->arena, &s->host_funcs, host_funcs);
    s->arena.oom = NULL;
    return true;
}

void store_add_memory(struct store *s, struct memory *m)
{
    s->memories.at[s->memories.len++] = m;
}

void store_add_table(struct store *s, struct table *t)
{
    s->tables.at[s->tables.len++] = t;
}

void store_truncate(struct store *s, uint32_t memories, uint32_t tables)
{
    while (s->memories.len > memories)
        memory_free(vec_pop(&s->memories));
    while (s->tables.len > tables)
        table_free(vec_pop(&s->tables));
}

bool store_admits_memory(struct store *s, uint64_t current_bytes, uint64_t desired_bytes)
{
    const struct limiter *l = &s->limiter;
    return l->memory == NULL || l->memory(l->env, current_bytes, desired_bytes);
}

bool store_admits_table(struct store *s, uint64_t current, uint64_t desired)
{
    const struct limiter *l = &s->limiter;
    return l->table == NULL || l->table(l->env, current, desired);
}

struct extern_box *extern_new(struct store *s, void *data, void (*finalizer)(void *))
{
    struct extern_box *b = store_alloc(s, sizeof *b);
    if (b == NULL)
        return NULL;
    *b = (struct extern_box){ OBJECT_EXTERN, data, finalizer, s, s->boxes };
    s->boxes = b;
    return b;
}
