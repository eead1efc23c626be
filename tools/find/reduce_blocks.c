/* reduce_blocks.c - passes over structure: blocks lose their frames, ifs become one of their
 * arms, branches lose their conditions.  See reduce.h. */
#include "tools/find/reduce.h"
#include <string.h>

static struct code code_of(const struct reducer *r, uint32_t func)
{
    return reduce_tree(r)->funcs[func].code;
}

static uint32_t final_end(const struct effect *e, struct code c, uint32_t opener)
{
    uint32_t i = opener;
    while (c.at[i].op != OP_end)
        i = e[i].match;
    return i;
}

/* Label as seen from an instruction at depth `depth`, once the block whose inside is at
 * `inside` is gone; false: it names that block. */
static bool lower_label(uint32_t *label, uint32_t depth, uint32_t inside)
{
    uint32_t target = depth - inside; /* the label that would name it */
    if (*label == target)
        return false;
    *label -= *label > target;
    return true;
}

/* Makes the labels in c->at[first, last) fit; c is a copy. */
static bool lower_labels(struct arena *a, struct code *c, const struct effect *e,
                         uint32_t first, uint32_t last, uint32_t inside)
{
    for (uint32_t i = first; i < last; i++) {
        struct insn *at = &c->at[i];
        if (op_infos[at->op].imm == IMM_LABEL &&
            !lower_label(&at->index[0], e[i].depth, inside))
            return false;
        if (op_infos[at->op].imm != IMM_BR_TABLE)
            continue;
        uint32_t *labels = arena_array(a, uint32_t, at->n);
        memcpy(labels, at->list, at->n * sizeof *labels);
        at->list = labels;
        for (uint32_t k = 0; k < at->n; k++)
            if (!lower_label(&labels[k], e[i].depth, inside))
                return false;
    }
    return true;
}

/* block and loop: only the inside stays. */
static bool try_unwrap(struct reducer *r, uint32_t func, uint32_t opener)
{
    const struct effect *e = reduce_effects(r, func);
    struct arena *a = reduce_trial(r);
    struct code c = code_copy(a, code_of(r, func));
    uint32_t end = final_end(e, c, opener);
    if (!lower_labels(a, &c, e, opener + 1, end, e[opener].depth + 1))
        return false;
    c = code_splice(a, c, end, end + 1, NULL, 0);
    return reduce_try_code(r, func, code_splice(a, c, opener, opener + 1, NULL, 0));
}

/* if: becomes a block with one of the arms, the condition dropped. */
static bool try_arm(struct reducer *r, uint32_t func, uint32_t opener, bool second)
{
    const struct effect *e = reduce_effects(r, func);
    struct arena *a = reduce_trial(r);
    struct code c = code_of(r, func);
    uint32_t end = final_end(e, c, opener), other = e[opener].match;
    if (second && other == end)
        return false;
    uint32_t first = second ? other + 1 : opener + 1, last = second ? end : other;
    uint32_t n = last - first;
    struct insn *arm = arena_zarray(a, struct insn, n + 3);
    arm[0].op = OP_drop;
    arm[1] = c.at[opener];
    arm[1].op = OP_block;
    memcpy(arm + 2, c.at + first, n * sizeof *arm);
    arm[n + 2].op = OP_end;
    return reduce_try_code(r, func, code_splice(a, c, opener, end + 1, arm, n + 3));
}

/* br_if never branches; br_table is a br to one of its labels. */
static bool try_branch(struct reducer *r, uint32_t func, uint32_t i)
{
    struct arena *a = reduce_trial(r);
    struct code c = code_of(r, func);
    struct insn instead[2] = { { .op = OP_drop }, { .op = OP_br } };
    if (c.at[i].op == OP_br_if)
        return reduce_try_code(r, func, code_splice(a, c, i, i + 1, instead, 1));
    if (c.at[i].op != OP_br_table)
        return false;
    for (uint32_t k = c.at[i].n; k-- > 0;) {
        a = reduce_trial(r);
        instead[1].index[0] = c.at[i].list[k];
        if (reduce_try_code(r, func, code_splice(a, c, i, i + 1, instead, 2)))
            return true;
    }
    return false;
}

/* br_table loses the label before the default. */
static bool try_fewer_labels(struct reducer *r, uint32_t func, uint32_t i, uint32_t out)
{
    struct arena *a = reduce_trial(r);
    struct code c = code_copy(a, code_of(r, func));
    struct insn *at = &c.at[i];
    if (at->op != OP_br_table || at->n < 2)
        return false;
    uint32_t *labels = arena_array(a, uint32_t, at->n);
    memcpy(labels, at->list, at->n * sizeof *labels);
    memmove(labels + out, labels + out + 1, (at->n - out - 1) * sizeof *labels);
    at->list = labels;
    at->n--;
    return reduce_try_code(r, func, c);
}

static bool try_structure(struct reducer *r, uint32_t func, uint32_t i)
{
    switch (code_of(r, func).at[i].op) {
    case OP_block:
    case OP_loop: return try_unwrap(r, func, i);
    case OP_if: return try_arm(r, func, i, false) || try_arm(r, func, i, true);
    case OP_br_table:
        for (uint32_t k = code_of(r, func).at[i].n - 1; k-- > 0;)
            if (try_fewer_labels(r, func, i, k))
                return true;
        return try_branch(r, func, i);
    default: return try_branch(r, func, i);
    }
}

void reduce_blocks(struct reducer *r)
{
    for (uint32_t f = 0; f < reduce_tree(r)->nfuncs; f++)
        for (uint32_t i = 0; i + 1 < code_of(r, f).len && !reduce_time_is_over(r);)
            if (!try_structure(r, f, i))
                i++;
}
