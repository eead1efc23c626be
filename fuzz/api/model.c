/* model.c - what every object should be, and whether it is.  See world.h. */
#include "api/world.h"
#include <string.h>

/* ---- memories ------------------------------------------------------------------------------ */

static bool all_zero(const uint8_t *p, size_t n)
{
    return n == 0 || (p[0] == 0 && memcmp(p, p + 1, n - 1) == 0);
}

static void check_memory(const struct world *w, const struct world_memory *m)
{
    EXPECT(w, wx_memory_pages(m->m) == m->pages, NULL);
    EXPECT(w, wx_memory_size(m->m) == m->pages * PAGE, NULL);
    const uint8_t *data = wx_memory_data(m->m);
    for (uint64_t p = 0; p < m->pages; p++) {
        if (m->touched >> p & 1)
            EXPECT(w, memcmp(data + p * PAGE, m->shadow + p * PAGE, PAGE) == 0, NULL);
        else if (p + 1 == m->pages)
            EXPECT(w, all_zero(data + p * PAGE + PAGE - 64, 64), NULL);
    }
}

void model_write(struct world_memory *m, uint64_t at, const void *bytes, size_t n)
{
    memcpy(m->shadow + at, bytes, n);
    m->touched |= UINT32_C(1) << at / PAGE | UINT32_C(1) << (at + n - 1) / PAGE;
}

bool model_memory_grows(const struct world *w, const struct world_memory *m, uint64_t delta)
{
    const struct world_store *s = &w->stores[m->store];
    const wx_config *c = &w->engines[s->engine].c;
    uint64_t pages = m->pages + delta;
    if (delta == 0)
        return true;
    if (delta > PAGES || (m->has_max && pages > m->max))
        return false;
    return pages * PAGE <= s->memory_cap &&
           (c->max_memory_bytes == 0 || pages * PAGE <= c->max_memory_bytes);
}

static void adopt_memory(struct world_memory *m)
{
    m->pages = wx_memory_pages(m->m);
    if (m->pages > 0)
        memcpy(m->shadow, wx_memory_data(m->m), m->pages * PAGE);
    m->touched = (UINT32_C(1) << m->pages) - 1;
}

/* ---- tables -------------------------------------------------------------------------------- */

static void check_table(const struct world *w, const struct world_table *t)
{
    EXPECT(w, wx_table_size(t->t) == t->size, NULL);
    for (uint64_t i = 0; i < t->size; i++) {
        wx_value v;
        wx_error err;
        EXPECT(w, wx_table_get(t->t, i, &v, &err) == WX_OK, &err);
        EXPECT(w, v.type == (t->is_func ? WX_FUNCREF : WX_EXTERNREF), NULL);
        EXPECT(w, wx_ref_same(v.of.ref, t->elems[i]), NULL);
    }
}

bool model_table_grows(const struct world *w, const struct world_table *t, uint64_t delta)
{
    const struct world_store *s = &w->stores[t->store];
    const wx_config *c = &w->engines[s->engine].c;
    uint64_t size = t->size + delta;
    if (delta == 0)
        return true;
    return delta <= ELEMS && (!t->has_max || size <= t->max) && size <= s->table_cap &&
           (c->max_table_elements == 0 || size <= c->max_table_elements);
}

static void adopt_table(struct world *w, struct world_table *t)
{
    t->size = wx_table_size(t->t);
    EXPECT(w, t->size <= ELEMS, NULL);
    for (uint64_t i = 0; i < t->size; i++) {
        wx_value v = { .of.ref = NULL };
        (void)wx_table_get(t->t, i, &v, NULL);
        t->elems[i] = v.of.ref;
    }
}

/* ---- all ----------------------------------------------------------------------------------- */

static bool same_value(const wx_value *a, const wx_value *b)
{
    if (a->type != b->type)
        return false;
    switch (a->type) {
    case WX_I32:
    case WX_F32: return a->of.f32_bits == b->of.f32_bits;
    case WX_I64:
    case WX_F64: return a->of.f64_bits == b->of.f64_bits;
    case WX_V128: return memcmp(a->of.v128, b->of.v128, sizeof a->of.v128) == 0;
    default: return wx_ref_same(a->of.ref, b->of.ref);
    }
}

static void check_global(const struct world *w, const struct world_global *g)
{
    wx_value now = wx_global_get(g->g);
    wx_globaltype type = wx_global_type(g->g);
    EXPECT(w, same_value(&now, &g->value), NULL);
    EXPECT(w, type.type == g->value.type && type.mut == g->mut, NULL);
}

void model_check(struct world *w)
{
    for (int k = 0; k < MEMORIES; k++)
        if (w->memories[k].m != NULL)
            check_memory(w, &w->memories[k]);
    for (int k = 0; k < TABLES; k++)
        if (w->tables[k].t != NULL)
            check_table(w, &w->tables[k]);
    for (int k = 0; k < GLOBALS; k++)
        if (w->globals[k].g != NULL)
            check_global(w, &w->globals[k]);
    for (int k = 0; k < REFS; k++)
        if (w->refs[k].r != NULL)
            EXPECT(w, wx_ref_extern_data(w->refs[k].r) == w->refs[k].data, NULL);
}

void model_adopt(struct world *w, int store)
{
    for (int k = 0; k < MEMORIES; k++)
        if (w->memories[k].m != NULL && w->memories[k].store == store)
            adopt_memory(&w->memories[k]);
    for (int k = 0; k < TABLES; k++)
        if (w->tables[k].t != NULL && w->tables[k].store == store)
            adopt_table(w, &w->tables[k]);
    for (int k = 0; k < GLOBALS; k++)
        if (w->globals[k].g != NULL && w->globals[k].store == store)
            w->globals[k].value = wx_global_get(w->globals[k].g);
}
