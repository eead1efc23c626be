/* float_ops.c - the instructions on floats, and conversions from and to them. */
#include "ref/float.h"
#include "ref/machine.h"

#define FORMAT_F32 FLOAT_F32
#define FORMAT_F64 FLOAT_F64

#define UNARY(name, type, value)               \
    enum trap ref_op_##name(struct machine *m) \
    {                                          \
        struct format f = FORMAT_##type;       \
        uint64_t a = ref_pop(m, VT_##type);    \
        ref_push(m, VT_##type, value);         \
        return TRAP_NONE;                      \
    }
#define BINARY(name, type, to, value)          \
    enum trap ref_op_##name(struct machine *m) \
    {                                          \
        struct format f = FORMAT_##type;       \
        uint64_t b = ref_pop(m, VT_##type);    \
        uint64_t a = ref_pop(m, VT_##type);    \
        ref_push(m, VT_##to, value);           \
        return TRAP_NONE;                      \
    }
#define FLOATS(prefix, type)                                        \
    UNARY(prefix##_abs, type, float_abs(f, a))                      \
    UNARY(prefix##_neg, type, float_neg(f, a))                      \
    UNARY(prefix##_ceil, type, float_round(f, a, ROUND_UP))         \
    UNARY(prefix##_floor, type, float_round(f, a, ROUND_DOWN))      \
    UNARY(prefix##_trunc, type, float_round(f, a, ROUND_TO_ZERO))   \
    UNARY(prefix##_nearest, type, float_round(f, a, ROUND_NEAREST)) \
    UNARY(prefix##_sqrt, type, float_sqrt(f, a))                    \
    BINARY(prefix##_add, type, type, float_add(f, a, b))            \
    BINARY(prefix##_sub, type, type, float_sub(f, a, b))            \
    BINARY(prefix##_mul, type, type, float_mul(f, a, b))            \
    BINARY(prefix##_div, type, type, float_div(f, a, b))            \
    BINARY(prefix##_min, type, type, float_min(f, a, b))            \
    BINARY(prefix##_max, type, type, float_max(f, a, b))            \
    BINARY(prefix##_copysign, type, type, float_copysign(f, a, b))  \
    BINARY(prefix##_eq, type, I32, float_eq(f, a, b))               \
    BINARY(prefix##_ne, type, I32, !float_eq(f, a, b))              \
    BINARY(prefix##_lt, type, I32, float_lt(f, a, b))               \
    BINARY(prefix##_gt, type, I32, float_lt(f, b, a))               \
    BINARY(prefix##_le, type, I32, float_le(f, a, b))               \
    BINARY(prefix##_ge, type, I32, float_le(f, b, a))
FLOATS(f32, F32)
FLOATS(f64, F64)

/* ---- conversion ---------------------------------------------------------------------- */

#define MOVE(name, from, to, value)            \
    enum trap ref_op_##name(struct machine *m) \
    {                                          \
        uint64_t a = ref_pop(m, VT_##from);    \
        ref_push(m, VT_##to, value);           \
        return TRAP_NONE;                      \
    }
MOVE(f32_demote_f64, F64, F32, float_convert(FLOAT_F64, a, FLOAT_F32))
MOVE(f64_promote_f32, F32, F64, float_convert(FLOAT_F32, a, FLOAT_F64))
MOVE(f32_convert_i32_s, I32, F32, float_of_int(32, true, a, FLOAT_F32))
MOVE(f32_convert_i32_u, I32, F32, float_of_int(32, false, a, FLOAT_F32))
MOVE(f32_convert_i64_s, I64, F32, float_of_int(64, true, a, FLOAT_F32))
MOVE(f32_convert_i64_u, I64, F32, float_of_int(64, false, a, FLOAT_F32))
MOVE(f64_convert_i32_s, I32, F64, float_of_int(32, true, a, FLOAT_F64))
MOVE(f64_convert_i32_u, I32, F64, float_of_int(32, false, a, FLOAT_F64))
MOVE(f64_convert_i64_s, I64, F64, float_of_int(64, true, a, FLOAT_F64))
MOVE(f64_convert_i64_u, I64, F64, float_of_int(64, false, a, FLOAT_F64))
MOVE(i32_reinterpret_f32, F32, I32, a)
MOVE(i64_reinterpret_f64, F64, I64, a)
MOVE(f32_reinterpret_i32, I32, F32, a)
MOVE(f64_reinterpret_i64, I64, F64, a)

#define TRUNCATE(to, from, sign, w, is_signed)                                    \
    enum trap ref_op_##to##_trunc_##from##_##sign(struct machine *m)              \
    {                                                                             \
        uint64_t r;                                                               \
        enum trap trap =                                                          \
            float_to_int(FORMAT_##from, ref_pop(m, VT_##from), w, is_signed, &r); \
        if (trap != TRAP_NONE)                                                    \
            return ref_trap(m, trap);                                             \
        ref_push(m, VT_##to, r);                                                  \
        return TRAP_NONE;                                                         \
    }                                                                             \
    enum trap ref_op_##to##_trunc_sat_##from##_##sign(struct machine *m)          \
    {                                                                             \
        uint64_t r;                                                               \
        float_to_int(FORMAT_##from, ref_pop(m, VT_##from), w, is_signed, &r);     \
        ref_push(m, VT_##to, r);                                                  \
        return TRAP_NONE;                                                         \
    }
#define TRUNCATIONS(to, from, w) \
    TRUNCATE(to, from, s, w, true) TRUNCATE(to, from, u, w, false)
#define VT_i32     VT_I32
#define VT_i64     VT_I64
#define VT_f32     VT_F32
#define VT_f64     VT_F64
#define FORMAT_f32 FLOAT_F32
#define FORMAT_f64 FLOAT_F64
TRUNCATIONS(i32, f32, 32)
TRUNCATIONS(i32, f64, 32)
TRUNCATIONS(i64, f32, 64)
TRUNCATIONS(i64, f64, 64)

/* ---- constants ----------------------------------------------------------------------- */

enum trap ref_op_f32_const(struct machine *m)
{
    ref_push(m, VT_F32, code_f32(&m->frame->pc));
    return TRAP_NONE;
}

enum trap ref_op_f64_const(struct machine *m)
{
    ref_push(m, VT_F64, code_f64(&m->frame->pc));
    return TRAP_NONE;
}
