/* handlers_num.h - the numeric instructions, in all operand classes.  See handlers.h.
 *
 * Every row of ops.def with a signature over numbers becomes a family here, around the
 * function num_<row> of num.h: a row without one does not compile.
 *
 *     binary: SS SI AS AI SA IS IA   unary: S A   each as _A and _S */

#define BINARY_AS(name, v, ca, cb, to, t, r)                                        \
    HANDLER(name##_##v##_##to, {                                                    \
        TYPE_##r result = 0;                                                        \
        enum trap trap = num_##name(GET_##ca##_##t(a), GET_##cb##_##t(b), &result); \
        if (UNLIKELY(trap != TRAP_NONE))                                            \
            TRAP(trap);                                                             \
        PUT_##to##_##r(result);                                                     \
        NEXT();                                                                     \
    })
#define BINARY_OF(name, ca, cb, t, r) \
    BINARY_AS(name, ca##cb, ca, cb, A, t, r) BINARY_AS(name, ca##cb, ca, cb, S, t, r)
#define BINARY(name, t, r)      \
    BINARY_OF(name, S, S, t, r) \
    BINARY_OF(name, S, I, t, r) \
    BINARY_OF(name, A, S, t, r) \
    BINARY_OF(name, A, I, t, r) \
    BINARY_OF(name, S, A, t, r) \
    BINARY_OF(name, I, S, t, r) \
    BINARY_OF(name, I, A, t, r)

#define UNARY_AS(name, ca, to, t, r)                             \
    HANDLER(name##_##ca##_##to, {                                \
        TYPE_##r result = 0;                                     \
        enum trap trap = num_##name(GET_##ca##_##t(a), &result); \
        if (UNLIKELY(trap != TRAP_NONE))                         \
            TRAP(trap);                                          \
        PUT_##to##_##r(result);                                  \
        NEXT();                                                  \
    })
#define UNARY(name, t, r)      \
    UNARY_AS(name, S, A, t, r) \
    UNARY_AS(name, S, S, t, r) \
    UNARY_AS(name, A, A, t, r) \
    UNARY_AS(name, A, S, t, r)

/* By signature. */
#define NUM_ii_i(name) BINARY(name, i, i)
#define NUM_ll_i(name) BINARY(name, l, i)
#define NUM_ll_l(name) BINARY(name, l, l)
#define NUM_ff_i(name) BINARY(name, f, i)
#define NUM_ff_f(name) BINARY(name, f, f)
#define NUM_dd_i(name) BINARY(name, d, i)
#define NUM_dd_d(name) BINARY(name, d, d)
#define NUM_i_i(name)  UNARY(name, i, i)
#define NUM_i_l(name)  UNARY(name, i, l)
#define NUM_i_f(name)  UNARY(name, i, f)
#define NUM_i_d(name)  UNARY(name, i, d)
#define NUM_l_i(name)  UNARY(name, l, i)
#define NUM_l_l(name)  UNARY(name, l, l)
#define NUM_l_f(name)  UNARY(name, l, f)
#define NUM_l_d(name)  UNARY(name, l, d)
#define NUM_f_i(name)  UNARY(name, f, i)
#define NUM_f_l(name)  UNARY(name, f, l)
#define NUM_f_f(name)  UNARY(name, f, f)
#define NUM_f_d(name)  UNARY(name, f, d)
#define NUM_d_i(name)  UNARY(name, d, i)
#define NUM_d_l(name)  UNARY(name, d, l)
#define NUM_d_f(name)  UNARY(name, d, f)
#define NUM_d_d(name)  UNARY(name, d, d)

/* Not numeric: other families. */
#define NUM_HAND(name)
#define NUM_v_v(name)
#define NUM_v_a(name)
#define NUM_v_i(name)
#define NUM_v_l(name)
#define NUM_v_f(name)
#define NUM_v_d(name)
#define NUM_a_a(name)
#define NUM_a_i(name)
#define NUM_a_l(name)
#define NUM_a_f(name)
#define NUM_a_d(name)
#define NUM_ai_v(name)
#define NUM_al_v(name)
#define NUM_af_v(name)
#define NUM_ad_v(name)
#define NUM_aia_v(name)
#define NUM_aii_v(name)

#define WX_OP(name, code, text, imm, sig, width, trap, feature) NUM_##sig(name)
#include "wasm/ops.def"

/* An operation with a shifted second operand: a op (b shift x). */
#define SHIFT_shl(t, v)   ((TYPE_##t)((v) << pc->x))
#define SHIFT_shr_u(t, v) ((TYPE_##t)((v) >> pc->x))
#define SHIFT_rotl(t, v) \
    ((TYPE_##t)((v) << pc->x | (v) >> (-pc->x & (8 * (uint32_t)sizeof(TYPE_##t) - 1))))
#define SHIFTED_AS(type, op, symbol, shift, t, ca, cb, to)            \
    HANDLER(type##_##op##_##shift##_##ca##cb##_##to, {                \
        TYPE_##t shifted = GET_##cb##_##t(b);                         \
        shifted = SHIFT_##shift(t, shifted);                          \
        PUT_##to##_##t((TYPE_##t)(GET_##ca##_##t(a) symbol shifted)); \
        NEXT();                                                       \
    })
#define SHIFTED_OF(type, op, symbol, shift, t, ca, cb) \
    SHIFTED_AS(type, op, symbol, shift, t, ca, cb, A)  \
    SHIFTED_AS(type, op, symbol, shift, t, ca, cb, S)
#define SHIFTED(type, op, symbol, shift, t)      \
    SHIFTED_OF(type, op, symbol, shift, t, S, S) \
    SHIFTED_OF(type, op, symbol, shift, t, A, S) \
    SHIFTED_OF(type, op, symbol, shift, t, S, A)
#define SHIFTS(type, op, symbol, t)     \
    SHIFTED(type, op, symbol, shl, t)   \
    SHIFTED(type, op, symbol, shr_u, t) \
    SHIFTED(type, op, symbol, rotl, t)
SHIFTS(i32, add, +, i)
SHIFTS(i32, or, |, i)
SHIFTS(i32, xor, ^, i)
SHIFTS(i64, add, +, l)
SHIFTS(i64, or, |, l)
SHIFTS(i64, xor, ^, l)

/* A field of bits: a >> x & imm. */
#define FIELD_AS(type, t, ca, to)                                              \
    HANDLER(type##_field_##ca##_##to, {                                        \
        PUT_##to##_##t((TYPE_##t)(GET_##ca##_##t(a) >> pc->x & GET_I_##t(b))); \
        NEXT();                                                                \
    })
#define FIELD(type, t)      \
    FIELD_AS(type, t, S, A) \
    FIELD_AS(type, t, S, S) \
    FIELD_AS(type, t, A, A) \
    FIELD_AS(type, t, A, S)
FIELD(i32, i)
FIELD(i64, l)

/* Slot a plus the low half of imm, slot b plus the high half, in place; the second in
 * acc. */
HANDLER(bump2, {
    SLOT(u64, a) = (uint32_t)(SLOT(u32, a) + (uint32_t)pc->imm);
    acc = (uint32_t)(SLOT(u32, b) + (uint32_t)(pc->imm >> 32));
    SLOT(u64, b) = acc;
    NEXT();
})
