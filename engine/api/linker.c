/* linker.c - wx_linker: imports resolved by name.
 *
 * A chained hash table over (module, name); the names are copied behind each entry.  Memory
 * comes from the engine's heap, so a linker must be freed before the engine. */
#include "api/api.h"
#include "base/size.h"
#include <string.h>

enum { FIRST_BUCKETS = HOSTILE(1, 64) };

struct linker_entry {
    struct linker_entry *next;
    uint64_t hash;
    wx_extern value;
    size_t module_len, name_len;
    char names[]; /* module, name */
};

/* FNV-1a over both names; a length separates them. */
static uint64_t hash_bytes(uint64_t h, const char *at, size_t len)
{
    for (size_t i = 0; i < len; i++)
        h = (h ^ (uint8_t)at[i]) * UINT64_C(0x100000001B3);
    return (h ^ len) * UINT64_C(0x100000001B3);
}

static uint64_t hash_names(wx_name module, wx_name name)
{
    uint64_t h = hash_bytes(UINT64_C(0xCBF29CE484222325), module.at, module.len);
    return hash_bytes(h, name.at, name.len);
}

static size_t entry_size(const struct linker_entry *e)
{
    return sizeof *e + e->module_len + e->name_len;
}

static bool entry_is(const struct linker_entry *e, uint64_t hash, wx_name module,
                     wx_name name)
{
    return e->hash == hash && e->module_len == module.len && e->name_len == name.len &&
           memcmp(e->names, module.at, module.len) == 0 &&
           memcmp(e->names + module.len, name.at, name.len) == 0;
}

static struct linker_entry *find(const wx_linker *l, uint64_t hash, wx_name module,
                                 wx_name name)
{
    struct linker_entry *e = l->buckets[hash & (l->nbuckets - 1)];
    while (e != NULL && !entry_is(e, hash, module, name))
        e = e->next;
    return e;
}

static struct linker_entry **buckets_new(struct heap *heap, uint32_t n)
{
    struct linker_entry **buckets = heap_alloc(heap, n * sizeof *buckets);
    if (buckets != NULL)
        memset(buckets, 0, n * sizeof *buckets);
    return buckets;
}

wx_status wx_linker_new(wx_store *store, wx_linker **out, wx_error *err)
{
    struct store *s = api_store(store);
    struct heap *heap = &s->engine->heap;
    wx_linker *l = heap_alloc(heap, sizeof *l);
    if (l == NULL)
        return error_exhausted(err, "out of memory");
    *l = (wx_linker){ .store = s, .heap = heap, .nbuckets = FIRST_BUCKETS };
    l->buckets = buckets_new(heap, l->nbuckets);
    if (l->buckets == NULL) {
        heap_free(heap, l, sizeof *l);
        return error_exhausted(err, "out of memory");
    }
    *out = l;
    return WX_OK;
}

void wx_linker_free(wx_linker *l)
{
    if (l == NULL)
        return;
    for (uint32_t i = 0; i < l->nbuckets; i++) {
        for (struct linker_entry *next, *e = l->buckets[i]; e != NULL; e = next) {
            next = e->next;
            heap_free(l->heap, e, entry_size(e));
        }
    }
    heap_free(l->heap, l->buckets, l->nbuckets * sizeof *l->buckets);
    heap_free(l->heap, l, sizeof *l);
}

/* Twice the buckets; without memory for them the table works on, slower. */
static void grow(wx_linker *l)
{
    uint32_t n = l->nbuckets * 2;
    struct linker_entry **buckets = buckets_new(l->heap, n);
    if (buckets == NULL)
        return;
    for (uint32_t i = 0; i < l->nbuckets; i++) {
        for (struct linker_entry *next, *e = l->buckets[i]; e != NULL; e = next) {
            next = e->next;
            e->next = buckets[e->hash & (n - 1)];
            buckets[e->hash & (n - 1)] = e;
        }
    }
    heap_free(l->heap, l->buckets, l->nbuckets * sizeof *l->buckets);
    l->buckets = buckets;
    l->nbuckets = n;
}

static struct linker_entry *add(wx_linker *l, uint64_t hash, wx_name module, wx_name name)
{
    if (l->len >= l->nbuckets && l->nbuckets < UINT32_C(1) << 30)
        grow(l);
    size_t size = size_add(sizeof(struct linker_entry), size_add(module.len, name.len));
    struct linker_entry *e = heap_alloc(l->heap, size);
    if (e == NULL)
        return NULL;
    struct linker_entry **bucket = &l->buckets[hash & (l->nbuckets - 1)];
    *e = (struct linker_entry){
        .next = *bucket, .hash = hash, .module_len = module.len, .name_len = name.len
    };
    memcpy(e->names, module.at, module.len);
    memcpy(e->names + module.len, name.at, name.len);
    *bucket = e;
    l->len++;
    return e;
}

wx_status wx_linker_define(wx_linker *l, wx_name module, wx_name name, wx_extern value,
                           wx_error *err)
{
    uint64_t hash = hash_names(module, name);
    struct linker_entry *e = find(l, hash, module, name);
    if (e == NULL)
        e = add(l, hash, module, name);
    if (e == NULL)
        return error_exhausted(err, "out of memory");
    e->value = value;
    return WX_OK;
}

wx_status wx_linker_define_instance(wx_linker *l, wx_name module, wx_instance *i,
                                    wx_error *err)
{
    const struct module *m = api_instance(i)->module;
    for (uint32_t n = 0; n < m->nexports; n++) {
        wx_extern value;
        wx_name name = { m->exports[n].name.at, m->exports[n].name.len };
        if (!wx_instance_export_at(i, n, &value))
            continue;
        wx_status status = wx_linker_define(l, module, name, value, err);
        if (status != WX_OK)
            return status;
    }
    return WX_OK;
}

bool wx_linker_get(const wx_linker *l, wx_name module, wx_name name, wx_extern *out)
{
    const struct linker_entry *e = find(l, hash_names(module, name), module, name);
    if (e != NULL)
        *out = e->value;
    return e != NULL;
}

static wx_status error_unknown_import(wx_error *err, const wx_import_info *i)
{
    struct fail f = { .func = FAIL_NO_FUNC, .offset = FAIL_NO_OFFSET };
    fail_at(&f, FAIL_UNLINKABLE, FAIL_NO_OFFSET, "unknown import: %.*s.%.*s",
            (int)i->module.len, i->module.at, (int)i->name.len, i->name.at);
    return error_of_fail(err, &f);
}

static wx_status resolve(const wx_linker *l, const wx_module *m, wx_extern *imports,
                         wx_error *err)
{
    for (size_t i = 0; i < wx_module_nimports(m); i++) {
        wx_import_info info = wx_module_import(m, i);
        if (!wx_linker_get(l, info.module, info.name, &imports[i]))
            return error_unknown_import(err, &info);
    }
    return WX_OK;
}

wx_status wx_linker_instantiate(wx_linker *l, wx_module *m, wx_instance **out,
                                wx_error *err)
{
    size_t n = wx_module_nimports(m);
    wx_store *s = wx_of_store(l->store);
    if (n == 0)
        return wx_instance_new(s, m, NULL, 0, out, err);
    wx_extern *imports = heap_alloc(l->heap, n * sizeof *imports);
    if (imports == NULL)
        return error_exhausted(err, "out of memory");
    wx_status status = resolve(l, m, imports, err);
    if (status == WX_OK)
        status = wx_instance_new(s, m, imports, n, out, err);
    heap_free(l->heap, imports, n * sizeof *imports);
    return status;
}
