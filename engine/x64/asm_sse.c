/* asm_sse.c - the SSE and AVX forms of asm.h that are not inline there.
 *
 * A new instruction is a row in asm.h; a function appears here only for a new shape of
 * operands. */
#include "x64/asm.h"

/* The F64 neighbour of an F32 row: pp none becomes 66, F3 becomes F2. */
static uint32_t by_fwidth(uint32_t op, enum fwidth w) { return op | (uint32_t)w << 10; }

static uint32_t by_width(uint32_t op, enum width w)
{
    assert(w >= W32);
    return op | (w == W64 ? (uint32_t)ASM_W : 0);
}

/* ---- immediates ---------------------------------------------------------------------- */

void asm_sse_rri(struct assembler *a, enum sse_op op, enum xmm dst, enum xmm src,
                 uint8_t imm)
{
    asm_emit_rr(a, op, dst, src);
    asm_put_byte(a, imm);
}

void asm_sse_rmi(struct assembler *a, enum sse_op op, enum xmm dst, struct mem m,
                 uint8_t imm)
{
    asm_emit_rm(a, op | ASM_TAIL(1U), dst, m);
    asm_put_byte(a, imm);
}

void asm_sse_shift(struct assembler *a, enum sse_op op, enum xmm dst, uint8_t imm)
{
    asm_emit_rr(a, op, op >> 20, dst);
    asm_put_byte(a, imm);
}

/* 66 0F 3A 0A /r ib, 66 0F 3A 0B /r ib */
static enum sse_op round_op(enum fwidth w) { return w == F32 ? SSE_ROUNDSS : SSE_ROUNDSD; }

void asm_round_rr(struct assembler *a, enum fwidth w, enum xmm dst, enum xmm src,
                  enum round how)
{
    asm_sse_rri(a, round_op(w), dst, src, (uint8_t)how);
}

void asm_round_rm(struct assembler *a, enum fwidth w, enum xmm dst, struct mem m,
                  enum round how)
{
    asm_sse_rmi(a, round_op(w), dst, m, (uint8_t)how);
}

/* ---- moves and conversions between the register files -------------------------------- */

enum {
    OP_MOVD_TO_XMM = ASM_OP(PP_66, MAP_0F, 0x6E),
    OP_MOVD_FROM_XMM = ASM_OP(PP_66, MAP_0F, 0x7E),
    OP_CVTSI2F = ASM_OP(PP_F3, MAP_0F, 0x2A),
    OP_CVTTF2SI = ASM_OP(PP_F3, MAP_0F, 0x2C),
    OP_MXCSR = ASM_OP(PP_NONE, MAP_0F, 0xAE),
};

void asm_movd_xr(struct assembler *a, enum width w, enum xmm dst, enum gpr src)
{
    asm_emit_rr(a, by_width(OP_MOVD_TO_XMM, w), dst, src);
}

void asm_movd_rx(struct assembler *a, enum width w, enum gpr dst, enum xmm src)
{
    asm_emit_rr(a, by_width(OP_MOVD_FROM_XMM, w), src, dst);
}

void asm_movd_xm(struct assembler *a, enum width w, enum xmm dst, struct mem m)
{
    assert(w >= W32);
    asm_emit_rm(a, w == W32 ? (uint32_t)OP_MOVD_TO_XMM : SSE_MOVQ, dst, m);
}

void asm_movd_mx(struct assembler *a, enum width w, struct mem m, enum xmm src)
{
    assert(w >= W32);
    asm_emit_rm(a, w == W32 ? (uint32_t)OP_MOVD_FROM_XMM : SSE_ST_MOVQ, src, m);
}

void asm_cvtsi2f_rr(struct assembler *a, enum fwidth f, enum width w, enum xmm dst,
                    enum gpr src)
{
    asm_emit_rr(a, by_width(by_fwidth(OP_CVTSI2F, f), w), dst, src);
}

void asm_cvtsi2f_rm(struct assembler *a, enum fwidth f, enum width w, enum xmm dst,
                    struct mem m)
{
    asm_emit_rm(a, by_width(by_fwidth(OP_CVTSI2F, f), w), dst, m);
}

void asm_cvttf2si_rr(struct assembler *a, enum width w, enum fwidth f, enum gpr dst,
                     enum xmm src)
{
    asm_emit_rr(a, by_width(by_fwidth(OP_CVTTF2SI, f), w), dst, src);
}

void asm_cvttf2si_rm(struct assembler *a, enum width w, enum fwidth f, enum gpr dst,
                     struct mem m)
{
    asm_emit_rm(a, by_width(by_fwidth(OP_CVTTF2SI, f), w), dst, m);
}

void asm_ldmxcsr(struct assembler *a, struct mem m) { asm_emit_rm(a, OP_MXCSR, 2, m); }

void asm_stmxcsr(struct assembler *a, struct mem m) { asm_emit_rm(a, OP_MXCSR, 3, m); }

/* ---- VEX ----------------------------------------------------------------------------- */

void asm_v_rrr(struct assembler *a, enum sse_op op, enum xmm dst, enum xmm x, enum xmm y)
{
    asm_emit_vrr(a, op, dst, x, y);
}

void asm_v_rrm(struct assembler *a, enum sse_op op, enum xmm dst, enum xmm x, struct mem m)
{
    asm_emit_vrm(a, op, dst, x, m);
}

void asm_v_rrri(struct assembler *a, enum sse_op op, enum xmm dst, enum xmm x, enum xmm y,
                uint8_t imm)
{
    asm_emit_vrr(a, op, dst, x, y);
    asm_put_byte(a, imm);
}

void asm_v_rrmi(struct assembler *a, enum sse_op op, enum xmm dst, enum xmm x, struct mem m,
                uint8_t imm)
{
    asm_emit_vrm(a, op | ASM_TAIL(1U), dst, x, m);
    asm_put_byte(a, imm);
}

/* The store that copies between registers as the load op does, or 0. */
static uint32_t mirror(enum sse_op op)
{
    switch (op) {
    case SSE_MOVAPS: return SSE_ST_MOVAPS;
    case SSE_MOVUPS: return SSE_ST_MOVUPS;
    case SSE_MOVDQA: return SSE_ST_MOVDQA;
    case SSE_MOVDQU: return SSE_ST_MOVDQU;
    case SSE_MOVQ: return SSE_ST_MOVQ;
    default: return 0;
    }
}

/* The short VEX prefix can extend the register in reg but not the one in rm. */
void asm_v_rr(struct assembler *a, enum sse_op op, enum xmm dst, enum xmm src)
{
    uint32_t store = dst < XMM8 && src >= XMM8 ? mirror(op) : 0;
    if (store)
        asm_emit_vrr(a, store, src, 0, dst);
    else
        asm_emit_vrr(a, op, dst, 0, src);
}

void asm_v_rm(struct assembler *a, enum sse_op op, enum xmm dst, struct mem m)
{
    asm_emit_vrm(a, op, dst, 0, m);
}

void asm_v_mr(struct assembler *a, enum sse_op op, struct mem m, enum xmm src)
{
    asm_emit_vrm(a, op, src, 0, m);
}

void asm_v_shift(struct assembler *a, enum sse_op op, enum xmm dst, enum xmm src,
                 uint8_t imm)
{
    asm_emit_vrr(a, op, op >> 20, dst, src);
    asm_put_byte(a, imm);
}

void asm_vcvtsi2f_rrr(struct assembler *a, enum fwidth f, enum width w, enum xmm dst,
                      enum xmm x, enum gpr src)
{
    asm_emit_vrr(a, by_width(by_fwidth(OP_CVTSI2F, f), w), dst, x, src);
}
