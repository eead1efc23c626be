/* ref.c - wx_ref: references from and to functions and host data.
 *
 * A reference is the address of the object it names, whose first word says what it is. */
#include "api/api.h"

static enum object_kind kind_of(const wx_ref *r)
{
    return (enum object_kind) * (const uint64_t *)(const void *)r;
}

wx_ref *wx_ref_from_func(wx_func *f) { return (wx_ref *)(void *)f; }

wx_func *wx_ref_func(wx_ref *r)
{
    return r != NULL && kind_of(r) == OBJECT_FUNC ? (wx_func *)(void *)r : NULL;
}

wx_status wx_ref_extern_new(wx_store *s, void *data, void (*finalizer)(void *),
                            wx_ref **out, wx_error *err)
{
    struct extern_box *box = extern_new(api_store(s), data, finalizer);
    if (box == NULL)
        return error_exhausted(err, "out of memory");
    *out = (wx_ref *)(void *)box;
    return WX_OK;
}

void *wx_ref_extern_data(wx_ref *r)
{
    if (r == NULL || kind_of(r) != OBJECT_EXTERN)
        return NULL;
    return ((struct extern_box *)(void *)r)->data;
}

bool wx_ref_same(const wx_ref *a, const wx_ref *b) { return a == b; }
