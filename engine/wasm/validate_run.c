/* validate_run.c - the validator's loop: common instructions at speed, all others by the
 * rules.
 *
 * The state that nearly every instruction touches is kept in a struct that the compiler
 * puts into registers.  A case here only takes an instruction that it can accept in
 * full: immediates of a few bytes, operands of exactly the types wanted.  Anything else,
 * errors above all, is left untouched and goes to validator_step, so that what is valid
 * is decided in one place only.  Control has short immediates read here and is left to
 * its rule, with the state written back.
 *
 * Immediates are looked at before they are known to lie within the body: the module's
 * bytes are followed by READ_AHEAD zeros.  An instruction is taken if it ends within the
 * body. */
#include "wasm/validator.h"

/* What became of an instruction. */
enum taken {
    NOT_TAKEN,
    TAKEN,
    RULED, /* by its rule: the state is that behind it */
};

struct fast {
    const uint8_t *p, *next; /* current instruction, the one behind it */
    const uint8_t *end;
    valtype *sp, *base, *high;
    uint32_t taken; /* instructions since the last slow one */
    uint32_t index; /* immediates */
    const struct type *type;
    bool touched_memory;
};

/* ---- immediates: set next, and say whether the encoding is one of the short ones ----- */

/* Behind a LEB128 of at most four bytes, which has no unused bits; else NULL. */
static inline const uint8_t *behind_short_leb(const uint8_t *p)
{
    for (unsigned i = 0; i < 4; i++)
        if (p[i] < 0x80)
            return p + i + 1;
    return NULL;
}

static inline bool skip_leb(struct fast *f)
{
    f->next = behind_short_leb(f->p + 1);
    return f->next != NULL && f->next <= f->end;
}

static inline bool skip_bytes(struct fast *f, ptrdiff_t n)
{
    f->next = f->p + 1 + n;
    return n == 0 || f->end - f->p > n; /* the opcode itself is within the body */
}

static inline bool read_index(struct fast *f)
{
    const uint8_t *p = f->p;
    uint32_t two = p[1] >> 7;
    f->index = (p[1] & 0x7Fu) | (two ? (uint32_t)p[2] << 7 : 0);
    f->next = p + 2 + two;
    return f->next <= f->end && (!two || p[2] < 0x80);
}

static inline bool skip_memarg(const struct validator *v, struct fast *f, unsigned width)
{
    if (f->p[1] > (unsigned)__builtin_ctz(width | 0x100) || !v->memory0_is32)
        return false;
    f->touched_memory = true;
    f->next = behind_short_leb(f->p + 2);
    return f->next != NULL && f->next <= f->end;
}

/* None or a number, of a type that was met before. */
static inline bool read_block(const struct validator *v, struct fast *f)
{
    uint8_t byte = f->p[1];
    if (byte != 0x40 && (byte < VT_F64 || byte > VT_I32))
        return false;
    f->type = v->d->short_types[decode_short_index(byte == 0x40 ? VT_BOTTOM : byte)];
    f->next = f->p + 2;
    return f->type != NULL && f->next <= f->end;
}

static ALWAYS_INLINE bool short_immediate(const struct validator *v, struct fast *f,
                                          enum imm imm, unsigned width)
{
    switch ((unsigned)imm) {
    case IMM_NONE: return skip_bytes(f, 0);
    case IMM_LOCAL:
    case IMM_GLOBAL:
    case IMM_LABEL:
    case IMM_FUNC: return read_index(f);
    case IMM_BLOCK: return read_block(v, f);
    case IMM_MEMARG: return skip_memarg(v, f, width);
    case IMM_I32:
    case IMM_I64: return skip_leb(f);
    case IMM_F32: return skip_bytes(f, 4);
    case IMM_F64: return skip_bytes(f, 8);
    default: return false;
    }
}

/* ---- operands: change the stack, or say that they are not what is wanted -------------
 *
 * What takes two slots is not taken. */

static inline bool push(struct fast *f, valtype t)
{
    if (UNLIKELY(f->sp == f->high))
        return false;
    *f->sp++ = t;
    return true;
}

static inline bool unary(struct fast *f, valtype a, valtype result)
{
    if (UNLIKELY(f->sp == f->base || f->sp[-1] != a))
        return false;
    f->sp[-1] = result;
    return true;
}

static inline bool have_two(const struct fast *f, valtype a, valtype b)
{
    return LIKELY(f->sp - f->base >= 2 && f->sp[-1] == b && f->sp[-2] == a);
}

static inline bool binary(struct fast *f, valtype a, valtype b, valtype result)
{
    if (!have_two(f, a, b))
        return false;
    f->sp--;
    f->sp[-1] = result;
    return true;
}

static inline bool consume2(struct fast *f, valtype a, valtype b)
{
    if (!have_two(f, a, b))
        return false;
    f->sp -= 2;
    return true;
}

/* sig is a literal, so that only one of these is left. */
static ALWAYS_INLINE bool apply(struct fast *f, const char *sig)
{
    bool one = sig[1] == '_', two = !one && sig[2] == '_';
    if (__builtin_strchr(sig, 'V') != NULL)
        return false;
    if (one && sig[0] == 'v')
        return sig[2] == 'v' || push(f, vt_of_letter(sig[2]));
    if (one)
        return unary(f, vt_of_letter(sig[0]), vt_of_letter(sig[2]));
    if (two && sig[3] == 'v')
        return consume2(f, vt_of_letter(sig[0]), vt_of_letter(sig[1]));
    return two &&
           binary(f, vt_of_letter(sig[0]), vt_of_letter(sig[1]), vt_of_letter(sig[3]));
}

/* ---- locals, where none is a v128 ---------------------------------------------------- */

static inline bool local_get(struct validator *v, struct fast *f)
{
    if (f->index >= v->nnarrow || !push(f, v->local_types[f->index]))
        return false;
    validator_use_local(v, f->index);
    return true;
}

/* local.set and local.tee, which takes `popped` operands. */
static inline bool local_set(struct validator *v, struct fast *f, unsigned popped)
{
    if (f->index >= v->nnarrow || f->sp == f->base || f->sp[-1] != v->local_types[f->index])
        return false;
    f->sp -= popped;
    validator_use_local(v, f->index);
    if (v->assigned != NULL)
        bits_set(v->assigned, f->index);
    return true;
}

/* ---- others of their own kind -------------------------------------------------------- */

static inline bool global_get(const struct validator *v, struct fast *f)
{
    if (f->index >= v->m->nglobals)
        return false;
    valtype t = v->m->globals[f->index].type.type;
    return t != VT_V128 && push(f, t);
}

static inline bool global_set(const struct validator *v, struct fast *f)
{
    if (f->index >= v->m->nglobals || f->sp == f->base)
        return false;
    const struct global_type *g = &v->m->globals[f->index].type;
    if (!g->mutable_ || f->sp[-1] != g->type || g->type == VT_V128)
        return false;
    f->sp--;
    return true;
}

static inline bool drop(struct fast *f)
{
    if (f->sp == f->base || f->sp[-1] == VT_V128)
        return false;
    f->sp--;
    return true;
}

static inline bool select_num(struct fast *f)
{
    if (f->sp - f->base < 3 || f->sp[-1] != VT_I32 || f->sp[-2] != f->sp[-3] ||
        !vt_is_num(f->sp[-2]))
        return false;
    f->sp -= 2;
    return true;
}

static ALWAYS_INLINE bool hand(struct validator *v, struct fast *f, enum op op)
{
    switch ((unsigned)op) {
    case OP_local_get: return local_get(v, f);
    case OP_local_set: return local_set(v, f, 1);
    case OP_local_tee: return local_set(v, f, 0);
    case OP_global_get: return global_get(v, f);
    case OP_global_set: return global_set(v, f);
    case OP_drop: return drop(f);
    case OP_select: return select_num(f);
    default: return false;
    }
}

/* ---- by the rules -------------------------------------------------------------------- */

typedef void rule(struct validator *v);

/* The rule of an instruction whose immediates were read here; NULL: it is none of those. */
static ALWAYS_INLINE rule *rule_of(enum op op)
{
    switch ((unsigned)op) {
    case OP_block: return rule_block;
    case OP_loop: return rule_loop;
    case OP_if: return rule_if;
    case OP_else: return rule_else;
    case OP_end: return rule_end;
    case OP_br: return rule_br;
    case OP_br_if: return rule_br_if;
    case OP_return: return rule_return;
    case OP_call: return rule_call;
    default: return NULL;
    }
}

/* All but the end, which stays. */
static ALWAYS_INLINE void from_validator(const struct validator *v, struct fast *f)
{
    f->p = v->r.p;
    f->sp = v->sp;
    f->base = v->base;
    f->high = v->high;
    f->taken = 0;
    f->touched_memory = false;
}

static ALWAYS_INLINE void to_validator(struct validator *v, const struct fast *f)
{
    v->r.p = f->p;
    v->sp = f->sp;
    v->cost += v->live ? f->taken : 0;
    v->info->has_memory_op |= f->touched_memory;
}

static ALWAYS_INLINE void apply_rule(struct validator *v, struct fast *f, enum op op)
{
    v->at = f->p;
    v->op = op;
    v->index = f->index;
    v->type = f->type;
    f->p = f->next;
    f->taken++;
    to_validator(v, f);
    rule_of(op)(v);
    from_validator(v, f);
}

/* ---- the loop ------------------------------------------------------------------------ */

static ALWAYS_INLINE enum taken take_row(struct validator *v, struct fast *f, enum op op,
                                         enum imm imm, unsigned width, const char *sig)
{
    if (!short_immediate(v, f, imm, width))
        return NOT_TAKEN;
    if (rule_of(op) != NULL) {
        apply_rule(v, f, op);
        return RULED;
    }
    return (sig[0] == 'H' ? hand(v, f, op) : apply(f, sig)) ? TAKEN : NOT_TAKEN;
}

/* Takes the instruction, of row `op`, if it is a simple one. */
static ALWAYS_INLINE enum taken take(struct validator *v, struct fast *f, uint16_t op)
{
    switch (op) {
#define WX_OP(name, code, text, imm, sig, width, trap, feature) \
    case OP_##name:                                             \
        return take_row(v, f, OP_##name, IMM_##imm, (width), #sig);
#include "wasm/ops.def"
    case OP_INVALID: return NOT_TAKEN;
    default: __builtin_unreachable(); /* saves the switch a comparison */
    }
}

/* A failure empties v->r and so ends this. */
void validator_run(struct validator *v)
{
    const uint16_t *ops = v->d->ops;
    struct fast f = { .end = v->r.end };
    from_validator(v, &f);
    while (f.p < f.end) {
        enum taken taken = take(v, &f, ops[*f.p]);
        if (LIKELY(taken == TAKEN)) {
            f.p = f.next;
            f.taken++;
        } else if (taken == NOT_TAKEN) {
            to_validator(v, &f);
            validator_step(v);
            from_validator(v, &f);
        }
    }
    to_validator(v, &f);
}
