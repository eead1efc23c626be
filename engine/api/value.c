/* value.c - wx_value and the engine's 8-byte slots; public and internal descriptions of types.
 *
 * In slots an i32 and an f32 are zero-extended, a reference is the address of its object, a
 * v128 takes two slots. */
#include "base/bugs.h"
#include "api/api.h"
#include <string.h>

_Static_assert(WX_I32 == VT_I32 && WX_I64 == VT_I64, "same numbering");
_Static_assert(WX_F32 == VT_F32 && WX_F64 == VT_F64, "same numbering");
_Static_assert(WX_V128 == VT_V128, "same numbering");
_Static_assert(WX_FUNCREF == VT_FUNCREF && WX_EXTERNREF == VT_EXTERNREF, "same numbering");
_Static_assert((int)WX_KIND_FUNC == (int)EXTERN_FUNC, "same numbering");
_Static_assert((int)WX_KIND_TABLE == (int)EXTERN_TABLE, "same numbering");
_Static_assert((int)WX_KIND_MEMORY == (int)EXTERN_MEMORY, "same numbering");
_Static_assert((int)WX_KIND_GLOBAL == (int)EXTERN_GLOBAL, "same numbering");

void value_to_slots(const wx_value *v, uint64_t *slots)
{
    switch (v->type) {
    case VT_I32: slots[0] = WX_BUG(X32) ? (uint64_t)v->of.i64 : (uint32_t)v->of.i32; return;
    case VT_F32: slots[0] = v->of.f32_bits; return;
    case VT_I64: slots[0] = (uint64_t)v->of.i64; return;
    case VT_F64: slots[0] = v->of.f64_bits; return;
    case VT_V128: memcpy(slots, v->of.v128, sizeof v->of.v128); return;
    default: slots[0] = api_ref(v->of.ref); return;
    }
}

void value_from_slots(wx_value *v, valtype t, const uint64_t *slots)
{
    v->type = t;
    switch (t) {
    case VT_I32: v->of.i32 = (int32_t)(uint32_t)slots[0]; return;
    case VT_F32: v->of.f32_bits = (uint32_t)slots[0]; return;
    case VT_I64: v->of.i64 = (int64_t)slots[0]; return;
    case VT_F64: v->of.f64_bits = slots[0]; return;
    case VT_V128: memcpy(v->of.v128, slots, sizeof v->of.v128); return;
    default: v->of.ref = wx_of_ref(slots[0]); return;
    }
}

/* Null, or an object of the kind that t names; its store must be this one. */
static bool ref_fits(const struct store *s, const wx_ref *r, valtype t)
{
    if (r == NULL)
        return vt_is_nullable(t);
    uint64_t header = *(const uint64_t *)(const void *)r;
    if (vt_heap(t) == HEAP_EXTERN)
        return header == OBJECT_EXTERN &&
               ((const struct extern_box *)(const void *)r)->store == s;
    return header == OBJECT_FUNC && ((const struct func *)(const void *)r)->store == s;
}

bool value_fits(const struct store *s, const wx_value *v, valtype t)
{
    return LIKELY(v->type == t) && (!vt_is_ref(t) || ref_fits(s, v->of.ref, t));
}

bool value_type_known(wx_valtype t)
{
    switch (t) {
    case WX_I32:
    case WX_I64:
    case WX_F32:
    case WX_F64:
    case WX_V128:
    case WX_FUNCREF:
    case WX_EXTERNREF: return true;
    default: return false;
    }
}

wx_functype value_functype(const struct type *t)
{
    return (wx_functype){ t->params, t->nparams, t->results, t->nresults };
}

wx_extern value_extern(const struct extern_val *v)
{
    wx_extern e = { .kind = (wx_kind)v->kind };
    switch (v->kind) {
    case EXTERN_FUNC: e.of.func = wx_of_func(v->u.func); break;
    case EXTERN_TABLE: e.of.table = wx_of_table(v->u.table); break;
    case EXTERN_MEMORY: e.of.memory = wx_of_memory(v->u.memory); break;
    case EXTERN_GLOBAL: e.of.global = wx_of_global(v->u.global); break;
    case EXTERN_TAG: break;
    }
    return e;
}

struct extern_val value_extern_val(const wx_extern *v)
{
    struct extern_val e = { .kind = (enum extern_kind)v->kind };
    switch (v->kind) {
    case WX_KIND_FUNC: e.u.func = api_func(v->of.func); break;
    case WX_KIND_TABLE: e.u.table = api_table(v->of.table); break;
    case WX_KIND_MEMORY: e.u.memory = api_memory(v->of.memory); break;
    case WX_KIND_GLOBAL: e.u.global = api_global(v->of.global); break;
    }
    return e;
}

wx_limits value_limits(const struct limits *l)
{
    return (
        wx_limits){ .min = l->min, .max = l->has_max ? l->max : 0, .has_max = l->has_max };
}

struct limits value_limits_of(const wx_limits *l)
{
    return (struct limits){ .min = l->min,
                            .max = l->has_max ? l->max : 0,
                            .has_max = l->has_max };
}
