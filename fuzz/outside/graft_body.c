/* graft_body.c - copies instructions, and instruments them.  See graft.h. */
#include "outside/graft.h"
#include "wasm/code.h"
#include <string.h>

/* What an instrumented copy may contain: a feature whose results can differ between engines
 * (NaN bits of vectors, say) needs its rule here first. */
static const features carried =
    FEATURE_BIT(MVP) | FEATURE_BIT(MUTABLE_GLOBALS) | FEATURE_BIT(SIGN_EXTENSION) |
    FEATURE_BIT(SATURATING_FLOAT_TO_INT) | FEATURE_BIT(MULTI_VALUE) |
    FEATURE_BIT(BULK_MEMORY) | FEATURE_BIT(REFERENCE_TYPES);

/* ---- immediates -------------------------------------------------------------------- */

static void skip_leb(const uint8_t **p, uint32_t n)
{
    for (; n > 0; n--)
        while ((*(*p)++ & 0x80) != 0)
            ;
}

static void skip_vector(const uint8_t **p, uint32_t more)
{
    uint32_t n = code_u32(p);
    skip_leb(p, n + more);
}

/* Moves *p behind the immediates of an instruction. */
static void skip_immediates(enum op op, const uint8_t **p)
{
    switch ((enum imm)op_infos[op].imm) {
    case IMM_NONE:
    case IMM_COUNT: break;
    case IMM_BLOCK:
    case IMM_LABEL:
    case IMM_FUNC:
    case IMM_LOCAL:
    case IMM_GLOBAL:
    case IMM_TABLE:
    case IMM_MEMORY:
    case IMM_DATA:
    case IMM_ELEM:
    case IMM_HEAP_TYPE:
    case IMM_I32:
    case IMM_I64: skip_leb(p, 1); break;
    case IMM_CALL_INDIRECT:
    case IMM_MEMORY_MEMORY:
    case IMM_DATA_MEMORY:
    case IMM_ELEM_TABLE:
    case IMM_TABLE_TABLE: skip_leb(p, 2); break;
    case IMM_BR_TABLE: skip_vector(p, 1); break;
    case IMM_SELECT_T: skip_vector(p, 0); break;
    case IMM_MEMARG: code_memarg(p); break;
    case IMM_F32: *p += 4; break;
    case IMM_F64: *p += 8; break;
    }
}

/* ---- instrumentation --------------------------------------------------------------- */

static void trap_if(struct graft *g, struct sink *s)
{
    sink_block(s, OP_if);
    sink_i32(s, 0);
    sink_op_u(s, OP_global_set, g->fuel);
    sink_op(s, OP_unreachable);
    sink_op(s, OP_end);
}

static void change(struct sink *s, uint32_t global, int32_t by)
{
    sink_op_u(s, OP_global_get, global);
    sink_i32(s, by);
    sink_op(s, OP_i32_add);
    sink_op_u(s, OP_global_set, global);
}

void graft_burn(struct graft *g, struct sink *s, uint32_t cost)
{
    sink_op_u(s, OP_global_get, g->fuel);
    sink_i32(s, (int32_t)cost);
    sink_op(s, OP_i32_lt_u);
    trap_if(g, s);
    change(s, g->fuel, -(int32_t)cost);
}

void graft_enter(struct graft *g, struct sink *s)
{
    sink_op_u(s, OP_global_get, g->depth);
    sink_op(s, OP_i32_eqz);
    trap_if(g, s);
    change(s, g->depth, -1);
}

void graft_leave(struct graft *g, struct sink *s) { change(s, g->depth, 1); }

/* The type of result whose NaN is not determined, else VT_BOTTOM. */
static valtype nan_result(enum op op)
{
    const struct op_info *i = &op_infos[op];
    switch (op) {
    case OP_f32_abs:
    case OP_f64_abs:
    case OP_f32_neg:
    case OP_f64_neg:
    case OP_f32_copysign:
    case OP_f64_copysign:
    case OP_f32_reinterpret_i32:
    case OP_f64_reinterpret_i64: return VT_BOTTOM;
    default: break;
    }
    if (i->sig == NULL || i->imm != IMM_NONE)
        return VT_BOTTOM;
    char result = i->sig[strlen(i->sig) - 1];
    return result == 'f' ? VT_F32 : result == 'd' ? VT_F64 : VT_BOTTOM;
}

/* value -> the value, or the canonical NaN for any NaN.  Needs a local of its type. */
static void make_canonical(struct sink *s, valtype t, uint32_t local)
{
    bool wide = t == VT_F64;
    sink_op_u(s, OP_local_tee, local);
    sink_const(s, t, wide ? UINT64_C(0x7FF8000000000000) : 0x7FC00000);
    sink_op_u(s, OP_local_get, local);
    sink_op_u(s, OP_local_get, local);
    sink_op(s, wide ? OP_f64_eq : OP_f32_eq);
    sink_op(s, OP_select);
}

static void before(struct graft *g, enum op op, struct sink *s)
{
    const struct op_info *i = &op_infos[op];
    if ((carried >> i->feature & 1) == 0)
        g->why = feature_infos[i->feature].text;
    if (op == OP_call || op == OP_call_indirect)
        graft_enter(g, s);
    else if (i->feature == FEATURE_BULK_MEMORY || op == OP_table_fill ||
             op == OP_table_grow)
        graft_burn(g, s, GRAFT_BULK_FUEL);
}

static void after(struct graft *g, enum op op, uint32_t scratch, struct sink *s)
{
    valtype nan = nan_result(op);
    if (op == OP_loop)
        graft_burn(g, s, 1);
    else if (op == OP_call || op == OP_call_indirect)
        graft_leave(g, s);
    else if (nan != VT_BOTTOM)
        make_canonical(s, nan, nan == VT_F32 ? scratch : scratch + 1);
}

/* ---- copying ----------------------------------------------------------------------- */

/* Copies the instruction at *p; functions that it names have moved. */
static enum op copy_instruction(struct graft *g, const uint8_t **p, struct sink *s)
{
    const uint8_t *start = *p;
    enum op op = code_op(p);
    if (op_infos[op].imm == IMM_FUNC) {
        sink_op_u(s, op, graft_moved(g, code_u32(p)));
    } else {
        skip_immediates(op, p);
        sink_bytes(s, start, (size_t)(*p - start));
    }
    return op;
}

/* The declarations, and a scratch local of each float type behind all others. */
static void copy_locals(const struct module *m, const struct func_decl *f, struct sink *s)
{
    const uint8_t *p = m->bytes + f->offset;
    sink_u(s, (uint64_t)code_u32(&p) + 2);
    sink_bytes(s, p, (size_t)(f->body - p));
    sink_u(s, 1);
    sink_type(s, VT_F32);
    sink_u(s, 1);
    sink_type(s, VT_F64);
}

void graft_body(struct graft *g, const struct func_decl *f, struct sink *s)
{
    const struct module *m = g->m;
    if (!g->instrument) {
        const uint8_t *entry = m->bytes + f->offset;
        sink_bytes(s, entry, (size_t)(f->body_end - entry));
        return;
    }
    copy_locals(m, f, s);
    graft_burn(g, s, 1);
    for (const uint8_t *p = f->body; p < f->body_end;) {
        const uint8_t *peek = p;
        before(g, code_op(&peek), s);
        after(g, copy_instruction(g, &p, s), f->info->nlocals, s);
    }
}

void graft_expr(struct graft *g, const struct const_expr *e, struct sink *s)
{
    for (const uint8_t *p = e->at, *end = e->at + e->len; p < end;) {
        const uint8_t *peek = p;
        bool is_get = code_op(&peek) == OP_global_get;
        uint32_t index = is_get ? code_u32(&peek) : UINT32_MAX;
        if (is_get && index < g->m->nimported_globals) {
            sink_const(s, g->m->globals[index].type.type, g->import_global(g, index));
            p = peek;
        } else {
            copy_instruction(g, &p, s);
        }
    }
}

bool graft_has_ref_func(const struct module *m)
{
    for (uint32_t i = m->nimported_funcs; i < m->nfuncs; i++)
        for (const uint8_t *p = m->funcs[i].body; p < m->funcs[i].body_end;) {
            enum op op = code_op(&p);
            if (op == OP_ref_func)
                return true;
            skip_immediates(op, &p);
        }
    return false;
}

/* Only rows of plain operations are known to change nothing. */
static bool changes_state(enum op op)
{
    const struct op_info *i = &op_infos[op];
    bool is_store = i->width != 0 && strcmp(i->sig + strlen(i->sig) - 2, "_v") == 0;
    switch ((enum imm)i->imm) {
    case IMM_FUNC: return op != OP_ref_func;
    case IMM_GLOBAL: return op != OP_global_get;
    case IMM_TABLE: return op != OP_table_get && op != OP_table_size;
    case IMM_MEMORY: return op != OP_memory_size;
    case IMM_CALL_INDIRECT:
    case IMM_MEMORY_MEMORY:
    case IMM_DATA_MEMORY:
    case IMM_ELEM_TABLE:
    case IMM_TABLE_TABLE:
    case IMM_DATA:
    case IMM_ELEM: return true;
    default: return is_store;
    }
}

bool graft_is_pure(const struct module *m, uint32_t func)
{
    if (func < m->nimported_funcs)
        return false;
    for (const uint8_t *p = m->funcs[func].body; p < m->funcs[func].body_end;) {
        enum op op = code_op(&p);
        if (changes_state(op))
            return false;
        skip_immediates(op, &p);
    }
    return true;
}

/* A block type of one byte names no type of the module.  spec: binary-blocktype */
static bool is_short_block(const uint8_t *p) { return (*p & 0xC0) == 0x40; }

bool graft_is_portable(const struct func_decl *f)
{
    for (const uint8_t *p = f->body; p < f->body_end;) {
        enum op op = code_op(&p);
        switch ((enum imm)op_infos[op].imm) {
        case IMM_BLOCK:
            if (!is_short_block(p))
                return false;
            break;
        case IMM_NONE:
        case IMM_LABEL:
        case IMM_BR_TABLE:
        case IMM_LOCAL:
        case IMM_I32:
        case IMM_I64:
        case IMM_F32:
        case IMM_F64: break;
        default: return false;
        }
        skip_immediates(op, &p);
    }
    return true;
}
