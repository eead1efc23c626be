/* value.c - rewrites of values, operands and addresses.  See rewrites.def. */
#include "meta/rewrite.h"

/* ---- values -------------------------------------------------------------------------------- */

enum { STEPS = 4 };

/* A step of an identity: an operation, with a constant operand before it where it has two. */
struct identity {
    valtype type;
    struct {
        enum op op;
        bool has_const;
        bool drawn; /* the constant is drawn, the same in all steps; else it is k */
        int64_t k;
    } steps[STEPS];
};

#define PLAIN(o)           \
    {                      \
        o, false, false, 0 \
    }
#define WITH(o, num)        \
    {                       \
        o, true, false, num \
    }
#define DRAWN(o)         \
    {                    \
        o, true, true, 0 \
    }

/* clang-format off */
#define INTEGER(type, t) \
    { t, { WITH(OP_##type##_add, 0) } }, \
    { t, { WITH(OP_##type##_or, 0) } }, \
    { t, { WITH(OP_##type##_and, -1) } }, \
    { t, { WITH(OP_##type##_mul, 1) } }, \
    { t, { WITH(OP_##type##_mul, -1), WITH(OP_##type##_mul, -1) } }, \
    { t, { WITH(OP_##type##_div_u, 1) } }, \
    { t, { WITH(OP_##type##_div_s, 1) } }, \
    { t, { WITH(OP_##type##_shl, 0) } }, \
    { t, { WITH(OP_##type##_shr_s, 64) } }, \
    { t, { WITH(OP_##type##_shr_u, 0) } }, \
    { t, { DRAWN(OP_##type##_xor), DRAWN(OP_##type##_xor) } }, \
    { t, { DRAWN(OP_##type##_add), DRAWN(OP_##type##_sub) } }, \
    { t, { DRAWN(OP_##type##_rotl), DRAWN(OP_##type##_rotr) } }

static const struct identity identities[] = {
    INTEGER(i32, VT_I32),
    INTEGER(i64, VT_I64),
    { VT_I32, { PLAIN(OP_i64_extend_i32_u), PLAIN(OP_i32_wrap_i64) } },
    { VT_I32, { PLAIN(OP_i64_extend_i32_s), PLAIN(OP_i32_wrap_i64) } },
    { VT_I32, { PLAIN(OP_f32_reinterpret_i32), PLAIN(OP_i32_reinterpret_f32) } },
    { VT_I32, { PLAIN(OP_f64_convert_i32_s), PLAIN(OP_i32_trunc_sat_f64_s) } },
    { VT_I32, { PLAIN(OP_f64_convert_i32_u), PLAIN(OP_i32_trunc_f64_u) } },
    { VT_I64, { PLAIN(OP_f64_reinterpret_i64), PLAIN(OP_i64_reinterpret_f64) } },
    { VT_F32, { PLAIN(OP_f32_neg), PLAIN(OP_f32_neg) } },
    { VT_F32, { PLAIN(OP_i32_reinterpret_f32), PLAIN(OP_f32_reinterpret_i32) } },
    { VT_F32, { PLAIN(OP_i32_reinterpret_f32), DRAWN(OP_i32_xor), DRAWN(OP_i32_xor),
                PLAIN(OP_f32_reinterpret_i32) } },
    { VT_F64, { PLAIN(OP_f64_neg), PLAIN(OP_f64_neg) } },
    { VT_F64, { PLAIN(OP_i64_reinterpret_f64), PLAIN(OP_f64_reinterpret_i64) } },
    { VT_F64, { PLAIN(OP_i64_reinterpret_f64), DRAWN(OP_i64_add), DRAWN(OP_i64_sub),
                PLAIN(OP_f64_reinterpret_i64) } },
};
/* clang-format on */

static valtype operand_type(enum op op)
{
    return op_infos[op].sig[0] == 'l' ? VT_I64 : VT_I32;
}

bool rewrite_identity(struct rewriter *w)
{
    valtype t;
    struct edit e = { .n = 0 };
    const uint32_t count = sizeof identities / sizeof *identities;
    if (!edit_pushes(w, &t) || vt_is_ref(t) || t == VT_V128)
        return false;
    uint32_t n = dna_below(&w->d, count);
    while (identities[n].type != t)
        n = (n + 1) % count;
    uint64_t drawn = dna_bits(&w->d, 8);
    for (int k = 0; k < STEPS && identities[n].steps[k].op != 0; k++) {
        enum op op = identities[n].steps[k].op;
        uint64_t constant =
            identities[n].steps[k].drawn ? drawn : (uint64_t)identities[n].steps[k].k;
        if (identities[n].steps[k].has_const)
            edit_const(&e, operand_type(op), constant);
        edit_op(&e, op);
    }
    edit_insert(w, w->at + 1, &e);
    return true;
}

bool rewrite_spill(struct rewriter *w)
{
    valtype t;
    struct edit e = { .n = 0 };
    if (!edit_pushes(w, &t))
        return false;
    uint32_t local = edit_local(w, t);
    if (local == UINT32_MAX)
        return false;
    if (dna_chance(&w->d, 64)) {
        edit_index(&e, OP_local_tee, local);
    } else {
        edit_index(&e, OP_local_set, local);
        edit_index(&e, OP_local_get, local);
    }
    edit_insert(w, w->at + 1, &e);
    return true;
}

/* (func (param t) (result t) local.get 0) */
bool rewrite_call_same(struct rewriter *w)
{
    valtype t;
    struct edit e = { .n = 0 }, body = { .n = 0 };
    if (!edit_pushes(w, &t))
        return false;
    edit_index(&body, OP_local_get, 0);
    edit_op(&body, OP_end);
    struct code code = { body.at, body.n };
    edit_index(&e, OP_call,
               edit_func(w, signature_new(w->a, &t, 1, &t, 1), code_copy(w->a, code)));
    edit_insert(w, w->at + 1, &e);
    return true;
}

bool rewrite_const_global(struct rewriter *w)
{
    const struct insn *i = edit_insn(w);
    valtype t;
    if (!edit_pushes(w, &t) || vt_is_ref(t) || !insn_is_const(i))
        return false;
    struct tree *tree = w->t;
    struct insn init[2] = { *i, { .op = OP_end } };
    struct code code = { init, 2 };
    tree->globals = edit_grow(w->a, tree->globals, tree->nglobals, sizeof *tree->globals);
    tree->globals[tree->nglobals++] =
        (struct tree_global){ { t, false }, code_copy(w->a, code) };
    struct edit e = { .n = 0 };
    edit_index(&e, OP_global_get, tree_total(tree, EXTERN_GLOBAL) - 1);
    edit_splice(w, w->at, 1, e.at, e.n);
    return true;
}

/* ---- operands ------------------------------------------------------------------------------ */

/* The operation that says the same of swapped operands. */
static const struct {
    enum op op, swapped;
} swaps[] = {
#define SAME(o)        \
    {                  \
        OP_##o, OP_##o \
    }
#define PAIR(a, b) \
    { OP_##a, OP_##b }, { OP_##b, OP_##a }
#define ORDERS(t, s) PAIR(t##_lt##s, t##_gt##s), PAIR(t##_le##s, t##_ge##s)
#define INTEGERS(t)                                                           \
    SAME(t##_add), SAME(t##_mul), SAME(t##_and), SAME(t##_or), SAME(t##_xor), \
        SAME(t##_eq), SAME(t##_ne), ORDERS(t, _s), ORDERS(t, _u)
#define FLOATS(t) SAME(t##_eq), SAME(t##_ne), ORDERS(t, )
    INTEGERS(i32),
    INTEGERS(i64),
    FLOATS(f32),
    FLOATS(f64),
};

static bool swapped_op(enum op op, enum op *out)
{
    for (size_t k = 0; k < sizeof swaps / sizeof *swaps; k++)
        if (swaps[k].op == op) {
            *out = swaps[k].swapped;
            return true;
        }
    return false;
}

/* A B op becomes A (local.set x) B (local.get x) op': the order of evaluation stays. */
bool rewrite_commute(struct rewriter *w)
{
    const struct effect *e = edit_effect(w);
    struct edit set = { .n = 0 }, get = { .n = 0 };
    enum op op;
    if (e->dead || !swapped_op(edit_insn(w)->op, &op))
        return false;
    uint32_t second = e->popped_start[1];
    if (second <= e->popped_start[0] || !edit_balanced(w, second, w->at))
        return false;
    uint32_t local = edit_local(w, e->popped[0]);
    if (local == UINT32_MAX)
        return false;
    edit_index(&set, OP_local_set, local);
    edit_index(&get, OP_local_get, local);
    edit_op(&get, op);
    edit_splice(w, w->at, 1, get.at, get.n);
    edit_insert(w, second, &set);
    return true;
}

/* ---- addresses ----------------------------------------------------------------------------- */

/* The instruction that pushes the address of an access; false: there is not just one. */
static bool address_of(const struct rewriter *w, uint32_t *at)
{
    const struct effect *e = edit_effect(w);
    if (e->dead || op_infos[edit_insn(w)->op].imm != IMM_MEMARG)
        return false;
    *at = (e->pops > 1 ? e->popped_start[1] : w->at) - 1;
    return e->popped_start[0] <= *at && *at < w->at && e->popped[0] == VT_I32 &&
           !w->types[*at].dead && w->types[*at].npushes == 1;
}

/* a + o does not change, and does not wrap: a moves into o, or some of it. */
bool rewrite_fold_offset(struct rewriter *w)
{
    uint32_t at;
    if (!address_of(w, &at) || w->func->code.at[at].op != OP_i32_const ||
        edit_effect(w)->popped_start[0] != at)
        return false;
    uint64_t address = (uint32_t)w->func->code.at[at].bits, offset = edit_insn(w)->bits;
    uint64_t sum = address + offset;
    uint64_t low = sum > UINT32_MAX ? sum - UINT32_MAX : 0;
    uint64_t high = sum < UINT32_MAX ? sum : UINT32_MAX;
    uint64_t choices[] = { low, high, sum / 2,
                           low + dna_bits(&w->d, 4) % (high - low + 1) };
    uint64_t chosen = choices[dna_below(&w->d, 4)];
    if (chosen < low || chosen > high || chosen == address)
        return false;
    w->func->code.at[at] = insn_const(VT_I32, (uint64_t)(int64_t)(int32_t)(uint32_t)chosen);
    w->func->code.at[w->at].bits = sum - chosen;
    return true;
}

/* (x & m), offset o becomes (x & m) + k, offset o - k, where m + k does not wrap. */
bool rewrite_mask_offset(struct rewriter *w)
{
    uint32_t at;
    struct edit e = { .n = 0 };
    if (!address_of(w, &at) || at == 0 || w->func->code.at[at].op != OP_i32_and ||
        w->func->code.at[at - 1].op != OP_i32_const ||
        w->types[at].popped_start[1] != at - 1)
        return false;
    uint64_t mask = (uint32_t)w->func->code.at[at - 1].bits, offset = edit_insn(w)->bits;
    uint64_t most = UINT32_MAX - mask < offset ? UINT32_MAX - mask : offset;
    if (most == 0)
        return false;
    uint64_t k = dna_chance(&w->d, 128) ? most : 1 + dna_bits(&w->d, 4) % most;
    w->func->code.at[w->at].bits = offset - k;
    edit_const(&e, VT_I32, k);
    edit_op(&e, OP_i32_add);
    edit_insert(w, at + 1, &e);
    return true;
}
