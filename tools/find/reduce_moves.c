/* reduce_moves.c - passes that bring a value to where it is used: what is assigned to a local takes
 * the place of a local.get, and loops run once.  See reduce.h. */
#include "tools/find/reduce.h"

/* Longer bodies have too many pairs. */
enum { MOST_CODE = 120 };

static struct code code_of(const struct reducer *r, uint32_t func)
{
    return reduce_tree(r)->funcs[func].code;
}

/* The expression behind the local.set goes to the local.get; the local.set goes. */
static bool try_move(struct reducer *r, uint32_t func, uint32_t get, uint32_t set)
{
    const struct effect *e = reduce_effects(r, func);
    struct code c = code_of(r, func);
    uint32_t first = e[set].popped_start[0];
    if (get >= first && get <= set)
        return false;
    struct arena *a = reduce_trial(r);
    struct insn *value = c.at + first;
    struct code out = c;
    if (get > set) { /* from behind, so that places stay */
        out = code_splice(a, out, get, get + 1, value, set - first);
        out = code_splice(a, out, first, set + 1, NULL, 0);
    } else {
        out = code_splice(a, out, first, set + 1, NULL, 0);
        out = code_splice(a, out, get, get + 1, value, set - first);
    }
    return reduce_try_code(r, func, out);
}

static bool try_moves_to(struct reducer *r, uint32_t func, uint32_t get)
{
    struct code c = code_of(r, func);
    const struct effect *e = reduce_effects(r, func);
    for (uint32_t set = 0; set < c.len; set++)
        if (c.at[set].op == OP_local_set && !e[set].dead &&
            c.at[set].index[0] == c.at[get].index[0] && try_move(r, func, get, set))
            return true;
    return false;
}

void reduce_moves(struct reducer *r)
{
    for (uint32_t f = 0; f < reduce_tree(r)->nfuncs; f++)
        for (uint32_t i = 0; i < code_of(r, f).len && !reduce_time_is_over(r);) {
            bool get = code_of(r, f).at[i].op == OP_local_get;
            i += !(get && code_of(r, f).len <= MOST_CODE && try_moves_to(r, f, i));
        }
}

/* A branch back leaves the block; a constant before it is another one. */
static bool try_once(struct reducer *r, uint32_t func, uint32_t loop, uint32_t constant,
                     uint64_t bits)
{
    struct arena *a = reduce_trial(r);
    struct code c = code_copy(a, code_of(r, func));
    c.at[loop].op = OP_block;
    if (constant < loop)
        c.at[constant].bits = bits;
    return reduce_try_code(r, func, c);
}

/* What goes wrong in a later round may do so in the first one that counts from elsewhere. */
static bool try_other_start(struct reducer *r, uint32_t func, uint32_t loop)
{
    enum { MOST = 32 };
    for (uint32_t i = 0; i < loop; i++) {
        const struct insn *at = &code_of(r, func).at[i];
        uint64_t most = at->op == OP_i32_const && at->bits <= MOST ? MOST : 0;
        for (uint64_t bits = 0; bits < most && !reduce_time_is_over(r); bits++)
            if (try_once(r, func, loop, i, bits))
                return true;
    }
    return false;
}

void reduce_loops(struct reducer *r)
{
    for (uint32_t f = 0; f < reduce_tree(r)->nfuncs; f++)
        for (uint32_t i = 0; i < code_of(r, f).len && !reduce_time_is_over(r); i++)
            if (code_of(r, f).at[i].op == OP_loop)
                (void)(try_once(r, f, i, UINT32_MAX, 0) || try_other_start(r, f, i));
}
