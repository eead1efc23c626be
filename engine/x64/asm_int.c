/* asm_int.c - the integer and control forms of asm.h that are not inline there. */
#include "x64/asm.h"

/* Appends the immediate of an instruction of width w. */
static void put_sized_imm(struct assembler *a, enum width w, int32_t imm)
{
    asm_put_imm(a, imm, imm_size(w));
}

/* A group opcode with memory and immediate of n bytes. */
static void emit_nmi(struct assembler *a, uint32_t op, unsigned digit, struct mem m,
                     int32_t imm, unsigned n)
{
    asm_emit_rm(a, (op & ~(uint32_t)ASM_REG8) | ASM_TAIL(n), digit, m);
    asm_put_imm(a, imm, n);
}

/* ---- moves --------------------------------------------------------------------------- */

void asm_mov_mi(struct assembler *a, enum width w, struct mem m, int32_t imm)
{
    emit_nmi(a, asm_sized(0xC6, w), 0, m, imm, imm_size(w)); /* C6 /0 ib, C7 /0 id */
}

void asm_mov_ri(struct assembler *a, enum gpr dst, uint64_t imm)
{
    if (imm <= UINT32_MAX) {
        asm_mov_ri32(a, dst, (uint32_t)imm); /* B8+rd id */
    } else if (imm_fits32((int64_t)imm)) {
        asm_emit_nr(a, 0xC7 | ASM_W, 0, dst); /* REX.W + C7 /0 id */
        asm_put_imm(a, (int32_t)imm, 4);
    } else {
        asm_movabs(a, dst, imm);
    }
}

void asm_movabs(struct assembler *a, enum gpr dst, uint64_t imm)
{
    asm_emit_o(a, 1, 0xB8, dst); /* REX.W + B8+rd io */
    memcpy(a->p, &imm, 8);
    a->p += 8;
}

void asm_xchg_rr(struct assembler *a, enum width w, enum gpr x, enum gpr y)
{
    asm_emit_rr(a, asm_sized(0x86, w), y, x);
}

void asm_bswap(struct assembler *a, enum width w, enum gpr r)
{
    assert(w >= W32);
    asm_emit_nr(a, asm_wide(0x0F, w), 1, r); /* as ModRM, mod 11 /1 is the byte C8+rd */
}

void asm_push_r(struct assembler *a, enum gpr r) { asm_emit_o(a, 0, 0x50, r); }

void asm_push_i(struct assembler *a, int32_t imm)
{
    bool byte = imm_fits8(imm);
    asm_put_byte(a, byte ? 0x6A : 0x68);
    asm_put_imm(a, imm, byte ? 1 : 4);
}

void asm_push_m(struct assembler *a, struct mem m) { asm_emit_rm(a, 0xFF, 6, m); }

void asm_pop_r(struct assembler *a, enum gpr r) { asm_emit_o(a, 0, 0x58, r); }

void asm_pop_m(struct assembler *a, struct mem m) { asm_emit_rm(a, 0x8F, 0, m); }

/* ---- arithmetic ---------------------------------------------------------------------- */

/* Whether an operation of width w can take imm as a sign-extended byte. */
static bool alu_imm8(enum width w, int32_t imm)
{
    return w != W8 && imm_fits8(w == W16 ? (int16_t)imm : imm);
}

void asm_alu_ri(struct assembler *a, enum alu op, enum width w, enum gpr dst, int32_t imm)
{
    if (alu_imm8(w, imm)) {
        asm_emit_nr(a, asm_sized(0x80, w) | 2, op, dst); /* 83 /op ib */
        asm_put_imm(a, imm, 1);
        return;
    }
    if (dst == RAX) { /* 04+8*op ib, 05+8*op id: a byte shorter */
        if (w == W16)
            asm_put_byte(a, 0x66);
        asm_emit_o(a, w == W64, op * 8U | 4 | (w != W8), 0);
    } else {
        asm_emit_nr(a, asm_sized(0x80, w), op, dst); /* 80 /op ib, 81 /op id */
    }
    put_sized_imm(a, w, imm);
}

void asm_alu_mi(struct assembler *a, enum alu op, enum width w, struct mem m, int32_t imm)
{
    if (alu_imm8(w, imm))
        emit_nmi(a, asm_sized(0x80, w) | 2, op, m, imm, 1); /* 83 /op ib */
    else
        emit_nmi(a, asm_sized(0x80, w), op, m, imm, imm_size(w)); /* 80 /op ib, 81 /op id */
}

void asm_test_mr(struct assembler *a, enum width w, struct mem m, enum gpr r)
{
    asm_emit_rm(a, asm_sized(0x84, w), r, m);
}

void asm_test_ri(struct assembler *a, enum width w, enum gpr r, int32_t imm)
{
    if (r == RAX) { /* A8 ib, A9 id */
        if (w == W16)
            asm_put_byte(a, 0x66);
        asm_emit_o(a, w == W64, 0xA8U | (w != W8), 0);
    } else {
        asm_emit_nr(a, asm_sized(0xF6, w), 0, r); /* F6 /0 ib, F7 /0 id */
    }
    put_sized_imm(a, w, imm);
}

void asm_test_mi(struct assembler *a, enum width w, struct mem m, int32_t imm)
{
    emit_nmi(a, asm_sized(0xF6, w), 0, m, imm, imm_size(w));
}

void asm_imul_rri(struct assembler *a, enum width w, enum gpr dst, enum gpr src,
                  int32_t imm)
{
    bool byte = alu_imm8(w, imm);
    asm_emit_rr(a, asm_wide(byte ? 0x6B : 0x69, w), dst, src);
    asm_put_imm(a, imm, byte ? 1 : imm_size(w));
}

void asm_imul_rmi(struct assembler *a, enum width w, enum gpr dst, struct mem m,
                  int32_t imm)
{
    bool byte = alu_imm8(w, imm);
    unsigned n = byte ? 1 : imm_size(w);
    asm_emit_rm(a, asm_wide(byte ? 0x6B : 0x69, w) | ASM_TAIL(n), dst, m);
    asm_put_imm(a, imm, n);
}

void asm_cdq(struct assembler *a, enum width w)
{
    assert(w >= W32);
    asm_emit_o(a, w == W64, 0x99, 0);
}

void asm_shift_ri(struct assembler *a, enum shift op, enum width w, enum gpr r,
                  unsigned imm)
{
    assert(imm < 8U << w);
    if (imm == 1) {
        asm_emit_nr(a, asm_sized(0xD0, w), op, r); /* D0 /op, D1 /op */
    } else {
        asm_emit_nr(a, asm_sized(0xC0, w), op, r); /* C0 /op ib, C1 /op ib */
        asm_put_byte(a, imm);
    }
}

void asm_shift_mi(struct assembler *a, enum shift op, enum width w, struct mem m,
                  unsigned imm)
{
    assert(imm < 8U << w);
    if (imm == 1)
        emit_nmi(a, asm_sized(0xD0, w), op, m, 0, 0);
    else
        emit_nmi(a, asm_sized(0xC0, w), op, m, (int32_t)imm, 1);
}

void asm_shld_rri(struct assembler *a, enum width w, enum gpr dst, enum gpr src,
                  unsigned imm)
{
    assert(imm < 8U << w);
    asm_emit_rr(a, asm_wide(ASM_0F(0xA4), w), src, dst);
    asm_put_byte(a, imm);
}

void asm_shrd_rri(struct assembler *a, enum width w, enum gpr dst, enum gpr src,
                  unsigned imm)
{
    assert(imm < 8U << w);
    asm_emit_rr(a, asm_wide(ASM_0F(0xAC), w), src, dst);
    asm_put_byte(a, imm);
}

void asm_bt_ri(struct assembler *a, enum width w, enum gpr r, unsigned imm)
{
    assert(imm < 8U << w);
    asm_emit_nr(a, asm_wide(ASM_0F(0xBA), w), 4, r);
    asm_put_byte(a, imm);
}

void asm_bt_rr(struct assembler *a, enum width w, enum gpr r, enum gpr bit)
{
    asm_emit_rr(a, asm_wide(ASM_0F(0xA3), w), bit, r);
}

/* VEX.LZ.0F38.Ww F2 /r, and the family VEX.LZ.pp.0F38.Ww F7 /r */
enum {
    OP_ANDN = ASM_OP(PP_NONE, MAP_0F38, 0xF2),
    OP_SHLX = ASM_OP(PP_66, MAP_0F38, 0xF7),
    OP_SARX = ASM_OP(PP_F3, MAP_0F38, 0xF7),
    OP_SHRX = ASM_OP(PP_F2, MAP_0F38, 0xF7),
    OP_RORX = ASM_OP(PP_F2, MAP_0F3A, 0xF0),
};

/* op with VEX.W for width w. */
static uint32_t vex_wide(uint32_t op, enum width w)
{
    assert(w >= W32);
    return asm_wide(op, w);
}

void asm_andn_rrr(struct assembler *a, enum width w, enum gpr dst, enum gpr inverted,
                  enum gpr src)
{
    asm_emit_vrr(a, vex_wide(OP_ANDN, w), dst, inverted, src);
}

void asm_rorx_rri(struct assembler *a, enum width w, enum gpr dst, enum gpr src,
                  unsigned imm)
{
    assert(imm < 8U << w);
    asm_emit_vrr(a, vex_wide(OP_RORX, w), dst, 0, src);
    asm_put_byte(a, imm);
}

void asm_shlx_rrr(struct assembler *a, enum width w, enum gpr dst, enum gpr src,
                  enum gpr count)
{
    asm_emit_vrr(a, vex_wide(OP_SHLX, w), dst, count, src);
}

void asm_shrx_rrr(struct assembler *a, enum width w, enum gpr dst, enum gpr src,
                  enum gpr count)
{
    asm_emit_vrr(a, vex_wide(OP_SHRX, w), dst, count, src);
}

void asm_sarx_rrr(struct assembler *a, enum width w, enum gpr dst, enum gpr src,
                  enum gpr count)
{
    asm_emit_vrr(a, vex_wide(OP_SARX, w), dst, count, src);
}

void asm_shlx_rmr(struct assembler *a, enum width w, enum gpr dst, struct mem m,
                  enum gpr count)
{
    asm_emit_vrm(a, vex_wide(OP_SHLX, w), dst, count, m);
}

void asm_shrx_rmr(struct assembler *a, enum width w, enum gpr dst, struct mem m,
                  enum gpr count)
{
    asm_emit_vrm(a, vex_wide(OP_SHRX, w), dst, count, m);
}

void asm_sarx_rmr(struct assembler *a, enum width w, enum gpr dst, struct mem m,
                  enum gpr count)
{
    asm_emit_vrm(a, vex_wide(OP_SARX, w), dst, count, m);
}

/* ---- control ------------------------------------------------------------------------- */

/* Appends the rel32 that leads from behind it to the address target. */
static void put_rel32(struct assembler *a, uint64_t target)
{
    int64_t rel = (int64_t)(target - (asm_exec(a) + 4));
    assert(imm_fits32(rel));
    asm_put_imm(a, (int32_t)rel, 4);
}

void asm_call(struct assembler *a, uint64_t target)
{
    asm_put_byte(a, 0xE8);
    put_rel32(a, target);
}

void asm_jmp(struct assembler *a, uint64_t target)
{
    asm_put_byte(a, 0xE9);
    put_rel32(a, target);
}

void asm_jcc(struct assembler *a, enum cc cc, uint64_t target)
{
    asm_put_byte(a, 0x0F);
    asm_put_byte(a, 0x80U | cc);
    put_rel32(a, target);
}

void asm_call_r(struct assembler *a, enum gpr r) { asm_emit_nr(a, 0xFF, 2, r); }

void asm_call_m(struct assembler *a, struct mem m) { asm_emit_rm(a, 0xFF, 2, m); }

void asm_jmp_r(struct assembler *a, enum gpr r) { asm_emit_nr(a, 0xFF, 4, r); }

void asm_jmp_m(struct assembler *a, struct mem m) { asm_emit_rm(a, 0xFF, 4, m); }

void asm_ret(struct assembler *a) { asm_put_byte(a, 0xC3); }

void asm_ret_i(struct assembler *a, uint16_t imm)
{
    asm_put_byte(a, 0xC2);
    asm_put_imm(a, imm, 2);
}

void asm_ud2(struct assembler *a)
{
    asm_put_byte(a, 0x0F);
    asm_put_byte(a, 0x0B);
}

void asm_int3(struct assembler *a) { asm_put_byte(a, 0xCC); }

/* The manual's recommended sequences: NP 0F 1F /0 with ever longer addresses. */
void asm_nop(struct assembler *a, size_t n)
{
    static const uint8_t nops[9][9] = {
        { 0x90 },
        { 0x66, 0x90 },
        { 0x0F, 0x1F, 0x00 },
        { 0x0F, 0x1F, 0x40, 0x00 },
        { 0x0F, 0x1F, 0x44, 0x00, 0x00 },
        { 0x66, 0x0F, 0x1F, 0x44, 0x00, 0x00 },
        { 0x0F, 0x1F, 0x80, 0x00, 0x00, 0x00, 0x00 },
        { 0x0F, 0x1F, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00 },
        { 0x66, 0x0F, 0x1F, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00 },
    };
    while (n > 0) {
        size_t len = n < 9 ? n : 9;
        memcpy(a->p, nops[len - 1], len);
        a->p += len;
        n -= len;
    }
}

void asm_align(struct assembler *a, size_t n)
{
    assert(n != 0 && (n & (n - 1)) == 0);
    asm_nop(a, (size_t)-asm_exec(a) & (n - 1));
}
