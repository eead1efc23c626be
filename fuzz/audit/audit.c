/* audit.c - the fixed point over a body; all bodies of a module; the report. */
#include "audit/flow.h"
#include <Zydis/Zydis.h>
#include <stdio.h>

const char *const audit_rules[AUDIT_RULE_COUNT] = {
    [AUDIT_OK] = "nothing",
#define WX_AUDIT_RULE(name, text) [AUDIT_##name] = text,
#include "audit/rules.def"
};

void audit_fail(struct auditor *a, enum audit_rule rule, uint32_t at)
{
    struct audit_finding *f = a->finding;
    if (f->rule != AUDIT_OK)
        return;
    f->rule = rule;
    f->func = a->body->fn->func;
    f->offset = at;
    decode_print(a->body, at, f->instruction, sizeof f->instruction);
}

/* ---- the fixed point ----------------------------------------------------------------- */

static struct node *node_of(const struct auditor *a, uint32_t at)
{
    return a->blocks.at[a->block_at[at] - 1];
}

static void queue(struct auditor *a, struct node *b, uint32_t at)
{
    if (b->queued)
        return;
    b->queued = true;
    vec_push(a->scratch, &a->work, at);
}

static void flow_to(struct auditor *a, uint32_t at, const struct state *s)
{
    struct node *b = node_of(a, at);
    bool ok = true;
    if (!b->reached) {
        b->reached = true;
        b->in = *s;
        queue(a, b, at);
    } else if (state_merge(&b->in, s, &ok)) {
        queue(a, b, at);
    }
    if (!ok)
        audit_fail(a, AUDIT_UNBALANCED, at);
}

static void flow_jump(struct auditor *a, const struct ins *in, const struct state *s)
{
    struct state taken = *s, other = *s;
    if (in->mnemonic == ZYDIS_MNEMONIC_JMP) {
        flow_to(a, (uint32_t)in->imm, s);
        return;
    }
    state_assume(&taken, (enum cc)in->cc);
    flow_to(a, (uint32_t)in->imm, &taken);
    state_assume(&other, cc_invert((enum cc)in->cc));
    flow_to(a, in->at + in->len, &other);
}

/* All targets of a jump table, whose bounds and bytes have been checked. */
static void flow_table(struct auditor *a, const struct ins *in, const struct state *s)
{
    struct value v = s->regs[in->reg[0]];
    for (uint64_t i = 0; i < v.add; i++) {
        int32_t target;
        memcpy(&target, a->body->start + v.index + i * 4, sizeof target);
        if (!decode_target(a, in->at, target))
            return;
        decode_from(a, (uint32_t)target);
        if (audit_failed(a))
            return;
        flow_to(a, (uint32_t)target, s);
    }
}

static bool ends(const struct ins *in)
{
    return in->mnemonic == ZYDIS_MNEMONIC_RET || in->mnemonic == ZYDIS_MNEMONIC_UD2;
}

/* Where an instruction goes other than to the next; false: it goes there. */
static bool flow_on(struct auditor *a, const struct ins *in, const struct state *s)
{
    if (ends(in))
        return true;
    if (in->mnemonic == ZYDIS_MNEMONIC_JMP && in->kind[0] != OPERAND_IMM)
        flow_table(a, in, s);
    else if (in->kind[0] == OPERAND_IMM && in->kind[1] == OPERAND_NONE)
        flow_jump(a, in, s);
    else if (a->block_at[in->at + in->len] != 0)
        flow_to(a, in->at + in->len, s);
    else
        return false;
    return true;
}

static void run_block(struct auditor *a, uint32_t at)
{
    struct state s = node_of(a, at)->in;
    for (;;) {
        const struct ins in = a->ins.at[a->ins_at[at]];
        step(a, &s, &in);
        if (audit_failed(a))
            return;
        if (flow_on(a, &in, &s))
            return;
        at += in.len;
    }
}

static void begin(struct auditor *a)
{
    struct state s;
    for (uint32_t i = 0; i < a->blocks.len; i++)
        a->blocks.at[i]->reached = a->blocks.at[i]->queued = false;
    a->work.len = 0;
    a->late_target = false;
    state_begin(&s, a);
    flow_to(a, 0, &s);
    if (a->body->entries == NULL)
        return;
    state_begin_loop(&s, a);
    flow_to(a, a->body->entries->at, &s);
}

/* A jump table may lead into what was taken for the middle of a block: then all again. */
static void run(struct auditor *a)
{
    decode_from(a, 0);
    if (!audit_failed(a) && a->body->entries != NULL)
        decode_from(a, a->body->entries->at);
    if (!audit_failed(a))
        begin(a);
    while (a->work.len > 0 && !audit_failed(a)) {
        uint32_t at = vec_pop(&a->work);
        node_of(a, at)->queued = false;
        run_block(a, at);
        if (a->late_target && !audit_failed(a))
            begin(a);
    }
}

/* ---- the body as a whole ------------------------------------------------------------- */

/* Every site belongs to an instruction that was found to trap or call. */
static void check_sites(struct auditor *a)
{
    for (uint32_t i = 0; i < a->body->nsites && !audit_failed(a); i++) {
        const struct code_site *site = &a->body->sites[i];
        bool call = (site->flags & SITE_CALL) != 0, found = false;
        for (uint32_t len = call ? 1 : 0; len <= (call ? 15 : 0) && len <= site->pc; len++)
            found |= site->pc - len < a->size && a->traps[site->pc - len] != 0 &&
                     (!call || a->ins.at[a->ins_at[site->pc - len]].len == len);
        if (!found)
            audit_fail(a, AUDIT_SITE_STRAY, site->pc);
    }
}

static void check_whole(struct auditor *a)
{
    if (!audit_failed(a) && a->calls && a->red_zone != 0)
        audit_fail(a, AUDIT_RED_ZONE, a->red_zone - 1);
    if (!audit_failed(a))
        decode_gaps(a);
    check_sites(a);
}

static void auditor_init(struct auditor *a, const struct code_body *b,
                         struct arena *scratch, struct audit_finding *f)
{
    *a = (struct auditor){
        .body = b,
        .modcode = b->fn->modcode,
        .module = b->fn->modcode->module,
        .config = &b->fn->modcode->engine->config,
        .scratch = scratch,
        .size = b->size,
        .finding = f,
    };
    a->marks = arena_zarray(scratch, uint8_t, b->size + 1);
    a->traps = arena_zarray(scratch, uint8_t, b->size + 1);
    a->ins_at = arena_array(scratch, uint32_t, b->size + 1);
    a->block_at = arena_zarray(scratch, uint32_t, b->size + 1);
    a->jumps_to = arena_zarray(scratch, uint8_t, b->size + 1);
}

bool audit_body(const struct code_body *b, struct arena *scratch, struct audit_stats *stats,
                struct audit_finding *f)
{
    struct auditor a;
    *f = (struct audit_finding){ .rule = AUDIT_OK };
    auditor_init(&a, b, scratch, f);
    run(&a);
    check_whole(&a);
    stats->functions++;
    stats->instructions += a.ins.len;
    stats->bytes += b->size;
    return f->rule == AUDIT_OK;
}

/* ---- modules ------------------------------------------------------------------------- */

bool audit_module(const struct modcode *code, struct arena *scratch,
                  struct audit_stats *stats, struct audit_finding *f)
{
    const struct module *m = code->module;
    for (uint32_t i = 0; i < m->nfuncs - m->nimported_funcs; i++) {
        const void *start =
            atomic_load_explicit(&code->fns[i].compiled, memory_order_acquire);
        const struct code_body *b =
            start != NULL ? codemap_find(code->engine->region, start) : NULL;
        if (b == NULL)
            continue;
        bool ok = audit_body(b, scratch, stats, f);
        arena_reset(scratch);
        if (!ok)
            return false;
    }
    return true;
}

void audit_report(const struct audit_finding *f)
{
    fprintf(stderr, "audit: function %u at +0x%x: %s: %s\n", f->func, f->offset,
            f->instruction, audit_rules[f->rule]);
}
