/* state.c - what is known at one place, and how it changes. */
#include "audit/flow.h"

/* ---- the beginning ------------------------------------------------------------------- */

static uint64_t type_max(valtype t) { return t == VT_I32 ? MAX_I32 : ANY_NUMBER; }

void state_begin(struct state *s, const struct auditor *a)
{
    const struct type *t = a->module->funcs[a->body->fn->func].type;
    struct abi_walk walk = { 0 };
    memset(s, 0, sizeof *s);
    for (unsigned r = 0; r < GPR_COUNT; r++)
        s->regs[r] = is_preserved(r) ? value_of(SAVED, r) : value_number(ANY_NUMBER);
    for (uint32_t i = 0; i < t->nparams; i++) {
        struct abi_loc loc = abi_next_param(&walk, t->params[i]);
        if (loc.kind == ABI_GPR)
            s->regs[loc.reg] = value_number(type_max(t->params[i]));
    }
    s->regs[REG_INSTANCE] = value_of(INSTANCE, 0);
    s->regs[REG_MEMORY] = value_of(MEM_BASE, 0);
    s->regs[RSP] = value_of(STACK, 0);
}

/* There is nothing in the registers of parameters. */
void state_begin_loop(struct state *s, const struct auditor *a)
{
    state_begin(s, a);
    for (unsigned r = 0; r < GPR_COUNT; r++)
        if (s->regs[r].kind == NUMBER)
            s->regs[r] = value_number(ANY_NUMBER);
}

/* ---- writes -------------------------------------------------------------------------- */

static void forget_facts(struct state *s, unsigned reg)
{
    for (unsigned i = 0; i < FACTS; i++)
        if (s->facts[i].reg == reg)
            s->facts[i] = (struct fact){ .kind = FACT_NONE };
    if (s->flags.kind != FLAGS_NONE &&
        (s->flags.reg == reg || (s->flags.kind == FLAGS_FACT && s->flags.fact.reg == reg)))
        s->flags = (struct flags){ .kind = FLAGS_NONE };
}

static void forget_references(struct state *s, unsigned reg)
{
    for (unsigned r = 0; r < GPR_COUNT; r++)
        if (s->regs[r].ref == reg) {
            s->regs[r].ref = NO_REG;
            s->regs[r].add = 0;
        }
    forget_facts(s, reg);
}

void state_set(struct state *s, unsigned reg, struct value v)
{
    s->regs[reg] = v;
    forget_references(s, reg);
}

void state_exchange(struct state *s, unsigned x, unsigned y)
{
    struct value v = s->regs[x];
    state_set(s, x, s->regs[y]);
    state_set(s, y, v);
}

/* ---- facts --------------------------------------------------------------------------- */

void state_add_fact(struct state *s, struct fact f)
{
    memmove(&s->facts[1], &s->facts[0], (FACTS - 1) * sizeof *s->facts);
    s->facts[0] = f;
}

bool state_has_fact(const struct state *s, enum fact_kind kind, unsigned reg,
                    uint32_t index, uint64_t reach)
{
    for (unsigned i = 0; i < FACTS; i++) {
        const struct fact *f = &s->facts[i];
        if (f->kind == kind && f->reg == reg && f->index == index && reach <= f->reach)
            return true;
    }
    return false;
}

/* ---- calls --------------------------------------------------------------------------- */

void state_lose(struct state *s)
{
    for (unsigned r = 0; r < GPR_COUNT; r++)
        if (!is_preserved(r) && r != RSP && r != REG_INSTANCE && r != REG_MEMORY)
            state_set(s, r, value_number(ANY_NUMBER));
    s->flags = (struct flags){ .kind = FLAGS_NONE };
}

/* ---- conditions ---------------------------------------------------------------------- */

void state_assume(struct state *s, enum cc cc)
{
    struct flags f = s->flags;
    struct value *v = &s->regs[f.reg < GPR_COUNT ? f.reg : RAX];
    switch (f.kind) {
    case FLAGS_FACT:
        if (cc == (f.fact.kind == FACT_MEMORY ? CC_BE : CC_B))
            state_add_fact(s, f.fact);
        break;
    case FLAGS_BELOW:
        /* Even where more is known: a jump table is as long as this comparison says. */
        if (cc == CC_B && v->kind == NUMBER) {
            v->max = f.limit - 1;
            v->exact = 0;
        }
        break;
    case FLAGS_LIMIT:
        if (cc == CC_AE && s->checked < f.limit)
            s->checked = f.limit;
        break;
    case FLAGS_NULL:
        if (cc == CC_NE && v->kind == MAYBE_FUNC)
            v->kind = FUNC;
        break;
    case FLAGS_TYPE:
        if (cc == CC_E && v->kind == FUNC)
            v->type = (uint32_t)f.limit;
        break;
    case FLAGS_HOME:
        if (cc == CC_E && v->kind == FUNC)
            v->exact = 1;
        break;
    default: break;
    }
}

/* ---- merges -------------------------------------------------------------------------- */

/* Few sizes, so that loops settle. */
static uint64_t widen(uint64_t max)
{
    const uint64_t two_offsets = UINT64_C(1) << 33;
    return max <= MAX_I32 ? MAX_I32 : max <= two_offsets ? two_offsets : ANY_NUMBER;
}

static struct value merge_values(const struct value *x, const struct value *y)
{
    if (memcmp(x, y, sizeof *x) == 0)
        return *x;
    if (x->kind != NUMBER || y->kind != NUMBER)
        return value_number(ANY_NUMBER);
    uint64_t max = x->max > y->max ? x->max : y->max;
    return value_number(x->max == y->max ? max : widen(max));
}

static void merge_facts(struct state *into, const struct state *s)
{
    for (unsigned i = 0; i < FACTS; i++) {
        struct fact *f = &into->facts[i];
        if (!state_has_fact(s, (enum fact_kind)f->kind, f->reg, f->index, f->reach))
            *f = (struct fact){ .kind = FACT_NONE };
    }
}

bool state_merge(struct state *into, const struct state *s, bool *ok)
{
    struct state before = *into;
    for (unsigned r = 0; r < GPR_COUNT; r++)
        into->regs[r] = merge_values(&into->regs[r], &s->regs[r]);
    merge_facts(into, s);
    if (memcmp(&into->flags, &s->flags, sizeof s->flags) != 0)
        into->flags = (struct flags){ .kind = FLAGS_NONE };
    if (s->checked < into->checked)
        into->checked = s->checked;
    into->instance_saved &= s->instance_saved;
    *ok = into->height == s->height && memcmp(into->saved, s->saved, sizeof s->saved) == 0;
    return memcmp(&before, into, sizeof before) != 0;
}
