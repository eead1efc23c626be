/* global.c - wx_global: globals made, read and written by the embedder. */
#include "api/api.h"

static wx_status check_value(const struct store *s, const wx_value *v, valtype t,
                             wx_error *err)
{
    char name[32];
    if (value_fits(s, v, t))
        return WX_OK;
    return error_misuse(err, "the value is not a %s of this store", vt_name(t, name));
}

wx_status wx_global_new(wx_store *store, wx_globaltype type, wx_value init, wx_global **out,
                        wx_error *err)
{
    struct store *s = api_store(store);
    if (!value_type_known(type.type))
        return error_misuse(err, "the global has an unknown type");
    wx_status status = check_value(s, &init, type.type, err);
    if (status != WX_OK)
        return status;
    uint64_t slots[2] = { 0, 0 };
    value_to_slots(&init, slots);
    struct global *g = global_new(s, (struct global_type){ type.type, type.mut }, slots);
    if (g == NULL)
        return error_exhausted(err, "out of memory");
    *out = wx_of_global(g);
    return WX_OK;
}

wx_globaltype wx_global_type(const wx_global *g)
{
    return (wx_globaltype){ api_global(g)->type, api_global(g)->mutable_ };
}

wx_value wx_global_get(wx_global *g)
{
    wx_value v = { .type = WX_I32 };
    value_from_slots(&v, api_global(g)->type, api_global(g)->value);
    return v;
}

wx_status wx_global_set(wx_global *global, wx_value v, wx_error *err)
{
    struct global *g = api_global(global);
    if (!g->mutable_)
        return error_misuse(err, "the global is immutable");
    wx_status status = check_value(g->store, &v, g->type, err);
    if (status == WX_OK)
        value_to_slots(&v, g->value);
    return status;
}
