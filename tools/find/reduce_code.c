/* reduce_code.c - passes over the instructions of a function: ranges become drops and constants,
 * expressions become one of their operands or a constant.  See reduce.h. */
#include "tools/find/reduce.h"
#include "base/vec.h"
#include <string.h>

static struct code code_of(const struct reducer *r, uint32_t func)
{
    return reduce_tree(r)->funcs[func].code;
}

/* ---- whole bodies -------------------------------------------------------------------------- */

static struct code trivial_body(struct arena *a, const struct signature *type)
{
    struct code c = { arena_zarray(a, struct insn, type->nresults + 1),
                      type->nresults + 1 };
    for (uint32_t i = 0; i < type->nresults; i++)
        c.at[i] = insn_zero(type->results[i]);
    c.at[type->nresults].op = OP_end;
    return c;
}

static bool try_bodies(struct reducer *r, uint32_t first, uint32_t last)
{
    struct arena *a = reduce_trial(r);
    struct tree *t = tree_copy(a, reduce_tree(r));
    for (uint32_t f = first; f < last; f++)
        t->funcs[f].code = trivial_body(a, t->funcs[f].type);
    return reduce_try(r, t, &r->c);
}

void reduce_bodies(struct reducer *r)
{
    uint32_t n = reduce_tree(r)->nfuncs;
    for (uint32_t size = n; size > 0; size /= 2)
        for (uint32_t f = 0; f < n; f += size)
            try_bodies(r, f, f + size < n ? f + size : n);
}

/* ---- ranges -------------------------------------------------------------------------------- */

/* Does [first, last) open and close the same blocks? */
static bool is_balanced(const struct effect *e, struct code c, uint32_t first,
                        uint32_t last)
{
    uint32_t depth = e[first].depth;
    if (last >= c.len || e[last].depth != depth)
        return false;
    for (uint32_t i = first; i < last; i++) {
        bool closes = c.at[i].op == OP_end || c.at[i].op == OP_else;
        if (e[i].depth < depth + closes)
            return false;
    }
    return true;
}

static uint32_t types_behind(const struct effect *e, uint32_t i, const valtype **types)
{
    *types = i == 0 ? NULL : e[i - 1].stack;
    return i == 0 ? 0 : e[i - 1].height;
}

/* How many operands below the range it leaves alone. */
static uint32_t untouched(const struct effect *e, struct code c, uint32_t first,
                          uint32_t last, uint32_t height)
{
    uint32_t least = height, now = height;
    for (uint32_t i = first; i < last; i++) {
        if (e[i].depth != e[first].depth)
            continue;
        uint32_t pops = e[i].pops;
        if (c.at[i].op == OP_if)
            pops += c.at[i].type->nparams;
        now = now > pops ? now - pops : 0;
        least = now < least ? now : least;
        bool opens = c.at[i].type != NULL && op_infos[c.at[i].op].imm == IMM_BLOCK;
        if (!opens)
            now += e[i].npushes;
        for (uint32_t k = i; opens && k < last; k = e[k].match) /* on to the final end */
            if (c.at[k].op == OP_end) {
                now += e[k].npushes;
                break;
            }
    }
    return least;
}

/* What has the same effect on the stack as the range; false: none is known. */
static bool range_effect(struct arena *a, const struct effect *e, struct code c,
                         uint32_t first, uint32_t last, struct insn **instead, uint32_t *n)
{
    const valtype *before, *behind;
    uint32_t nbefore = types_behind(e, first, &before);
    uint32_t nbehind = types_behind(e, last, &behind);
    *n = 0;
    *instead = arena_zarray(a, struct insn, nbefore + nbehind + 1);
    if (e[first].dead)
        return true;
    if (e[last].dead) {
        (*instead)[(*n)++].op = OP_unreachable;
        return true;
    }
    uint32_t base = untouched(e, c, first, last, nbefore);
    if (base > nbehind)
        return false;
    for (uint32_t k = base; k < nbefore; k++)
        (*instead)[(*n)++].op = OP_drop;
    for (uint32_t k = base; k < nbehind; k++)
        (*instead)[(*n)++] = insn_zero(behind[k]);
    return true;
}

static bool try_range(struct reducer *r, uint32_t func, uint32_t first, uint32_t last)
{
    struct insn *instead;
    uint32_t n;
    struct code c = code_of(r, func);
    const struct effect *e = reduce_effects(r, func);
    struct arena *a = reduce_trial(r);
    if (!is_balanced(e, c, first, last) ||
        !range_effect(a, e, c, first, last, &instead, &n))
        return false;
    return reduce_try_code(r, func, code_splice(a, c, first, last, instead, n));
}

/* Long ranges first, from the end, where what is left over gathers. */
static void ranges_of(struct reducer *r, uint32_t func)
{
    for (uint32_t size = code_of(r, func).len / 2; size > 0; size /= 2)
        for (uint32_t i = code_of(r, func).len; i-- > 0 && !reduce_time_is_over(r);)
            if (i + size < code_of(r, func).len)
                try_range(r, func, i, i + size);
}

void reduce_ranges(struct reducer *r)
{
    for (uint32_t f = 0; f < reduce_tree(r)->nfuncs; f++)
        ranges_of(r, f);
}

/* ---- expressions --------------------------------------------------------------------------- */

static bool try_span(struct reducer *r, uint32_t func, uint32_t first, uint32_t last,
                     const struct insn *instead, uint32_t n)
{
    return reduce_try_code(
        r, func, code_splice(&r->trial, code_of(r, func), first, last, instead, n));
}

/* The expression that ends at i becomes its operand number k. */
static bool try_operand(struct reducer *r, uint32_t func, uint32_t i, uint32_t k)
{
    struct code c = code_of(r, func);
    const struct effect *e = &reduce_effects(r, func)[i];
    uint32_t from = e->popped_start[k], to = k + 1 < e->pops ? e->popped_start[k + 1] : i;
    reduce_trial(r);
    return e->popped[k] == e->pushes[0] &&
           try_span(r, func, e->start, i + 1, c.at + from, to - from);
}

/* A local of the type: unlike a constant it is a value in a register. */
static bool try_local(struct reducer *r, uint32_t func, uint32_t i)
{
    enum { MOST_LOCALS = 16 };
    const struct tree_func *f = &reduce_tree(r)->funcs[func];
    const struct effect *e = &reduce_effects(r, func)[i];
    for (uint32_t k = 0; k < f->type->nparams + f->nlocals && k < MOST_LOCALS; k++) {
        struct insn get = { .op = OP_local_get, .index = { k } };
        reduce_trial(r);
        if (typing_local(f, k) == e->pushes[0] &&
            try_span(r, func, e->start, i + 1, &get, 1))
            return true;
    }
    return false;
}

static bool try_constant(struct reducer *r, uint32_t func, uint32_t i)
{
    enum { MOST_VALUES = 8 };
    const struct effect *e = &reduce_effects(r, func)[i];
    uint64_t bits[MOST_VALUES];
    struct insn zero = insn_zero(e->pushes[0]);
    reduce_trial(r);
    if (try_span(r, func, e->start, i + 1, &zero, 1))
        return true;
    uint32_t n = vt_is_ref(e->pushes[0]) ? 0 : reduce_values(r, func, i, bits, MOST_VALUES);
    for (uint32_t k = 0; k < n; k++) {
        struct insn value = insn_const(e->pushes[0], bits[k]);
        reduce_trial(r);
        if (bits[k] != 0 && try_span(r, func, e->start, i + 1, &value, 1))
            return true;
    }
    return try_local(r, func, i);
}

/* A statement or expression with all its operands goes; nothing is left of it. */
static bool try_statement(struct reducer *r, uint32_t func, uint32_t i)
{
    const struct effect *e = &reduce_effects(r, func)[i];
    struct code c = code_of(r, func);
    uint32_t last = i;
    if (c.at[i].op == OP_block || c.at[i].op == OP_loop || c.at[i].op == OP_if)
        while (c.at[last].op != OP_end)
            last = reduce_effects(r, func)[last].match;
    return try_range(r, func, e->start, last + 1);
}

static bool try_expression(struct reducer *r, uint32_t func, uint32_t i)
{
    const struct effect *e = &reduce_effects(r, func)[i];
    if (i + 1 >= code_of(r, func).len || e->dead)
        return false;
    if (try_statement(r, func, i))
        return true;
    e = &reduce_effects(r, func)[i];
    bool value = e->npushes == 1 && code_of(r, func).at[i].op != OP_end;
    for (uint32_t k = 0; value && k < e->pops; k++)
        if (try_operand(r, func, i, k))
            return true;
    return value && try_constant(r, func, i);
}

void reduce_expressions(struct reducer *r)
{
    for (uint32_t f = 0; f < reduce_tree(r)->nfuncs; f++)
        for (uint32_t i = code_of(r, f).len; i-- > 0 && !reduce_time_is_over(r);)
            while (i < code_of(r, f).len && try_expression(r, f, i))
                continue;
}

/* ---- what is dropped ----------------------------------------------------------------------- */

/* A drop goes together with the constant or local.get far before it. */
static bool try_dropped(struct reducer *r, uint32_t func, uint32_t drop)
{
    const struct effect *e = reduce_effects(r, func);
    struct code c = code_of(r, func);
    if (c.at[drop].op != OP_drop || e[drop].dead)
        return false;
    uint32_t leaf = e[drop].popped_by[0];
    if (e[leaf].pops != 0 || e[leaf].npushes != 1 || c.at[leaf].op == OP_end)
        return false;
    struct arena *a = reduce_trial(r);
    c = code_splice(a, c, drop, drop + 1, NULL, 0);
    return reduce_try_code(r, func, code_splice(a, c, leaf, leaf + 1, NULL, 0));
}

void reduce_dropped(struct reducer *r)
{
    for (uint32_t f = 0; f < reduce_tree(r)->nfuncs; f++)
        for (uint32_t i = 0; i < code_of(r, f).len;)
            i += !try_dropped(r, f, i);
}

/* ---- pairs --------------------------------------------------------------------------------- */

struct unit {
    uint32_t first, last;
};

/* Instructions, and what they end with all their operands. */
static uint32_t list_units(struct reducer *r, uint32_t func, struct unit *units)
{
    struct code c = code_of(r, func);
    const struct effect *e = reduce_effects(r, func);
    uint32_t n = 0;
    for (uint32_t i = 0; i + 1 < c.len; i++) {
        if (e[i].dead || op_infos[c.at[i].op].imm == IMM_BLOCK)
            continue;
        if (c.at[i].op != OP_else && c.at[i].op != OP_end)
            units[n++] = (struct unit){ i, i + 1 };
        if (e[i].start < i)
            units[n++] = (struct unit){ e[i].start, i + 1 };
    }
    return n;
}

/* Both at once: what one needs of the other is gone. */
static bool try_pair(struct reducer *r, uint32_t func, struct unit a, struct unit b)
{
    struct insn *first, *second;
    uint32_t nfirst, nsecond;
    struct code c = code_of(r, func);
    const struct effect *e = reduce_effects(r, func);
    struct arena *arena = reduce_trial(r);
    if (a.last > b.first || !is_balanced(e, c, a.first, a.last) ||
        !is_balanced(e, c, b.first, b.last) ||
        !range_effect(arena, e, c, a.first, a.last, &first, &nfirst) ||
        !range_effect(arena, e, c, b.first, b.last, &second, &nsecond))
        return false;
    c = code_splice(arena, c, b.first, b.last, second, nsecond);
    return reduce_try_code(r, func, code_splice(arena, c, a.first, a.last, first, nfirst));
}

static void pairs_of(struct reducer *r, uint32_t func)
{
    enum { MOST = 400 };
    struct unit units[MOST];
    if (code_of(r, func).len > MOST / 2)
        return;
    uint32_t n = list_units(r, func, units);
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t k = i + 1; k < n && !reduce_time_is_over(r); k++)
            if (try_pair(r, func, units[i], units[k]))
                n = list_units(r, func, units);
}

void reduce_pairs(struct reducer *r)
{
    for (uint32_t f = 0; f < reduce_tree(r)->nfuncs; f++)
        pairs_of(r, f);
}

/* ---- constants ----------------------------------------------------------------------------- */

static bool try_bits(struct reducer *r, uint32_t func, uint32_t i, uint64_t bits)
{
    struct arena *a = reduce_trial(r);
    struct code c = code_copy(a, code_of(r, func));
    if (c.at[i].bits == bits)
        return false;
    c.at[i].bits = bits;
    return reduce_try_code(r, func, c);
}

/* 0, 1, or, of a large integer, its lowest bits: a count of a shift within the width. */
static void try_smaller(struct reducer *r, uint32_t func, uint32_t i, bool integer)
{
    enum { LOWEST = 63 };
    uint64_t bits = code_of(r, func).at[i].bits;
    if (try_bits(r, func, i, 0) || try_bits(r, func, i, 1))
        return;
    if (integer && bits > LOWEST)
        try_bits(r, func, i, bits & LOWEST);
}

void reduce_constants(struct reducer *r)
{
    for (uint32_t f = 0; f < reduce_tree(r)->nfuncs; f++)
        for (uint32_t i = 0; i < code_of(r, f).len; i++) {
            const struct insn *at = &code_of(r, f).at[i];
            bool memory = op_infos[at->op].imm == IMM_MEMARG;
            if ((insn_is_const(at) && at->op != OP_ref_null) || memory)
                try_smaller(r, f, i, at->op == OP_i32_const || at->op == OP_i64_const);
        }
}
