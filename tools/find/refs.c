/* refs.c - see refs.h. */
#include "tools/find/refs.h"
#include <string.h>

/* The spaces that the two indices of each kind of immediate belong to, plus 1; 0: no index. */
static const uint8_t imm_spaces[IMM_COUNT][2] = {
    [IMM_FUNC] = { 1 + SPACE_FUNC, 0 },
    [IMM_CALL_INDIRECT] = { 0, 1 + SPACE_TABLE },
    [IMM_GLOBAL] = { 1 + SPACE_GLOBAL, 0 },
    [IMM_TABLE] = { 1 + SPACE_TABLE, 0 },
    [IMM_MEMARG] = { 0, 1 + SPACE_MEMORY },
    [IMM_MEMORY] = { 1 + SPACE_MEMORY, 0 },
    [IMM_MEMORY_MEMORY] = { 1 + SPACE_MEMORY, 1 + SPACE_MEMORY },
    [IMM_DATA_MEMORY] = { 1 + SPACE_DATA, 1 + SPACE_MEMORY },
    [IMM_DATA] = { 1 + SPACE_DATA, 0 },
    [IMM_ELEM_TABLE] = { 1 + SPACE_ELEM, 1 + SPACE_TABLE },
    [IMM_ELEM] = { 1 + SPACE_ELEM, 0 },
    [IMM_TABLE_TABLE] = { 1 + SPACE_TABLE, 1 + SPACE_TABLE },
};

static void each_in_code(struct code c, enum space space, refs_fn *fn, void *env)
{
    for (uint32_t i = 0; i < c.len; i++)
        for (int k = 0; k < 2; k++)
            if (imm_spaces[op_infos[c.at[i].op].imm][k] == 1U + space)
                fn(env, &c.at[i].index[k]);
}

static void each_in_segments(struct tree *t, enum space space, refs_fn *fn, void *env)
{
    for (uint32_t i = 0; i < t->nelems; i++) {
        struct tree_elem *e = &t->elems[i];
        if (space == SPACE_TABLE && e->mode == SEGMENT_ACTIVE)
            fn(env, &e->table);
        each_in_code(e->offset, space, fn, env);
        for (uint32_t k = 0; k < e->len; k++)
            each_in_code(e->items[k], space, fn, env);
    }
    for (uint32_t i = 0; i < t->ndatas; i++) {
        struct tree_data *d = &t->datas[i];
        if (space == SPACE_MEMORY && d->mode == SEGMENT_ACTIVE)
            fn(env, &d->memory);
        each_in_code(d->offset, space, fn, env);
    }
}

void refs_each(struct tree *t, enum space space, refs_fn *fn, void *env)
{
    static const enum space of_kind[] = { [EXTERN_FUNC] = SPACE_FUNC,
                                          [EXTERN_TABLE] = SPACE_TABLE,
                                          [EXTERN_MEMORY] = SPACE_MEMORY,
                                          [EXTERN_GLOBAL] = SPACE_GLOBAL };
    for (uint32_t f = 0; f < t->nfuncs; f++)
        each_in_code(t->funcs[f].code, space, fn, env);
    for (uint32_t i = 0; i < t->nglobals; i++)
        each_in_code(t->globals[i].init, space, fn, env);
    for (uint32_t i = 0; i < t->nexports; i++)
        if (of_kind[t->exports[i].kind] == space)
            fn(env, &t->exports[i].index);
    if (t->has_start && space == SPACE_FUNC)
        fn(env, &t->start);
    each_in_segments(t, space, fn, env);
}

struct tree *refs_copy(struct arena *a, const struct tree *t)
{
    struct tree *copy = tree_copy(a, t);
    for (uint32_t f = 0; f < copy->nfuncs; f++)
        copy->funcs[f].code = code_copy(a, copy->funcs[f].code);
    for (uint32_t i = 0; i < copy->nglobals; i++)
        copy->globals[i].init = code_copy(a, copy->globals[i].init);
    for (uint32_t i = 0; i < copy->nelems; i++) {
        struct tree_elem *e = &copy->elems[i];
        struct code *items = arena_array(a, struct code, e->len);
        for (uint32_t k = 0; k < e->len; k++)
            items[k] = code_copy(a, e->items[k]);
        e->items = items;
        e->offset = code_copy(a, e->offset);
    }
    for (uint32_t i = 0; i < copy->ndatas; i++)
        copy->datas[i].offset = code_copy(a, copy->datas[i].offset);
    return copy;
}

struct counter {
    uint32_t index, n;
};

static void count(void *env, uint32_t *index)
{
    struct counter *c = env;
    c->n += *index == c->index;
}

uint32_t refs_count(const struct tree *t, enum space space, uint32_t index)
{
    struct counter c = { index, 0 };
    refs_each((struct tree *)t, space, count, &c); /* count changes nothing */
    return c.n;
}

struct mover {
    uint32_t from, to;
};

static void move(void *env, uint32_t *index)
{
    const struct mover *m = env;
    if (*index == m->from)
        *index = m->to;
    else if (*index > m->from && *index <= m->to)
        --*index;
    else if (*index < m->from && *index >= m->to)
        ++*index;
}

void refs_move(struct tree *t, enum space space, uint32_t from, uint32_t to)
{
    struct mover m = { from, to };
    refs_each(t, space, move, &m);
}
