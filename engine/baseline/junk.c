/* junk.c - see junk.h.
 *
 * Code is emitted where nothing is in the flags and r11 and xmm15 are free, but for the
 * checks between instructions, which ask for a register. */
#include "baseline/junk.h"
#include "baseline/emit.h"

enum {
    CALLER_SAVED = 1 << RAX | 1 << RCX | 1 << RDX | 1 << RSI | 1 << RDI | 1 << R8 |
                   1 << R9 | 1 << R10 | 1 << R11,
    FILL_SINGLY = 16,
};

static const uint8_t callee_saved[] = { RBX, RBP, R12, R13 };

/* Differs in all bytes from seed to seed; never a zero-extended i32. */
static uint64_t junk_word(const struct compiler *c, uint64_t which)
{
    uint64_t h = (c->config->junk + which) * UINT64_C(0x9E3779B97F4A7C15);
    return (h ^ h >> 29) | UINT64_C(1) << 63;
}

/* ---- checks -------------------------------------------------------------------------- */

static void check_i32(struct compiler *c, unsigned reg, unsigned tmp)
{
    struct code_site site = site_make(c, TRAP_UNREACHABLE);
    asm_mov_rr(&c->a, W32, tmp, reg);
    asm_alu_rr(&c->a, ALU_CMP, W64, tmp, reg);
    cold_jump(c, CC_NE, &site);
}

/* ---- filling ------------------------------------------------------------------------- */

/* What of one signature is in registers; sets are bit masks. */
struct live {
    uint32_t gprs, i32s, f32s, f64s, v128s;
};

typedef struct abi_loc abi_next(struct abi_walk *, valtype);

static struct live live_of(const valtype *types, uint32_t n, abi_next *next)
{
    struct abi_walk walk = { 0 };
    struct live live = { 0 };
    for (uint32_t i = 0; i < n; i++) {
        struct abi_loc loc = next(&walk, types[i]);
        if (loc.kind == ABI_BUFFER)
            continue;
        uint32_t bit = reg_bit(loc.reg);
        if (loc.kind == ABI_GPR)
            live.gprs |= bit;
        if (types[i] == VT_I32)
            live.i32s |= bit;
        else if (loc.kind == ABI_XMM)
            *(types[i] == VT_F32   ? &live.f32s
              : types[i] == VT_F64 ? &live.f64s
                                   : &live.v128s) |= bit;
    }
    return live;
}

static void check_live(struct compiler *c, const struct live *live)
{
    for (unsigned r = 0; r < GPR_COUNT; r++)
        if (live->i32s >> r & 1)
            check_i32(c, r, R11);
}

/* Junk in the register; what is live in its lowest lane stays, by way of xmm14. */
static void fill_xmm(struct compiler *c, unsigned x, bool f32, bool f64)
{
    if (f32 || f64)
        asm_fmov_rr(&c->a, XMM14, x);
    asm_fmov_rr(&c->a, x, XMM_SCRATCH);
    if (f32 || f64)
        asm_sse_rr(&c->a, f32 ? SSE_LD_MOVSS : SSE_LD_MOVSD, x, XMM14);
}

/* Values live in xmm0 to xmm7 at most. */
static void fill_xmms(struct compiler *c, const struct live *live)
{
    asm_mov_ri(&c->a, R11, junk_word(c, GPR_COUNT));
    asm_movd_xr(&c->a, W64, XMM_SCRATCH, R11);
    asm_sse_rr(&c->a, SSE_UNPCKLPS, XMM_SCRATCH, XMM_SCRATCH);
    for (unsigned x = 0; x < XMM_SCRATCH; x++)
        if ((live->v128s >> x & 1) == 0)
            fill_xmm(c, x, live->f32s >> x & 1, live->f64s >> x & 1);
}

static void fill_gprs(struct compiler *c, uint32_t set)
{
    for (unsigned r = 0; r < GPR_COUNT; r++)
        if (set >> r & 1)
            asm_mov_ri(&c->a, r, junk_word(c, r));
}

/* Slots [0, n) of the frame; rax and r11 are free. */
static void fill_frame(struct compiler *c)
{
    uint32_t n = c->info->frame_slots;
    asm_mov_ri(&c->a, R11, junk_word(c, GPR_COUNT + 1));
    if (n <= FILL_SINGLY) {
        for (uint32_t i = 0; i < n; i++)
            asm_mov_mr(&c->a, W64, mem_slot(c, i), R11);
        return;
    }
    struct mem m = mem_slot(c, 0);
    struct label again = { 0 };
    asm_mov_ri32(&c->a, RAX, n);
    asm_bind(&c->a, &again);
    asm_mov_mr(&c->a, W64, mem_index(RSP, RAX, 8, m.disp - 8), R11);
    asm_alu_ri(&c->a, ALU_SUB, W32, RAX, 1);
    asm_jcc_label(&c->a, CC_NE, &again);
}

/* ---- where --------------------------------------------------------------------------- */

static uint32_t saved_registers(const struct compiler *c)
{
    uint32_t set = 0;
    for (uint32_t i = 0; i < COUNT(callee_saved); i++)
        if (c->saved >> i & 1)
            set |= reg_bit(callee_saved[i]);
    return set;
}

void junk_entry_slow(struct compiler *c)
{
    const struct type *t = c->decl->type;
    struct live live = live_of(t->params, t->nparams, abi_next_param);
    code_need(c, CODE_ROOM);
    check_live(c, &live);
    fill_frame(c);
    fill_xmms(c, &live);
    fill_gprs(c, (CALLER_SAVED | saved_registers(c)) & ~live.gprs);
    code_need(c, CODE_ROOM);
}

void junk_loop_entry_slow(struct compiler *c)
{
    const struct live none = { 0 };
    code_need(c, CODE_ROOM);
    fill_frame(c);
    fill_xmms(c, &none);
    fill_gprs(c, CALLER_SAVED | saved_registers(c));
    code_need(c, CODE_ROOM);
}

void junk_call_slow(struct compiler *c, const struct type *t)
{
    struct live live = { .gprs = 1 << RAX };
    if (t != NULL)
        live = live_of(t->results, t->nresults, abi_next_result);
    code_need(c, CODE_ROOM);
    check_live(c, &live);
    fill_xmms(c, &live);
    fill_gprs(c, CALLER_SAVED & ~live.gprs);
    code_need(c, CODE_ROOM);
}

/* ---- between instructions ------------------------------------------------------------ */

/* Whether something waits for the next instruction: flags, a load, a scaled index. */
static bool is_pending(const struct compiler *c)
{
    for (uint32_t back = 1; back <= 2 && back <= c->sp; back++)
        if (c->stack[c->sp - back].kind >= V_FLAGS)
            return true;
    return c->flags_live;
}

static void check_top(struct compiler *c)
{
    const struct value *v = &c->stack[(int64_t)c->sp - 1]; /* stack[-1] exists */
    if (v->kind != V_REG || v->type != T_I32)
        return;
    unsigned reg = v->reg;
    reg_lock(c, GPRS, reg);
    check_i32(c, reg, reg_alloc(c, GPRS));
}

static void check_pin(struct compiler *c, const struct pin *p)
{
    if (p->bank == GPRS && c->locals[p->local].type == T_I32)
        check_i32(c, p->reg, reg_alloc(c, GPRS));
}

void junk_between_slow(struct compiler *c)
{
    uint64_t h = junk_word(c, c->at) >> 32;
    if (c->dead || is_pending(c))
        return;
    code_need(c, CODE_ROOM);
    if (h & 3)
        check_top(c);
    c->bank[GPRS].lock = c->bank[XMMS].lock = 0;
    if ((h & 12) == 0 && c->npins > 0)
        check_pin(c, &c->pins[h / 16 % c->npins]);
    c->bank[GPRS].lock = c->bank[XMMS].lock = 0;
    condition_forget(c);
}
