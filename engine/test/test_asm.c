/* test_asm.c - every form of the encoder, disassembled again by Zydis.
 *
 * A row of ROWS states one form: how to emit it and what Zydis must see.  The test gives it
 * every combination of registers, every shape of address and the boundary immediates, and
 * compares mnemonic, length, and each operand.
 *
 *      X(name, variants, widths, operands, call)
 *
 * variants   the operations that share the form: an array of struct variant; v->op is one
 * widths     set of operand widths: v->w is one
 * operands   what Zydis must see, two characters each: kind and size
 *      kind  a b c   general register v->r[0], [1], [2]       x y z   the same for xmm
 *            A C     rax, rcx                                 m       memory v->m
 *            i       immediate v->imm, sign-extended          u       unsigned, 8 bits
 *            n       shift count below the width in bits      t       branch target v->imm
 *      size  1 2 4 8 bytes   w that of v->w   o that of the variant   . not compared
 * call       emits it, with operands from v */
#include "x64/asm.h"
#include "base/compiler.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include <Zydis/Zydis.h>

struct variant {
    ZydisMnemonic mnemonic;
    uint32_t op;
    unsigned bytes; /* of a memory operand of size 'o' */
};

struct values {
    uint8_t r[3];
    struct mem m;
    int64_t imm;
    enum width w;
    uint32_t op;
};

struct row {
    const char *name;
    const struct variant *variants;
    size_t variant_count;
    unsigned widths;
    const char *operands;
    void (*emit)(struct assembler *a, const struct values *v);
};

/* ---- the rows ------------------------------------------------------------------------ */

/* clang-format off */
#define M(name) ZYDIS_MNEMONIC_##name

/* Families by one mnemonic: v_MOV and so on. */
#define ONE(X) \
    X(MOV) X(XOR) X(MOVZX) X(MOVSX) X(MOVSXD) X(LEA) X(XCHG) X(BSWAP) X(PUSH) X(POP) \
    X(TEST) X(IMUL) X(CDQ) X(CQO) X(SHLD) X(SHRD) X(BT) X(ANDN) X(RORX) X(SHLX) X(SHRX) \
    X(SARX) X(CALL) X(JMP) X(RET) X(UD2) X(INT3) X(MOVD) X(MOVQ) X(CVTSI2SS) X(CVTSI2SD) \
    X(CVTTSS2SI) X(CVTTSD2SI) X(VCVTSI2SS) X(VCVTSI2SD) X(LDMXCSR) X(STMXCSR) X(MOVAPS) \
    X(MOVSS) X(MOVSD) X(BSF) X(BSR) X(POPCNT) X(TZCNT) X(LZCNT)
#define X(name) static const struct variant v_##name[] = { { M(name), 0, 0 } };
ONE(X)
#undef X

static const struct variant v_alu[] = {
    { M(ADD), ALU_ADD, 0 }, { M(OR),  ALU_OR,  0 }, { M(ADC), ALU_ADC, 0 },
    { M(SBB), ALU_SBB, 0 }, { M(AND), ALU_AND, 0 }, { M(SUB), ALU_SUB, 0 },
    { M(XOR), ALU_XOR, 0 }, { M(CMP), ALU_CMP, 0 },
};
static const struct variant v_unary[] = {
    { M(NOT),  UN_NOT,  0 }, { M(NEG), UN_NEG, 0 }, { M(MUL),  UN_MUL,  0 },
    { M(IMUL), UN_IMUL, 0 }, { M(DIV), UN_DIV, 0 }, { M(IDIV), UN_IDIV, 0 },
};
static const struct variant v_shift[] = {
    { M(ROL), SH_ROL, 0 }, { M(ROR), SH_ROR, 0 }, { M(SHL), SH_SHL, 0 },
    { M(SHR), SH_SHR, 0 }, { M(SAR), SH_SAR, 0 },
};

#define CONDITIONS(p) { \
    { M(p##O),  CC_O,  0 }, { M(p##NO),  CC_NO, 0 }, \
    { M(p##B),  CC_B,  0 }, { M(p##NB),  CC_AE, 0 }, \
    { M(p##Z),  CC_E,  0 }, { M(p##NZ),  CC_NE, 0 }, \
    { M(p##BE), CC_BE, 0 }, { M(p##NBE), CC_A,  0 }, \
    { M(p##S),  CC_S,  0 }, { M(p##NS),  CC_NS, 0 }, \
    { M(p##P),  CC_P,  0 }, { M(p##NP),  CC_NP, 0 }, \
    { M(p##L),  CC_L,  0 }, { M(p##NL),  CC_GE, 0 }, \
    { M(p##LE), CC_LE, 0 }, { M(p##NLE), CC_G,  0 } }
static const struct variant v_jcc[] = CONDITIONS(J);
static const struct variant v_setcc[] = CONDITIONS(SET);
static const struct variant v_cmov[] = CONDITIONS(CMOV);

#define SSE(name, pp, map, op, vex, bits) { M(name), SSE_##name, bits / 8 },
#define VEX(name, pp, map, op, vex, bits) { M(V##name), SSE_##name, bits / 8 },
#define VEX2(name, pp, map, op, vex, bits) \
    { vex == 2 ? M(V##name) : M(INVALID), SSE_##name, bits / 8 },
#define VEX3(name, pp, map, op, vex, bits) \
    { vex == 3 ? M(V##name) : M(INVALID), SSE_##name, bits / 8 },
#define LD(name, pp, map, op, bits)  { M(name), SSE_LD_##name, bits / 8 },
#define VLD(name, pp, map, op, bits) { M(V##name), SSE_LD_##name, bits / 8 },
#define ST(name, pp, map, op, bits)  { M(name), SSE_ST_##name, bits / 8 },
#define VST(name, pp, map, op, bits) { M(V##name), SSE_ST_##name, bits / 8 },
#define SHIFT(name, op, n)           { M(name), SSE_SH_##name, 0 },
#define VSHIFT(name, op, n)          { M(V##name), SSE_SH_##name, 0 },
static const struct variant v_sse[] = { ASM_SSE_ROWS(SSE) };
static const struct variant v_sse_imm[] = { ASM_SSE_IMM_ROWS(SSE) };
static const struct variant v_sse_load[] = { ASM_SSE_LOAD_ROWS(LD) };
static const struct variant v_sse_store[] = { ASM_SSE_STORE_ROWS(ST) };
static const struct variant v_sse_shift[] = { ASM_SSE_SHIFT_ROWS(SHIFT) };
static const struct variant v_vex2[] = { ASM_SSE_ROWS(VEX2) };
static const struct variant v_vex3[] = { ASM_SSE_ROWS(VEX3) };
static const struct variant v_vex_imm[] = { ASM_SSE_IMM_ROWS(VEX) };
static const struct variant v_vex_load[] = { ASM_SSE_LOAD_ROWS(VLD) };
static const struct variant v_vex_store[] = { ASM_SSE_STORE_ROWS(VST) };
static const struct variant v_vex_shift[] = { ASM_SSE_SHIFT_ROWS(VSHIFT) };

static const struct variant v_fop32[] = {
    { M(ADDSS),   FOP_ADD,   4 },  { M(SUBSS),    FOP_SUB,  4 },  { M(MULSS), FOP_MUL, 4 },
    { M(DIVSS),   FOP_DIV,   4 },  { M(MINSS),    FOP_MIN,  4 },  { M(MAXSS), FOP_MAX, 4 },
    { M(SQRTSS),  FOP_SQRT,  4 },  { M(CVTSS2SD), FOP_CONVERT, 4 },
    { M(UCOMISS), FOP_UCOMI, 4 },  { M(ANDPS),    FOP_AND, 16 },
    { M(ANDNPS),  FOP_ANDN, 16 },  { M(ORPS),     FOP_OR,  16 },
    { M(XORPS),   FOP_XOR,  16 },
};
static const struct variant v_fop64[] = {
    { M(ADDSD),   FOP_ADD,   8 },  { M(SUBSD),    FOP_SUB,  8 },  { M(MULSD), FOP_MUL, 8 },
    { M(DIVSD),   FOP_DIV,   8 },  { M(MINSD),    FOP_MIN,  8 },  { M(MAXSD), FOP_MAX, 8 },
    { M(SQRTSD),  FOP_SQRT,  8 },  { M(CVTSD2SS), FOP_CONVERT, 8 },
    { M(UCOMISD), FOP_UCOMI, 8 },  { M(ANDPD),    FOP_AND, 16 },
    { M(ANDNPD),  FOP_ANDN, 16 },  { M(ORPD),     FOP_OR,  16 },
    { M(XORPD),   FOP_XOR,  16 },
};
static const struct variant v_round32[] = {
    { M(ROUNDSS), ROUND_NEAREST, 0 }, { M(ROUNDSS), ROUND_ZERO, 0 },
};
static const struct variant v_round64[] = {
    { M(ROUNDSD), ROUND_NEAREST, 0 }, { M(ROUNDSD), ROUND_ZERO, 0 },
};

/* Sets of widths: byte, half, single, double; SD is single and double. */
enum { B = 1 << W8, H = 1 << W16, S = 1 << W32, D = 1 << W64 };
enum { SD = S | D, HSD = H | SD, ALL = B | HSD };

#define R0  v->r[0]
#define R1  v->r[1]
#define R2  v->r[2]
#define IMM ((int32_t)v->imm)
#define U8  ((uint8_t)v->imm)
#define NUM ((unsigned)v->imm)
#define TO  ((uint64_t)v->imm)

#define ROWS(X) \
    X(mov_rr,      v_MOV,    ALL, "awbw",   asm_mov_rr(a, v->w, R0, R1)) \
    X(mov_rm,      v_MOV,    ALL, "awmw",   asm_mov_rm(a, v->w, R0, v->m)) \
    X(mov_mr,      v_MOV,    ALL, "mwaw",   asm_mov_mr(a, v->w, v->m, R0)) \
    X(mov_mi,      v_MOV,    ALL, "mwiw",   asm_mov_mi(a, v->w, v->m, IMM)) \
    X(mov_ri32,    v_MOV,    S,   "a4i4",   asm_mov_ri32(a, R0, (uint32_t)v->imm)) \
    X(zero,        v_XOR,    S,   "a4a4",   asm_zero(a, R0)) \
    X(movzx_rr8,   v_MOVZX,  SD,  "awb1",   asm_movzx_rr(a, v->w, W8, R0, R1)) \
    X(movzx_rr16,  v_MOVZX,  SD,  "awb2",   asm_movzx_rr(a, v->w, W16, R0, R1)) \
    X(movzx_rm8,   v_MOVZX,  SD,  "awm1",   asm_movzx_rm(a, v->w, W8, R0, v->m)) \
    X(movzx_rm16,  v_MOVZX,  SD,  "awm2",   asm_movzx_rm(a, v->w, W16, R0, v->m)) \
    X(movsx_rr8,   v_MOVSX,  SD,  "awb1",   asm_movsx_rr(a, v->w, W8, R0, R1)) \
    X(movsx_rr16,  v_MOVSX,  SD,  "awb2",   asm_movsx_rr(a, v->w, W16, R0, R1)) \
    X(movsx_rm8,   v_MOVSX,  SD,  "awm1",   asm_movsx_rm(a, v->w, W8, R0, v->m)) \
    X(movsx_rm16,  v_MOVSX,  SD,  "awm2",   asm_movsx_rm(a, v->w, W16, R0, v->m)) \
    X(movsxd_rr,   v_MOVSXD, D,   "a8b4",   asm_movsxd_rr(a, R0, R1)) \
    X(movsxd_rm,   v_MOVSXD, D,   "a8m4",   asm_movsxd_rm(a, R0, v->m)) \
    X(lea,         v_LEA,    SD,  "awm.",   asm_lea(a, v->w, R0, v->m)) \
    X(xchg_rr,     v_XCHG,   ALL, "awbw",   asm_xchg_rr(a, v->w, R0, R1)) \
    X(bswap,       v_BSWAP,  SD,  "aw",     asm_bswap(a, v->w, R0)) \
    X(push_r,      v_PUSH,   D,   "a8",     asm_push_r(a, R0)) \
    X(push_i,      v_PUSH,   D,   "i8",     asm_push_i(a, IMM)) \
    X(push_m,      v_PUSH,   D,   "m8",     asm_push_m(a, v->m)) \
    X(pop_r,       v_POP,    D,   "a8",     asm_pop_r(a, R0)) \
    X(pop_m,       v_POP,    D,   "m8",     asm_pop_m(a, v->m)) \
    X(alu_rr,      v_alu,    ALL, "awbw",   asm_alu_rr(a, v->op, v->w, R0, R1)) \
    X(alu_rm,      v_alu,    ALL, "awmw",   asm_alu_rm(a, v->op, v->w, R0, v->m)) \
    X(alu_mr,      v_alu,    ALL, "mwaw",   asm_alu_mr(a, v->op, v->w, v->m, R0)) \
    X(alu_ri,      v_alu,    ALL, "awiw",   asm_alu_ri(a, v->op, v->w, R0, IMM)) \
    X(alu_mi,      v_alu,    ALL, "mwiw",   asm_alu_mi(a, v->op, v->w, v->m, IMM)) \
    X(test_rr,     v_TEST,   ALL, "awbw",   asm_test_rr(a, v->w, R0, R1)) \
    X(test_mr,     v_TEST,   ALL, "mwaw",   asm_test_mr(a, v->w, v->m, R0)) \
    X(test_ri,     v_TEST,   ALL, "awiw",   asm_test_ri(a, v->w, R0, IMM)) \
    X(test_mi,     v_TEST,   ALL, "mwiw",   asm_test_mi(a, v->w, v->m, IMM)) \
    X(imul_rri,    v_IMUL,   HSD, "awbwiw", asm_imul_rri(a, v->w, R0, R1, IMM)) \
    X(imul_rmi,    v_IMUL,   HSD, "awmwiw", asm_imul_rmi(a, v->w, R0, v->m, IMM)) \
    X(unary_r,     v_unary,  ALL, "aw",     asm_unary_r(a, v->op, v->w, R0)) \
    X(unary_m,     v_unary,  ALL, "mw",     asm_unary_m(a, v->op, v->w, v->m)) \
    X(cdq,         v_CDQ,    S,   "",       asm_cdq(a, v->w)) \
    X(cqo,         v_CQO,    D,   "",       asm_cdq(a, v->w)) \
    X(shift_ri,    v_shift,  ALL, "awnw",   asm_shift_ri(a, v->op, v->w, R0, NUM)) \
    X(shift_mi,    v_shift,  ALL, "mwnw",   asm_shift_mi(a, v->op, v->w, v->m, NUM)) \
    X(shift_rc,    v_shift,  ALL, "awC1",   asm_shift_rc(a, v->op, v->w, R0)) \
    X(shift_mc,    v_shift,  ALL, "mwC1",   asm_shift_mc(a, v->op, v->w, v->m)) \
    X(shld_rri,    v_SHLD,   HSD, "awbwnw", asm_shld_rri(a, v->w, R0, R1, NUM)) \
    X(shrd_rri,    v_SHRD,   HSD, "awbwnw", asm_shrd_rri(a, v->w, R0, R1, NUM)) \
    X(imul_rr,     v_IMUL,   HSD, "awbw",   asm_imul_rr(a, v->w, R0, R1)) \
    X(imul_rm,     v_IMUL,   HSD, "awmw",   asm_imul_rm(a, v->w, R0, v->m)) \
    X(bsf_rr,      v_BSF,    HSD, "awbw",   asm_bsf_rr(a, v->w, R0, R1)) \
    X(bsf_rm,      v_BSF,    HSD, "awmw",   asm_bsf_rm(a, v->w, R0, v->m)) \
    X(bsr_rr,      v_BSR,    HSD, "awbw",   asm_bsr_rr(a, v->w, R0, R1)) \
    X(bsr_rm,      v_BSR,    HSD, "awmw",   asm_bsr_rm(a, v->w, R0, v->m)) \
    X(popcnt_rr,   v_POPCNT, SD,  "awbw",   asm_popcnt_rr(a, v->w, R0, R1)) \
    X(popcnt_rm,   v_POPCNT, SD,  "awmw",   asm_popcnt_rm(a, v->w, R0, v->m)) \
    X(tzcnt_rr,    v_TZCNT,  SD,  "awbw",   asm_tzcnt_rr(a, v->w, R0, R1)) \
    X(tzcnt_rm,    v_TZCNT,  SD,  "awmw",   asm_tzcnt_rm(a, v->w, R0, v->m)) \
    X(lzcnt_rr,    v_LZCNT,  SD,  "awbw",   asm_lzcnt_rr(a, v->w, R0, R1)) \
    X(lzcnt_rm,    v_LZCNT,  SD,  "awmw",   asm_lzcnt_rm(a, v->w, R0, v->m)) \
    X(bt_ri,       v_BT,     HSD, "awnw",   asm_bt_ri(a, v->w, R0, NUM)) \
    X(bt_rr,       v_BT,     HSD, "awbw",   asm_bt_rr(a, v->w, R0, R1)) \
    X(andn_rrr,    v_ANDN,   SD,  "awbwcw", asm_andn_rrr(a, v->w, R0, R1, R2)) \
    X(rorx_rri,    v_RORX,   SD,  "awbwnw", asm_rorx_rri(a, v->w, R0, R1, NUM)) \
    X(shlx_rrr,    v_SHLX,   SD,  "awbwcw", asm_shlx_rrr(a, v->w, R0, R1, R2)) \
    X(shrx_rrr,    v_SHRX,   SD,  "awbwcw", asm_shrx_rrr(a, v->w, R0, R1, R2)) \
    X(sarx_rrr,    v_SARX,   SD,  "awbwcw", asm_sarx_rrr(a, v->w, R0, R1, R2)) \
    X(shlx_rmr,    v_SHLX,   SD,  "awmwbw", asm_shlx_rmr(a, v->w, R0, v->m, R1)) \
    X(shrx_rmr,    v_SHRX,   SD,  "awmwbw", asm_shrx_rmr(a, v->w, R0, v->m, R1)) \
    X(sarx_rmr,    v_SARX,   SD,  "awmwbw", asm_sarx_rmr(a, v->w, R0, v->m, R1)) \
    X(setcc_r,     v_setcc,  B,   "a1",     asm_setcc_r(a, v->op, R0)) \
    X(setcc_m,     v_setcc,  B,   "m1",     asm_setcc_m(a, v->op, v->m)) \
    X(cmov_rr,     v_cmov,   HSD, "awbw",   asm_cmov_rr(a, v->op, v->w, R0, R1)) \
    X(cmov_rm,     v_cmov,   HSD, "awmw",   asm_cmov_rm(a, v->op, v->w, R0, v->m)) \
    X(call,        v_CALL,   D,   "t.",     asm_call(a, TO)) \
    X(jmp,         v_JMP,    D,   "t.",     asm_jmp(a, TO)) \
    X(jcc,         v_jcc,    D,   "t.",     asm_jcc(a, v->op, TO)) \
    X(call_r,      v_CALL,   D,   "a8",     asm_call_r(a, R0)) \
    X(call_m,      v_CALL,   D,   "m8",     asm_call_m(a, v->m)) \
    X(jmp_r,       v_JMP,    D,   "a8",     asm_jmp_r(a, R0)) \
    X(jmp_m,       v_JMP,    D,   "m8",     asm_jmp_m(a, v->m)) \
    X(ret,         v_RET,    D,   "",       asm_ret(a)) \
    X(ret_i,       v_RET,    D,   "i2",     asm_ret_i(a, (uint16_t)v->imm)) \
    X(ud2,         v_UD2,    D,   "",       asm_ud2(a)) \
    X(int3,        v_INT3,   D,   "",       asm_int3(a)) \
    X(sse_rr,      v_sse,       D, "x.y.",     asm_sse_rr(a, v->op, R0, R1)) \
    X(sse_rm,      v_sse,       D, "x.mo",     asm_sse_rm(a, v->op, R0, v->m)) \
    X(sse_rri,     v_sse_imm,   D, "x.y.u1",   asm_sse_rri(a, v->op, R0, R1, U8)) \
    X(sse_rmi,     v_sse_imm,   D, "x.mou1",   asm_sse_rmi(a, v->op, R0, v->m, U8)) \
    X(sse_load,    v_sse_load,  D, "x.mo",     asm_sse_rm(a, v->op, R0, v->m)) \
    X(sse_store,   v_sse_store, D, "mox.",     asm_sse_mr(a, v->op, v->m, R0)) \
    X(sse_shift,   v_sse_shift, D, "x.u1",     asm_sse_shift(a, v->op, R0, U8)) \
    X(fop_rr32,    v_fop32,     D, "x.y.",     asm_fop_rr(a, v->op, F32, R0, R1)) \
    X(fop_rm32,    v_fop32,     D, "x.mo",     asm_fop_rm(a, v->op, F32, R0, v->m)) \
    X(fop_rr64,    v_fop64,     D, "x.y.",     asm_fop_rr(a, v->op, F64, R0, R1)) \
    X(fop_rm64,    v_fop64,     D, "x.mo",     asm_fop_rm(a, v->op, F64, R0, v->m)) \
    X(fmov_rr,     v_MOVAPS,    D, "x.y.",     asm_fmov_rr(a, R0, R1)) \
    X(fload32,     v_MOVSS,     D, "x.m4",     asm_fload(a, F32, R0, v->m)) \
    X(fload64,     v_MOVSD,     D, "x.m8",     asm_fload(a, F64, R0, v->m)) \
    X(fstore32,    v_MOVSS,     D, "m4x.",     asm_fstore(a, F32, v->m, R0)) \
    X(fstore64,    v_MOVSD,     D, "m8x.",     asm_fstore(a, F64, v->m, R0)) \
    X(round_rr32,  v_round32,   D, "x.y.o1",   asm_round_rr(a, F32, R0, R1, v->op)) \
    X(round_rm32,  v_round32,   D, "x.m4o1",   asm_round_rm(a, F32, R0, v->m, v->op)) \
    X(round_rr64,  v_round64,   D, "x.y.o1",   asm_round_rr(a, F64, R0, R1, v->op)) \
    X(round_rm64,  v_round64,   D, "x.m8o1",   asm_round_rm(a, F64, R0, v->m, v->op)) \
    X(movd_xr,     v_MOVD,      S, "x.b4",     asm_movd_xr(a, v->w, R0, R1)) \
    X(movq_xr,     v_MOVQ,      D, "x.b8",     asm_movd_xr(a, v->w, R0, R1)) \
    X(movd_rx,     v_MOVD,      S, "a4y.",     asm_movd_rx(a, v->w, R0, R1)) \
    X(movq_rx,     v_MOVQ,      D, "a8y.",     asm_movd_rx(a, v->w, R0, R1)) \
    X(movd_xm,     v_MOVD,      S, "x.m4",     asm_movd_xm(a, v->w, R0, v->m)) \
    X(movq_xm,     v_MOVQ,      D, "x.m8",     asm_movd_xm(a, v->w, R0, v->m)) \
    X(movd_mx,     v_MOVD,      S, "m4x.",     asm_movd_mx(a, v->w, v->m, R0)) \
    X(movq_mx,     v_MOVQ,      D, "m8x.",     asm_movd_mx(a, v->w, v->m, R0)) \
    X(cvtsi2f_rr32, v_CVTSI2SS, SD, "x.bw",    asm_cvtsi2f_rr(a, F32, v->w, R0, R1)) \
    X(cvtsi2f_rr64, v_CVTSI2SD, SD, "x.bw",    asm_cvtsi2f_rr(a, F64, v->w, R0, R1)) \
    X(cvtsi2f_rm32, v_CVTSI2SS, SD, "x.mw",    asm_cvtsi2f_rm(a, F32, v->w, R0, v->m)) \
    X(cvtsi2f_rm64, v_CVTSI2SD, SD, "x.mw",    asm_cvtsi2f_rm(a, F64, v->w, R0, v->m)) \
    X(cvttf2si_rr32, v_CVTTSS2SI, SD, "awy.",  asm_cvttf2si_rr(a, v->w, F32, R0, R1)) \
    X(cvttf2si_rr64, v_CVTTSD2SI, SD, "awy.",  asm_cvttf2si_rr(a, v->w, F64, R0, R1)) \
    X(cvttf2si_rm32, v_CVTTSS2SI, SD, "awm4",  asm_cvttf2si_rm(a, v->w, F32, R0, v->m)) \
    X(cvttf2si_rm64, v_CVTTSD2SI, SD, "awm8",  asm_cvttf2si_rm(a, v->w, F64, R0, v->m)) \
    X(ldmxcsr,     v_LDMXCSR,   D, "m4",       asm_ldmxcsr(a, v->m)) \
    X(stmxcsr,     v_STMXCSR,   D, "m4",       asm_stmxcsr(a, v->m)) \
    X(v_rrr,       v_vex3,      D, "x.y.z.",   asm_v_rrr(a, v->op, R0, R1, R2)) \
    X(v_rrm,       v_vex3,      D, "x.y.mo",   asm_v_rrm(a, v->op, R0, R1, v->m)) \
    X(v_rrri,      v_vex_imm,   D, "x.y.z.u1", asm_v_rrri(a, v->op, R0, R1, R2, U8)) \
    X(v_rrmi,      v_vex_imm,   D, "x.y.mou1", asm_v_rrmi(a, v->op, R0, R1, v->m, U8)) \
    X(v_rr,        v_vex2,      D, "x.y.",     asm_v_rr(a, v->op, R0, R1)) \
    X(v_rm,        v_vex2,      D, "x.mo",     asm_v_rm(a, v->op, R0, v->m)) \
    X(v_load,      v_vex_load,  D, "x.mo",     asm_v_rm(a, v->op, R0, v->m)) \
    X(v_mr,        v_vex_store, D, "mox.",     asm_v_mr(a, v->op, v->m, R0)) \
    X(v_shift,     v_vex_shift, D, "x.y.u1",   asm_v_shift(a, v->op, R0, R1, U8)) \
    X(vcvtsi2f32,  v_VCVTSI2SS, SD, "x.y.cw",  asm_vcvtsi2f_rrr(a, F32, v->w, R0, R1, R2)) \
    X(vcvtsi2f64,  v_VCVTSI2SD, SD, "x.y.cw",  asm_vcvtsi2f_rrr(a, F64, v->w, R0, R1, R2))

#define EMIT(name, variants, widths, operands, call) \
    static void emit_##name(struct assembler *a, const struct values *v) { (void)v; call; }
ROWS(EMIT)

static const struct row rows[] = {
#define ROW(name, variants, widths, operands, call) \
    { #name, variants, COUNT(variants), widths, operands, emit_##name },
    ROWS(ROW)
};
/* clang-format on */

/* ---- what Zydis sees ----------------------------------------------------------------- */

struct seen {
    ZydisDecodedInstruction ins;
    ZydisDecodedOperand ops[ZYDIS_MAX_OPERAND_COUNT];
};

/* The code under test runs, as it were, at EXEC. */
enum { EXEC = 0x7F000000, BUFFER = 4096 };

struct bench {
    ZydisDecoder decoder;
    uint8_t code[BUFFER];
    struct assembler a;
    size_t encodings;
};

static void bench_init(struct bench *b)
{
    ZydisDecoderInit(&b->decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
    asm_init(&b->a, b->code, sizeof b->code, EXEC);
}

/* Disassembles the instruction at offset at, of which no byte is beyond a->p. */
static bool disassemble(struct bench *b, uint32_t at, struct seen *s)
{
    return ZYAN_SUCCESS(ZydisDecoderDecodeFull(&b->decoder, b->code + at,
                                               asm_pos(&b->a) - at, &s->ins, s->ops));
}

static uint64_t absolute(const struct seen *s, const ZydisDecodedOperand *op, uint32_t at)
{
    ZyanU64 address = 0;
    ZydisCalcAbsoluteAddress(&s->ins, op, EXEC + (uint64_t)at, &address);
    return address;
}

static ZydisRegister gpr_register(unsigned n, unsigned bytes)
{
    switch (bytes) { /* Zydis counts ah, ch, dh, bh between bl and spl */
    case 1: return ZydisRegisterEncode(ZYDIS_REGCLASS_GPR8, (ZyanU8)(n < 4 ? n : n + 4));
    case 2: return ZydisRegisterEncode(ZYDIS_REGCLASS_GPR16, (ZyanU8)n);
    case 4: return ZydisRegisterEncode(ZYDIS_REGCLASS_GPR32, (ZyanU8)n);
    default: return ZydisRegisterEncode(ZYDIS_REGCLASS_GPR64, (ZyanU8)n);
    }
}

static bool is_gpr(const ZydisDecodedOperand *op, unsigned n, unsigned bytes)
{
    return op->type == ZYDIS_OPERAND_TYPE_REGISTER &&
           op->reg.value == gpr_register(n, bytes);
}

static bool is_xmm(const ZydisDecodedOperand *op, unsigned n)
{
    return op->type == ZYDIS_OPERAND_TYPE_REGISTER &&
           op->reg.value == ZydisRegisterEncode(ZYDIS_REGCLASS_XMM, (ZyanU8)n);
}

/* Bits of the displacement in the shortest encoding of m. */
static unsigned displacement_bits(struct mem m)
{
    if (m.base == NO_REG)
        return 32;
    if (m.disp == 0 && m.base != RBP && m.base != R13)
        return 0;
    return m.disp >= -128 && m.disp <= 127 ? 8 : 32;
}

static bool is_mem(const struct seen *s, const ZydisDecodedOperand *op, struct mem m)
{
    if (op->type != ZYDIS_OPERAND_TYPE_MEMORY)
        return false;
    if (m.base == RIP_REG)
        return op->mem.base == ZYDIS_REGISTER_RIP &&
               absolute(s, op, 0) == EXEC + (uint64_t)(int64_t)m.disp;
    ZydisRegister base = m.base == NO_REG ? ZYDIS_REGISTER_NONE : gpr_register(m.base, 8);
    ZydisRegister index =
        m.index == NO_REG ? ZYDIS_REGISTER_NONE : gpr_register(m.index, 8);
    unsigned scale = m.index == NO_REG ? 0 : m.scale;
    return op->mem.base == base && op->mem.index == index && op->mem.scale == scale &&
           op->mem.disp.value == m.disp && s->ins.raw.disp.size == displacement_bits(m);
}

static bool is_imm(const ZydisDecodedOperand *op, int64_t imm, unsigned bytes)
{
    uint64_t mask = bytes == 8 ? UINT64_MAX : (1ULL << 8 * bytes) - 1;
    return op->type == ZYDIS_OPERAND_TYPE_IMMEDIATE &&
           ((op->imm.value.u ^ (uint64_t)imm) & mask) == 0;
}

static bool is_operand(const struct seen *s, const ZydisDecodedOperand *op, char kind,
                       unsigned bytes, const struct values *v)
{
    switch (kind) {
    case 'a':
    case 'b':
    case 'c': return is_gpr(op, v->r[kind - 'a'], bytes);
    case 'x':
    case 'y':
    case 'z': return is_xmm(op, v->r[kind - 'x']);
    case 'C': return is_gpr(op, RCX, bytes);
    case 'm': return is_mem(s, op, v->m) && (!bytes || op->size == 8 * bytes);
    case 'i':
    case 'n':
    case 'u': return is_imm(op, v->imm, bytes);
    case 'o': return is_imm(op, v->op, bytes);
    case 't': return absolute(s, op, 0) == (uint64_t)v->imm;
    default: return false;
    }
}

static unsigned operand_bytes(char size, const struct values *v,
                              const struct variant *variant)
{
    switch (size) {
    case 'w': return 1U << v->w;
    case 'o': return variant->bytes;
    case '.': return 0;
    default: return (unsigned)(size - '0');
    }
}

static bool matches(const struct row *row, const struct variant *variant,
                    const struct values *v, const struct seen *s)
{
    size_t count = strlen(row->operands) / 2;
    if (s->ins.mnemonic != variant->mnemonic || s->ins.operand_count_visible != count)
        return false;
    for (size_t i = 0; i < count; i++) {
        const char *want = row->operands + 2 * i;
        if (!is_operand(s, &s->ops[i], want[0], operand_bytes(want[1], v, variant), v))
            return false;
    }
    return true;
}

/* The length of the shortest encoding that Zydis's own encoder finds; 0 if it cannot tell.
 * Not for xchg, which leaves the byte of a form to nop: 90 is xchg eax, eax. */
static size_t shortest(const struct seen *s)
{
    ZydisEncoderRequest request;
    uint8_t code[ZYDIS_MAX_INSTRUCTION_LENGTH];
    ZyanUSize len = sizeof code;
    if (s->ins.mnemonic == M(XCHG) ||
        !ZYAN_SUCCESS(ZydisEncoderDecodedInstructionToEncoderRequest(
            &s->ins, s->ops, s->ins.operand_count_visible, &request)))
        return 0;
    return ZYAN_SUCCESS(ZydisEncoderEncodeInstruction(&request, code, &len)) ? len : 0;
}

static void complain(const struct bench *b, const struct row *row, const struct values *v)
{
    char hex[3 * ASM_TOUCH + 1] = "";
    for (uint32_t i = 0; i < asm_pos(&b->a) && i < ASM_TOUCH; i++)
        snprintf(hex + 3 * i, 4, " %02X", b->code[i]);
    fail_msg("%s op %u width %u: r %u %u %u imm %lld mem %02x %02x %u %d gives%s",
             row->name, v->op, v->w, v->r[0], v->r[1], v->r[2], (long long)v->imm,
             v->m.base, v->m.index, v->m.scale, v->m.disp, hex);
}

static void check(struct bench *b, const struct row *row, const struct variant *variant,
                  const struct values *v)
{
    struct seen s;
    b->a.p = b->a.start;
    memset(b->code, 0xCC, 2 * ASM_TOUCH);
    row->emit(&b->a, v);
    b->encodings++;
    bool good = disassemble(b, 0, &s) && s.ins.length == asm_pos(&b->a) &&
                matches(row, variant, v, &s);
    for (size_t i = ASM_TOUCH; i < 2 * ASM_TOUCH; i++)
        good = good && b->code[i] == 0xCC;
    size_t best = good ? shortest(&s) : 0;
    if (!good || (best && best < s.ins.length))
        complain(b, row, v);
}

/* ---- sweeps -------------------------------------------------------------------------- */

static const int32_t displacements[] = {
    0, 1, -1, 127, 128, -128, -129, 0x12345678, INT32_MAX, INT32_MIN,
};

enum { BASES = 18, INDEXES = 16, SCALES = 4 };
enum { SHAPES = BASES * INDEXES * SCALES * (int)COUNT(displacements) };

/* Address shape number n: every base, none and RIP; every index but rsp, and none. */
static struct mem shape(size_t n)
{
    size_t base = n % BASES, index = n / BASES % INDEXES;
    unsigned scale = 1U << n / (BASES * INDEXES) % SCALES;
    int32_t disp = displacements[n / (BASES * INDEXES * SCALES) % COUNT(displacements)];
    if (base == 17)
        return mem_offset(disp / 2);
    enum gpr b = base == 16 ? NO_REG : (enum gpr)base;
    return index == RSP ? mem_base(b, disp) : mem_index(b, (enum gpr)index, scale, disp);
}

static const int64_t immediates[] = {
    0,     1,    -1,   2,      126,    127,       128,       -127,          -128,
    -129,  254,  255,  256,    32767,  32768,     -32768,    -32769,        65535,
    65536, -255, -256, 0x7FFF, -65535, INT32_MAX, INT32_MIN, INT32_MIN + 1, 0x12345678,
};
static const int64_t bytes[] = { 0, 1, 2, 127, 128, 129, 255 };
static const int64_t targets[] = {
    EXEC,
    EXEC + 5,
    EXEC + 133,
    EXEC - 127,
    EXEC + (int64_t)INT32_MAX,
    EXEC + 6 - 0x80000000LL,
};

static const char *find(const struct row *row, const char *kinds)
{
    for (const char *p = row->operands; *p; p += 2)
        if (strchr(kinds, *p))
            return p;
    return NULL;
}

/* How many register fields the row uses. */
static unsigned register_count(const struct row *row)
{
    return find(row, "cz") ? 3 : find(row, "by") ? 2 : find(row, "ax") ? 1 : 0;
}

/* Immediate number n of the kind that the row takes. */
static int64_t immediate(const struct row *row, enum width w, size_t n)
{
    if (find(row, "n"))
        return (int64_t)(n % (8U << w));
    if (find(row, "u"))
        return bytes[n % COUNT(bytes)];
    if (find(row, "t"))
        return targets[n % COUNT(targets)];
    return immediates[n % COUNT(immediates)];
}

static size_t immediate_count(const struct row *row, enum width w)
{
    return find(row, "n") ? 8U << w : find(row, "iut") ? COUNT(immediates) : 1;
}

static void set_registers(struct values *v, size_t n)
{
    v->r[0] = n & 15;
    v->r[1] = n >> 4 & 15;
    v->r[2] = n >> 8 & 15;
}

/* Every combination of registers; then every address, and every immediate, each with
 * registers that change from one to the next. */
static void sweep(struct bench *b, const struct row *row, const struct variant *variant,
                  enum width w)
{
    struct values v = { .w = w, .op = variant->op };
    size_t combinations = (size_t)1 << 4 * register_count(row);
    for (size_t n = 0; n < combinations; n++) {
        set_registers(&v, n);
        v.m = shape(n * 37);
        v.imm = immediate(row, w, n);
        check(b, row, variant, &v);
    }
    for (size_t n = 0; find(row, "m") && n < SHAPES; n++) {
        set_registers(&v, n * 7);
        v.m = shape(n);
        v.imm = immediate(row, w, n);
        check(b, row, variant, &v);
    }
    for (size_t n = 0; n < 16 * immediate_count(row, w); n++) {
        set_registers(&v, n * 7);
        v.m = shape(n * 41);
        v.imm = immediate(row, w, n / 16);
        check(b, row, variant, &v);
    }
}

static void every_form_decodes_to_what_was_asked(void **state)
{
    (void)state;
    struct bench b = { .encodings = 0 };
    bench_init(&b);
    for (const struct row *row = rows; row < rows + COUNT(rows); row++)
        for (size_t i = 0; i < row->variant_count; i++)
            for (unsigned w = W8; w <= W64; w++)
                if ((row->widths >> w & 1) && row->variants[i].mnemonic != M(INVALID))
                    sweep(&b, row, &row->variants[i], (enum width)w);
    print_message("%zu encodings of %zu forms\n", b.encodings, COUNT(rows));
}

/* ---- forms whose encoding depends on the value --------------------------------------- */

static void mov_ri_is_the_shortest(void **state)
{
    static const struct {
        uint64_t imm;
        unsigned len, high_len; /* for rax to rdi, for r8 to r15 */
    } cases[] = {
        { 0, 5, 6 },
        { 1, 5, 6 },
        { 0x7FFFFFFF, 5, 6 },
        { 0x80000000, 5, 6 },
        { 0xFFFFFFFF, 5, 6 },
        { 0x100000000, 10, 10 },
        { UINT64_MAX, 7, 7 },
        { (uint64_t)INT32_MIN, 7, 7 },
        { (uint64_t)INT32_MIN - 1, 10, 10 },
        { 0x123456789ABCDEF0, 10, 10 },
        { (uint64_t)INT64_MIN, 10, 10 },
    };
    (void)state;
    struct bench b;
    struct seen s;
    bench_init(&b);
    for (size_t i = 0; i < COUNT(cases); i++)
        for (unsigned r = 0; r < GPR_COUNT; r++) {
            b.a.p = b.a.start;
            asm_mov_ri(&b.a, (enum gpr)r, cases[i].imm);
            assert_true(disassemble(&b, 0, &s));
            assert_int_equal(s.ins.mnemonic, M(MOV));
            assert_int_equal(s.ins.length, asm_pos(&b.a));
            assert_int_equal(s.ins.length, r < 8 ? cases[i].len : cases[i].high_len);
            assert_true(is_gpr(&s.ops[0], r, s.ins.length < 7 ? 4 : 8));
            assert_true(is_imm(&s.ops[1], (int64_t)cases[i].imm, s.ins.length < 7 ? 4 : 8));
        }
}

static void movabs_always_takes_eight_bytes(void **state)
{
    (void)state;
    struct bench b;
    struct seen s;
    bench_init(&b);
    for (unsigned r = 0; r < GPR_COUNT; r++) {
        b.a.p = b.a.start;
        asm_movabs(&b.a, (enum gpr)r, r);
        assert_true(disassemble(&b, 0, &s));
        assert_int_equal(asm_pos(&b.a), 10);
        assert_int_equal(s.ins.length, 10);
        assert_true(s.ins.mnemonic == M(MOV) && is_gpr(&s.ops[0], r, 8));
        assert_true(is_imm(&s.ops[1], r, 8));
    }
}

static void nops_fill_exactly(void **state)
{
    (void)state;
    struct bench b;
    struct seen s;
    bench_init(&b);
    for (size_t n = 0; n < 100; n++) {
        uint32_t count = 0, at = 0;
        b.a.p = b.a.start;
        asm_nop(&b.a, n);
        assert_int_equal(asm_pos(&b.a), n);
        for (; at < n; at += s.ins.length, count++) {
            assert_true(disassemble(&b, at, &s));
            assert_int_equal(s.ins.mnemonic, M(NOP));
        }
        assert_int_equal(count, (n + 8) / 9);
    }
}

static void nops_are_the_recommended_ones(void **state)
{
    (void)state;
    struct bench b;
    uint8_t want[9];
    bench_init(&b);
    for (size_t n = 1; n <= sizeof want; n++) {
        b.a.p = b.a.start;
        asm_nop(&b.a, n);
        assert_true(ZYAN_SUCCESS(ZydisEncoderNopFill(want, n)));
        assert_memory_equal(b.code, want, n);
    }
}

static void align_counts_from_exec(void **state)
{
    (void)state;
    struct bench b;
    bench_init(&b);
    b.a.exec = EXEC + 3;
    asm_align(&b.a, 16);
    assert_int_equal(asm_exec(&b.a), EXEC + 16);
    asm_align(&b.a, 16);
    assert_int_equal(asm_exec(&b.a), EXEC + 16);
}

static void cc_invert_pairs_conditions(void **state)
{
    (void)state;
    assert_int_equal(cc_invert(CC_B), CC_AE);
    assert_int_equal(cc_invert(CC_G), CC_LE);
    for (unsigned cc = CC_O; cc <= CC_G; cc++)
        assert_int_equal(cc_invert(cc_invert((enum cc)cc)), cc);
}

static void fop_sse_picks_the_row_by_width(void **state)
{
    (void)state;
    assert_int_equal(fop_sse(FOP_CMP, F32), SSE_CMPSS);
    assert_int_equal(fop_sse(FOP_CMP, F64), SSE_CMPSD);
    assert_int_equal(fop_sse(FOP_SQRT, F64), SSE_SQRTSD);
    assert_int_equal(fop_sse(FOP_XOR, F64), SSE_XORPD);
}

static void room_is_exact(void **state)
{
    (void)state;
    struct bench b;
    bench_init(&b);
    assert_true(asm_room(&b.a, BUFFER));
    assert_false(asm_room(&b.a, BUFFER + 1));
    asm_ret(&b.a);
    assert_false(asm_room(&b.a, BUFFER));
    assert_true(asm_room(&b.a, BUFFER - 1));
}

/* ---- labels -------------------------------------------------------------------------- */

/* A jump at offset `at` reaches offset `target` and is len bytes long. */
static void assert_reaches(struct bench *b, uint32_t at, ZydisMnemonic mnemonic, size_t op,
                           uint32_t target, size_t len)
{
    struct seen s;
    assert_true(disassemble(b, at, &s));
    assert_int_equal(s.ins.mnemonic, mnemonic);
    assert_int_equal(absolute(&s, &s.ops[op], at), EXEC + (uint64_t)target);
    assert_int_equal(s.ins.length, len);
}

static void backward_jumps_are_short_when_in_reach(void **state)
{
    static const struct {
        uint32_t gap;
        size_t jmp, jcc;
    } cases[] = {
        { 0, 2, 2 },   { 1, 2, 2 },   { 125, 2, 2 },
        { 126, 2, 2 }, { 127, 5, 6 }, { 1000, 5, 6 },
    };
    (void)state;
    struct bench b;
    for (size_t i = 0; i < COUNT(cases); i++)
        for (unsigned cc = 0; cc <= CC_G; cc++) {
            struct label jmp = { 0 }, jcc = { 0 }, call = { 0 };
            bench_init(&b);
            asm_nop(&b.a, 3);
            asm_bind(&b.a, &jmp);
            asm_nop(&b.a, cases[i].gap);
            asm_jmp_label(&b.a, &jmp);
            assert_reaches(&b, 3 + cases[i].gap, M(JMP), 0, 3, cases[i].jmp);
            uint32_t at = asm_pos(&b.a);
            asm_bind(&b.a, &jcc);
            asm_nop(&b.a, cases[i].gap);
            asm_jcc_label(&b.a, (enum cc)cc, &jcc);
            assert_reaches(&b, at + cases[i].gap, v_jcc[cc].mnemonic, 0, at, cases[i].jcc);
            at = asm_pos(&b.a);
            asm_bind(&b.a, &call);
            asm_nop(&b.a, cases[i].gap);
            asm_call_label(&b.a, &call);
            assert_reaches(&b, at + cases[i].gap, M(CALL), 0, at, 5);
        }
}

static void forward_references_of_every_kind_resolve(void **state)
{
    (void)state;
    struct bench b;
    bench_init(&b);
    struct label l = { 0 };
    uint32_t at[9] = { 0 };
    assert_false(label_used(&l));
    asm_jmp_label(&b.a, &l);
    at[1] = asm_pos(&b.a);
    asm_jcc_label(&b.a, CC_NE, &l);
    at[2] = asm_pos(&b.a);
    asm_call_label(&b.a, &l);
    at[3] = asm_pos(&b.a);
    asm_lea(&b.a, W64, R9, mem_label(&b.a, &l));
    at[4] = asm_pos(&b.a);
    asm_alu_mi(&b.a, ALU_CMP, W32, mem_label(&b.a, &l), 1);
    at[5] = asm_pos(&b.a);
    asm_alu_mi(&b.a, ALU_CMP, W16, mem_label(&b.a, &l), 1000);
    at[6] = asm_pos(&b.a);
    asm_mov_mi(&b.a, W64, mem_label(&b.a, &l), 1000);
    at[7] = asm_pos(&b.a);
    asm_sse_rmi(&b.a, SSE_ROUNDSD, XMM9, mem_label(&b.a, &l), 3);
    at[8] = asm_pos(&b.a);
    asm_v_rrmi(&b.a, SSE_CMPSD, XMM9, XMM1, mem_label(&b.a, &l), 3);
    assert_true(label_used(&l) && !label_bound(&l));
    asm_nop(&b.a, 300);
    asm_bind(&b.a, &l);
    uint32_t end = asm_pos(&b.a);
    assert_true(label_bound(&l) && !label_used(&l) && label_pos(&l) == end);
    assert_reaches(&b, at[0], M(JMP), 0, end, 5);
    assert_reaches(&b, at[1], M(JNZ), 0, end, 6);
    assert_reaches(&b, at[2], M(CALL), 0, end, 5);
    assert_reaches(&b, at[3], M(LEA), 1, end, 7);
    assert_reaches(&b, at[4], M(CMP), 0, end, 7);
    assert_reaches(&b, at[5], M(CMP), 0, end, 9);
    assert_reaches(&b, at[6], M(MOV), 0, end, 11);
    assert_reaches(&b, at[7], M(ROUNDSD), 1, end, 11);
    assert_reaches(&b, at[8], M(VCMPSD), 2, end, 9);
}

static void memory_operands_reach_bound_labels_and_addresses(void **state)
{
    (void)state;
    struct bench b;
    bench_init(&b);
    struct label l = { 0 };
    asm_nop(&b.a, 40);
    asm_bind(&b.a, &l);
    asm_nop(&b.a, 200);
    asm_fop_rm(&b.a, FOP_ADD, F64, XMM3, mem_label(&b.a, &l));
    assert_reaches(&b, 240, M(ADDSD), 1, 40, 8);
    asm_alu_mi(&b.a, ALU_ADD, W64, mem_label(&b.a, &l), 1000);
    assert_reaches(&b, 248, M(ADD), 0, 40, 11);
    asm_mov_rm(&b.a, W32, R10, mem_exec(&b.a, EXEC + 77));
    assert_reaches(&b, 259, M(MOV), 1, 77, 7);
}

static void jump_table_entries_count_from_the_start(void **state)
{
    (void)state;
    for (int early = 0; early < 2; early++) { /* whether the second target is bound first */
        struct bench b;
        struct seen s;
        bench_init(&b);
        struct label table = { 0 }, first = { 0 }, second = { 0 };
        asm_nop(&b.a, 9);
        if (early)
            asm_bind(&b.a, &second);
        asm_jump_table(&b.a, RCX, R13, &table);
        asm_bind(&b.a, &table);
        asm_jump_table_entry(&b.a, &first);
        asm_jump_table_entry(&b.a, &second);
        asm_jump_table_entry(&b.a, &first);
        asm_bind(&b.a, &first);
        asm_nop(&b.a, 5);
        if (!early)
            asm_bind(&b.a, &second);
        uint32_t entry[3];
        memcpy(entry, b.code + label_pos(&table), sizeof entry);
        assert_int_equal(entry[0], label_pos(&first));
        assert_int_equal(entry[1], label_pos(&second));
        assert_int_equal(entry[2], label_pos(&first));
        assert_reaches(&b, 9, M(LEA), 1, 0, 7);
        assert_true(disassemble(&b, 16, &s));
        struct mem m = mem_index(R13, RCX, 4, (int32_t)label_pos(&table));
        assert_int_equal(s.ins.mnemonic, M(MOVSXD));
        assert_int_equal(s.ops[1].mem.disp.value, m.disp);
        assert_int_equal(s.ops[1].mem.base, gpr_register(R13, 8));
        assert_int_equal(s.ops[1].mem.index, gpr_register(RCX, 8));
        assert_true(disassemble(&b, 24, &s));
        assert_true(s.ins.mnemonic == M(ADD) && is_gpr(&s.ops[0], RCX, 8));
        assert_true(is_gpr(&s.ops[1], R13, 8));
        assert_true(disassemble(&b, 27, &s));
        assert_true(s.ins.mnemonic == M(JMP) && is_gpr(&s.ops[0], RCX, 8));
        assert_int_equal(label_pos(&table), 29);
    }
}

static void skips_land_behind_what_they_skip(void **state)
{
    (void)state;
    for (uint32_t n = 0; n < 128; n++) {
        struct bench b;
        bench_init(&b);
        uint8_t *jcc = asm_jcc_skip(&b.a, CC_A);
        asm_nop(&b.a, n);
        asm_skip_end(&b.a, jcc);
        uint8_t *jmp = asm_jmp_skip(&b.a);
        asm_nop(&b.a, n);
        asm_skip_end(&b.a, jmp);
        assert_reaches(&b, 0, M(JNBE), 0, 2 + n, 2);
        assert_reaches(&b, 2 + n, M(JMP), 0, 4 + 2 * n, 2);
    }
}

static void patched_calls_reach_their_target(void **state)
{
    (void)state;
    struct bench b;
    bench_init(&b);
    asm_nop(&b.a, 20);
    asm_call(&b.a, EXEC);
    asm_patch_rel32(b.a.p - 4, b.code + 3);
    assert_reaches(&b, 20, M(CALL), 0, 3, 5);
    asm_patch_rel32(b.a.p - 4, b.code + 3000);
    assert_reaches(&b, 20, M(CALL), 0, 3000, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_form_decodes_to_what_was_asked),
        cmocka_unit_test(mov_ri_is_the_shortest),
        cmocka_unit_test(movabs_always_takes_eight_bytes),
        cmocka_unit_test(nops_fill_exactly),
        cmocka_unit_test(nops_are_the_recommended_ones),
        cmocka_unit_test(align_counts_from_exec),
        cmocka_unit_test(cc_invert_pairs_conditions),
        cmocka_unit_test(fop_sse_picks_the_row_by_width),
        cmocka_unit_test(room_is_exact),
        cmocka_unit_test(backward_jumps_are_short_when_in_reach),
        cmocka_unit_test(forward_references_of_every_kind_resolve),
        cmocka_unit_test(memory_operands_reach_bound_labels_and_addresses),
        cmocka_unit_test(jump_table_entries_count_from_the_start),
        cmocka_unit_test(skips_land_behind_what_they_skip),
        cmocka_unit_test(patched_calls_reach_their_target),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
