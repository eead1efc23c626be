/* asm_forms.c - the rows: every form of the encoder.
 *
 *      X(name, variants, widths, operands, call)
 *
 * call emits the form, with operands from v; the rest is explained in asm_forms.h. */
#include "asm_forms.h"
#include "base/compiler.h"

/* clang-format off */
#define M(name) ZYDIS_MNEMONIC_##name

/* Families by one mnemonic: v_MOV and so on. */
#define ONE(X) \
    X(MOV) X(XOR) X(MOVZX) X(MOVSX) X(MOVSXD) X(LEA) X(XCHG) X(BSWAP) X(PUSH) X(POP) \
    X(TEST) X(IMUL) X(CDQ) X(CQO) X(SHLD) X(SHRD) X(BT) X(ANDN) X(RORX) X(SHLX) X(SHRX) \
    X(SARX) X(CALL) X(JMP) X(RET) X(UD2) X(INT3) X(MOVD) X(MOVQ) X(CVTSI2SS) X(CVTSI2SD) \
    X(CVTTSS2SI) X(CVTTSD2SI) X(VCVTSI2SS) X(VCVTSI2SD) X(LDMXCSR) X(STMXCSR) X(MOVAPS) \
    X(MOVSS) X(MOVSD) X(BSF) X(BSR) X(POPCNT) X(TZCNT) X(LZCNT)
#define X(name) static const struct asm_variant v_##name[] = { { M(name), 0, 0 } };
ONE(X)
#undef X

static const struct asm_variant v_alu[] = {
    { M(ADD), ALU_ADD, 0 }, { M(OR),  ALU_OR,  0 }, { M(ADC), ALU_ADC, 0 },
    { M(SBB), ALU_SBB, 0 }, { M(AND), ALU_AND, 0 }, { M(SUB), ALU_SUB, 0 },
    { M(XOR), ALU_XOR, 0 }, { M(CMP), ALU_CMP, 0 },
};
static const struct asm_variant v_unary[] = {
    { M(NOT),  UN_NOT,  0 }, { M(NEG), UN_NEG, 0 }, { M(MUL),  UN_MUL,  0 },
    { M(IMUL), UN_IMUL, 0 }, { M(DIV), UN_DIV, 0 }, { M(IDIV), UN_IDIV, 0 },
};
static const struct asm_variant v_shift[] = {
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
static const struct asm_variant v_jcc[] = CONDITIONS(J);
static const struct asm_variant v_setcc[] = CONDITIONS(SET);
static const struct asm_variant v_cmov[] = CONDITIONS(CMOV);

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
static const struct asm_variant v_sse[] = { ASM_SSE_ROWS(SSE) };
static const struct asm_variant v_sse_imm[] = { ASM_SSE_IMM_ROWS(SSE) };
static const struct asm_variant v_sse_load[] = { ASM_SSE_LOAD_ROWS(LD) };
static const struct asm_variant v_sse_store[] = { ASM_SSE_STORE_ROWS(ST) };
static const struct asm_variant v_sse_shift[] = { ASM_SSE_SHIFT_ROWS(SHIFT) };
static const struct asm_variant v_vex2[] = { ASM_SSE_ROWS(VEX2) };
static const struct asm_variant v_vex3[] = { ASM_SSE_ROWS(VEX3) };
static const struct asm_variant v_vex_imm[] = { ASM_SSE_IMM_ROWS(VEX) };
static const struct asm_variant v_vex_load[] = { ASM_SSE_LOAD_ROWS(VLD) };
static const struct asm_variant v_vex_store[] = { ASM_SSE_STORE_ROWS(VST) };
static const struct asm_variant v_vex_shift[] = { ASM_SSE_SHIFT_ROWS(VSHIFT) };

static const struct asm_variant v_fop32[] = {
    { M(ADDSS),   FOP_ADD,   4 },  { M(SUBSS),    FOP_SUB,  4 },  { M(MULSS), FOP_MUL, 4 },
    { M(DIVSS),   FOP_DIV,   4 },  { M(MINSS),    FOP_MIN,  4 },  { M(MAXSS), FOP_MAX, 4 },
    { M(SQRTSS),  FOP_SQRT,  4 },  { M(CVTSS2SD), FOP_CONVERT, 4 },
    { M(UCOMISS), FOP_UCOMI, 4 },  { M(ANDPS),    FOP_AND, 16 },
    { M(ANDNPS),  FOP_ANDN, 16 },  { M(ORPS),     FOP_OR,  16 },
    { M(XORPS),   FOP_XOR,  16 },
};
static const struct asm_variant v_fop64[] = {
    { M(ADDSD),   FOP_ADD,   8 },  { M(SUBSD),    FOP_SUB,  8 },  { M(MULSD), FOP_MUL, 8 },
    { M(DIVSD),   FOP_DIV,   8 },  { M(MINSD),    FOP_MIN,  8 },  { M(MAXSD), FOP_MAX, 8 },
    { M(SQRTSD),  FOP_SQRT,  8 },  { M(CVTSD2SS), FOP_CONVERT, 8 },
    { M(UCOMISD), FOP_UCOMI, 8 },  { M(ANDPD),    FOP_AND, 16 },
    { M(ANDNPD),  FOP_ANDN, 16 },  { M(ORPD),     FOP_OR,  16 },
    { M(XORPD),   FOP_XOR,  16 },
};
static const struct asm_variant v_round32[] = {
    { M(ROUNDSS), ROUND_NEAREST, 0 }, { M(ROUNDSS), ROUND_ZERO, 0 },
};
static const struct asm_variant v_round64[] = {
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
    static void emit_##name(struct assembler *a, const struct asm_values *v) { (void)v; call; }
ROWS(EMIT)

const struct asm_form asm_forms[] = {
#define ROW(name, variants, widths, operands, call) \
    { #name, variants, COUNT(variants), widths, operands, emit_##name },
    ROWS(ROW)
};
/* clang-format on */

const size_t asm_nforms = COUNT(asm_forms);

/* ---- what a form takes --------------------------------------------------------------- */

const char *asm_form_find(const struct asm_form *f, const char *kinds)
{
    for (const char *p = f->operands; *p; p += 2)
        if (strchr(kinds, *p))
            return p;
    return NULL;
}

const struct asm_form *asm_form_named(const char *name)
{
    for (const struct asm_form *f = asm_forms; f < asm_forms + asm_nforms; f++)
        if (strcmp(f->name, name) == 0)
            return f;
    return NULL;
}

ZydisMnemonic asm_jcc_mnemonic(enum cc cc) { return v_jcc[cc].mnemonic; }
