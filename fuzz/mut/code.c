/* code.c - mutations of function bodies, by the types of operands (tools/find/typing.h).
 *
 * Each picks a place at random, tries a few others when that does not suit, and says whether
 * it changed anything.  Validation has the last word (wasm_face.c). */
#include "mut/mut.h"
#include <string.h>

enum { TRIES = 24, FRESH_DEPTH = 3 };

static bool pick_func(struct mutation *m, struct mut_site *s)
{
    if (m->t->nfuncs == 0)
        return false;
    s->func = mut_below(m, m->t->nfuncs);
    s->f = &m->t->funcs[s->func];
    s->e = typing_of(m->a, m->t, s->func);
    return s->f->code.len > 1;
}

bool mut_pick(struct mutation *m, struct mut_site *s, mut_suits *suits)
{
    if (!pick_func(m, s))
        return false;
    for (uint32_t k = 0; k < TRIES; k++) {
        s->at = mut_below(m, s->f->code.len - 1);
        if (!s->e[s->at].dead && (suits == NULL || suits(s)))
            return true;
    }
    return false;
}

static enum op op_at(const struct mut_site *s) { return s->f->code.at[s->at].op; }

void mut_put(struct mutation *m, struct mut_site *s, uint32_t first, uint32_t last,
             const struct mut_code *with)
{
    struct code old = s->f->code;
    struct mut_code now = { 0 };
    uint32_t n = with == NULL ? 0 : with->len;
    vec_room(m->a, &now, old.len + n);
    for (uint32_t i = 0; i < first; i++)
        now.at[now.len++] = old.at[i];
    for (uint32_t i = 0; i < n; i++)
        now.at[now.len++] = with->at[i];
    for (uint32_t i = last; i < old.len; i++)
        now.at[now.len++] = old.at[i];
    s->f->code = (struct code){ now.at, now.len };
}

static void append(struct mutation *m, struct mut_code *out, const struct mut_site *s,
                   uint32_t first, uint32_t last)
{
    for (uint32_t i = first; i < last; i++)
        mut_push(m, out, s->f->code.at[i]);
}

/* ---- what suits ---------------------------------------------------------------------------- */

bool mut_makes_value(const struct mut_site *s)
{
    enum op op = op_at(s);
    return s->e[s->at].npushes == 1 && op != OP_block && op != OP_loop && op != OP_if &&
           op != OP_else && op != OP_br_if;
}

/* The end of a statement: takes all its operands, leaves nothing. */
static bool is_statement(const struct mut_site *s)
{
    switch (op_at(s)) {
    case OP_local_set:
    case OP_global_set:
    case OP_drop:
    case OP_nop:
    case OP_table_set:
    case OP_memory_fill:
    case OP_memory_copy: return true;
    case OP_end: return s->e[s->at].npushes == 0 && s->e[s->at].start < s->at;
    default: return op_infos[op_at(s)].width != 0 && s->e[s->at].npushes == 0;
    }
}

static bool has_two_operands(const struct mut_site *s)
{
    const struct effect *e = &s->e[s->at];
    return e->pops == 2 && e->popped[0] == e->popped[1] && op_infos[op_at(s)].sig != NULL;
}

static bool has_row(const struct mut_site *s) { return op_infos[op_at(s)].sig != NULL; }

static bool has_immediate(const struct mut_site *s)
{
    return op_infos[op_at(s)].imm != IMM_NONE && op_infos[op_at(s)].imm != IMM_BLOCK;
}

static valtype value_type(const struct mut_site *s) { return s->e[s->at].pushes[0]; }

/* ---- expressions --------------------------------------------------------------------------- */

bool wasm_replace(struct mutation *m)
{
    struct mut_site s;
    struct mut_code out = { 0 };
    if (!mut_pick(m, &s, mut_makes_value))
        return false;
    mut_expr(m, &out, s.f, value_type(&s), FRESH_DEPTH);
    mut_put(m, &s, s.e[s.at].start, s.at + 1, &out);
    return true;
}

bool wasm_operands(struct mutation *m)
{
    struct mut_site s;
    struct mut_code out = { 0 };
    if (!mut_pick(m, &s, has_two_operands))
        return false;
    const struct effect *e = &s.e[s.at];
    append(m, &out, &s, e->popped_start[1], s.at);
    append(m, &out, &s, e->popped_start[0], e->popped_start[1]);
    mut_put(m, &s, e->popped_start[0], s.at, &out);
    return true;
}

bool wasm_operation(struct mutation *m)
{
    struct mut_site s;
    if (!mut_pick(m, &s, has_row))
        return false;
    enum op op = mut_like(m, op_at(&s));
    if (op == OP_COUNT || op == op_at(&s))
        return false;
    struct insn *i = &s.f->code.at[s.at];
    i->op = op;
    uint32_t natural =
        op_infos[op].width == 0 ? 0 : (uint32_t)__builtin_ctz(op_infos[op].width);
    if (op_infos[op].imm == IMM_MEMARG && i->index[0] > natural)
        i->index[0] = natural;
    return true;
}

/* x becomes op(x, fresh ...). */
bool wasm_operate(struct mutation *m)
{
    struct mut_site s;
    struct mut_code out = { 0 };
    if (!mut_pick(m, &s, mut_makes_value))
        return false;
    valtype t = value_type(&s);
    enum op op = mut_row_taking(m, t);
    if (op == OP_COUNT)
        return false;
    for (const char *sig = op_infos[op].sig + 1; *sig != '_'; sig++)
        mut_expr(m, &out, s.f, t, 1);
    mut_push(m, &out, (struct insn){ .op = op });
    mut_put(m, &s, s.at + 1, s.at + 1, &out);
    return true;
}

/* Branches out of what becomes one block deeper go one label further. */
static void deepen(struct mutation *m, struct insn *i, uint32_t depth)
{
    if (i->op == OP_br || i->op == OP_br_if)
        i->index[0] += i->index[0] >= depth;
    if (i->op != OP_br_table)
        return;
    uint32_t *labels = arena_array(m->a, uint32_t, i->n);
    for (uint32_t k = 0; k < i->n; k++)
        labels[k] = i->list[k] + (i->list[k] >= depth);
    i->list = labels;
}

bool wasm_wrap(struct mutation *m)
{
    static const enum op ops[] = { OP_block, OP_loop, OP_if };
    struct mut_site s;
    struct mut_code out = { 0 };
    if (!mut_pick(m, &s, mut_makes_value))
        return false;
    valtype t = value_type(&s);
    uint32_t first = s.e[s.at].start, depth = s.e[first].depth;
    enum op op = ops[dna_below(m->rng, COUNT(ops))];
    if (op == OP_if)
        mut_expr(m, &out, s.f, VT_I32, 1);
    mut_push(m, &out,
             (struct insn){ .op = op, .type = signature_new(m->a, NULL, 0, &t, 1) });
    for (uint32_t i = first; i <= s.at; i++) {
        struct insn inner = s.f->code.at[i];
        deepen(m, &inner, s.e[i].depth - depth);
        mut_push(m, &out, inner);
    }
    if (op == OP_if) {
        mut_push(m, &out, (struct insn){ .op = OP_else });
        mut_expr(m, &out, s.f, t, 1);
    }
    mut_push(m, &out, (struct insn){ .op = OP_end });
    mut_put(m, &s, first, s.at + 1, &out);
    return true;
}

/* ---- statements ---------------------------------------------------------------------------- */

bool wasm_delete(struct mutation *m)
{
    struct mut_site s;
    if (!mut_pick(m, &s, is_statement))
        return false;
    mut_put(m, &s, s.e[s.at].start, s.at + 1, NULL);
    return true;
}

bool wasm_duplicate(struct mutation *m)
{
    struct mut_site s;
    struct mut_code out = { 0 };
    if (!mut_pick(m, &s, is_statement))
        return false;
    append(m, &out, &s, s.e[s.at].start, s.at + 1);
    mut_put(m, &s, s.at + 1, s.at + 1, &out);
    return true;
}

/* ---- immediates ---------------------------------------------------------------------------- */

/* A static offset on a border; the address is left as it is. */
static uint64_t new_offset(struct mutation *m, uint64_t old)
{
    static const uint64_t offsets[] = { 0,      1,       127,       128,        0x7FFF,
                                        0xFFFF, 0x10000, 0xFFF8,    0x7FFFFFFF, 0x80000000,
                                        0xFFFC, 0x1FFF8, 0xFFFFFFFF };
    if (dna_chance(m->rng, 128))
        return offsets[dna_below(m->rng, COUNT(offsets))];
    return (uint32_t)(old + dna_below(m->rng, 17) - 8);
}

static void change_memarg(struct mutation *m, struct insn *i)
{
    if (dna_chance(m->rng, 60))
        i->index[0] = dna_below(m->rng, (uint32_t)__builtin_ctz(op_infos[i->op].width) + 1);
    else
        i->bits = new_offset(m, i->bits);
}

/* Another index that may fit: validation decides. */
static uint32_t new_index(struct mutation *m, const struct mut_site *s, enum imm imm,
                          uint32_t old)
{
    switch (imm) {
    case IMM_LOCAL: return mut_below(m, s->f->type->nparams + s->f->nlocals);
    case IMM_FUNC: return mut_below(m, tree_total(m->t, EXTERN_FUNC));
    case IMM_GLOBAL: return mut_below(m, tree_total(m->t, EXTERN_GLOBAL));
    case IMM_TABLE: return mut_below(m, tree_total(m->t, EXTERN_TABLE));
    case IMM_LABEL: return mut_below(m, s->e[s->at].depth);
    default: return old;
    }
}

bool wasm_immediate(struct mutation *m)
{
    struct mut_site s;
    if (!mut_pick(m, &s, has_immediate))
        return false;
    struct insn *i = &s.f->code.at[s.at];
    enum imm imm = (enum imm)op_infos[i->op].imm;
    uint32_t old = i->index[0];
    switch (imm) {
    case IMM_I32:
    case IMM_I64:
    case IMM_F32:
    case IMM_F64: *i = mut_const(m, value_type(&s)); return true;
    case IMM_MEMARG: change_memarg(m, i); return true;
    default: i->index[0] = new_index(m, &s, imm, old); return i->index[0] != old;
    }
}
