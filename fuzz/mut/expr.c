/* expr.c - fresh expressions for mutations of modules: rows of ops.def on leaves, found by
 * signature. */
#include "mut/mut.h"
#include <string.h>

static char letter_of(valtype t)
{
    switch (t) {
    case VT_I32: return 'i';
    case VT_I64: return 'l';
    case VT_F32: return 'f';
    case VT_F64: return 'd';
    default: return 0;
    }
}

/* A row without immediates and of number types that `fits` accepts; OP_COUNT if there is none. */
static enum op pick_row(struct mutation *m, bool (*fits)(const char *sig, const void *env),
                        const void *env)
{
    uint32_t start = dna_below(m->rng, OP_COUNT);
    for (uint32_t k = 0; k < OP_COUNT; k++) {
        uint32_t op = (start + k) % OP_COUNT;
        const struct op_info *info = &op_infos[op];
        if (info->sig != NULL && info->imm == IMM_NONE && info->sig[0] != 'v' &&
            fits(info->sig, env))
            return (enum op)op;
    }
    return OP_COUNT;
}

static bool sig_equals(const char *sig, const void *env) { return strcmp(sig, env) == 0; }

static bool sig_gives(const char *sig, const void *env)
{
    return *(strchr(sig, '_') + 1) == *(const char *)env;
}

static bool sig_takes(const char *sig, const void *env)
{
    return sig[0] == *(const char *)env && sig_gives(sig, env);
}

enum op mut_like(struct mutation *m, enum op op)
{
    const struct op_info *info = &op_infos[op];
    if (info->sig == NULL)
        return OP_COUNT;
    if (info->imm == IMM_NONE)
        return info->sig[0] == 'v' ? OP_COUNT : pick_row(m, sig_equals, info->sig);
    uint32_t start = dna_below(m->rng, OP_COUNT);
    for (uint32_t k = 0; k < OP_COUNT; k++) {
        const struct op_info *other = &op_infos[(start + k) % OP_COUNT];
        if (other->imm == info->imm && other->sig != NULL && other->width != 0 &&
            strcmp(other->sig, info->sig) == 0)
            return (enum op)((start + k) % OP_COUNT);
    }
    return OP_COUNT;
}

enum op mut_row_taking(struct mutation *m, valtype t)
{
    char letter = letter_of(t);
    return letter == 0 ? OP_COUNT : pick_row(m, sig_takes, &letter);
}

/* ---- leaves -------------------------------------------------------------------------------- */

static uint64_t interesting_int(struct dna *rng)
{
    static const uint64_t values[] = { 0,      1,      2,       7,         8,
                                       31,     32,     33,      63,        64,
                                       65,     0x7F,   0x80,    0xFF,      0x7FFF,
                                       0x8000, 0xFFFF, 0x10000, 0x7FFFFFFF };
    uint64_t v = values[dna_below(rng, COUNT(values))];
    switch (dna_below(rng, 5)) {
    case 0: return ~v;
    case 1: return 0 - v;
    case 2: return v << 32 | (v & 1);
    case 3: return UINT64_C(1) << dna_below(rng, 64);
    default: return v;
    }
}

struct insn mut_const(struct mutation *m, valtype t)
{
    static const wx_valtype types[] = { WX_I32, WX_I64, WX_F32, WX_F64 };
    uint64_t seed = dna_bits(m->rng, 8);
    if (vt_is_ref(t))
        return insn_zero(t);
    if (!vt_is_float(t) && dna_chance(m->rng, 128))
        return insn_const(t, interesting_int(m->rng));
    uint32_t kind = t == VT_I32 ? 0 : t == VT_I64 ? 1 : t == VT_F32 ? 2 : 3;
    uint64_t bits = case_value(seed, 0, types[kind]).of.f64_bits;
    return insn_const(t, kind % 2 == 0 ? (uint32_t)bits : bits);
}

static bool push_local(struct mutation *m, struct mut_code *out, const struct tree_func *f,
                       valtype t)
{
    uint32_t n = f->type->nparams + f->nlocals;
    uint32_t start = n == 0 ? 0 : (uint32_t)(dna_bits(m->rng, 2) % n);
    for (uint32_t k = 0; k < n; k++) {
        uint32_t i = (start + k) % n;
        if (typing_local(f, i) != t)
            continue;
        mut_push(m, out, (struct insn){ .op = OP_local_get, .index = { i } });
        return true;
    }
    return false;
}

static bool push_global(struct mutation *m, struct mut_code *out, valtype t)
{
    uint32_t n = tree_total(m->t, EXTERN_GLOBAL);
    uint32_t start = n == 0 ? 0 : (uint32_t)(dna_bits(m->rng, 2) % n);
    for (uint32_t k = 0; k < n; k++) {
        uint32_t i = (start + k) % n;
        if (tree_global_type(m->t, i).type != t)
            continue;
        mut_push(m, out, (struct insn){ .op = OP_global_get, .index = { i } });
        return true;
    }
    return false;
}

static void push_leaf(struct mutation *m, struct mut_code *out, const struct tree_func *f,
                      valtype t)
{
    uint32_t how = dna_below(m->rng, 8);
    if (how < 4 && push_local(m, out, f, t))
        return;
    if (how == 4 && push_global(m, out, t))
        return;
    mut_push(m, out, mut_const(m, t));
}

void mut_expr(struct mutation *m, struct mut_code *out, const struct tree_func *f,
              valtype t, uint32_t depth)
{
    char letter = letter_of(t);
    enum op op = depth == 0 || letter == 0 || dna_chance(m->rng, 80)
                     ? OP_COUNT
                     : pick_row(m, sig_gives, &letter);
    if (op == OP_COUNT) {
        push_leaf(m, out, f, t);
        return;
    }
    for (const char *sig = op_infos[op].sig; *sig != '_'; sig++)
        mut_expr(m, out, f, vt_of_letter(*sig), depth - 1);
    mut_push(m, out, (struct insn){ .op = op });
}
