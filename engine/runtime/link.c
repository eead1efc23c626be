/* link.c - import matching.  See link.h.
 *
 * Each match_ function returns NULL, or what is wrong in words. */
#include "runtime/link.h"

enum { NAME_SHOWN = 48 };

static const char *const kind_names[] = {
    [EXTERN_FUNC] = "function", [EXTERN_TABLE] = "table", [EXTERN_MEMORY] = "memory",
    [EXTERN_GLOBAL] = "global", [EXTERN_TAG] = "tag",
};

static const char *match_func(const struct module *m, uint32_t index,
                              const struct func *have)
{
    uint32_t want = m->funcs[index].type->id;
    if (have->type_id == want ||
        types_match(m->registry, VT_REF_OF(HEAP_CONCRETE + have->type_id, false),
                    VT_REF_OF(HEAP_CONCRETE + want, false)))
        return NULL;
    return "the function has another type";
}

/* size: the current one, which counts as the minimum. */
static const char *match_limits(const struct limits *want, const struct limits *have,
                                uint64_t size)
{
    if (want->is64 != have->is64)
        return "the address type differs";
    if (want->shared != have->shared)
        return "one is shared, the other is not";
    if (size < want->min)
        return "it is smaller than the minimum";
    if (want->has_max && (!have->has_max || have->max > want->max))
        return "it can grow beyond the maximum";
    return NULL;
}

static const char *match_table(const struct module *m, uint32_t index,
                               const struct table *have)
{
    const struct table_type *want = &m->tables[index].type;
    if (want->elem != have->type.elem)
        return "the element type differs";
    return match_limits(&want->limits, &have->type.limits, have->size);
}

static const char *match_memory(const struct module *m, uint32_t index,
                                const struct memory *have)
{
    const struct memory_type *want = &m->memories[index].type;
    if (want->page_log2 != have->type.page_log2)
        return "the page size differs";
    return match_limits(&want->limits, &have->type.limits, have->pages);
}

static const char *match_global(const struct module *m, uint32_t index,
                                const struct global *have)
{
    const struct global_type *want = &m->globals[index].type;
    if (want->mutable_ != have->mutable_)
        return want->mutable_ ? "the global is not mutable" : "the global is mutable";
    bool same = want->type == have->type;
    if (!same && (want->mutable_ || !types_match(m->registry, have->type, want->type)))
        return "the value type differs";
    return NULL;
}

static const char *match(const struct module *m, const struct import *want,
                         const struct extern_val *have)
{
    if (want->kind != have->kind)
        return "it is another kind of object";
    switch (want->kind) {
    case EXTERN_FUNC: return match_func(m, want->index, have->u.func);
    case EXTERN_TABLE: return match_table(m, want->index, have->u.table);
    case EXTERN_MEMORY: return match_memory(m, want->index, have->u.memory);
    case EXTERN_GLOBAL: return match_global(m, want->index, have->u.global);
    case EXTERN_TAG: break;
    }
    return "tags cannot be imported";
}

static struct store *owner(const struct extern_val *v)
{
    switch (v->kind) {
    case EXTERN_FUNC: return v->u.func->store;
    case EXTERN_TABLE: return v->u.table->store;
    case EXTERN_MEMORY: return v->u.memory->store;
    case EXTERN_GLOBAL: return v->u.global->store;
    case EXTERN_TAG: break;
    }
    return NULL;
}

/* A name for a message: cut, and without control characters. */
static const char *shown(struct name n, char buf[NAME_SHOWN + 1])
{
    uint32_t len = n.len < NAME_SHOWN ? n.len : NAME_SHOWN;
    for (uint32_t i = 0; i < len; i++)
        buf[i] = (uint8_t)n.at[i] < ' ' ? '?' : n.at[i];
    buf[len] = '\0';
    return buf;
}

static bool check(struct store *s, const struct module *m, const struct import *want,
                  const struct extern_val *have, struct fail *f)
{
    char module[NAME_SHOWN + 1], name[NAME_SHOWN + 1];
    shown(want->module, module);
    shown(want->name, name);
    if (have->u.func == NULL)
        return fail_at(f, FAIL_UNLINKABLE, FAIL_NO_OFFSET,
                       "unknown import: %s \"%s\" \"%s\"", kind_names[want->kind], module,
                       name);
    const char *wrong = match(m, want, have);
    if (wrong != NULL)
        return fail_at(f, FAIL_UNLINKABLE, FAIL_NO_OFFSET,
                       "incompatible import type: %s \"%s\" \"%s\": %s",
                       kind_names[want->kind], module, name, wrong);
    if (owner(have) != s)
        return fail_at(f, FAIL_USAGE, FAIL_NO_OFFSET,
                       "import \"%s\" \"%s\" belongs to another store", module, name);
    return true;
}

bool link_check(struct store *s, const struct module *m, const struct extern_val *imports,
                struct fail *f)
{
    for (uint32_t i = 0; i < m->nimports; i++)
        if (!check(s, m, &m->imports[i], &imports[i], f))
            return false;
    return true;
}
