/* place.c - what a memory operand may touch, by what its base register holds. */
#include "audit/flow.h"
#include <Zydis/Zydis.h>

enum { RED_ZONE_BYTES = 128 };

/* What guard memories reserve: any 32-bit index, any 32-bit offset, and an access. */
#define GUARD_SPAN ((UINT64_C(8) << 30) + (64 << 10))

/* A memory operand under examination. */
struct place {
    struct auditor *a;
    struct state *s;
    const struct ins *in;
    struct value base;
    uint32_t bytes;
};

typedef struct value place_fn(const struct place *p);

static struct value fail(const struct place *p, enum audit_rule rule)
{
    audit_fail(p->a, rule, p->in->at);
    return value_number(ANY_NUMBER);
}

static struct value loaded(const struct place *p)
{
    return value_number(p->bytes < 8 ? MAX_I32 : ANY_NUMBER);
}

/* ---- objects with fixed fields ------------------------------------------------------- */

/* access: bytes that may be read, and whether code may add to it. */
struct member {
    uint8_t kind, bytes, counts;
    uint8_t gives; /* a value kind; its index is that of the object */
    uint16_t at;
};

#define FIELD(owner, type, name, bytes, counts, gives)           \
    {                                                            \
        owner, bytes, counts, gives, offsetof(struct type, name) \
    }

/* clang-format off */
static const struct member members[] = {
    FIELD(INSTANCE, instance, mem0,         8, 0, MEM_BASE),
    FIELD(INSTANCE, instance, memory0,      8, 0, MEMORY),
    FIELD(INSTANCE, instance, exec,         8, 0, EXEC),
    FIELD(INSTANCE, instance, helpers,      8, 0, HELPERS),
    FIELD(INSTANCE, instance, funcs,        8, 0, FUNCS),
    FIELD(INSTANCE, instance, tables,       8, 0, TABLES),
    FIELD(INSTANCE, instance, memories,     8, 0, MEMORIES),
    FIELD(INSTANCE, instance, globals,      8, 0, GLOBALS),
    FIELD(INSTANCE, instance, table0,       8, 0, TABLE),
    FIELD(CALLEE,   instance, mem0,         8, 0, CALLEE_MEMORY),
    FIELD(EXEC,     exec,     native_limit, 8, 0, NUMBER),
    FIELD(EXEC,     exec,     fuel,         8, 1, NUMBER),
    FIELD(EXEC,     exec,     stack_left,   8, 1, NUMBER),
    FIELD(EXEC,     exec,     interrupt,    4, 0, NUMBER),
    FIELD(MEMORY,   memory,   base,         8, 0, MEM_BASE),
    FIELD(MEMORY,   memory,   bytes,        8, 0, NUMBER),
    FIELD(TABLE,    table,    elems,        8, 0, ELEMS),
    FIELD(TABLE,    table,    size,         8, 0, NUMBER),
    FIELD(FUNC,     func,     instance,     8, 0, CALLEE),
    FIELD(FUNC,     func,     entry,        8, 0, ENTRY),
    FIELD(FUNC,     func,     type_id,      4, 0, NUMBER),
};
/* clang-format on */

static const struct member *member_at(const struct place *p)
{
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        if (members[i].kind == p->base.kind && members[i].at == p->in->disp)
            return &members[i];
    return NULL;
}

/* sub [..], imm and add [..], imm: how budgets are charged. */
static bool is_count(const struct ins *in)
{
    return (in->mnemonic == ZYDIS_MNEMONIC_SUB || in->mnemonic == ZYDIS_MNEMONIC_ADD) &&
           in->kind[0] == OPERAND_MEM && in->kind[1] == OPERAND_IMM;
}

static uint64_t memory_max(const struct place *p)
{
    const struct memory_type *t = &p->a->module->memories[p->base.index].type;
    return t->limits.is64 ? ANY_NUMBER : t->page_log2 == 0 ? MAX_I32 : MAX_I32 + 1;
}

static bool exists(const struct place *p, enum value_kind kind)
{
    const struct module *m = p->a->module;
    return p->base.kind != INSTANCE || (kind == MEMORY  ? m->nmemories > 0
                                        : kind == TABLE ? m->ntables > 0
                                                        : true);
}

static struct value place_field(const struct place *p)
{
    const struct member *f = member_at(p);
    if (f == NULL || p->in->index != NO_REG || p->bytes > f->bytes || !exists(p, f->gives))
        return fail(p, AUDIT_FIELD);
    if (p->in->writes_mem && !(f->counts && is_count(p->in)))
        return fail(p, AUDIT_WRITE);
    if (p->bytes < 8)
        return value_number(MAX_I32);
    if (f->gives == NUMBER)
        return value_number(p->base.kind == MEMORY ? memory_max(p) : ANY_NUMBER);
    return value_of(f->gives, p->base.index);
}

/* ---- the instance and the execution context ------------------------------------------ */

static struct value place_global(const struct place *p, uint32_t global, int64_t disp)
{
    if (p->in->index != NO_REG || disp < 0 ||
        disp + p->bytes > (int64_t)sizeof((struct global *)NULL)->value)
        return fail(p, AUDIT_FIELD);
    if (p->in->writes_mem && !p->a->module->globals[global].type.mutable_)
        return fail(p, AUDIT_WRITE);
    return loaded(p);
}

static struct value place_instance(const struct place *p)
{
    const struct module *m = p->a->module;
    int64_t disp = p->in->disp - (int64_t)offsetof(struct instance, own_globals);
    if (disp < 0)
        return place_field(p);
    uint64_t own = (uint64_t)disp / sizeof(struct global);
    if (own >= m->nglobals - m->nimported_globals)
        return fail(p, AUDIT_FIELD);
    return place_global(p, m->nimported_globals + (uint32_t)own,
                        disp % (int64_t)sizeof(struct global));
}

static struct value place_imported_global(const struct place *p)
{
    return place_global(p, p->base.index, p->in->disp);
}

static struct value place_exec(const struct place *p)
{
    int64_t at = p->in->disp - (int64_t)offsetof(struct exec, buffer);
    if (at < 0)
        return place_field(p);
    if (p->in->index != NO_REG ||
        at + p->bytes > (int64_t)sizeof((struct exec *)NULL)->buffer)
        return fail(p, AUDIT_FIELD);
    return loaded(p);
}

/* ---- arrays of the instance ---------------------------------------------------------- */

static struct value func_of(const struct place *p, uint32_t i)
{
    struct value v = value_of(FUNC, p->in->at);
    v.type = p->a->module->funcs[i].type->id;
    return v;
}

/* Entry i of an array of pointers. */
static struct value place_array(const struct place *p)
{
    const struct module *m = p->a->module;
    uint64_t i = (uint64_t)p->in->disp / 8, n = 0;
    enum value_kind gives = NUMBER;
    switch (p->base.kind) {
    case FUNCS: n = m->nfuncs; break;
    case TABLES: n = m->ntables, gives = TABLE; break;
    case MEMORIES: n = m->nmemories, gives = MEMORY; break;
    case GLOBALS: n = m->nimported_globals, gives = GLOBAL; break;
    default: break;
    }
    if (p->in->index != NO_REG || p->in->disp % 8 != 0 || i >= n || p->bytes != 8)
        return fail(p, AUDIT_FIELD);
    if (p->in->writes_mem)
        return fail(p, AUDIT_WRITE);
    return p->base.kind == FUNCS ? func_of(p, (uint32_t)i) : value_of(gives, (uint32_t)i);
}

/* Only called through, which step.c looks at. */
static struct value place_call_word(const struct place *p)
{
    if (p->in->mnemonic != ZYDIS_MNEMONIC_CALL)
        return fail(p, AUDIT_FIELD);
    return loaded(p);
}

/* ---- tables -------------------------------------------------------------------------- */

static struct value place_elems(const struct place *p)
{
    uint32_t table = p->base.index;
    if (p->in->index == NO_REG || p->in->scale != 8 || p->in->disp != 0 || p->bytes != 8)
        return fail(p, AUDIT_FIELD);
    if (!state_has_fact(p->s, FACT_TABLE, p->in->index, table, 0))
        return fail(p, AUDIT_UNCHECKED);
    bool funcs = p->a->module->tables[table].type.elem == VT_FUNCREF;
    struct value v = value_of(funcs ? MAYBE_FUNC : NUMBER, p->in->at);
    v.type = NO_TYPE;
    return funcs ? v : value_number(ANY_NUMBER);
}

/* movsxd r, [code + index*4 + table]: the entry of a jump table. */
static struct value place_jump_table(const struct place *p)
{
    const struct ins *in = p->in;
    int64_t at = p->base.index + in->disp;
    uint64_t max = in->index == NO_REG ? 0 : p->s->regs[in->index].max;
    if (in->mnemonic != ZYDIS_MNEMONIC_MOVSXD || in->index == NO_REG || in->scale != 4 ||
        p->s->regs[in->index].kind != NUMBER || p->base.index != 0 || p->bytes != 4)
        return fail(p, AUDIT_RIP);
    if (max >= p->a->size)
        return fail(p, AUDIT_UNCHECKED);
    if (!decode_data(p->a, at, (max + 1) * 4))
        return fail(p, AUDIT_RIP);
    struct value v = value_of(TABLE_OFFSET, (uint32_t)at);
    v.add = max + 1;
    return v;
}

/* ---- the heap ------------------------------------------------------------------------ */

static void check_site(const struct place *p, const struct value *index)
{
    const struct code_site *site = step_site(p->a, p->s, p->in);
    if (site == NULL)
        return;
    if (site->kind != TRAP_MEMORY_BOUNDS || site->memory != p->base.index ||
        site->width != p->bytes || site->reg != p->in->index || site->reg2 != NO_REG ||
        site->disp != (uint32_t)p->in->disp || (!site->wide && index->max > MAX_I32))
        audit_fail(p->a, AUDIT_SITE_DATA, p->in->at);
}

static void check_guarded(const struct place *p, const struct value *index)
{
    const uint64_t two_offsets = UINT64_C(1) << 33;
    if (index->kind != NUMBER || index->max > two_offsets)
        fail(p, AUDIT_INDEX);
    else if (p->in->disp < 0 || index->max + (uint64_t)p->in->disp + p->bytes > GUARD_SPAN)
        fail(p, AUDIT_SPAN);
    check_site(p, index);
}

/* A constant address within what the memory has from the start, for none shrinks. */
static bool is_always_inside(const struct place *p)
{
    const struct memory_type *t = &p->a->module->memories[p->base.index].type;
    return p->in->index == NO_REG &&
           (uint64_t)p->in->disp + p->bytes <= t->limits.min << t->page_log2;
}

static void check_checked(const struct place *p, const struct value *index)
{
    if (index->kind != NUMBER)
        fail(p, AUDIT_INDEX);
    if (p->in->disp < 0)
        fail(p, AUDIT_SPAN);
    else if (!is_always_inside(p) &&
             !state_has_fact(p->s, FACT_MEMORY, p->in->index, p->base.index,
                             (uint64_t)p->in->disp + p->bytes))
        fail(p, AUDIT_UNCHECKED);
}

static struct value place_heap(const struct place *p)
{
    const struct module *m = p->a->module;
    if (p->base.index >= m->nmemories)
        return fail(p, AUDIT_MEMORY_INDEX);
    if (p->in->index != NO_REG && p->in->scale != 1)
        return fail(p, AUDIT_INDEX);
    struct value index = p->in->index == NO_REG ? value_const(0) : p->s->regs[p->in->index];
    if (engine_guards(p->a->modcode->engine, &m->memories[p->base.index].type))
        check_guarded(p, &index);
    else
        check_checked(p, &index);
    return loaded(p);
}

/* ---- the frame ----------------------------------------------------------------------- */

static uint32_t saved_bytes(const struct state *s)
{
    uint32_t n = 0;
    for (unsigned i = 0; i < PRESERVED; i++)
        n += s->saved[i] != 0 ? 8 : 0;
    return n;
}

/* rsp + [from, to) must be slots: below what was saved, not far below rsp. */
static void check_slots(const struct place *p, int64_t from, int64_t to)
{
    if (from < -RED_ZONE_BYTES || to > (int64_t)p->s->height - saved_bytes(p->s))
        fail(p, AUDIT_FRAME);
    if (from < 0 && p->a->red_zone == 0)
        p->a->red_zone = 1 + p->in->at;
}

/* The slot of r14. */
static struct value instance_slot(const struct place *p)
{
    const struct ins *in = p->in;
    struct state *s = p->s;
    bool whole = in->disp == p->a->body->instance_at && p->bytes == 8;
    if (in->writes_mem) {
        s->instance_saved = whole && in->mnemonic == ZYDIS_MNEMONIC_MOV &&
                            in->kind[1] == OPERAND_GPR &&
                            s->regs[in->reg[1]].kind == INSTANCE;
        return loaded(p);
    }
    return whole && s->instance_saved ? value_of(INSTANCE, 0) : loaded(p);
}

static bool in_instance_slot(const struct place *p)
{
    int64_t at = p->a->body->instance_at;
    return at != 0 && p->s->height == p->a->body->frame_bytes &&
           p->in->disp + p->bytes > at && p->in->disp < at + 8;
}

/* The instruction decoded before or after in; in itself where there is none. */
static const struct ins *neighbour(const struct auditor *a, const struct ins *in, int by)
{
    int64_t i = (int64_t)a->ins_at[in->at] + by;
    return i < 0 || i >= a->ins.len ? in : &a->ins.at[i];
}

/* How many slots a turn of a clearing loop writes; 0: it is none. */
static int64_t slots_cleared(const struct place *p)
{
    const struct ins *in = p->in;
    if (in->mnemonic == ZYDIS_MNEMONIC_MOVUPS && p->bytes == 16)
        return 2;
    bool junk = p->a->config->junk != 0 && in->mnemonic == ZYDIS_MNEMONIC_MOV &&
                in->kind[1] == OPERAND_GPR && p->bytes == 8;
    return junk ? 1 : 0;
}

/* The loop that clears many locals, from the last pair of slots down to the first; in code
 * with junk (baseline/junk.h) one that fills all slots, one by one, with a register:
 *
 *          mov     eax, n                  n is even           n
 *   again: movups  [rsp + rax*8 + d], xmm  the only block      mov  [rsp + rax*8 + d], r11
 *          sub     eax, 2                  that jumps here     sub  eax, 1
 *          jne     again                   is the loop         jne  again
 *
 * It writes [rsp + d + 16, rsp + d + 16 + n*8), or from d + 8 on. */
static struct value place_clearing(const struct place *p)
{
    const struct ins *in = p->in;
    const struct auditor *a = p->a;
    const struct ins *mov = neighbour(a, in, -1), *sub = neighbour(a, in, 1);
    const struct ins *jne = neighbour(a, sub, 1);
    int64_t turn = slots_cleared(p);
    bool shape = turn != 0 && mov->mnemonic == ZYDIS_MNEMONIC_MOV &&
                 mov->at + mov->len == in->at && mov->kind[0] == OPERAND_GPR &&
                 mov->reg[0] == in->index && mov->kind[1] == OPERAND_IMM &&
                 mov->bytes[0] == 4 && mov->imm > 0 && mov->imm % turn == 0 &&
                 sub->mnemonic == ZYDIS_MNEMONIC_SUB && sub->kind[0] == OPERAND_GPR &&
                 sub->reg[0] == in->index && sub->bytes[0] == 4 &&
                 sub->kind[1] == OPERAND_IMM && sub->imm == turn &&
                 jne->mnemonic == ZYDIS_MNEMONIC_JNZ && jne->imm == in->at &&
                 a->jumps_to[in->at] == 1 && in->scale == 8 && in->writes_mem;
    if (!shape)
        return fail(p, AUDIT_FRAME);
    check_slots(p, in->disp + turn * 8, in->disp + turn * 8 + mov->imm * 8);
    p->s->instance_saved = 0;
    return loaded(p);
}

static struct value place_frame(const struct place *p)
{
    if (p->in->index != NO_REG)
        return place_clearing(p);
    check_slots(p, p->in->disp, p->in->disp + p->bytes);
    return in_instance_slot(p) ? instance_slot(p) : loaded(p);
}

/* ---- rip ----------------------------------------------------------------------------- */

static struct value place_rip(const struct place *p)
{
    if (p->in->mnemonic == ZYDIS_MNEMONIC_CALL)
        return place_call_word(p);
    if (p->in->writes_mem)
        return fail(p, AUDIT_WRITE);
    if (!decode_data(p->a, p->in->disp, p->bytes))
        return fail(p, AUDIT_RIP);
    return loaded(p);
}

/* ---- the operand --------------------------------------------------------------------- */

static struct value place_unknown(const struct place *p) { return fail(p, AUDIT_BASE); }

static place_fn *const places[KIND_COUNT] = {
    [NUMBER] = place_unknown,
    [INSTANCE] = place_instance,
    [EXEC] = place_exec,
    [HELPERS] = place_call_word,
    [FUNCS] = place_array,
    [TABLES] = place_array,
    [MEMORIES] = place_array,
    [GLOBALS] = place_array,
    [MEMORY] = place_field,
    [TABLE] = place_field,
    [GLOBAL] = place_imported_global,
    [MEM_BASE] = place_heap,
    [ELEMS] = place_elems,
    [MAYBE_FUNC] = place_unknown,
    [FUNC] = place_field,
    [CALLEE] = place_field,
    [CALLEE_MEMORY] = place_unknown,
    [ENTRY] = place_call_word,
    [CODE] = place_jump_table,
    [TABLE_OFFSET] = place_unknown,
    [TABLE_TARGET] = place_unknown,
    [STACK] = place_unknown,
    [SAVED] = place_unknown,
};

/* Kinds that may go to memory: Wasm's own numbers and references. */
static bool is_wasm_value(const struct value *v)
{
    return v->kind == NUMBER || v->kind == FUNC || v->kind == MAYBE_FUNC;
}

static void check_leak(const struct place *p)
{
    const struct ins *in = p->in;
    if (in->kind[1] != OPERAND_GPR || is_wasm_value(&p->s->regs[in->reg[1]]))
        return;
    if (in->base != RSP || !in_instance_slot(p) || !p->s->instance_saved)
        fail(p, AUDIT_LEAK);
}

/* The operands that Zydis gives no size: none that is allowed. */
static uint32_t memory_bytes(const struct ins *in)
{
    for (unsigned i = 0; i < OPERANDS; i++)
        if (in->kind[i] == OPERAND_MEM)
            return in->bytes[i];
    return 0;
}

struct value place_check(struct auditor *a, struct state *s, const struct ins *in)
{
    struct place p = { .a = a, .s = s, .in = in, .bytes = memory_bytes(in) };
    if (p.bytes == 0)
        return fail(&p, AUDIT_INSTRUCTION);
    if (in->base == NO_REG)
        return fail(&p, AUDIT_BASE);
    struct value v;
    if (in->base == RIP_BASE) {
        v = place_rip(&p);
    } else if (in->base == RSP) {
        v = place_frame(&p);
    } else {
        p.base = s->regs[in->base];
        v = places[p.base.kind](&p);
    }
    if (in->writes_mem)
        check_leak(&p);
    return v;
}
