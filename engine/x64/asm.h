/* asm.h - the x86-64 encoder: one function per instruction form, bytes into a buffer.
 *
 * Every emitter appends one instruction at a->p.  None checks for space: it may touch up to
 * ASM_TOUCH bytes from p, so ask asm_room(a, n * ASM_TOUCH) before n instructions.
 *
 * Names    asm_<instruction>_<operands>, destination first as in Intel's syntax:
 *          r register, m memory, i immediate, c the register cl.
 * Order    asm, what (operation, condition), width(s), operands.
 * Types    a register may be passed as its enum or as any uint8_t that holds its number.
 * Flags    change only where the instruction does it: asm_mov_ri never becomes xor.
 *
 * A packed opcode says what an instruction is, without its operands.  The same value serves
 * the legacy and the VEX encoding, because they number prefixes and maps alike:
 *
 *      bit 0      8     10   12  13     14    16     20
 *          +------+-----+----+---+------+-----+------+-------+
 *          |opcode| map | pp | W | reg8 | rm8 | tail | digit |
 *          +------+-----+----+---+------+-----+------+-------+
 *      reg8, rm8   that register operand is a byte: spl, bpl, sil and dil need a REX
 *      tail        bytes of immediate that follow, needed by RIP-relative addresses
 *      digit       the /n of the manual, for immediate shifts of xmm registers */
#ifndef WX_X64_ASM_H
#define WX_X64_ASM_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* clang-format off */
enum gpr {
    RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8, R9, R10, R11, R12, R13, R14, R15, GPR_COUNT,
    RIP_REG = 0xFE, /* as the base of a memory operand only */
    NO_REG = 0xFF,
};

enum xmm {
    XMM0, XMM1, XMM2, XMM3, XMM4, XMM5, XMM6, XMM7,
    XMM8, XMM9, XMM10, XMM11, XMM12, XMM13, XMM14, XMM15, XMM_COUNT,
};

enum width { W8, W16, W32, W64 };
enum fwidth { F32, F64 };

/* Condition codes, as the processor numbers them; CC_B and CC_AE are unsigned. */
enum cc {
    CC_O, CC_NO, CC_B, CC_AE, CC_E, CC_NE, CC_BE, CC_A,
    CC_S, CC_NS, CC_P, CC_NP, CC_L, CC_GE, CC_LE, CC_G,
};
/* clang-format on */

static inline enum cc cc_invert(enum cc cc) { return (enum cc)(cc ^ 1U); }

/* ---- the buffer ---------------------------------------------------------------------- */

#define ASM_TOUCH 16

/* The writer's view of the code: start <= p <= limit.  exec is the address at which the
 * byte at start will run (start itself, or its twin in the executable mapping).  Offsets
 * from start must stay below ASM_SPAN. */
struct assembler {
    uint8_t *p;
    uint8_t *start;
    uint8_t *limit;
    uint64_t exec;
    struct label *pending; /* between mem_label and the instruction that uses it */
};

#define ASM_SPAN (1U << 29)

static inline void asm_init(struct assembler *a, uint8_t *start, size_t size, uint64_t exec)
{
    *a = (struct assembler){
        .p = start,
        .start = start,
        .limit = start + size,
        .exec = exec,
    };
}

/* Whether n more bytes fit. */
static inline bool asm_room(const struct assembler *a, size_t n)
{
    return (size_t)(a->limit - a->p) >= n;
}

/* Bytes from start to p. */
static inline uint32_t asm_pos(const struct assembler *a)
{
    return (uint32_t)(a->p - a->start);
}

/* The address at which the next instruction will run. */
static inline uint64_t asm_exec(const struct assembler *a) { return a->exec + asm_pos(a); }

/* ---- memory operands ----------------------------------------------------------------- */

/* [base + index * scale + disp].  scale is 1, 2, 4 or 8; base or index or both may be
 * NO_REG; index is never RSP.  With base RIP_REG, disp is the target's offset from the
 * buffer's start: use the constructors. */
struct mem {
    uint8_t base, index, scale;
    uint8_t label; /* RIP_REG only: the target is a->pending */
    int32_t disp;
};

static inline struct mem mem_base(enum gpr base, int32_t disp)
{
    return (struct mem){ (uint8_t)base, NO_REG, 1, 0, disp };
}

static inline struct mem mem_index(enum gpr base, enum gpr index, unsigned scale,
                                   int32_t disp)
{
    assert(index != RSP && (scale == 1 || scale == 2 || scale == 4 || scale == 8));
    return (struct mem){ (uint8_t)base, (uint8_t)index, (uint8_t)scale, 0, disp };
}

/* [rip + ...] whose target is `offset` bytes from the buffer's start. */
static inline struct mem mem_offset(int32_t offset)
{
    return (struct mem){ RIP_REG, NO_REG, 1, 0, offset };
}

/* [rip + ...] whose target is an address in the executable mapping, within 2 GiB. */
static inline struct mem mem_exec(const struct assembler *a, uint64_t target)
{
    int64_t offset = (int64_t)(target - a->exec);
    assert(offset == (int32_t)offset);
    return mem_offset((int32_t)offset);
}

/* [rip + ...] whose target is a label, bound or not; for the very next instruction only. */
struct mem mem_label(struct assembler *a, struct label *l);

/* ---- labels -------------------------------------------------------------------------- */

/* A place in the code.  All zero is a fresh label.  Forward references are chained through
 * the 32-bit fields that await the target, so a label owns no memory; it must not move to
 * another buffer, but may be copied while nobody uses the original. */
struct label {
    uint32_t pos;   /* 1 + offset from start once bound, else 0 */
    uint32_t chain; /* the latest unresolved field, 0 if none: see asm.c */
};

static inline bool label_bound(const struct label *l) { return l->pos != 0; }
static inline bool label_used(const struct label *l) { return l->chain != 0; }
static inline uint32_t label_pos(const struct label *l)
{
    assert(label_bound(l));
    return l->pos - 1;
}

/* Makes l the current position and resolves all references to it. */
void asm_bind(struct assembler *a, struct label *l);

/* Backward: rel8 when in reach, else rel32.  Forward: always rel32. */
void asm_jmp_label(struct assembler *a, struct label *l);
void asm_jcc_label(struct assembler *a, enum cc cc, struct label *l);
void asm_call_label(struct assembler *a, struct label *l); /* E8 cd */

/* Short forward jumps over a few instructions: they return the address of the rel8 field,
 * which asm_skip_end makes land at p.  At most 127 bytes may be skipped. */
uint8_t *asm_jmp_skip(struct assembler *a);             /* EB cb */
uint8_t *asm_jcc_skip(struct assembler *a, enum cc cc); /* 70+cc cb */
void asm_skip_end(struct assembler *a, uint8_t *field);

/* Rewrites the rel32 at `field` to reach target; both as the writer sees them.  The field
 * of a call or jump just emitted is a->p - 4. */
void asm_patch_rel32(uint8_t *field, const uint8_t *target);

/* Turns the last four bytes emitted into the offset of l from the buffer's start. */
void asm_offset_label(struct assembler *a, struct label *l);

/* br_table.  asm_jump_table jumps to the target that index selects (64 bits, in range);
 * index and tmp differ and both are lost.  The caller binds `table`, before or after, where
 * the entries begin: one asm_jump_table_entry (4 bytes) for each target. */
void asm_jump_table(struct assembler *a, enum gpr index, enum gpr tmp, struct label *table);
void asm_jump_table_entry(struct assembler *a, struct label *l);

/* ---- the core: prefix, REX, opcode, ModRM -------------------------------------------- */

enum { PP_NONE, PP_66, PP_F3, PP_F2 };
enum { MAP_1, MAP_0F, MAP_0F38, MAP_0F3A };

#define ASM_OP(pp, map, opcode) ((opcode) | (map) << 8 | (pp) << 10)
#define ASM_W                   (1 << 12)
#define ASM_REG8                (1 << 13)
#define ASM_RM8                 (1 << 14)
#define ASM_TAIL(n)             ((n) << 16)
#define ASM_DIGIT(n)            ((n) << 20)

#define ASM_0F(opcode) ASM_OP(PP_NONE, MAP_0F, opcode)

/* op with the prefix or REX.W of width w; for instructions without a byte form. */
static inline uint32_t asm_wide(uint32_t op, enum width w)
{
    assert(w != W8 && !(w == W16 && op >> 10 & 3));
    return op | (uint32_t)(w == W16) << 10 | (uint32_t)(w == W64) << 12;
}

/* The same for instructions whose byte form is the even opcode, the others the odd one. */
static inline uint32_t asm_sized(uint32_t op, enum width w)
{
    uint32_t byte = ASM_REG8 | ASM_RM8;
    return w == W8 ? op | byte : asm_wide(op | 1U, w);
}

static inline uint8_t *asm_put_prefix(uint8_t *p, uint32_t op)
{
    uint32_t pp = op >> 10 & 3;
    *p = (uint8_t)(0xF2F36600U >> pp * 8);
    return p + (pp != 0);
}

static inline uint8_t *asm_put_opcode(uint8_t *p, uint32_t op)
{
    uint32_t map = op >> 8 & 3;
    *p = 0x0F;
    p += map != 0;
    *p = map == MAP_0F38 ? 0x38 : 0x3A;
    p += map >= MAP_0F38;
    *p = (uint8_t)op;
    return p + 1;
}

/* Appends the low n bytes of imm, n <= 4. */
static inline void asm_put_imm(struct assembler *a, int32_t imm, unsigned n)
{
    memcpy(a->p, &imm, 4);
    a->p += n;
}

static inline void asm_put_byte(struct assembler *a, uint32_t byte)
{
    *a->p++ = (uint8_t)byte;
}

/* Registers reg and rm. */
static inline void asm_emit_rr(struct assembler *a, uint32_t op, unsigned reg, unsigned rm)
{
    assert(reg < 16 && rm < 16);
    uint8_t *p = asm_put_prefix(a->p, op);
    uint32_t rex = 0x40 | (op >> 12 & 1) << 3 | reg >> 3 << 2 | rm >> 3;
    bool byte = ((op & ASM_REG8) && reg >= 4) || ((op & ASM_RM8) && rm >= 4);
    *p = (uint8_t)rex;
    p = asm_put_opcode(p + (rex != 0x40 || byte), op);
    *p = (uint8_t)(0xC0 | (reg & 7) << 3 | (rm & 7));
    a->p = p + 1;
}

/* Group opcodes: the /n of the manual and register rm. */
static inline void asm_emit_nr(struct assembler *a, uint32_t op, unsigned n, unsigned rm)
{
    asm_emit_rr(a, op & ~(uint32_t)ASM_REG8, n, rm);
}

/* Register (or /n) reg and memory m. */
void asm_emit_rm(struct assembler *a, uint32_t op, unsigned reg, struct mem m);

/* VEX forms: reg, first source v (0 where the form has none), second source rm or m. */
void asm_emit_vrr(struct assembler *a, uint32_t op, unsigned reg, unsigned v, unsigned rm);
void asm_emit_vrm(struct assembler *a, uint32_t op, unsigned reg, unsigned v, struct mem m);

/* One-byte opcodes that hold the register in their low bits. */
static inline void asm_emit_o(struct assembler *a, uint32_t w, uint32_t opcode, unsigned r)
{
    assert(r < 16);
    uint32_t rex = 0x40 | w << 3 | r >> 3;
    *a->p = (uint8_t)rex;
    a->p += rex != 0x40;
    asm_put_byte(a, opcode | (r & 7));
}

static inline bool imm_fits8(int64_t imm) { return imm == (int8_t)imm; }
static inline bool imm_fits32(int64_t imm) { return imm == (int32_t)imm; }

/* Bytes of an immediate operand of width w: 1, 2, 4, 4. */
static inline unsigned imm_size(enum width w) { return w == W64 ? 4 : 1U << w; }

/* ---- moves --------------------------------------------------------------------------- */

/* 88 /r, 89 /r.  A W32 move zero-extends to 64 bits. */
static inline void asm_mov_rr(struct assembler *a, enum width w, enum gpr dst, enum gpr src)
{
    asm_emit_rr(a, asm_sized(0x88, w), src, dst);
}

/* 8A /r, 8B /r.  W8 and W16 leave the upper bits of dst: movzx is usually meant. */
static inline void asm_mov_rm(struct assembler *a, enum width w, enum gpr dst, struct mem m)
{
    asm_emit_rm(a, asm_sized(0x8A, w), dst, m);
}

/* 88 /r, 89 /r */
static inline void asm_mov_mr(struct assembler *a, enum width w, struct mem m, enum gpr src)
{
    asm_emit_rm(a, asm_sized(0x88, w), src, m);
}

/* C6 /0 ib, C7 /0 iw, id.  W64 sign-extends the immediate. */
void asm_mov_mi(struct assembler *a, enum width w, struct mem m, int32_t imm);

/* B8+rd id: zero-extends to 64 bits, 5 or 6 bytes. */
static inline void asm_mov_ri32(struct assembler *a, enum gpr dst, uint32_t imm)
{
    asm_emit_o(a, 0, 0xB8, dst);
    asm_put_imm(a, (int32_t)imm, 4);
}

/* The shortest mov that sets all 64 bits: B8+rd id, REX.W C7 /0 id, or REX.W B8+rd io. */
void asm_mov_ri(struct assembler *a, enum gpr dst, uint64_t imm);

/* REX.W + B8+rd io always, so that the last 8 bytes can be patched. */
void asm_movabs(struct assembler *a, enum gpr dst, uint64_t imm);

/* xor r32, r32 (31 /r): clears 64 bits and changes the flags. */
static inline void asm_zero(struct assembler *a, enum gpr dst)
{
    asm_emit_rr(a, 0x31, dst, dst);
}

/* 0F B6 /r, 0F B7 /r.  to: W32 or W64 (the same effect, one byte longer); from: W8, W16. */
static inline uint32_t asm_extend_op(uint32_t op, enum width to, enum width from)
{
    assert(from <= W16 && to >= W32);
    return asm_wide(op | (from == W16) | (from == W8 ? (uint32_t)ASM_RM8 : 0), to);
}

static inline void asm_movzx_rr(struct assembler *a, enum width to, enum width from,
                                enum gpr dst, enum gpr src)
{
    asm_emit_rr(a, asm_extend_op(ASM_0F(0xB6), to, from), dst, src);
}

static inline void asm_movzx_rm(struct assembler *a, enum width to, enum width from,
                                enum gpr dst, struct mem m)
{
    asm_emit_rm(a, asm_extend_op(ASM_0F(0xB6), to, from), dst, m);
}

/* 0F BE /r, 0F BF /r */
static inline void asm_movsx_rr(struct assembler *a, enum width to, enum width from,
                                enum gpr dst, enum gpr src)
{
    asm_emit_rr(a, asm_extend_op(ASM_0F(0xBE), to, from), dst, src);
}

static inline void asm_movsx_rm(struct assembler *a, enum width to, enum width from,
                                enum gpr dst, struct mem m)
{
    asm_emit_rm(a, asm_extend_op(ASM_0F(0xBE), to, from), dst, m);
}

/* REX.W + 63 /r: 32 bits into 64. */
static inline void asm_movsxd_rr(struct assembler *a, enum gpr dst, enum gpr src)
{
    asm_emit_rr(a, 0x63 | ASM_W, dst, src);
}

static inline void asm_movsxd_rm(struct assembler *a, enum gpr dst, struct mem m)
{
    asm_emit_rm(a, 0x63 | ASM_W, dst, m);
}

/* 8D /r, W32 (wraps and zero-extends) or W64. */
static inline void asm_lea(struct assembler *a, enum width w, enum gpr dst, struct mem m)
{
    asm_emit_rm(a, asm_wide(0x8D, w), dst, m);
}

void asm_xchg_rr(struct assembler *a, enum width w, enum gpr x,
                 enum gpr y);                                  /* 86 /r, 87 /r */
void asm_bswap(struct assembler *a, enum width w, enum gpr r); /* 0F C8+rd */

void asm_push_r(struct assembler *a, enum gpr r);   /* 50+rd */
void asm_push_i(struct assembler *a, int32_t imm);  /* 6A ib, 68 id */
void asm_push_m(struct assembler *a, struct mem m); /* FF /6 */
void asm_pop_r(struct assembler *a, enum gpr r);    /* 58+rd */
void asm_pop_m(struct assembler *a, struct mem m);  /* 8F /0 */

/* ---- arithmetic ---------------------------------------------------------------------- */

enum alu { ALU_ADD, ALU_OR, ALU_ADC, ALU_SBB, ALU_AND, ALU_SUB, ALU_XOR, ALU_CMP };

/* 00+8*op /r, 01+8*op /r */
static inline void asm_alu_rr(struct assembler *a, enum alu op, enum width w, enum gpr dst,
                              enum gpr src)
{
    asm_emit_rr(a, asm_sized(op * 8U, w), src, dst);
}

/* 02+8*op /r, 03+8*op /r */
static inline void asm_alu_rm(struct assembler *a, enum alu op, enum width w, enum gpr dst,
                              struct mem m)
{
    asm_emit_rm(a, asm_sized(op * 8U | 2, w), dst, m);
}

/* 00+8*op /r, 01+8*op /r */
static inline void asm_alu_mr(struct assembler *a, enum alu op, enum width w, struct mem m,
                              enum gpr src)
{
    asm_emit_rm(a, asm_sized(op * 8U, w), src, m);
}

/* 83 /op ib, 81 /op id, 05+8*op id, 80 /op ib: the shortest.  W64 sign-extends. */
void asm_alu_ri(struct assembler *a, enum alu op, enum width w, enum gpr dst, int32_t imm);
void asm_alu_mi(struct assembler *a, enum alu op, enum width w, struct mem m, int32_t imm);

/* 84 /r, 85 /r */
static inline void asm_test_rr(struct assembler *a, enum width w, enum gpr x, enum gpr y)
{
    asm_emit_rr(a, asm_sized(0x84, w), y, x);
}

/* 84 /r, 85 /r */
void asm_test_mr(struct assembler *a, enum width w, struct mem m, enum gpr r);

/* F6 /0 ib, F7 /0 id, A8 ib, A9 id */
void asm_test_ri(struct assembler *a, enum width w, enum gpr r, int32_t imm);
void asm_test_mi(struct assembler *a, enum width w, struct mem m, int32_t imm);

/* 69 /r id, 6B /r ib */
void asm_imul_rri(struct assembler *a, enum width w, enum gpr dst, enum gpr src,
                  int32_t imm);
void asm_imul_rmi(struct assembler *a, enum width w, enum gpr dst, struct mem m,
                  int32_t imm);

/* F6 /op, F7 /op.  MUL to IDIV work on rdx:rax (W8: ax). */
enum unary { UN_NOT = 2, UN_NEG, UN_MUL, UN_IMUL, UN_DIV, UN_IDIV };

static inline void asm_unary_r(struct assembler *a, enum unary op, enum width w, enum gpr r)
{
    asm_emit_nr(a, asm_sized(0xF6, w), op, r);
}

static inline void asm_unary_m(struct assembler *a, enum unary op, enum width w,
                               struct mem m)
{
    asm_emit_rm(a, asm_sized(0xF6, w) & ~(uint32_t)ASM_REG8, op, m);
}

/* 99 (W32: cdq), REX.W + 99 (W64: cqo) */
void asm_cdq(struct assembler *a, enum width w);

/* C0/C1 /op ib, D0/D1 /op for 1; D2/D3 /op for cl.  imm is below the width in bits. */
enum shift { SH_ROL, SH_ROR, SH_SHL = 4, SH_SHR, SH_SAR = 7 };

void asm_shift_ri(struct assembler *a, enum shift op, enum width w, enum gpr r,
                  unsigned imm);
void asm_shift_mi(struct assembler *a, enum shift op, enum width w, struct mem m,
                  unsigned imm);

static inline void asm_shift_rc(struct assembler *a, enum shift op, enum width w,
                                enum gpr r)
{
    asm_emit_nr(a, asm_sized(0xD2, w), op, r);
}

static inline void asm_shift_mc(struct assembler *a, enum shift op, enum width w,
                                struct mem m)
{
    asm_emit_rm(a, asm_sized(0xD2, w) & ~(uint32_t)ASM_REG8, op, m);
}

/* 0F A4 /r ib, 0F AC /r ib: dst is shifted, bits come in from src. */
void asm_shld_rri(struct assembler *a, enum width w, enum gpr dst, enum gpr src,
                  unsigned imm);
void asm_shrd_rri(struct assembler *a, enum width w, enum gpr dst, enum gpr src,
                  unsigned imm);

/* clang-format off */
/* Instructions dst, src/m without a byte form: asm_imul_rr, asm_imul_rm and so on.  W32 and
 * W64; those without a mandatory prefix take W16 too. */
#define ASM_INT_ROWS(X) \
    X(imul,   IMUL,   ASM_OP(PP_NONE, MAP_0F, 0xAF))  /*    0F AF /r */ \
    X(bsf,    BSF,    ASM_OP(PP_NONE, MAP_0F, 0xBC))  /*    0F BC /r */ \
    X(bsr,    BSR,    ASM_OP(PP_NONE, MAP_0F, 0xBD))  /*    0F BD /r */ \
    X(popcnt, POPCNT, ASM_OP(PP_F3,   MAP_0F, 0xB8))  /* F3 0F B8 /r */ \
    X(tzcnt,  TZCNT,  ASM_OP(PP_F3,   MAP_0F, 0xBC))  /* F3 0F BC /r   BMI1 */ \
    X(lzcnt,  LZCNT,  ASM_OP(PP_F3,   MAP_0F, 0xBD))  /* F3 0F BD /r   LZCNT */
/* clang-format on */

#define ASM_INT_ROW(name, NAME, op)                                                     \
    static inline void asm_##name##_rr(struct assembler *a, enum width w, enum gpr dst, \
                                       enum gpr src)                                    \
    {                                                                                   \
        asm_emit_rr(a, asm_wide(op, w), dst, src);                                      \
    }                                                                                   \
    static inline void asm_##name##_rm(struct assembler *a, enum width w, enum gpr dst, \
                                       struct mem m)                                    \
    {                                                                                   \
        asm_emit_rm(a, asm_wide(op, w), dst, m);                                        \
    }
ASM_INT_ROWS(ASM_INT_ROW)
#undef ASM_INT_ROW

/* 0F BA /4 ib */
void asm_bt_ri(struct assembler *a, enum width w, enum gpr r, unsigned imm);
/* 0F A3 /r */
void asm_bt_rr(struct assembler *a, enum width w, enum gpr r, enum gpr bit);

/* BMI1 and BMI2, W32 and W64; check the processor first. */
void asm_andn_rrr(struct assembler *a, enum width w, enum gpr dst, enum gpr inverted,
                  enum gpr src);
void asm_rorx_rri(struct assembler *a, enum width w, enum gpr dst, enum gpr src,
                  unsigned imm);
void asm_shlx_rrr(struct assembler *a, enum width w, enum gpr dst, enum gpr src,
                  enum gpr count);
void asm_shrx_rrr(struct assembler *a, enum width w, enum gpr dst, enum gpr src,
                  enum gpr count);
void asm_sarx_rrr(struct assembler *a, enum width w, enum gpr dst, enum gpr src,
                  enum gpr count);
void asm_shlx_rmr(struct assembler *a, enum width w, enum gpr dst, struct mem m,
                  enum gpr count);
void asm_shrx_rmr(struct assembler *a, enum width w, enum gpr dst, struct mem m,
                  enum gpr count);
void asm_sarx_rmr(struct assembler *a, enum width w, enum gpr dst, struct mem m,
                  enum gpr count);

/* 0F 90+cc: a byte, 0 or 1; the rest of r stays. */
static inline void asm_setcc_r(struct assembler *a, enum cc cc, enum gpr r)
{
    asm_emit_nr(a, ASM_0F(0x90 | cc) | ASM_RM8, 0, r);
}

static inline void asm_setcc_m(struct assembler *a, enum cc cc, struct mem m)
{
    asm_emit_rm(a, ASM_0F(0x90 | cc), 0, m);
}

/* 0F 40+cc /r, W16 to W64.  W32 clears the upper half even when nothing is moved. */
static inline void asm_cmov_rr(struct assembler *a, enum cc cc, enum width w, enum gpr dst,
                               enum gpr src)
{
    asm_emit_rr(a, asm_wide(ASM_0F(0x40 | cc), w), dst, src);
}

static inline void asm_cmov_rm(struct assembler *a, enum cc cc, enum width w, enum gpr dst,
                               struct mem m)
{
    asm_emit_rm(a, asm_wide(ASM_0F(0x40 | cc), w), dst, m);
}

/* ---- control ------------------------------------------------------------------------- */

/* To an address in the executable mapping, always rel32. */
void asm_call(struct assembler *a, uint64_t target);            /* E8 cd */
void asm_jmp(struct assembler *a, uint64_t target);             /* E9 cd */
void asm_jcc(struct assembler *a, enum cc cc, uint64_t target); /* 0F 80+cc cd */

void asm_call_r(struct assembler *a, enum gpr r);   /* FF /2 */
void asm_call_m(struct assembler *a, struct mem m); /* FF /2 */
void asm_jmp_r(struct assembler *a, enum gpr r);    /* FF /4 */
void asm_jmp_m(struct assembler *a, struct mem m);  /* FF /4 */

void asm_ret(struct assembler *a);                 /* C3 */
void asm_ret_i(struct assembler *a, uint16_t imm); /* C2 iw */
void asm_ud2(struct assembler *a);                 /* 0F 0B */
void asm_int3(struct assembler *a);                /* CC */
void asm_nop(struct assembler *a, size_t n);       /* n bytes of 9-byte and shorter nops */
void asm_align(struct assembler *a, size_t n);     /* nops up to a multiple of n in exec */

/* ---- SSE and AVX: one row, one instruction ------------------------------------------- */

/* clang-format off */
/* dst xmm, src xmm or memory.
 *      X(name, prefix, map, opcode, VEX operands, bits of a memory source)
 * VEX operands: 3 when the VEX form has a separate first source (asm_v_rrr), else 2
 * (asm_v_rr).  In asm_sse_* the first source is dst. */
#define ASM_SSE_ROWS(X) \
    X(MOVAPS,    NONE, 0F, 0x28, 2, 128)  /* NP 0F 28 /r */ \
    X(MOVUPS,    NONE, 0F, 0x10, 2, 128)  /* NP 0F 10 /r */ \
    X(MOVDQA,    66,   0F, 0x6F, 2, 128)  /* 66 0F 6F /r */ \
    X(MOVDQU,    F3,   0F, 0x6F, 2, 128)  /* F3 0F 6F /r */ \
    X(MOVQ,      F3,   0F, 0x7E, 2, 64)   /* F3 0F 7E /r */ \
    X(SQRTSS,    F3,   0F, 0x51, 3, 32)   /* F3 0F 51 /r */ \
    X(SQRTSD,    F2,   0F, 0x51, 3, 64)   /* F2 0F 51 /r */ \
    X(ANDPS,     NONE, 0F, 0x54, 3, 128)  /* NP 0F 54 /r */ \
    X(ANDPD,     66,   0F, 0x54, 3, 128)  /* 66 0F 54 /r */ \
    X(ANDNPS,    NONE, 0F, 0x55, 3, 128)  /* NP 0F 55 /r   ~dst & src */ \
    X(ANDNPD,    66,   0F, 0x55, 3, 128)  /* 66 0F 55 /r   ~dst & src */ \
    X(ORPS,      NONE, 0F, 0x56, 3, 128)  /* NP 0F 56 /r */ \
    X(ORPD,      66,   0F, 0x56, 3, 128)  /* 66 0F 56 /r */ \
    X(XORPS,     NONE, 0F, 0x57, 3, 128)  /* NP 0F 57 /r */ \
    X(XORPD,     66,   0F, 0x57, 3, 128)  /* 66 0F 57 /r */ \
    X(ADDSS,     F3,   0F, 0x58, 3, 32)   /* F3 0F 58 /r */ \
    X(ADDSD,     F2,   0F, 0x58, 3, 64)   /* F2 0F 58 /r */ \
    X(MULSS,     F3,   0F, 0x59, 3, 32)   /* F3 0F 59 /r */ \
    X(MULSD,     F2,   0F, 0x59, 3, 64)   /* F2 0F 59 /r */ \
    X(CVTSS2SD,  F3,   0F, 0x5A, 3, 32)   /* F3 0F 5A /r */ \
    X(CVTSD2SS,  F2,   0F, 0x5A, 3, 64)   /* F2 0F 5A /r */ \
    X(SUBSS,     F3,   0F, 0x5C, 3, 32)   /* F3 0F 5C /r */ \
    X(SUBSD,     F2,   0F, 0x5C, 3, 64)   /* F2 0F 5C /r */ \
    X(SUBPD,     66,   0F, 0x5C, 3, 128)  /* 66 0F 5C /r */ \
    X(MINSS,     F3,   0F, 0x5D, 3, 32)   /* F3 0F 5D /r */ \
    X(MINSD,     F2,   0F, 0x5D, 3, 64)   /* F2 0F 5D /r */ \
    X(DIVSS,     F3,   0F, 0x5E, 3, 32)   /* F3 0F 5E /r */ \
    X(DIVSD,     F2,   0F, 0x5E, 3, 64)   /* F2 0F 5E /r */ \
    X(MAXSS,     F3,   0F, 0x5F, 3, 32)   /* F3 0F 5F /r */ \
    X(MAXSD,     F2,   0F, 0x5F, 3, 64)   /* F2 0F 5F /r */ \
    X(UCOMISS,   NONE, 0F, 0x2E, 2, 32)   /* NP 0F 2E /r */ \
    X(UCOMISD,   66,   0F, 0x2E, 2, 64)   /* 66 0F 2E /r */ \
    X(UNPCKLPS,  NONE, 0F, 0x14, 3, 128)  /* NP 0F 14 /r */ \
    X(PUNPCKLDQ, 66,   0F, 0x62, 3, 128)  /* 66 0F 62 /r */ \
    X(HADDPD,    66,   0F, 0x7C, 3, 128)  /* 66 0F 7C /r */ \
    X(PXOR,      66,   0F, 0xEF, 3, 128)  /* 66 0F EF /r */ \
    X(PSHUFB,    66, 0F38, 0x00, 3, 128)  /* 66 0F 38 00 /r */ \
    X(PCMPEQD,   66,   0F, 0x76, 3, 128)  /* 66 0F 76 /r */

/* The same with an immediate byte after the operands: asm_sse_rri, asm_v_rrri. */
#define ASM_SSE_IMM_ROWS(X) \
    X(CMPSS,     F3,   0F,   0xC2, 3, 32)   /* F3 0F C2 /r ib */ \
    X(CMPSD,     F2,   0F,   0xC2, 3, 64)   /* F2 0F C2 /r ib */ \
    X(ROUNDSS,   66,   0F3A, 0x0A, 3, 32)   /* 66 0F 3A 0A /r ib */ \
    X(ROUNDSD,   66,   0F3A, 0x0B, 3, 64)   /* 66 0F 3A 0B /r ib */

/* Loads (dst xmm, src memory only) and stores (dst memory, src xmm), enumerators SSE_LD_*
 * and SSE_ST_*: asm_sse_rm, asm_sse_mr. */
#define ASM_SSE_LOAD_ROWS(X) \
    X(MOVSS,     F3,   0F, 0x10, 32)   /* F3 0F 10 /r   clears the rest */ \
    X(MOVSD,     F2,   0F, 0x10, 64)   /* F2 0F 10 /r   clears the rest */

#define ASM_SSE_STORE_ROWS(X) \
    X(MOVSS,     F3,   0F, 0x11, 32)   /* F3 0F 11 /r */ \
    X(MOVSD,     F2,   0F, 0x11, 64)   /* F2 0F 11 /r */ \
    X(MOVUPS,    NONE, 0F, 0x11, 128)  /* NP 0F 11 /r */ \
    X(MOVAPS,    NONE, 0F, 0x29, 128)  /* NP 0F 29 /r */ \
    X(MOVDQA,    66,   0F, 0x7F, 128)  /* 66 0F 7F /r */ \
    X(MOVDQU,    F3,   0F, 0x7F, 128)  /* F3 0F 7F /r */ \
    X(MOVQ,      66,   0F, 0xD6, 64)   /* 66 0F D6 /r */

/* Shifts of packed lanes by an immediate, enumerators SSE_SH_*: asm_sse_shift.
 *      X(name, opcode, /n) */
#define ASM_SSE_SHIFT_ROWS(X) \
    X(PSRLD, 0x72, 2)  /* 66 0F 72 /2 ib */ \
    X(PSLLD, 0x72, 6)  /* 66 0F 72 /6 ib */ \
    X(PSRLQ, 0x73, 2)  /* 66 0F 73 /2 ib */ \
    X(PSLLQ, 0x73, 6)  /* 66 0F 73 /6 ib */

enum sse_op {
#define ASM_ROW(name, pp, map, op, vex, bits) SSE_##name = ASM_OP(PP_##pp, MAP_##map, op),
    ASM_SSE_ROWS(ASM_ROW)
    ASM_SSE_IMM_ROWS(ASM_ROW)
#undef ASM_ROW
#define ASM_ROW(name, pp, map, op, bits) SSE_LD_##name = ASM_OP(PP_##pp, MAP_##map, op),
    ASM_SSE_LOAD_ROWS(ASM_ROW)
#undef ASM_ROW
#define ASM_ROW(name, pp, map, op, bits) SSE_ST_##name = ASM_OP(PP_##pp, MAP_##map, op),
    ASM_SSE_STORE_ROWS(ASM_ROW)
#undef ASM_ROW
#define ASM_ROW(name, op, n) SSE_SH_##name = ASM_OP(PP_66, MAP_0F, op) | ASM_DIGIT(n),
    ASM_SSE_SHIFT_ROWS(ASM_ROW)
#undef ASM_ROW
};
/* clang-format on */

static inline void asm_sse_rr(struct assembler *a, enum sse_op op, enum xmm dst,
                              enum xmm src)
{
    asm_emit_rr(a, op, dst, src);
}

static inline void asm_sse_rm(struct assembler *a, enum sse_op op, enum xmm dst,
                              struct mem m)
{
    asm_emit_rm(a, op, dst, m);
}

static inline void asm_sse_mr(struct assembler *a, enum sse_op op, struct mem m,
                              enum xmm src)
{
    asm_emit_rm(a, op, src, m);
}

void asm_sse_rri(struct assembler *a, enum sse_op op, enum xmm dst, enum xmm src,
                 uint8_t imm);
void asm_sse_rmi(struct assembler *a, enum sse_op op, enum xmm dst, struct mem m,
                 uint8_t imm);
void asm_sse_shift(struct assembler *a, enum sse_op op, enum xmm dst, uint8_t imm);

/* clang-format off */
/* Scalar and bitwise operations by width: the F32 row; the F64 row differs by one bit of pp
 * (none to 66, F3 to F2). */
enum fop {
    FOP_ADD = SSE_ADDSS, FOP_SUB = SSE_SUBSS, FOP_MUL = SSE_MULSS, FOP_DIV = SSE_DIVSS,
    FOP_MIN = SSE_MINSS, FOP_MAX = SSE_MAXSS, FOP_SQRT = SSE_SQRTSS,
    FOP_UCOMI = SSE_UCOMISS,       /* dst and src are compared, nothing is written */
    FOP_AND = SSE_ANDPS, FOP_ANDN = SSE_ANDNPS, FOP_OR = SSE_ORPS, FOP_XOR = SSE_XORPS,
    FOP_CMP = SSE_CMPSS,           /* with immediate */
    FOP_CONVERT = SSE_CVTSS2SD,    /* from this width to the other */
};
/* clang-format on */

static inline enum sse_op fop_sse(enum fop op, enum fwidth w)
{
    return (enum sse_op)((uint32_t)op | (uint32_t)w << 10);
}

static inline void asm_fop_rr(struct assembler *a, enum fop op, enum fwidth w, enum xmm dst,
                              enum xmm src)
{
    asm_sse_rr(a, fop_sse(op, w), dst, src);
}

static inline void asm_fop_rm(struct assembler *a, enum fop op, enum fwidth w, enum xmm dst,
                              struct mem m)
{
    asm_sse_rm(a, fop_sse(op, w), dst, m);
}

/* NP 0F 28 /r movaps: copies all 128 bits. */
static inline void asm_fmov_rr(struct assembler *a, enum xmm dst, enum xmm src)
{
    asm_sse_rr(a, SSE_MOVAPS, dst, src);
}

/* movss, movsd: F3/F2 0F 10 /r (the rest of dst becomes 0), F3/F2 0F 11 /r */
static inline void asm_fload(struct assembler *a, enum fwidth w, enum xmm dst, struct mem m)
{
    asm_emit_rm(a, SSE_LD_MOVSS | (uint32_t)w << 10, dst, m);
}

static inline void asm_fstore(struct assembler *a, enum fwidth w, struct mem m,
                              enum xmm src)
{
    asm_emit_rm(a, SSE_ST_MOVSS | (uint32_t)w << 10, src, m);
}

/* roundss, roundsd: 66 0F 3A 0A/0B /r ib (SSE4.1) */
enum round {
    ROUND_NEAREST = 8,
    ROUND_DOWN,
    ROUND_UP,
    ROUND_ZERO
}; /* all suppress inexact */

void asm_round_rr(struct assembler *a, enum fwidth w, enum xmm dst, enum xmm src,
                  enum round how);
void asm_round_rm(struct assembler *a, enum fwidth w, enum xmm dst, struct mem m,
                  enum round how);

/* Between xmm (x in the suffix) and general registers or memory, W32 (movd) or W64 (movq).
 * Those into xmm clear the rest of it. */
/* 66 0F 6E /r */
void asm_movd_xr(struct assembler *a, enum width w, enum xmm dst, enum gpr src);
/* 66 0F 7E /r */
void asm_movd_rx(struct assembler *a, enum width w, enum gpr dst, enum xmm src);
/* 66 0F 6E /r, F3 0F 7E /r */
void asm_movd_xm(struct assembler *a, enum width w, enum xmm dst, struct mem m);
/* 66 0F 7E /r, 66 0F D6 /r */
void asm_movd_mx(struct assembler *a, enum width w, struct mem m, enum xmm src);

/* Conversions.  w is the integer's width, W32 or W64 (signed); f the float's.
 * cvtsi2ss, cvtsi2sd: F3/F2 0F 2A /r; keeps the rest of dst, so clear it first. */
void asm_cvtsi2f_rr(struct assembler *a, enum fwidth f, enum width w, enum xmm dst,
                    enum gpr src);
void asm_cvtsi2f_rm(struct assembler *a, enum fwidth f, enum width w, enum xmm dst,
                    struct mem m);

/* cvttss2si, cvttsd2si: F3/F2 0F 2C /r; out of range gives the sign bit alone. */
void asm_cvttf2si_rr(struct assembler *a, enum width w, enum fwidth f, enum gpr dst,
                     enum xmm src);
void asm_cvttf2si_rm(struct assembler *a, enum width w, enum fwidth f, enum gpr dst,
                     struct mem m);

void asm_ldmxcsr(struct assembler *a, struct mem m); /* NP 0F AE /2 */
void asm_stmxcsr(struct assembler *a, struct mem m); /* NP 0F AE /3 */

/* The VEX.128 encodings of the same rows; check for AVX first.  rrr and rrm are for rows
 * with 3 VEX operands, rr and rm for those with 2.  fop_sse(FOP_ADD, w) picks by width. */
void asm_v_rrr(struct assembler *a, enum sse_op op, enum xmm dst, enum xmm x, enum xmm y);
void asm_v_rrm(struct assembler *a, enum sse_op op, enum xmm dst, enum xmm x, struct mem m);
void asm_v_rrri(struct assembler *a, enum sse_op op, enum xmm dst, enum xmm x, enum xmm y,
                uint8_t imm);
void asm_v_rrmi(struct assembler *a, enum sse_op op, enum xmm dst, enum xmm x, struct mem m,
                uint8_t imm);
void asm_v_rr(struct assembler *a, enum sse_op op, enum xmm dst, enum xmm src);
void asm_v_rm(struct assembler *a, enum sse_op op, enum xmm dst, struct mem m);
void asm_v_mr(struct assembler *a, enum sse_op op, struct mem m, enum xmm src);
void asm_v_shift(struct assembler *a, enum sse_op op, enum xmm dst, enum xmm src,
                 uint8_t imm);

/* vcvtsi2ss, vcvtsi2sd: VEX.LIG F3/F2 0F.W0/W1 2A /r; the rest of dst comes from x. */
void asm_vcvtsi2f_rrr(struct assembler *a, enum fwidth f, enum width w, enum xmm dst,
                      enum xmm x, enum gpr src);

#endif
