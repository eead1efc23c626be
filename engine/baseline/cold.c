/* cold.c - what lies behind a function's code, traps and constants; and its sites. */
#include "baseline/emit.h"

void site_call(struct compiler *c)
{
    struct code_site site = site_make(c, TRAP_NONE);
    site.flags = SITE_CALL;
    site_here(c, &site);
}

struct cold *cold_jump(struct compiler *c, enum cc cc, const struct code_site *site)
{
    vec_push(c->scratch, &c->colds, (struct cold){ .site = *site, .nan_reg = NO_REG });
    struct cold *cold = &vec_top(&c->colds);
    asm_jcc_label(&c->a, cc, &cold->label);
    return cold;
}

static void emit_trap(struct compiler *c, const struct cold *cold, enum trap kind)
{
    struct code_site site = cold->site;
    site.kind = (uint8_t)kind;
    site_here(c, &site);
    asm_ud2(&c->a);
}

/* A conversion that failed: NaN, or out of range unless it is the limit itself. */
static void emit_conversion_trap(struct compiler *c, struct cold *cold)
{
    struct assembler *a = &c->a;
    asm_fop_rr(a, FOP_UCOMI, cold->fwidth, cold->nan_reg, cold->nan_reg);
    uint8_t *nan = asm_jcc_skip(a, CC_P);
    if (cold->has_limit) {
        asm_fop_rm(a, FOP_UCOMI, cold->fwidth, cold->nan_reg, const_mem(c, cold->limit));
        asm_jcc_label(a, CC_E, &cold->back);
    }
    emit_trap(c, cold, TRAP_INT_OVERFLOW);
    asm_skip_end(a, nan);
    emit_trap(c, cold, TRAP_CONVERSION);
}

static void emit_cold(struct compiler *c, struct cold *cold)
{
    code_need(c, CODE_ROOM);
    asm_bind(&c->a, &cold->label);
    if (cold->nan_reg != NO_REG)
        emit_conversion_trap(c, cold);
    else
        emit_trap(c, cold, cold->site.kind);
}

static void emit_masks(struct compiler *c)
{
    static const uint64_t bits[MASK_COUNT] = {
        [MASK_ABS32] = 0x7FFFFFFF,
        [MASK_NEG32] = 0x80000000,
        [MASK_ABS64] = INT64_MAX,
        [MASK_NEG64] = UINT64_C(1) << 63,
    };
    for (int i = 0; i < MASK_COUNT; i++) {
        if (!label_used(&c->masks[i]))
            continue;
        asm_align(&c->a, 16);
        asm_bind(&c->a, &c->masks[i]);
        memcpy(c->a.p, &bits[i], 8);
        memset(c->a.p + 8, 0, 8);
        c->a.p += 16;
    }
}

void cold_emit(struct compiler *c)
{
    for (uint32_t i = 0; i < c->colds.len; i++)
        emit_cold(c, &c->colds.at[i]);
    code_need(c, CODE_ROOM);
    emit_masks(c);
    asm_align(&c->a, 8);
    for (uint32_t i = 0; i < c->constants.len; i++) {
        code_need(c, CODE_ROOM);
        asm_bind(&c->a, &c->constants.at[i].label);
        memcpy(c->a.p, &c->constants.at[i].bits, 8);
        c->a.p += 8;
    }
}

/* The last few constants are searched, so that a loop's are shared. */
struct mem const_mem(struct compiler *c, uint64_t bits)
{
    enum { SEARCH = 16 };
    uint32_t n = c->constants.len, from = n > SEARCH ? n - SEARCH : 0;
    for (uint32_t i = n; i-- > from;)
        if (c->constants.at[i].bits == bits ||
            (WX_BUG(S103) && (uint32_t)c->constants.at[i].bits == (uint32_t)bits))
            return mem_label(&c->a, &c->constants.at[i].label);
    vec_push(c->scratch, &c->constants, (struct constant){ .bits = bits });
    return mem_label(&c->a, &vec_top(&c->constants).label);
}

struct mem const_mask(struct compiler *c, enum mask mask)
{
    return mem_label(&c->a, &c->masks[mask]);
}
