/* table.c - wx_table: tables of references made, read and written by the embedder. */
#include "api/api.h"

static wx_status check_ref(const struct store *s, const wx_value *v, valtype elem,
                           wx_error *err)
{
    char name[32];
    if (value_fits(s, v, elem))
        return WX_OK;
    return error_misuse(err, "the value is not a %s of this store", vt_name(elem, name));
}

static wx_status check_type(const struct store *s, const wx_tabletype *type,
                            const wx_value *init, wx_error *err)
{
    const wx_limits *l = &type->limits;
    if (type->elem != WX_FUNCREF && type->elem != WX_EXTERNREF)
        return error_misuse(err, "the element type of a table is a reference type");
    if (l->min > UINT32_MAX || (l->has_max && (l->max > UINT32_MAX || l->max < l->min)))
        return error_misuse(err, "a table has min <= max < 2^32 elements");
    return check_ref(s, init, type->elem, err);
}

wx_status wx_table_new(wx_store *store, wx_tabletype type, wx_value init, wx_table **out,
                       wx_error *err)
{
    struct store *s = api_store(store);
    wx_status status = check_type(s, &type, &init, err);
    if (status != WX_OK)
        return status;
    struct table_type t = { .elem = type.elem, .limits = value_limits_of(&type.limits) };
    struct fail f = { .func = FAIL_NO_FUNC, .offset = FAIL_NO_OFFSET };
    struct table *table = table_new(s, t, api_ref(init.of.ref), &f);
    if (table == NULL)
        return error_of_fail(err, &f);
    *out = wx_of_table(table);
    return WX_OK;
}

wx_tabletype wx_table_type(const wx_table *t)
{
    const struct table_type *type = &api_table(t)->type;
    return (wx_tabletype){ type->elem, value_limits(&type->limits) };
}

uint64_t wx_table_size(const wx_table *t) { return api_table(t)->size; }

static wx_status check_index(const struct table *t, uint64_t i, wx_error *err)
{
    if (i < t->size)
        return WX_OK;
    return error_misuse(err, "index %llu in a table of %llu elements",
                        (unsigned long long)i, (unsigned long long)t->size);
}

wx_status wx_table_get(wx_table *table, uint64_t i, wx_value *out, wx_error *err)
{
    const struct table *t = api_table(table);
    wx_status status = check_index(t, i, err);
    if (status == WX_OK)
        *out = (wx_value){ .type = t->type.elem, .of.ref = wx_of_ref(t->elems[i]) };
    return status;
}

wx_status wx_table_set(wx_table *table, uint64_t i, wx_value v, wx_error *err)
{
    struct table *t = api_table(table);
    wx_status status = check_index(t, i, err);
    if (status == WX_OK)
        status = check_ref(t->store, &v, t->type.elem, err);
    if (status == WX_OK)
        t->elems[i] = api_ref(v.of.ref);
    return status;
}

bool wx_table_grow(wx_table *table, uint64_t delta, wx_value init, uint64_t *old_size)
{
    struct table *t = api_table(table);
    if (!value_fits(t->store, &init, t->type.elem))
        return false;
    uint64_t old = table_grow(t, delta, api_ref(init.of.ref));
    if (old == UINT64_MAX)
        return false;
    if (old_size != NULL)
        *old_size = old;
    return true;
}
