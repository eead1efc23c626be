/* module.c - loading, freeing and asking a module.  See module.h.
 *
 * module_load owns the exhaustion of memory: below it, allocation longjmps to here. */
#include "wasm/module.h"
#include "wasm/decode.h"
#include "wasm/module_index.h"
#include "wasm/names.h"
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

/* ---- loading ------------------------------------------------------------------------- */

/* Opcodes of disabled features are left out. */
static void enable_ops(struct decoder *d)
{
    memcpy(d->ops, op_by_byte, sizeof d->ops);
    memcpy(d->fc_ops, op_by_fc, sizeof d->fc_ops);
    for (size_t i = 0; i < COUNT(d->ops); i++)
        if (d->ops[i] != OP_INVALID && !(d->enabled >> op_infos[d->ops[i]].feature & 1))
            d->ops[i] = OP_INVALID;
    for (size_t i = 0; i < COUNT(d->fc_ops); i++)
        if (d->fc_ops[i] != OP_INVALID &&
            !(d->enabled >> op_infos[d->fc_ops[i]].feature & 1))
            d->fc_ops[i] = OP_INVALID;
}

static features built_features(void)
{
    features built = 0;
    for (unsigned i = 0; i < FEATURE_COUNT; i++)
        if (feature_infos[i].loads)
            built |= UINT64_C(1) << i;
    return built;
}

/* Everything that may run out of memory.  If it does, nobody knows whether what was invalid so far
 * is malformed as well. */
static void load(struct decoder *d, const uint8_t *bytes, size_t len)
{
    struct module *m = d->m;
    if (setjmp(d->oom) != 0) {
        d->invalid.kind = FAIL_NONE;
        fail_at(&d->malformed, FAIL_EXHAUSTED, FAIL_NO_OFFSET, "out of memory");
        return;
    }
    if (!DECODE_LIMIT(d, m->bytes, len, MODULE_BYTES))
        return;
    uint8_t *copy = arena_alloc(&m->arena, len + READ_AHEAD);
    if (len != 0)
        memcpy(copy, bytes, len);
    memset(copy + len, 0, READ_AHEAD);
    m->bytes = copy;
    m->len = len;
    enable_ops(d);
    decode_module(d);
    if (decode_ok(d) && d->invalid.kind == FAIL_NONE && d->names != NULL)
        names_read(m, d->names, d->names_end);
}

/* A malformed module is malformed, wherever it is invalid as well.  Returns whether it
 * failed. */
static bool report(const struct decoder *d, struct fail *f)
{
    bool invalid = d->invalid.kind != FAIL_NONE && d->malformed.kind != FAIL_MALFORMED;
    *f = invalid ? d->invalid : d->malformed;
    if (f->kind == FAIL_NONE)
        return false;
    if (f->func == FAIL_NO_FUNC)
        return true;
    struct name name = names_find_func(d->m->bytes, d->m->len, f->func);
    size_t used = strlen(f->text);
    char printable[64];
    if (name.len != 0)
        snprintf(f->text + used, sizeof f->text - used, " (in function \"%s\")",
                 names_printable(name, printable));
    return true;
}

static struct module *new_module(struct heap *h, struct type_registry *r, features enabled)
{
    struct module *m = heap_alloc(h, sizeof *m);
    if (m == NULL)
        return NULL;
    *m = (struct module){ .registry = r, .features = enabled, .name = { "", 0 } };
    arena_init(&m->arena, h);
    return m;
}

struct module *module_load_facts(struct heap *h, struct type_registry *r, features enabled,
                                 unsigned facts, const uint8_t *bytes, size_t len,
                                 struct fail *f)
{
    *f = (struct fail){ .kind = FAIL_NONE };
    struct decoder d = { .enabled = (enabled & built_features()) | FEATURE_BIT(MVP),
                         .facts = facts };
    d.m = new_module(h, r, d.enabled);
    if (d.m == NULL) {
        fail_at(f, FAIL_EXHAUSTED, FAIL_NO_OFFSET, "out of memory");
        return NULL;
    }
    arena_init(&d.scratch, h);
    d.scratch.oom = d.m->arena.oom = &d.oom;
    load(&d, bytes, len);
    bool failed = report(&d, f);
    arena_free(&d.scratch);
    d.m->arena.oom = NULL;
    if (!failed)
        return d.m;
    module_free(d.m);
    return NULL;
}

struct module *module_load(struct heap *h, struct type_registry *r, features enabled,
                           const uint8_t *bytes, size_t len, struct fail *f)
{
    return module_load_facts(h, r, enabled, FACTS_ALL, bytes, len, f);
}

void module_free(struct module *m)
{
    if (m == NULL)
        return;
    struct heap *h = m->arena.heap;
    arena_free(&m->arena);
    heap_free(h, m, sizeof *m);
}

/* ---- exports ------------------------------------------------------------------------- */

static uint64_t hash_name(const char *name, size_t len)
{
    uint64_t hash = UINT64_C(0xCBF29CE484222325);
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ (uint8_t)name[i]) * UINT64_C(0x100000001B3);
    return hash ^ hash >> 32;
}

static bool same_name(struct name a, const char *name, size_t len)
{
    return a.len == len && (len == 0 || memcmp(a.at, name, len) == 0);
}

/* The slot of the export of that name, or the free slot where it would go. */
static uint32_t *find_slot(const struct module *m, const char *name, size_t len)
{
    uint32_t i = (uint32_t)hash_name(name, len) & m->export_mask;
    while (m->export_slots[i] != 0 &&
           !same_name(m->exports[m->export_slots[i] - 1].name, name, len))
        i = (i + 1) & m->export_mask;
    return &m->export_slots[i];
}

const struct export *module_index_exports(struct module *m)
{
    const struct export *twin = NULL;
    uint32_t slots = 2;
    while (slots < 2 * (uint64_t)m->nexports)
        slots *= 2;
    m->export_mask = slots - 1;
    m->export_slots = arena_zarray(&m->arena, uint32_t, slots);
    for (uint32_t i = 0; i < m->nexports; i++) {
        uint32_t *slot = find_slot(m, m->exports[i].name.at, m->exports[i].name.len);
        if (*slot == 0)
            *slot = i + 1;
        else if (twin == NULL)
            twin = &m->exports[i];
    }
    return twin;
}

const struct export *module_export(const struct module *m, const char *name, size_t len)
{
    if (m->nexports == 0)
        return NULL;
    uint32_t slot = *find_slot(m, name, len);
    return slot != 0 ? &m->exports[slot - 1] : NULL;
}

struct name module_func_name(const struct module *m, uint32_t func)
{
    if (m->func_names != NULL && func < m->nfuncs && m->func_names[func].len != 0)
        return m->func_names[func];
    for (uint32_t i = 0; i < m->nexports; i++)
        if (m->exports[i].kind == EXTERN_FUNC && m->exports[i].index == func)
            return m->exports[i].name;
    return (struct name){ "", 0 };
}
