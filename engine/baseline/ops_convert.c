/* ops_convert.c - conversions between the number types. */
#include "baseline/emit.h"

/* Powers of two as floats: -2^63, 2^63. */
static uint64_t minus_2_63(enum fwidth f)
{
    return f == F32 ? UINT64_C(0xDF000000) : UINT64_C(0xC3E0000000000000);
}

static uint64_t plus_2_63(enum fwidth f)
{
    return f == F32 ? UINT64_C(0x5F000000) : UINT64_C(0x43E0000000000000);
}

#define SIGN_BIT (UINT64_C(1) << 63)

/* ---- integer to integer -------------------------------------------------------------- */

void baseline_i32_wrap_i64(struct compiler *c)
{
    struct value v = stack_pop(c);
    if (v.kind == V_CONST) {
        stack_push_const(c, T_I32, (uint32_t)v.bits);
        return;
    }
    unsigned dst = result_reg(c, T_I32, &v), in = value_in(c, &v);
    v.type = T_I32;
    if (in != NO_REG)
        asm_mov_rr(&c->a, WX_BUG(S52) ? W64 : W32, dst, in);
    else
        value_load(c, dst, &v);
    result_push(c, T_I32, dst);
}

/* An i32 is zero-extended wherever it is. */
void baseline_i64_extend_i32_u(struct compiler *c)
{
    struct value *v = &c->stack[c->sp - 1];
    v->type = T_I64;
    if (WX_BUG(S46) && v->kind == V_CONST)
        v->bits = (uint64_t)(int64_t)(int32_t)v->bits;
}

static void sign_extend(struct compiler *c, enum vtype type, enum width from)
{
    struct value v = stack_pop(c);
    unsigned src = value_reg(c, &v), dst = result_reg(c, type, &v);
    if (from == W32)
        asm_movsxd_rr(&c->a, dst, src);
    else
        asm_movsx_rr(&c->a, vtype_width(type), from, dst, src);
    result_push(c, type, dst);
}

void baseline_i64_extend_i32_s(struct compiler *c) { sign_extend(c, T_I64, W32); }
void baseline_i32_extend8_s(struct compiler *c) { sign_extend(c, T_I32, W8); }
void baseline_i32_extend16_s(struct compiler *c) { sign_extend(c, T_I32, W16); }
void baseline_i64_extend8_s(struct compiler *c) { sign_extend(c, T_I64, W8); }
void baseline_i64_extend16_s(struct compiler *c) { sign_extend(c, T_I64, W16); }
void baseline_i64_extend32_s(struct compiler *c) { sign_extend(c, T_I64, W32); }

/* ---- bits ---------------------------------------------------------------------------- */

static void reinterpret(struct compiler *c, enum vtype from, enum vtype to)
{
    struct value v = stack_pop(c);
    if (v.kind == V_CONST) {
        stack_push_const(c, to, v.bits);
        return;
    }
    enum width w = from == T_I32 || from == T_F32 ? W32 : W64;
    unsigned dst = result_reg(c, to, NULL), in = value_in(c, &v);
    if (in == NO_REG) {
        struct operand o = value_operand(c, &v);
        emit_load(c, to, dst, operand_mem(c, &o));
    } else if (vtype_bank(to) == XMMS) {
        asm_movd_xr(&c->a, w, dst, in);
    } else {
        asm_movd_rx(&c->a, w, dst, in);
    }
    result_push(c, to, dst);
}

void baseline_i32_reinterpret_f32(struct compiler *c) { reinterpret(c, T_F32, T_I32); }
void baseline_i64_reinterpret_f64(struct compiler *c) { reinterpret(c, T_F64, T_I64); }
void baseline_f32_reinterpret_i32(struct compiler *c) { reinterpret(c, T_I32, T_F32); }
void baseline_f64_reinterpret_i64(struct compiler *c) { reinterpret(c, T_I64, T_F64); }

/* ---- float to float ------------------------------------------------------------------ */

static void convert_float(struct compiler *c, enum vtype from, enum vtype to)
{
    struct value v = stack_pop(c);
    unsigned src = value_reg(c, &v), dst = result_reg(c, to, &v);
    if (dst != src)
        asm_sse_rr(&c->a, SSE_XORPS, dst, dst);
    asm_fop_rr(&c->a, FOP_CONVERT, vtype_fwidth(from), dst, src);
    result_push(c, to, dst);
}

void baseline_f32_demote_f64(struct compiler *c) { convert_float(c, T_F64, T_F32); }
void baseline_f64_promote_f32(struct compiler *c) { convert_float(c, T_F32, T_F64); }

/* ---- integer to float ---------------------------------------------------------------- */

/* A cleared destination: the conversion keeps the upper lanes and would wait for them. */
static unsigned cleared_result(struct compiler *c, enum vtype to)
{
    unsigned dst = result_reg(c, to, NULL);
    asm_sse_rr(&c->a, SSE_XORPS, dst, dst);
    return dst;
}

/* An unsigned i32 is a nonnegative i64, for it is zero-extended. */
static void from_int(struct compiler *c, enum vtype to, enum width w)
{
    struct value v = stack_pop(c);
    unsigned src = value_reg(c, &v), dst = cleared_result(c, to);
    asm_cvtsi2f_rr(&c->a, vtype_fwidth(to), w, dst, src);
    result_push(c, to, dst);
}

/* From 2^63 on, half the value is converted and doubled; the bit shifted out is kept in the
 * lowest place, so that the rounding is that of the whole. */
static void from_unsigned(struct compiler *c, enum vtype to)
{
    struct assembler *a = &c->a;
    struct value v = stack_pop(c);
    enum fwidth f = vtype_fwidth(to);
    unsigned src = value_reg(c, &v), half = reg_alloc(c, GPRS), low = reg_alloc(c, GPRS);
    unsigned dst = cleared_result(c, to);
    asm_test_rr(a, W64, src, src);
    uint8_t *big = asm_jcc_skip(a, CC_S);
    asm_cvtsi2f_rr(a, f, W64, dst, src);
    uint8_t *done = asm_jmp_skip(a);
    asm_skip_end(a, big);
    asm_mov_rr(a, W64, half, src);
    asm_mov_rr(a, W32, low, src);
    asm_shift_ri(a, SH_SHR, W64, half, 1);
    asm_alu_ri(a, ALU_AND, W32, low, 1);
    asm_alu_rr(a, ALU_OR, W64, half, low);
    asm_cvtsi2f_rr(a, f, W64, dst, half);
    asm_fop_rr(a, FOP_ADD, f, dst, dst);
    asm_skip_end(a, done);
    result_push(c, to, dst);
}

void baseline_f32_convert_i32_s(struct compiler *c) { from_int(c, T_F32, W32); }
void baseline_f32_convert_i32_u(struct compiler *c) { from_int(c, T_F32, W64); }
void baseline_f32_convert_i64_s(struct compiler *c) { from_int(c, T_F32, W64); }
void baseline_f32_convert_i64_u(struct compiler *c) { from_unsigned(c, T_F32); }
void baseline_f64_convert_i32_s(struct compiler *c) { from_int(c, T_F64, W32); }
void baseline_f64_convert_i32_u(struct compiler *c) { from_int(c, T_F64, W64); }
void baseline_f64_convert_i64_s(struct compiler *c) { from_int(c, T_F64, W64); }
void baseline_f64_convert_i64_u(struct compiler *c) { from_unsigned(c, T_F64); }

/* ---- float to integer ---------------------------------------------------------------- */

/* One conversion under way.  out is where it ends; wide takes the 64-bit conversion, whose
 * out of range answer is the sign bit alone; both are general registers. */
struct truncation {
    enum fwidth f;
    unsigned src, out, wide;
};

static struct truncation truncation_begin(struct compiler *c, enum vtype to, enum fwidth f)
{
    struct value v = stack_pop(c);
    struct truncation t = { .f = f, .src = value_reg(c, &v) };
    t.wide = reg_alloc(c, GPRS);
    t.out = result_reg(c, to, NULL);
    return t;
}

/* Jumps to a trap: CONVERSION for NaN, else INT_OVERFLOW. */
static struct cold *conversion_jump(struct compiler *c, enum cc cc,
                                    const struct truncation *t)
{
    struct code_site site = site_make(c, TRAP_INT_OVERFLOW);
    struct cold *cold = cold_jump(c, cc, &site);
    cold->nan_reg = (uint8_t)t->src;
    cold->fwidth = (uint8_t)t->f;
    return cold;
}

/* out = the low half of wide, extended as the type says; ZF when that is the whole of
 * wide. */
static void emit_narrow(struct compiler *c, const struct truncation *t, bool is_signed)
{
    asm_cvttf2si_rr(&c->a, W64, t->f, t->wide, t->src);
    if (is_signed)
        asm_movsxd_rr(&c->a, t->out, t->wide);
    else
        asm_mov_rr(&c->a, W32, t->out, t->wide);
    asm_alu_rr(&c->a, ALU_CMP, W64, t->out, t->wide);
}

static void truncate_i32(struct compiler *c, enum fwidth f, bool is_signed)
{
    struct truncation t = truncation_begin(c, T_I32, f);
    emit_narrow(c, &t, is_signed);
    conversion_jump(c, CC_NE, &t);
    if (is_signed)
        asm_mov_rr(&c->a, W32, t.out, t.out);
    result_push(c, T_I32, t.out);
}

/* The sign bit alone is also the right answer for -2^63. */
static void truncate_i64(struct compiler *c, enum fwidth f)
{
    struct truncation t = truncation_begin(c, T_I64, f);
    asm_cvttf2si_rr(&c->a, W64, f, t.out, t.src);
    asm_alu_ri(&c->a, ALU_CMP, W64, t.out, 1);
    struct cold *cold = conversion_jump(c, CC_O, &t);
    cold->has_limit = !WX_BUG(S58);
    cold->limit = minus_2_63(f);
    asm_bind(&c->a, &cold->back);
    result_push(c, T_I64, t.out);
}

/* out = src - 2^63, converted: the upper half of the unsigned range. */
static void emit_upper_half(struct compiler *c, const struct truncation *t, unsigned xmm)
{
    asm_fmov_rr(&c->a, xmm, t->src);
    asm_fop_rm(&c->a, FOP_SUB, t->f, xmm, const_mem(c, plus_2_63(t->f)));
    asm_cvttf2si_rr(&c->a, W64, t->f, t->out, xmm);
    asm_mov_ri(&c->a, t->wide, SIGN_BIT);
    asm_test_rr(&c->a, W64, t->out, t->out);
}

static void truncate_u64(struct compiler *c, enum fwidth f)
{
    struct assembler *a = &c->a;
    struct truncation t = truncation_begin(c, T_I64, f);
    unsigned xmm = WX_BUG(S59) ? t.src : reg_alloc(c, XMMS);
    asm_fop_rm(a, FOP_UCOMI, f, t.src, const_mem(c, plus_2_63(f)));
    uint8_t *upper = asm_jcc_skip(a, CC_AE);
    asm_cvttf2si_rr(a, W64, f, t.out, t.src);
    asm_test_rr(a, W64, t.out, t.out);
    conversion_jump(c, CC_S, &t);
    uint8_t *done = asm_jmp_skip(a);
    asm_skip_end(a, upper);
    emit_upper_half(c, &t, xmm);
    conversion_jump(c, CC_S, &t);
    asm_alu_rr(a, ALU_XOR, W64, t.out, t.wide);
    asm_skip_end(a, done);
    result_push(c, T_I64, t.out);
}

void baseline_i32_trunc_f32_s(struct compiler *c) { truncate_i32(c, F32, true); }
void baseline_i32_trunc_f32_u(struct compiler *c) { truncate_i32(c, F32, false); }
void baseline_i32_trunc_f64_s(struct compiler *c) { truncate_i32(c, F64, true); }
void baseline_i32_trunc_f64_u(struct compiler *c) { truncate_i32(c, F64, false); }
void baseline_i64_trunc_f32_s(struct compiler *c) { truncate_i64(c, F32); }
void baseline_i64_trunc_f32_u(struct compiler *c) { truncate_u64(c, F32); }
void baseline_i64_trunc_f64_s(struct compiler *c) { truncate_i64(c, F64); }
void baseline_i64_trunc_f64_u(struct compiler *c) { truncate_u64(c, F64); }

/* ---- float to integer, saturating ---------------------------------------------------- */

/* Compares src with zero: above, or below, equal or unordered. */
static void emit_compare_zero(struct compiler *c, const struct truncation *t, unsigned xmm)
{
    asm_sse_rr(&c->a, SSE_XORPS, xmm, xmm);
    asm_fop_rr(&c->a, FOP_UCOMI, t->f, t->src, xmm);
}

/* out of range: NaN is 0, otherwise the limit on its side. */
static void saturate_s32(struct compiler *c, enum fwidth f)
{
    struct assembler *a = &c->a;
    struct truncation t = truncation_begin(c, T_I32, f);
    unsigned zero = reg_alloc(c, XMMS);
    emit_narrow(c, &t, true);
    uint8_t *fits = asm_jcc_skip(a, CC_E);
    asm_mov_ri32(a, t.out, 0);
    asm_fop_rr(a, FOP_UCOMI, f, t.src, t.src);
    uint8_t *nan = asm_jcc_skip(a, CC_P);
    emit_compare_zero(c, &t, zero);
    asm_mov_ri32(a, t.out, INT32_MAX);
    uint8_t *above = asm_jcc_skip(a, CC_A);
    asm_mov_ri32(a, t.out, UINT32_C(1) << 31);
    asm_skip_end(a, fits);
    asm_skip_end(a, nan);
    asm_skip_end(a, above);
    asm_mov_rr(a, W32, t.out, t.out);
    result_push(c, T_I32, t.out);
}

static void saturate_u32(struct compiler *c, enum fwidth f)
{
    struct assembler *a = &c->a;
    struct truncation t = truncation_begin(c, T_I32, f);
    unsigned zero = reg_alloc(c, XMMS);
    emit_narrow(c, &t, false);
    uint8_t *fits = asm_jcc_skip(a, CC_E);
    emit_compare_zero(c, &t, zero);
    asm_mov_ri32(a, t.out, 0);
    uint8_t *not_above = asm_jcc_skip(a, CC_BE);
    asm_mov_ri32(a, t.out, UINT32_MAX);
    asm_skip_end(a, fits);
    asm_skip_end(a, not_above);
    result_push(c, T_I32, t.out);
}

/* Below range the sign bit alone is the answer already. */
static void saturate_s64(struct compiler *c, enum fwidth f)
{
    struct assembler *a = &c->a;
    struct truncation t = truncation_begin(c, T_I64, f);
    unsigned zero = reg_alloc(c, XMMS);
    asm_cvttf2si_rr(a, W64, f, t.out, t.src);
    asm_alu_ri(a, ALU_CMP, W64, t.out, 1);
    uint8_t *fits = asm_jcc_skip(a, CC_NO);
    emit_compare_zero(c, &t, zero);
    uint8_t *nan = asm_jcc_skip(a, CC_P);
    uint8_t *below = asm_jcc_skip(a, CC_BE);
    asm_mov_ri(a, t.out, INT64_MAX);
    uint8_t *above = asm_jmp_skip(a);
    asm_skip_end(a, nan);
    asm_mov_ri32(a, t.out, 0);
    asm_skip_end(a, fits);
    asm_skip_end(a, below);
    asm_skip_end(a, above);
    result_push(c, T_I64, t.out);
}

static void saturate_u64(struct compiler *c, enum fwidth f)
{
    struct assembler *a = &c->a;
    struct truncation t = truncation_begin(c, T_I64, f);
    unsigned xmm = reg_alloc(c, XMMS);
    asm_fop_rm(a, FOP_UCOMI, f, t.src, const_mem(c, plus_2_63(f)));
    uint8_t *upper = asm_jcc_skip(a, CC_AE);
    asm_cvttf2si_rr(a, W64, f, t.out, t.src);
    asm_test_rr(a, W64, t.out, t.out);
    uint8_t *fits = asm_jcc_skip(a, CC_NS);
    asm_mov_ri32(a, t.out, 0);
    uint8_t *done = asm_jmp_skip(a);
    asm_skip_end(a, upper);
    emit_upper_half(c, &t, xmm);
    uint8_t *above = asm_jcc_skip(a, CC_S);
    asm_alu_rr(a, ALU_XOR, W64, t.out, t.wide);
    uint8_t *upper_done = asm_jmp_skip(a);
    asm_skip_end(a, above);
    asm_mov_ri(a, t.out, UINT64_MAX);
    asm_skip_end(a, fits);
    asm_skip_end(a, done);
    asm_skip_end(a, upper_done);
    result_push(c, T_I64, t.out);
}

void baseline_i32_trunc_sat_f32_s(struct compiler *c) { saturate_s32(c, F32); }
void baseline_i32_trunc_sat_f32_u(struct compiler *c) { saturate_u32(c, F32); }
void baseline_i32_trunc_sat_f64_s(struct compiler *c) { saturate_s32(c, F64); }
void baseline_i32_trunc_sat_f64_u(struct compiler *c) { saturate_u32(c, F64); }
void baseline_i64_trunc_sat_f32_s(struct compiler *c) { saturate_s64(c, F32); }
void baseline_i64_trunc_sat_f32_u(struct compiler *c) { saturate_u64(c, F32); }
void baseline_i64_trunc_sat_f64_s(struct compiler *c) { saturate_s64(c, F64); }
void baseline_i64_trunc_sat_f64_u(struct compiler *c) { saturate_u64(c, F64); }
