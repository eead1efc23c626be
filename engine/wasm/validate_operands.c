/* validate_operands.c - the operand stack of the validator: everything but its fast paths.
 * See validator.h for the picture. */
#include "wasm/validator.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* ---- failures ------------------------------------------------------------------------ */

void validator_invalid(struct validator *v, const char *format, ...)
{
    char text[sizeof v->d->invalid.text];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (v->d->invalid.kind == FAIL_NONE)
        v->fail_depth = v->ctrls.len;
    decode_invalid(v->d, v->at, "%s", text);
    v->r.fail = &v->ignored;
    v->r.p = v->r.end;
}

/* What the values of the instruction are, but for a last operand of its own. */
static const char *role(const struct validator *v)
{
    switch ((unsigned)v->op) {
    case OP_end:
    case OP_else:
    case OP_return: return "result";
    case OP_br:
    case OP_br_if:
    case OP_br_table: return "label value";
    default: return "operand";
    }
}

static COLD void mismatch(struct validator *v, const char *want, const char *have,
                          uint32_t k)
{
    const char *text = op_infos[v->op].text;
    if (k == LAST_OPERAND)
        validator_invalid(v, "type mismatch: %s expects %s for its last operand, found %s",
                          text, want, have);
    else
        validator_invalid(v, "type mismatch: %s expects %s for %s %u, found %s", text, want,
                          role(v), k, have);
}

/* ---- room ---------------------------------------------------------------------------- */

void operands_reserve(struct validator *v, size_t cap)
{
    size_t used = (size_t)(v->sp - v->stack), high = (size_t)(v->high - v->stack);
    valtype *stack = arena_array(&v->d->scratch, valtype, cap);
    if (used != 0)
        memcpy(stack, v->stack, used * sizeof *stack);
    v->base = stack + (v->base - v->stack);
    v->sp = stack + used;
    v->high = stack + high;
    v->limit = stack + cap;
    v->stack = stack;
}

void operands_raise(struct validator *v, size_t n)
{
    size_t need = (size_t)(v->sp - v->stack) + n;
    if (need > LIMIT_OPERANDS) {
        decode_limit(v->d, v->at, need, LIMIT_OPERANDS, limit_texts.OPERANDS);
        v->r.p = v->r.end;
        v->sp = v->base = v->stack; /* room for what this instruction still pushes */
        need = n;
    }
    size_t cap = (size_t)(v->limit - v->stack);
    if (need > cap)
        operands_reserve(v, need > 2 * cap ? need : 2 * cap);
    if ((size_t)(v->high - v->stack) < need)
        v->high = v->stack + need;
}

/* ---- popping and pushing ------------------------------------------------------------- */

static bool polymorphic(const struct validator *v)
{
    return vec_top(&v->ctrls).polymorphic;
}

/* Does an operand of type `have` serve where `want` is expected?  If not, it is
 * recorded. */
static bool check(struct validator *v, valtype have, valtype want, uint32_t k)
{
    char have_name[32], want_name[32];
    if (have == want || types_match(v->m->registry, have, want))
        return true;
    mismatch(v, vt_name(want, want_name), vt_name(have, have_name), k);
    return false;
}

static COLD void missing(struct validator *v, valtype want, uint32_t k)
{
    char name[32];
    mismatch(v, want == VT_BOTTOM ? "a value" : vt_name(want, name), "nothing", k);
}

void operands_push_rare(struct validator *v, valtype t)
{
    uint32_t slots = vt_slots(t);
    if ((size_t)(v->high - v->sp) < slots)
        operands_raise(v, slots);
    for (; slots != 0; slots--)
        *v->sp++ = t;
}

/* The top, of whatever type, taken off. */
static valtype take_top(struct validator *v)
{
    valtype t = v->sp[-1];
    v->sp -= vt_slots(t);
    return t;
}

void operands_pop_rare(struct validator *v, valtype want, uint32_t k)
{
    if (v->sp > v->base)
        check(v, take_top(v), want, k);
    else if (!polymorphic(v))
        missing(v, want, k);
}

valtype operands_pop_any(struct validator *v, uint32_t k)
{
    if (v->sp > v->base)
        return take_top(v);
    if (!polymorphic(v))
        missing(v, VT_BOTTOM, k);
    return VT_BOTTOM;
}

/* Does each of the types take one slot? */
static bool all_narrow(const valtype *types, uint32_t n)
{
    uint32_t wide = 0;
    for (uint32_t i = 0; i < n; i++)
        wide |= types[i] == VT_V128;
    return wide == 0;
}

/* Are the topmost operands exactly these types, of one slot each? */
static bool same_types(const struct validator *v, const valtype *types, uint32_t n)
{
    if ((size_t)(v->sp - v->base) < n)
        return false;
    return n == 0 ||
           (memcmp(v->sp - n, types, n * sizeof *types) == 0 && all_narrow(types, n));
}

void operands_pop_many(struct validator *v, const valtype *types, uint32_t n)
{
    if (LIKELY(same_types(v, types, n))) {
        v->sp -= n;
        return;
    }
    for (uint32_t k = n; k > 0; k--)
        operands_pop(v, types[k - 1], k);
}

void operands_push_many(struct validator *v, const valtype *types, uint32_t n)
{
    if (UNLIKELY(!all_narrow(types, n))) {
        for (uint32_t i = 0; i < n; i++)
            operands_push(v, types[i]);
        return;
    }
    if ((size_t)(v->high - v->sp) < n)
        operands_raise(v, n);
    memcpy(v->sp, types, n * sizeof *types);
    v->sp += n;
}

void operands_peek_types(struct validator *v, const valtype *types, uint32_t n)
{
    if (LIKELY(same_types(v, types, n)))
        return;
    const valtype *top = v->sp;
    for (uint32_t k = n; k > 0; k--) {
        if (top == v->base) {
            if (!polymorphic(v))
                missing(v, types[k - 1], k);
            return;
        }
        if (!check(v, top[-1], types[k - 1], k))
            return;
        top -= vt_slots(top[-1]);
    }
}
