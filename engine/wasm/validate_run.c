/* validate_run.c - the validator's loop: common instructions at speed, all others by the
 * rules.
 *
 * The state that nearly every instruction touches is kept in a struct that the compiler
 * puts into registers.  A case here only takes an instruction that it can accept in
 * full: immediates of a few bytes, operands of exactly the types wanted.  Anything else,
 * errors above all, is left untouched and goes to validator_step, so that what is valid
 * is decided in one place only.
 *
 * Immediates are looked at before they are known to lie within the body: the module's
 * bytes are followed by READ_AHEAD zeros.  An instruction is taken if it ends within the
 * body. */
#include "wasm/validator.h"
#include <string.h>

struct fast {
    const uint8_t *p, *next; /* current instruction, the one behind it */
    const uint8_t *end;
    valtype *sp, *base, *high;
    uint32_t taken; /* instructions since the last slow one */
    uint32_t index; /* immediate */
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
    return f->end - f->p > n;
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

static ALWAYS_INLINE bool short_immediate(const struct validator *v, struct fast *f,
                                          enum imm imm, unsigned width)
{
    switch ((unsigned)imm) {
    case IMM_NONE: return skip_bytes(f, 0);
    case IMM_LOCAL: return read_index(f);
    case IMM_MEMARG: return skip_memarg(v, f, width);
    case IMM_I32:
    case IMM_I64: return skip_leb(f);
    case IMM_F32: return skip_bytes(f, 4);
    case IMM_F64: return skip_bytes(f, 8);
    default: return false;
    }
}

/* ---- operands: change the stack, or say that they are not what is wanted ------------- */

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
    if (UNLIKELY(f->sp - f->base < 2))
        return false;
    uint64_t pair;
    memcpy(&pair, f->sp - 2, sizeof pair);
    return LIKELY(pair == (a | (uint64_t)b << 32));
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
    if (one && sig[0] == 'v')
        return sig[2] == 'v' || push(f, vt_of_letter(sig[2]));
    if (one)
        return unary(f, vt_of_letter(sig[0]), vt_of_letter(sig[2]));
    if (two && sig[3] == 'v')
        return consume2(f, vt_of_letter(sig[0]), vt_of_letter(sig[1]));
    return two &&
           binary(f, vt_of_letter(sig[0]), vt_of_letter(sig[1]), vt_of_letter(sig[3]));
}

/* ---- locals -------------------------------------------------------------------------- */

static inline bool local_get(struct validator *v, struct fast *f)
{
    if (f->index >= v->nlocals || !push(f, v->local_types[f->index]))
        return false;
    validator_use_local(v, f->index);
    return true;
}

/* local.set and local.tee, which takes `popped` operands. */
static inline bool local_set(struct validator *v, struct fast *f, unsigned popped)
{
    if (f->index >= v->nlocals || f->sp == f->base || f->sp[-1] != v->local_types[f->index])
        return false;
    f->sp -= popped;
    validator_use_local(v, f->index);
    if (v->assigned != NULL)
        bits_set(v->assigned, f->index);
    return true;
}

static ALWAYS_INLINE bool hand(struct validator *v, struct fast *f, enum op op)
{
    switch ((unsigned)op) {
    case OP_local_get: return local_get(v, f);
    case OP_local_set: return local_set(v, f, 1);
    case OP_local_tee: return local_set(v, f, 0);
    default: return false;
    }
}

/* ---- the loop ------------------------------------------------------------------------ */

/* Takes the instruction, of row `op`, if it is a simple one. */
static ALWAYS_INLINE bool take(struct validator *v, struct fast *f, uint16_t op)
{
    switch (op) {
#define WX_OP(name, code, text, imm, sig, width, trap, feature) \
    case OP_##name:                                             \
        return short_immediate(v, f, IMM_##imm, (width)) &&     \
               (#sig[0] == 'H' ? hand(v, f, OP_##name) : apply(f, #sig));
#include "wasm/ops.def"
    default: return false;
    }
}

static ALWAYS_INLINE struct fast from_validator(const struct validator *v)
{
    return (struct fast){
        .p = v->r.p, .end = v->r.end, .sp = v->sp, .base = v->base, .high = v->high
    };
}

static ALWAYS_INLINE void to_validator(struct validator *v, const struct fast *f)
{
    v->r.p = f->p;
    v->sp = f->sp;
    v->cost += v->live ? f->taken : 0;
    v->info->has_memory_op |= f->touched_memory;
}

/* A failure empties v->r and so ends this. */
void validator_run(struct validator *v)
{
    const uint16_t *ops = v->d->ops;
    struct fast f = from_validator(v);
    while (f.p < f.end) {
        if (LIKELY(take(v, &f, ops[*f.p]))) {
            f.p = f.next;
            f.taken++;
            continue;
        }
        to_validator(v, &f);
        validator_step(v);
        f = from_validator(v);
    }
    to_validator(v, &f);
}
