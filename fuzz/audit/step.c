/* step.c - what an instruction does: general registers, flags, frame, calls. */
#include "audit/flow.h"
#include "wasm/code.h"
#include <Zydis/Zydis.h>

enum { UNCHECKED_FRAME = 512 };

/* ---- registers ----------------------------------------------------------------------- */

/* r14 and r15 change only around calls into other instances. */
static bool may_pin(unsigned reg, const struct value *v)
{
    if (reg == REG_INSTANCE)
        return v->kind == CALLEE || v->kind == INSTANCE;
    return v->kind == CALLEE_MEMORY || (v->kind == MEM_BASE && v->index == 0);
}

static void write_reg(struct auditor *a, struct state *s, const struct ins *in,
                      unsigned reg, struct value v)
{
    if (reg == RSP)
        audit_fail(a, AUDIT_STACK_POINTER, in->at);
    else if ((reg == REG_INSTANCE || reg == REG_MEMORY) && !may_pin(reg, &v))
        audit_fail(a, AUDIT_PINNED, in->at);
    else if (is_preserved(reg) && s->saved[preserved_number(reg)] == 0)
        audit_fail(a, AUDIT_PRESERVED, in->at);
    else
        state_set(s, reg, v);
}

static struct value part_of(const struct value *old)
{
    bool narrow = old->kind == NUMBER && old->max <= MAX_I32;
    return value_number(narrow ? MAX_I32 : ANY_NUMBER);
}

/* All registers that the instruction writes, as far as their width tells. */
static void write_all(struct auditor *a, struct state *s, const struct ins *in)
{
    unsigned all = in->wrote64 | in->wrote32 | in->wrote_part;
    for (; all != 0; all &= all - 1) {
        unsigned r = (unsigned)__builtin_ctz(all), bit = 1U << r;
        if (in->wrote64 & bit)
            write_reg(a, s, in, r, value_number(ANY_NUMBER));
        else if (in->wrote32 & bit)
            write_reg(a, s, in, r, value_number(MAX_I32));
        else if (in->wrote_part & bit)
            write_reg(a, s, in, r, part_of(&s->regs[r]));
    }
}

static uint64_t min_u64(uint64_t x, uint64_t y) { return x < y ? x : y; }

static bool is_gpr(const struct ins *in, unsigned i) { return in->kind[i] == OPERAND_GPR; }

/* ---- moves and arithmetic ------------------------------------------------------------ */

/* What mov puts into a register of 4 or 8 bytes. */
static struct value moved(const struct state *s, const struct ins *in, struct value mem)
{
    struct value v = mem;
    if (in->kind[1] == OPERAND_IMM)
        v = value_const(in->bytes[0] == 4 ? (uint32_t)in->imm : (uint64_t)in->imm);
    else if (is_gpr(in, 1))
        v = s->regs[in->reg[1]];
    if (in->bytes[0] == 4 && (v.kind != NUMBER || v.max > MAX_I32))
        v = value_number(MAX_I32);
    return v;
}

static void step_mov(struct auditor *a, struct state *s, const struct ins *in,
                     struct value mem)
{
    if (!is_gpr(in, 0))
        return;
    if (in->bytes[0] < 4)
        write_all(a, s, in);
    else
        write_reg(a, s, in, in->reg[0], moved(s, in, mem));
}

static struct value address_of(const struct state *s, const struct ins *in)
{
    if (in->base == RIP_BASE)
        return value_of(CODE, (uint32_t)in->disp);
    if (in->base == NO_REG || in->index != NO_REG)
        return value_number(ANY_NUMBER);
    struct value v = s->regs[in->base];
    if (in->base == RSP) {
        v.add = s->height - (uint64_t)in->disp;
        return v;
    }
    if (v.kind != NUMBER || in->disp < 0 || v.max > ANY_NUMBER - (uint64_t)in->disp)
        return value_number(ANY_NUMBER);
    v = value_number(v.max + (uint64_t)in->disp);
    v.ref = in->base;
    v.add = (uint64_t)in->disp;
    return v;
}

static void step_lea(struct auditor *a, struct state *s, const struct ins *in)
{
    if (in->bytes[0] != 8)
        write_all(a, s, in);
    else
        write_reg(a, s, in, in->reg[0], address_of(s, in));
}

/* x + y, where x is the destination and y register `from`. */
static struct value sum(const struct value *x, const struct value *y, unsigned from)
{
    if (x->kind == TABLE_OFFSET && y->kind == CODE && y->index == 0) {
        struct value v = *x;
        v.kind = TABLE_TARGET;
        return v;
    }
    if (x->kind != NUMBER || y->kind != NUMBER || x->max > ANY_NUMBER - y->max)
        return value_number(ANY_NUMBER);
    struct value v = value_number(x->max + y->max);
    if (x->exact) {
        v.ref = (uint8_t)from;
        v.add = x->max;
    }
    return v;
}

static void move_rsp(struct auditor *a, struct state *s, const struct ins *in)
{
    bool sub = in->mnemonic == ZYDIS_MNEMONIC_SUB;
    if (in->kind[1] != OPERAND_IMM || in->imm <= 0 || in->imm > INT32_MAX ||
        (!sub && in->imm > s->height)) {
        audit_fail(a, AUDIT_STACK_POINTER, in->at);
        return;
    }
    s->height = sub ? s->height + (uint32_t)in->imm : s->height - (uint32_t)in->imm;
    if (s->height > UNCHECKED_FRAME && s->checked < s->height)
        audit_fail(a, AUDIT_STACK_CHECK, in->at);
}

static void step_add_sub(struct auditor *a, struct state *s, const struct ins *in)
{
    bool adds = in->mnemonic == ZYDIS_MNEMONIC_ADD && is_gpr(in, 0) && is_gpr(in, 1);
    if (is_gpr(in, 0) && in->reg[0] == RSP)
        move_rsp(a, s, in);
    else if (adds && in->bytes[0] == 8)
        write_reg(a, s, in, in->reg[0],
                  sum(&s->regs[in->reg[0]], &s->regs[in->reg[1]], in->reg[1]));
    else
        write_all(a, s, in);
}

static void step_xor(struct auditor *a, struct state *s, const struct ins *in)
{
    if (is_gpr(in, 0) && is_gpr(in, 1) && in->reg[0] == in->reg[1] && in->bytes[0] >= 4)
        write_reg(a, s, in, in->reg[0], value_const(0));
    else
        write_all(a, s, in);
}

/* and, shr: what bounds the result. */
static void step_narrow(struct auditor *a, struct state *s, const struct ins *in)
{
    if (!is_gpr(in, 0) || in->kind[1] != OPERAND_IMM || in->bytes[0] < 4) {
        write_all(a, s, in);
        return;
    }
    struct value *v = &s->regs[in->reg[0]];
    uint64_t max = v->kind == NUMBER ? v->max : ANY_NUMBER;
    max = in->bytes[0] == 4 ? min_u64(max, MAX_I32) : max;
    if (in->mnemonic == ZYDIS_MNEMONIC_SHR)
        max >>= (uint64_t)in->imm & (in->bytes[0] == 8 ? 63 : 31);
    else if (in->imm >= 0)
        max = min_u64(max, (uint64_t)in->imm);
    write_reg(a, s, in, in->reg[0], value_number(max));
}

/* Zydis says that they write when the source is not zero; then half a register may stay. */
static void step_scan(struct auditor *a, struct state *s, const struct ins *in)
{
    write_reg(a, s, in, in->reg[0], value_number(ANY_NUMBER));
}

static void step_xchg(struct auditor *a, struct state *s, const struct ins *in)
{
    uint16_t fixed = 1U << RSP | 1U << REG_INSTANCE | 1U << REG_MEMORY;
    if (!is_gpr(in, 0) || !is_gpr(in, 1) || in->bytes[0] != 8 ||
        ((1U << in->reg[0] | 1U << in->reg[1]) & fixed) != 0) {
        audit_fail(a, AUDIT_INSTRUCTION, in->at);
        return;
    }
    struct value x = s->regs[in->reg[0]], y = s->regs[in->reg[1]];
    write_reg(a, s, in, in->reg[0], y);
    write_reg(a, s, in, in->reg[1], x);
}

/* ---- comparisons --------------------------------------------------------------------- */

static bool is_field(const struct state *s, const struct ins *in, enum value_kind kind,
                     size_t at)
{
    return in->base < GPR_COUNT && s->regs[in->base].kind == kind &&
           in->disp == (int64_t)at && in->index == NO_REG;
}

/* cmp end, [memory + bytes] */
static struct flags compare_memory(const struct state *s, const struct ins *in)
{
    const struct value *end = &s->regs[in->reg[0]];
    struct fact f = { .kind = FACT_MEMORY, .reg = NO_REG, .reach = end->max };
    f.index = s->regs[in->base].index;
    if (end->kind != NUMBER || (end->ref == NO_REG && !end->exact))
        return (struct flags){ .kind = FLAGS_NONE };
    if (end->ref != NO_REG) {
        f.reg = end->ref;
        f.reach = end->add;
    }
    return (struct flags){ .kind = FLAGS_FACT, .reg = NO_REG, .fact = f };
}

static struct flags compare_with_memory(const struct state *s, const struct ins *in)
{
    uint8_t reg = in->reg[0];
    struct flags f = { .kind = FLAGS_NONE, .reg = reg };
    if (in->bytes[0] != 8)
        return f;
    if (is_field(s, in, MEMORY, offsetof(struct memory, bytes)))
        return compare_memory(s, in);
    if (is_field(s, in, TABLE, offsetof(struct table, size))) {
        f.kind = FLAGS_FACT;
        f.fact = (struct fact){ .kind = FACT_TABLE, .reg = reg };
        f.fact.index = s->regs[in->base].index;
    } else if (is_field(s, in, FUNC, offsetof(struct func, instance)) &&
               s->regs[reg].kind == INSTANCE) {
        f = (struct flags){ .kind = FLAGS_HOME, .reg = in->base };
    } else if (is_field(s, in, EXEC, offsetof(struct exec, native_limit)) &&
               s->regs[reg].kind == STACK && s->height == 0) {
        f.kind = FLAGS_LIMIT;
        f.limit = reg == RSP ? UNCHECKED_FRAME : s->regs[reg].add;
    }
    return f;
}

static struct flags compare(const struct state *s, const struct ins *in)
{
    struct flags f = { .kind = FLAGS_NONE };
    if (is_gpr(in, 0) && in->kind[1] == OPERAND_MEM)
        return compare_with_memory(s, in);
    if (in->kind[1] != OPERAND_IMM)
        return f;
    if (in->kind[0] == OPERAND_MEM && in->bytes[0] == 4 &&
        is_field(s, in, FUNC, offsetof(struct func, type_id))) {
        f = (struct flags){ .kind = FLAGS_TYPE, .reg = in->base };
        f.limit = (uint32_t)in->imm;
    } else if (is_gpr(in, 0) && in->bytes[0] == 4 && in->imm != 0 &&
               s->regs[in->reg[0]].kind == NUMBER && s->regs[in->reg[0]].max <= MAX_I32) {
        f = (struct flags){ .kind = FLAGS_BELOW, .reg = in->reg[0] };
        f.limit = (uint32_t)in->imm;
    }
    return f;
}

static struct flags tested(const struct ins *in)
{
    bool self = is_gpr(in, 0) && is_gpr(in, 1) && in->reg[0] == in->reg[1];
    if (!self || in->bytes[0] != 8)
        return (struct flags){ .kind = FLAGS_NONE };
    return (struct flags){ .kind = FLAGS_NULL, .reg = in->reg[0] };
}

/* ---- the frame ----------------------------------------------------------------------- */

static void step_push(struct auditor *a, struct state *s, const struct ins *in)
{
    unsigned reg = in->reg[0];
    bool fresh = is_gpr(in, 0) && is_preserved(reg) && s->regs[reg].kind == SAVED &&
                 s->regs[reg].index == reg && s->saved[preserved_number(reg)] == 0;
    if (!fresh) {
        audit_fail(a, AUDIT_STACK_POINTER, in->at);
        return;
    }
    s->height += 8;
    s->saved[preserved_number(reg)] = s->height;
}

static void step_pop(struct auditor *a, struct state *s, const struct ins *in)
{
    unsigned reg = in->reg[0];
    if (!is_gpr(in, 0) || !is_preserved(reg) ||
        s->saved[preserved_number(reg)] != s->height) {
        audit_fail(a, AUDIT_RESTORE, in->at);
        return;
    }
    state_set(s, reg, value_of(SAVED, reg));
    s->saved[preserved_number(reg)] = 0;
    s->height -= 8;
}

/* The frame that backtraces and the unwinder of traps rely on. */
static void check_record(struct auditor *a, const struct state *s, uint32_t at)
{
    uint32_t height = 0;
    bool ok = s->height == a->body->frame_bytes;
    for (unsigned i = 0; i < PRESERVED; i++) {
        bool saved = a->body->saved >> i & 1;
        height += saved ? 8 : 0;
        ok = ok && s->saved[i] == (saved ? height : 0);
    }
    if (!ok)
        audit_fail(a, AUDIT_RECORD, at);
}

static bool holds(const struct state *s, unsigned reg, enum value_kind kind, uint32_t index)
{
    return s->regs[reg].kind == kind && s->regs[reg].index == index;
}

static bool is_home(const struct state *s)
{
    return holds(s, REG_INSTANCE, INSTANCE, 0) && holds(s, REG_MEMORY, MEM_BASE, 0);
}

/* i32s among parameters or results in registers are zero-extended. */
static bool are_extended(const struct state *s, const valtype *types, uint32_t n,
                         struct abi_loc (*next)(struct abi_walk *, valtype))
{
    struct abi_walk walk = { 0 };
    for (uint32_t i = 0; i < n; i++) {
        struct abi_loc loc = next(&walk, types[i]);
        if (loc.kind == ABI_GPR && types[i] == VT_I32 &&
            (s->regs[loc.reg].kind != NUMBER || s->regs[loc.reg].max > MAX_I32))
            return false;
    }
    return true;
}

static void step_ret(struct auditor *a, const struct state *s, const struct ins *in)
{
    static const uint8_t regs[PRESERVED] = { RBX, RBP, R12, R13 };
    const struct type *t = a->module->funcs[a->body->fn->func].type;
    bool restored = is_home(s) && are_extended(s, t->results, t->nresults, abi_next_result);
    for (unsigned i = 0; i < PRESERVED; i++)
        restored = restored && holds(s, regs[i], SAVED, regs[i]);
    if (s->height != 0)
        audit_fail(a, AUDIT_UNBALANCED, in->at);
    else if (in->kind[0] != OPERAND_NONE)
        audit_fail(a, AUDIT_INSTRUCTION, in->at);
    else if (!restored)
        audit_fail(a, AUDIT_RESTORE, in->at);
}

/* ---- traps --------------------------------------------------------------------------- */

static bool in_body(const struct auditor *a, const struct code_site *site)
{
    const struct func_decl *d = &a->module->funcs[a->body->fn->func];
    return site->offset < (uint64_t)(d->body_end - d->body);
}

const struct code_site *step_site(struct auditor *a, const struct state *s,
                                  const struct ins *in)
{
    const struct code_site *site = code_body_site(a->body, a->body->start + in->at);
    if (site == NULL) {
        audit_fail(a, AUDIT_SITE, in->at);
        return NULL;
    }
    a->traps[in->at] = 1;
    if (!in_body(a, site))
        audit_fail(a, AUDIT_SITE_DATA, in->at);
    if ((site->flags & SITE_PROLOGUE) == 0)
        check_record(a, s, in->at);
    else if (s->height != 0)
        audit_fail(a, AUDIT_RECORD, in->at);
    if (!holds(s, REG_INSTANCE, INSTANCE, 0))
        audit_fail(a, AUDIT_CALL_STATE, in->at);
    return site;
}

static void step_divide(struct auditor *a, struct state *s, const struct ins *in)
{
    const struct code_site *site = step_site(a, s, in);
    if (site != NULL && ((site->flags & SITE_DIVIDE) == 0 || !is_gpr(in, 0) ||
                         site->reg != in->reg[0] || site->wide != (in->bytes[0] == 8)))
        audit_fail(a, AUDIT_SITE_DATA, in->at);
    write_all(a, s, in);
}

static void step_ud2(struct auditor *a, struct state *s, const struct ins *in)
{
    const struct code_site *site = step_site(a, s, in);
    if (site != NULL && (site->flags & SITE_DIVIDE) != 0)
        audit_fail(a, AUDIT_SITE_DATA, in->at);
}

/* ---- calls --------------------------------------------------------------------------- */

/* Which helper serves an instruction. */
static const struct {
    enum op op;
    enum helper helper;
} helpers[] = {
#define HELPER_ROW(name) { OP_##name, HELPER_##name },
    HELPER_ROW(memory_grow) HELPER_ROW(memory_init) HELPER_ROW(memory_copy)
        HELPER_ROW(memory_fill) HELPER_ROW(data_drop) HELPER_ROW(table_init)
            HELPER_ROW(table_copy) HELPER_ROW(table_fill) HELPER_ROW(table_grow)
                HELPER_ROW(elem_drop)
#undef HELPER_ROW
};

/* The Wasm instruction that a call belongs to, its immediates at *p; OP_COUNT: none. */
static enum op called_by(struct auditor *a, const struct ins *in, const uint8_t **p)
{
    const struct code_site *site =
        code_body_call(a->body, a->body->start + in->at + in->len);
    if (site == NULL || !in_body(a, site)) {
        audit_fail(a, site == NULL ? AUDIT_SITE : AUDIT_SITE_DATA, in->at);
        return OP_COUNT;
    }
    a->traps[in->at] = 1;
    *p = a->module->funcs[a->body->fn->func].body + site->offset;
    return code_op(p);
}

static void check_call(struct auditor *a, const struct state *s, const struct ins *in)
{
    check_record(a, s, in->at);
    if (s->height % 16 != 8)
        audit_fail(a, AUDIT_ALIGNMENT, in->at);
    if (s->checked == 0 || s->checked < s->height)
        audit_fail(a, AUDIT_STACK_CHECK, in->at);
}

static void end_call(struct auditor *a, struct state *s, const struct ins *in,
                     const struct type *t)
{
    struct abi_walk walk = { 0 };
    if (t != NULL && !are_extended(s, t->params, t->nparams, abi_next_param))
        audit_fail(a, AUDIT_CALL_STATE, in->at);
    state_lose(s);
    for (uint32_t i = 0; t != NULL && i < t->nresults; i++) {
        struct abi_loc loc = abi_next_result(&walk, t->results[i]);
        if (loc.kind == ABI_GPR && t->results[i] == VT_I32)
            state_set(s, loc.reg, value_number(MAX_I32));
    }
}

static void call_entry_table(struct auditor *a, struct state *s, const struct ins *in)
{
    const struct module *m = a->module;
    const uint8_t *p = NULL;
    uint64_t word = (uint64_t)a->body->start + (uint64_t)in->disp;
    uint64_t at = word - (uint64_t)a->modcode->entries;
    if (at % 8 != 0 || at / 8 >= m->nfuncs - m->nimported_funcs) {
        audit_fail(a, AUDIT_INDIRECT, in->at);
        return;
    }
    uint32_t func = m->nimported_funcs + (uint32_t)(at / 8);
    enum op op = called_by(a, in, &p);
    if (op != OP_call || code_u32(&p) != func)
        audit_fail(a, AUDIT_CALLEE, in->at);
    if (!is_home(s))
        audit_fail(a, AUDIT_CALL_STATE, in->at);
    end_call(a, s, in, m->funcs[func].type);
}

/* The type that the instruction gives its callee; NULL: it is no call of a record. */
static const struct type *record_type(struct auditor *a, const struct ins *in)
{
    const struct module *m = a->module;
    const uint8_t *p = NULL;
    enum op op = called_by(a, in, &p);
    if (op != OP_call && op != OP_call_indirect)
        return NULL;
    uint32_t i = code_u32(&p);
    if (op == OP_call)
        return i < m->nimported_funcs ? m->funcs[i].type : NULL;
    return i < m->ntypes ? m->types[i] : NULL;
}

/* For a callee of another instance, r14 and r15 are that instance's. */
static bool is_ready(const struct auditor *a, const struct state *s, uint32_t id)
{
    if (!holds(s, REG_FUNC, FUNC, id))
        return false;
    if (s->regs[REG_FUNC].exact && is_home(s))
        return true;
    return holds(s, REG_INSTANCE, CALLEE, id) && holds(s, REG_MEMORY, CALLEE_MEMORY, id) &&
           holds(s, REG_CALLER, INSTANCE, 0) && a->body->instance_at != 0 &&
           s->instance_saved;
}

static void call_record(struct auditor *a, struct state *s, const struct ins *in)
{
    uint32_t id = s->regs[in->base].index;
    const struct type *t = record_type(a, in);
    if (t == NULL || in->disp != 0 || in->index != NO_REG)
        audit_fail(a, AUDIT_INDIRECT, in->at);
    if (!is_ready(a, s, id))
        audit_fail(a, AUDIT_CALL_STATE, in->at);
    if (t != NULL && s->regs[REG_FUNC].type != t->id)
        audit_fail(a, AUDIT_CALLEE, in->at);
    end_call(a, s, in, t);
}

static bool serves(enum op op, int64_t disp)
{
    for (size_t i = 0; i < sizeof helpers / sizeof *helpers; i++)
        if (helpers[i].op == op)
            return disp == (int64_t)helpers[i].helper * 8;
    return false;
}

/* The argument behind the instance: the instruction's immediates, the first on top. */
static uint64_t helper_argument(enum op op, const uint8_t **p)
{
    uint64_t first = code_u32(p);
    switch ((enum imm)op_infos[op].imm) {
    case IMM_MEMORY_MEMORY:
    case IMM_DATA_MEMORY:
    case IMM_ELEM_TABLE:
    case IMM_TABLE_TABLE: return first << 32 | code_u32(p);
    default: return first;
    }
}

static void call_helper(struct auditor *a, struct state *s, const struct ins *in)
{
    const uint8_t *p = NULL;
    enum op op = called_by(a, in, &p);
    if (!serves(op, in->disp) || in->index != NO_REG) {
        audit_fail(a, AUDIT_CALLEE, in->at);
        return;
    }
    const struct value *first = &s->regs[RSI];
    if (!is_home(s) || !holds(s, RDI, INSTANCE, 0) || first->kind != NUMBER ||
        !first->exact || first->max != helper_argument(op, &p))
        audit_fail(a, AUDIT_CALL_STATE, in->at);
    end_call(a, s, in, NULL);
}

static void step_call(struct auditor *a, struct state *s, const struct ins *in)
{
    if (in->kind[0] != OPERAND_MEM || in->base == NO_REG)
        audit_fail(a, AUDIT_INDIRECT, in->at);
    else if (in->base == RIP_BASE)
        call_entry_table(a, s, in);
    else if (s->regs[in->base].kind == ENTRY)
        call_record(a, s, in);
    else if (s->regs[in->base].kind == HELPERS)
        call_helper(a, s, in);
    else
        audit_fail(a, AUDIT_INDIRECT, in->at);
    check_call(a, s, in);
}

/* ---- one instruction ----------------------------------------------------------------- */

static void step_jmp(struct auditor *a, const struct state *s, const struct ins *in)
{
    if (in->kind[0] == OPERAND_IMM)
        return;
    if (!is_gpr(in, 0) || s->regs[in->reg[0]].kind != TABLE_TARGET)
        audit_fail(a, AUDIT_INDIRECT, in->at);
}

/* Instructions that a width does not describe; the others write what they write. */
static void step_registers(struct auditor *a, struct state *s, const struct ins *in,
                           struct value mem)
{
    switch ((ZydisMnemonic)in->mnemonic) {
    case ZYDIS_MNEMONIC_MOV: step_mov(a, s, in, mem); break;
    case ZYDIS_MNEMONIC_LEA: step_lea(a, s, in); break;
    case ZYDIS_MNEMONIC_XCHG: step_xchg(a, s, in); break;
    case ZYDIS_MNEMONIC_XOR: step_xor(a, s, in); break;
    case ZYDIS_MNEMONIC_ADD:
    case ZYDIS_MNEMONIC_SUB: step_add_sub(a, s, in); break;
    case ZYDIS_MNEMONIC_AND:
    case ZYDIS_MNEMONIC_SHR: step_narrow(a, s, in); break;
    case ZYDIS_MNEMONIC_BSF:
    case ZYDIS_MNEMONIC_BSR: step_scan(a, s, in); break;
    case ZYDIS_MNEMONIC_DIV:
    case ZYDIS_MNEMONIC_IDIV: step_divide(a, s, in); break;
    case ZYDIS_MNEMONIC_PUSH: step_push(a, s, in); break;
    case ZYDIS_MNEMONIC_POP: step_pop(a, s, in); break;
    case ZYDIS_MNEMONIC_CALL: step_call(a, s, in); break;
    case ZYDIS_MNEMONIC_RET: step_ret(a, s, in); break;
    case ZYDIS_MNEMONIC_UD2: step_ud2(a, s, in); break;
    case ZYDIS_MNEMONIC_JMP: step_jmp(a, s, in); break;
    case ZYDIS_MNEMONIC_MOVSXD:
        if (mem.kind == TABLE_OFFSET && in->bytes[0] == 8) {
            write_reg(a, s, in, in->reg[0], mem);
            break;
        }
        write_all(a, s, in);
        break;
    default: write_all(a, s, in); break;
    }
}

/* The flags refer to registers, which cmp and test leave as they are. */
static void step_flags(struct state *s, const struct ins *in)
{
    if (in->mnemonic == ZYDIS_MNEMONIC_CMP)
        s->flags = compare(s, in);
    else if (in->mnemonic == ZYDIS_MNEMONIC_TEST)
        s->flags = tested(in);
    else if (in->sets_flags)
        s->flags = (struct flags){ .kind = FLAGS_NONE };
}

void step(struct auditor *a, struct state *s, const struct ins *in)
{
    struct value mem = value_number(ANY_NUMBER);
    bool calls = in->mnemonic == ZYDIS_MNEMONIC_CALL;
    if ((in->reads_mem || in->writes_mem) && !in->is_lea && !calls)
        mem = in->mnemonic == ZYDIS_MNEMONIC_NOP ? mem : place_check(a, s, in);
    step_registers(a, s, in, mem);
    step_flags(s, in);
}
