/* history.c - see history.h. */
#include "tools/find/history.h"

bool history_index(const struct code *c, uint32_t offset, uint32_t *index)
{
    for (uint32_t i = 0; i < c->len; i++)
        if (c->at[i].offset == offset)
            return *index = i, true;
    return false;
}

static void add_moment(struct history *h, uint32_t *counts, uint32_t index, uint32_t step)
{
    uint32_t n = ++counts[index];
    h->at[h->n++] = (struct moment){ index, n, step, n == 1 };
}

static bool goes_on(enum op op)
{
    switch (op) {
    case OP_br:
    case OP_br_if:
    case OP_br_table:
    case OP_return:
    case OP_if:
    case OP_else:
    case OP_end: return false;
    default: return true;
    }
}

/* What the function did in the reference evaluator.  Events say what ended; an instruction that was
 * begun behind one and did not end trapped, or is a call: then it is a moment, too. */
struct history history_read(struct reducer *r, uint32_t defined)
{
    struct code c = reduce_tree(r)->funcs[defined].code;
    uint32_t func = defined + tree_imports(reduce_tree(r), EXTERN_FUNC);
    const struct plan plan = { .mode = PROBE_TRACE };
    probe(r->prober, &plan, r->bytes, r->size);
    const struct exchange *x = r->prober->shared;
    struct history h = { arena_array(&r->kept, struct moment, 2 * x->nevents + 1), 0 };
    uint32_t *counts = arena_zarray(&r->kept, uint32_t, c.len + 1), index;
    bool *open = arena_zarray(&r->kept, bool, c.len + 1);
    uint32_t begun = 0; /* what comes next if nothing happens */
    uint32_t step = UINT32_MAX;
    for (uint32_t e = 0; e < x->nevents; e++) {
        if (x->events[e].func != func || !history_index(&c, x->events[e].offset, &index))
            continue;
        if (begun < c.len && index != begun && counts[begun] == 0) {
            add_moment(&h, counts, begun, step == UINT32_MAX ? x->events[e].step : step);
            open[begun] = true;
        }
        step = x->events[e].step;
        if (!open[index])
            add_moment(&h, counts, index, step);
        open[index] = false;
        begun = goes_on(c.at[index].op) ? index + 1 : c.len;
    }
    if (begun < c.len && counts[begun] == 0)
        add_moment(&h, counts, begun, step);
    return h;
}
