/* memory.c - wx_memory: linear memories made, read and grown by the embedder. */
#include "api/api.h"

enum { PAGE_LOG2 = 16, MAX_PAGES = 1 << 16 };

wx_status wx_memory_new(wx_store *s, wx_memorytype type, wx_memory **out, wx_error *err)
{
    const wx_limits *l = &type.limits;
    if (l->min > MAX_PAGES || (l->has_max && (l->max > MAX_PAGES || l->max < l->min)))
        return error_misuse(err, "a memory has min <= max <= %d pages", MAX_PAGES);
    struct memory_type t = { .limits = value_limits_of(l), .page_log2 = PAGE_LOG2 };
    struct fail f = { .func = FAIL_NO_FUNC, .offset = FAIL_NO_OFFSET };
    struct memory *m = memory_new(api_store(s), t, &f);
    if (m == NULL)
        return error_of_fail(err, &f);
    *out = wx_of_memory(m);
    return WX_OK;
}

wx_memorytype wx_memory_type(const wx_memory *m)
{
    return (wx_memorytype){ value_limits(&api_memory(m)->type.limits) };
}

uint8_t *wx_memory_data(wx_memory *m) { return api_memory(m)->base; }

size_t wx_memory_size(const wx_memory *m) { return api_memory(m)->bytes; }

uint64_t wx_memory_pages(const wx_memory *m) { return api_memory(m)->pages; }

bool wx_memory_grow(wx_memory *m, uint64_t delta_pages, uint64_t *old_pages)
{
    uint64_t old = memory_grow(api_memory(m), delta_pages);
    if (old == UINT64_MAX)
        return false;
    if (old_pages != NULL)
        *old_pages = old;
    return true;
}
