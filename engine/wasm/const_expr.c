/* const_expr.c - constant expressions: read and validated in one pass.
 *
 * Without extended constants every constant instruction pushes one value and pops none,
 * so the operand stack is a count and the last type.  spec: valid-constant */
#include "wasm/decode.h"

/* Own globals may be read from the version of the specification that has the collector
 * on. */
static void check_global(struct decoder *d, const uint8_t *at, uint32_t index,
                         valtype *type)
{
    const struct module *m = d->m;
    uint32_t visible = d->enabled & FEATURE_BIT(GC) ? m->nglobals : m->nimported_globals;
    if (!decode_index(d, at, "global", index, visible))
        return;
    *type = m->globals[index].type.type;
    if (m->globals[index].type.mutable_)
        decode_invalid(d, at, "constant expression required: global %u is mutable", index);
}

valtype decode_ref_func_type(const struct decoder *d, uint32_t func)
{
    if (!(d->enabled & FEATURE_BIT(FUNCTION_REFERENCES)))
        return VT_FUNCREF;
    return VT_REF_OF(HEAP_CONCRETE + d->m->funcs[func].type->id, false);
}

static valtype ref_func(struct decoder *d, const uint8_t *at, uint32_t func)
{
    if (!decode_index(d, at, "function", func, d->m->nfuncs))
        return VT_FUNCREF;
    decode_declare(d, func);
    return decode_ref_func_type(d, func);
}

/* Reads the immediates of a constant instruction and gives the type it pushes.  Any other
 * instruction makes the module invalid; then its immediates are not read. */
static valtype constant(struct decoder *d, struct reader *r, const uint8_t *at, enum op op)
{
    valtype type = VT_BOTTOM;
    switch ((unsigned)op) {
    case OP_i32_const: reader_s32(r); return VT_I32;
    case OP_i64_const: reader_s64(r); return VT_I64;
    case OP_f32_const: reader_bytes(r, 4); return VT_F32;
    case OP_f64_const: reader_bytes(r, 8); return VT_F64;
    case OP_ref_null: return decode_heaptype(d, r);
    case OP_ref_func: return ref_func(d, at, reader_u32(r));
    case OP_global_get: check_global(d, at, reader_u32(r), &type); return type;
    default:
        decode_invalid(d, at, "constant expression required: found %s", op_infos[op].text);
        r->p = at;
        return type;
    }
}

static void check_result(struct decoder *d, const uint8_t *at, uint32_t nvalues,
                         valtype have, valtype want)
{
    char want_name[32], have_name[32];
    if (nvalues != 1)
        decode_invalid(d, at,
                       "type mismatch: constant expression leaves %u values, expects %s",
                       nvalues, vt_name(want, want_name));
    else if (!types_match(d->m->registry, have, want))
        decode_invalid(d, at, "type mismatch: constant expression of type %s, expects %s",
                       vt_name(have, have_name), vt_name(want, want_name));
}

struct const_expr decode_const_expr(struct decoder *d, valtype type)
{
    struct reader *r = &d->r;
    const uint8_t *start = r->p, *at = start;
    uint32_t nvalues = 0;
    valtype have = VT_BOTTOM;
    while (decode_ok(d) && d->invalid.kind == FAIL_NONE) {
        at = r->p;
        enum op op = decode_op(d, r);
        if (op == OP_end) {
            check_result(d, at, nvalues, have, type);
            return (struct const_expr){ start, (uint32_t)(r->p - start) };
        }
        if (op == OP_INVALID)
            break;
        have = constant(d, r, at, op);
        nvalues++;
    }
    decode_skim(d, r, 1);
    return (struct const_expr){ start, (uint32_t)(r->p - start) };
}
