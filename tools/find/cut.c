/* cut.c - functions cut short, for bisection.  See bisect.h. */
#include "base/vec.h"
#include "tools/find/bisect.h"
#include <stdio.h>
#include <string.h>

struct cutter {
    struct arena *a;
    struct tree *t;
    VEC(struct insn) out;
    uint32_t global; /* the next one */
    const struct cut *cut;
};

static void add(struct cutter *k, struct insn i) { vec_push(k->a, &k->out, i); }

static void add_op(struct cutter *k, enum op op, uint32_t index)
{
    add(k, (struct insn){ .op = op, .index = { index } });
}

/* Of an i32 the 64 bits show also what it has above its 32, unless it is to be stored as it is. */
static valtype stored_type(const struct cutter *k, valtype t)
{
    return t == VT_I32 && !k->cut->plain ? VT_I64 : t;
}

/* The value on top goes to the next global. */
static void add_store(struct cutter *k, valtype t)
{
    if (stored_type(k, t) != t)
        add_op(k, OP_i64_extend_i32_u, 0);
    add_op(k, OP_global_set, k->global);
}

static uint32_t operands_before(struct reducer *r, uint32_t func, uint32_t at,
                                const valtype **types)
{
    const struct effect *e = reduce_effects(r, func);
    *types = at == 0 ? NULL : e[at - 1].stack;
    return at == 0 ? 0 : e[at - 1].height;
}

static uint32_t locals_of(const struct tree_func *f)
{
    return f->type->nparams + f->nlocals;
}

static uint32_t stored_locals(const struct cut *cut, const struct tree_func *f)
{
    return cut->locals ? locals_of(f) : 0;
}

/* Stores operands and locals, says so in the global behind them, and traps. */
static void add_dump(struct cutter *k, const struct tree_func *f, const valtype *types,
                     uint32_t n)
{
    uint32_t first = k->global, nlocals = stored_locals(k->cut, f);
    for (uint32_t i = n; i-- > 0;) {
        k->global = first + nlocals + i;
        add_store(k, types[i]);
    }
    for (uint32_t i = 0; i < nlocals; i++) {
        k->global = first + i;
        add_op(k, OP_local_get, i);
        add_store(k, typing_local(f, i));
    }
    add(k, insn_const(VT_I64, CUT_REACHED));
    add_op(k, OP_global_set, first + nlocals + n);
    add_op(k, OP_unreachable, 0);
}

/* global == value */
static void add_equal(struct cutter *k, uint32_t global, uint64_t value)
{
    add_op(k, OP_global_get, global);
    add(k, insn_const(VT_I64, value));
    add_op(k, OP_i64_eq, 0);
}

/* if (++counter == execution) { dump }; the operands pass through.  Who comes here behind the dump,
 * since the host took the trap, traps at once. */
static void add_counted(struct cutter *k, const struct tree_func *f, const valtype *types,
                        uint32_t n, uint32_t counter)
{
    static const struct signature nothing = { 0 };
    add_equal(k, counter, CUT_REACHED);
    add(k, (struct insn){ .op = OP_if, .type = &nothing });
    add_op(k, OP_unreachable, 0);
    add_op(k, OP_end, 0);
    add_op(k, OP_global_get, counter);
    add(k, insn_const(VT_I64, 1));
    add_op(k, OP_i64_add, 0);
    add_op(k, OP_global_set, counter);
    add_equal(k, counter, k->cut->execution);
    add(k, (struct insn){ .op = OP_if, .type = signature_new(k->a, types, n, types, n) });
    add_dump(k, f, types, n);
    add_op(k, OP_end, 0);
}

static void add_global(struct cutter *k, valtype t)
{
    struct insn *init = arena_zarray(k->a, struct insn, 2);
    init[0] = insn_zero(t);
    init[1].op = OP_end;
    k->t->globals[k->t->nglobals++] = (struct tree_global){ { t, true }, { init, 2 } };
}

/* One for each local and operand, and the counter. */
static void add_globals(struct cutter *k, const struct tree_func *f, uint32_t nlocals,
                        const valtype *types, uint32_t n)
{
    struct tree *t = k->t;
    struct tree_global *all =
        arena_array(k->a, struct tree_global, t->nglobals + nlocals + n + 1);
    if (t->nglobals > 0)
        memcpy(all, t->globals, t->nglobals * sizeof *all);
    t->globals = all;
    for (uint32_t i = 0; i < nlocals; i++)
        add_global(k, stored_type(k, typing_local(f, i)));
    for (uint32_t i = 0; i < n; i++)
        add_global(k, stored_type(k, types[i]));
    add_global(k, VT_I64);
}

struct tree *cut_before(struct reducer *r, uint32_t func, const struct cut *cut,
                        uint32_t *first_global)
{
    const valtype *types;
    uint32_t n = operands_before(r, func, cut->at, &types);
    struct arena *a = reduce_trial(r);
    struct cutter k = { .a = a, .t = tree_copy(a, reduce_tree(r)), .cut = cut };
    struct tree_func *f = &k.t->funcs[func];
    uint32_t nlocals = stored_locals(cut, f);
    *first_global = k.global = tree_total(k.t, EXTERN_GLOBAL);
    add_globals(&k, f, nlocals, types, n);
    if (cut->execution > 0)
        add_counted(&k, f, types, n, *first_global + nlocals + n);
    else
        add_dump(&k, f, types, n);
    f->code = code_splice(a, f->code, cut->at, cut->at, k.out.at, k.out.len);
    return k.t;
}

void cut_name(struct reducer *r, uint32_t func, const struct cut *cut, uint32_t k,
              char out[32])
{
    const valtype *types;
    uint32_t n = operands_before(r, func, cut->at, &types);
    uint32_t nlocals = stored_locals(cut, &reduce_tree(r)->funcs[func]);
    out[0] = 0;
    if (k < nlocals)
        snprintf(out, 32, "local %u", k);
    else if (k < nlocals + n)
        snprintf(out, 32, "operand %u", nlocals + n - 1 - k);
}
