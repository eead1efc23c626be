/* types_match.c - subtyping and names of value types.  See types.h. */
#include "wasm/types.h"
#include <stdio.h>

/* ---- subtyping ----------------------------------------------------------------------- */

#define BIT(heap) (UINT32_C(1) << HEAP_##heap)

/* The abstract heap types above each abstract one, itself included. */
static const uint32_t supers[HEAP_CONCRETE] = {
    [HEAP_FUNC] = BIT(FUNC),
    [HEAP_EXTERN] = BIT(EXTERN),
    [HEAP_ANY] = BIT(ANY),
    [HEAP_EQ] = BIT(EQ) | BIT(ANY),
    [HEAP_I31] = BIT(I31) | BIT(EQ) | BIT(ANY),
    [HEAP_STRUCT] = BIT(STRUCT) | BIT(EQ) | BIT(ANY),
    [HEAP_ARRAY] = BIT(ARRAY) | BIT(EQ) | BIT(ANY),
    [HEAP_EXN] = BIT(EXN),
    [HEAP_NONE] = BIT(NONE) | BIT(I31) | BIT(STRUCT) | BIT(ARRAY) | BIT(EQ) | BIT(ANY),
    [HEAP_NOFUNC] = BIT(NOFUNC) | BIT(FUNC),
    [HEAP_NOEXTERN] = BIT(NOEXTERN) | BIT(EXTERN),
    [HEAP_NOEXN] = BIT(NOEXN) | BIT(EXN),
};

/* The abstract heap type directly above a composite type. */
static const enum heap_type kind_heap[] = {
    [COMP_FUNC] = HEAP_FUNC,
    [COMP_STRUCT] = HEAP_STRUCT,
    [COMP_ARRAY] = HEAP_ARRAY,
};

/* spec: match-heaptype */
static bool heap_match(struct type_registry *r, uint32_t sub, uint32_t super)
{
    if (sub == super)
        return true;
    if (sub < HEAP_CONCRETE && super < HEAP_CONCRETE)
        return (supers[sub] >> super & 1) != 0;
    if (sub < HEAP_CONCRETE) {
        const struct type *t = types_get(r, super - HEAP_CONCRETE);
        return sub == (t->kind == COMP_FUNC ? HEAP_NOFUNC : HEAP_NONE);
    }
    const struct type *t = types_get(r, sub - HEAP_CONCRETE);
    if (super < HEAP_CONCRETE)
        return (supers[kind_heap[t->kind]] >> super & 1) != 0;
    const struct type *s = types_get(r, super - HEAP_CONCRETE);
    return t->depth >= s->depth && t->display[s->depth] == s->id;
}

bool types_match(struct type_registry *r, valtype sub, valtype super)
{
    if (sub == super || sub == VT_BOTTOM)
        return true;
    if (!vt_is_ref(sub) || !vt_is_ref(super))
        return false;
    if (vt_is_nullable(sub) && !vt_is_nullable(super))
        return false;
    return heap_match(r, vt_heap(sub), vt_heap(super));
}

/* ---- names --------------------------------------------------------------------------- */

static const char *num_name(valtype t)
{
    switch (t) {
    case VT_I32: return "i32";
    case VT_I64: return "i64";
    case VT_F32: return "f32";
    case VT_F64: return "f64";
    case VT_V128: return "v128";
    default: return "any";
    }
}

static const struct {
    const char *heap, *ref;
} heap_names[HEAP_CONCRETE] = {
    [HEAP_FUNC] = { "func", "funcref" },
    [HEAP_EXTERN] = { "extern", "externref" },
    [HEAP_ANY] = { "any", "anyref" },
    [HEAP_EQ] = { "eq", "eqref" },
    [HEAP_I31] = { "i31", "i31ref" },
    [HEAP_STRUCT] = { "struct", "structref" },
    [HEAP_ARRAY] = { "array", "arrayref" },
    [HEAP_EXN] = { "exn", "exnref" },
    [HEAP_NONE] = { "none", "nullref" },
    [HEAP_NOFUNC] = { "nofunc", "nullfuncref" },
    [HEAP_NOEXTERN] = { "noextern", "nullexternref" },
    [HEAP_NOEXN] = { "noexn", "nullexnref" },
};

const char *vt_name(valtype t, char buf[32])
{
    if (!vt_is_ref(t))
        return num_name(t);
    const char *null = vt_is_nullable(t) ? "null " : "";
    if (vt_heap(t) >= HEAP_CONCRETE) {
        snprintf(buf, 32, "(ref %s%u)", null, (unsigned)(vt_heap(t) - HEAP_CONCRETE));
        return buf;
    }
    if (vt_is_nullable(t))
        return heap_names[vt_heap(t)].ref;
    snprintf(buf, 32, "(ref %s)", heap_names[vt_heap(t)].heap);
    return buf;
}
