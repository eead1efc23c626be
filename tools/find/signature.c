/* signature.c - see signature.h. */
#include "tools/find/signature.h"
#include <stdio.h>
#include <string.h>

/* Operations that compilers treat alike are one group of causes, by parts of their names; =: all of it. */
static const struct group {
    const char *part, *name;
} groups[] = {
    { "local.", "local" },
    { "global.", "global" },
    { "table.get", "table.get" },
    { ".load", "memory access" },
    { ".store", "memory access" },
    { ".neg", "sign" },
    { ".abs", "sign" },
    { ".copysign", "sign" },
    { ".nearest", "rounding" },
    { ".eq", "comparison" },
    { ".ne", "comparison" },
    { ".lt", "comparison" },
    { ".gt", "comparison" },
    { ".le", "comparison" },
    { ".ge", "comparison" },
    { ".shl", "shift" },
    { ".shr", "shift" },
    { ".rot", "shift" },
    { ".div", "division" },
    { ".rem", "division" },
    { ".add", "arithmetic" },
    { ".sub", "arithmetic" },
    { ".mul", "arithmetic" },
    { ".and", "arithmetic" },
    { ".or", "arithmetic" },
    { ".xor", "arithmetic" },
    { ".min", "minimum and maximum" },
    { ".max", "minimum and maximum" },
    { ".clz", "count of zeros" },
    { ".ctz", "count of zeros" },
    { ".trunc_", "float to integer" },
    { ".convert_", "integer to float" },
    { ".const", "constant" },
    { "ref.null", "constant" },
    { "br_if", "branch" },
    { "if", "branch" },
    { "call", "moves" },
    { "br_table", "br_table" },
    { "ref.is_null", "comparison" },
    { "=br", "moves" },
    { "=end", "moves" },
    { "=else", "moves" },
    { "=return", "moves" },
};

static const char *operation_name(enum op op)
{
    for (size_t i = 0; i < COUNT(groups); i++) {
        const char *part = groups[i].part, *text = op_infos[op].text;
        if (*part == '=' ? strcmp(text, part + 1) == 0 : strstr(text, part) != NULL)
            return groups[i].name;
    }
    return op_infos[op].text;
}

/* ---- values -------------------------------------------------------------------------------- */

static bool has_value(const struct culprit *c)
{
    return c->what[0] != 0 && c->good != c->odd;
}

/* What the operation makes: the highest operands, or the local that it sets. */
static bool is_result(const struct insn *i, const struct effect *e, const struct culprit *c)
{
    uint32_t n;
    if (sscanf(c->what, "operand %u", &n) == 1)
        return n < e->npushes;
    if (sscanf(c->what, "local %u", &n) == 1)
        return (i->op == OP_local_set || i->op == OP_local_tee) && i->index[0] == n;
    return true;
}

/* Of what should be an i32, or an i64 of as few bits.  Lanes with junk trap at such an i32. */
static bool is_upper_half(const struct reducer *r, const struct effect *e,
                          const struct culprit *c)
{
    bool junk = lane_junk(r->plan.odd, &r->c) != 0;
    if (c->lost)
        return junk && e->npushes == 1 && e->pushes[0] == VT_I32;
    bool real = e->npushes == 1 && vt_is_float(e->pushes[0]);
    return has_value(c) && !real && c->good == (uint32_t)c->odd;
}

/* ---- other operands ------------------------------------------------------------------------ */

static bool shows(struct reducer *r, struct bytes_out out)
{
    return sight_is_finding(probe(r->prober, &r->plan, out.at, out.len));
}

/* The case with a local in place of [first, last), which is assigned the constant first. */
static struct bytes_out with_local(struct reducer *r, uint32_t func, uint32_t first,
                                   uint32_t last, valtype type, struct insn constant)
{
    struct arena *a = reduce_trial(r);
    struct tree *t = tree_copy(a, reduce_tree(r)), *trees[2] = { r->trees[0], r->trees[1] };
    struct tree_func *f = &t->funcs[func];
    valtype *locals = arena_array(a, valtype, f->nlocals + 1);
    uint32_t local = f->type->nparams + f->nlocals;
    struct insn get = { .op = OP_local_get, .index = { local } };
    struct insn set[2] = { constant, { .op = OP_local_set, .index = { local } } };
    if (f->nlocals > 0)
        memcpy(locals, f->locals, f->nlocals * sizeof *locals);
    locals[f->nlocals++] = type;
    f->locals = locals;
    f->code = code_splice(a, f->code, first, last, &get, 1);
    f->code = code_splice(a, f->code, 0, 0, set, COUNT(set));
    trees[r->active] = t;
    return reduce_bytes(r, trees);
}

/* Wrong in whatever operation it is an operand of. */
static const char wide[] = "wide constant";

static bool is_wide(const struct insn *i)
{
    return i->op == OP_i64_const && (int64_t)i->bits != (int32_t)i->bits;
}

static bool is_beyond(const struct insn *count, const char *operation)
{
    return strcmp(operation, "shift") == 0 &&
           count->bits >= (count->op == OP_i64_const ? 64 : 32);
}

/* What the operation needs as an operand, when nothing is seen once that is in a local; NULL: no
 * constant. */
static const char *needed_constant(struct reducer *r, uint32_t func, uint32_t index)
{
    const struct effect *e = &reduce_effects(r, func)[index];
    struct code c = reduce_tree(r)->funcs[func].code;
    for (uint32_t k = e->pops; k-- > 0;) {
        uint32_t by = e->popped_by[k];
        if (by >= c.len || !insn_is_const(&c.at[by]) || c.at[by].op == OP_ref_null ||
            shows(r, with_local(r, func, by, by + 1, e->popped[k], c.at[by])))
            continue;
        if (is_beyond(&c.at[by], operation_name(c.at[index].op)))
            return "constant beyond the width";
        return is_wide(&c.at[by]) ? wide : "constant";
    }
    return NULL;
}

/* ---- traps --------------------------------------------------------------------------------- */

/* Of whatever operation it is the place. */
static bool is_place(struct reducer *r, const struct culprit *c)
{
    const struct sight *s = probe(r->prober, &r->plan, r->bytes, r->size);
    return s->kind == SIGHT_DIFFERENT &&
           finding_difference(s->finding.kind) == DIFFERENCE_PLACE &&
           s->finding.a.status == WX_TRAP && s->finding.b.status == WX_TRAP &&
           s->finding.a.func == c->func && s->finding.a.offset == c->offset;
}

/* ---- the whole ----------------------------------------------------------------------------- */

static bool starts_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

/* The sight is the cause: its place in a module says little. */
static bool names_itself(const struct reducer *r, const struct culprit *c)
{
    return !c->has_insn || starts_with(r->name, "audit/") ||
           starts_with(r->name, "assertion/") || starts_with(r->name, "sanitizer/");
}

/* Groups whose operations only hand on what they get: another value is what goes wrong there, and a
 * constant is none of their business. */
static bool hands_on(const char *group)
{
    static const char *const names[] = { "moves", "br_table", "branch", "constant",
                                         "loop",  "block",    "nop" };
    for (size_t i = 0; i < COUNT(names); i++)
        if (strcmp(group, names[i]) == 0)
            return true;
    return false;
}

/* Operations that make an i32 as the processor does, without anything that could be forgotten: its
 * upper half is wrong by what is done with the value. */
static bool cuts_by_itself(const char *group)
{
    static const char *const names[] = { "arithmetic", "memory access", "local", "shift",
                                         "i32.reinterpret_f32" };
    for (size_t i = 0; i < COUNT(names); i++)
        if (strcmp(group, names[i]) == 0)
            return true;
    return false;
}

static const char upper_half[] = "upper half";

static const char *how_of(struct reducer *r, const struct culprit *c, uint32_t func,
                          const char *group)
{
    const struct insn *i = &reduce_tree(r)->funcs[func].code.at[c->index];
    const struct effect *e = &reduce_effects(r, func)[c->index];
    bool access = op_infos[i->op].imm == IMM_MEMARG;
    if (hands_on(group) || e->dead)
        return NULL;
    if (has_value(c) && !access && !is_result(i, e, c))
        return "another value";
    if (is_upper_half(r, e, c))
        return upper_half;
    return access ? NULL : needed_constant(r, func, c->index);
}

/* Wrong when it was entered, as far as can be told. */
static bool is_entry(const struct reducer *r, const struct culprit *c)
{
    enum op op = reduce_tree(r)
                     ->funcs[c->func - tree_imports(reduce_tree(r), EXTERN_FUNC)]
                     .code.at[c->index]
                     .op;
    return culprit_on_entry(c) || (c->index == 0 && strstr(r->name, "/budget") == NULL &&
                                   (op == OP_loop || op == OP_block || op == OP_nop));
}

static const char *group_of(const struct reducer *r, const struct culprit *c)
{
    bool bulk = op_infos[c->op].imm == IMM_MEMORY_MEMORY ||
                op_infos[c->op].imm == IMM_DATA_MEMORY ||
                op_infos[c->op].imm == IMM_TABLE_TABLE ||
                op_infos[c->op].imm == IMM_ELEM_TABLE || c->op == OP_memory_fill ||
                c->op == OP_table_fill;
    if (is_entry(r, c))
        return "entry";
    return c->family == FAMILY_SHARED && bulk ? "bulk operation" : operation_name(c->op);
}

void signature_name(struct reducer *r, const struct culprit *c, char *out, size_t room)
{
    if (names_itself(r, c)) {
        snprintf(out, room, "%s", r->name);
        return;
    }
    reduce_activate(r, c->module);
    uint32_t func = c->func - tree_imports(reduce_tree(r), EXTERN_FUNC);
    bool entry = is_entry(r, c);
    const char *what = group_of(r, c), *how = entry ? NULL : how_of(r, c, func, what);
    if (how == wide)
        what = wide, how = NULL;
    else if (how == upper_half && cuts_by_itself(what))
        what = "value";
    else if (!entry && is_place(r, c))
        what = "place", how = NULL;
    reduce_activate(r, 0);
    snprintf(out, room, "%s/%s%s%s", family_names[c->family], what, how != NULL ? ", " : "",
             how != NULL ? how : "");
}
