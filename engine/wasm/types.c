/* types.c - the registry of canonical types: hash-consed recursion groups.  See types.h.
 *
 * A group is identified by its key: its definitions as words, with references to its own
 * members still relative (TYPE_LOCAL + i), so that equal groups have equal keys wherever
 * they were declared.  One lock guards the table of groups and the directory of ids.
 * Reading a type by id takes no lock: a directory entry is written before its id is
 * handed out, and never again. */
#include "wasm/types.h"
#include "base/bits.h"
#include "base/size.h"
#include <assert.h>
#include <pthread.h>
#include <string.h>

struct group {
    struct group *next; /* in its bucket */
    uint64_t hash;
    const uint32_t *key;
    uint32_t key_len; /* words */
    const struct type *types;
};

/* Directory: chunk k holds the types of CHUNK << k consecutive ids. */
enum { CHUNK_BITS = 6, CHUNK = 1 << CHUNK_BITS, CHUNKS = 17, FIRST_BUCKETS = 64 };

struct type_registry {
    struct arena arena;
    pthread_mutex_t lock;
    struct group **buckets;
    uint32_t nbuckets, ngroups; /* nbuckets: a power of two */
    uint32_t ntypes;
    const struct type **chunks[CHUNKS];
};

struct type_registry *types_new(struct heap *h)
{
    struct type_registry *r = heap_alloc(h, sizeof *r);
    if (r == NULL)
        return NULL;
    memset(r, 0, sizeof *r);
    arena_init(&r->arena, h);
    size_t bytes = FIRST_BUCKETS * sizeof *r->buckets;
    r->buckets = heap_alloc(h, bytes);
    if (r->buckets == NULL) {
        heap_free(h, r, sizeof *r);
        return NULL;
    }
    memset(r->buckets, 0, bytes);
    r->nbuckets = FIRST_BUCKETS;
    pthread_mutex_init(&r->lock, NULL);
    return r;
}

void types_free(struct type_registry *r)
{
    if (r == NULL)
        return;
    struct heap *h = r->arena.heap;
    pthread_mutex_destroy(&r->lock);
    heap_free(h, r->buckets, r->nbuckets * sizeof *r->buckets);
    arena_free(&r->arena);
    heap_free(h, r, sizeof *r);
}

/* ---- ids ----------------------------------------------------------------------------- */

/* The directory entry of an id: chunk and index within it. */
static const struct type ***chunk_of(struct type_registry *r, uint32_t id, uint32_t *index)
{
    uint32_t n = (id >> CHUNK_BITS) + 1;
    uint32_t k = 31 - (uint32_t)__builtin_clz(n);
    *index = id - (((UINT32_C(1) << k) - 1) << CHUNK_BITS);
    return &r->chunks[k];
}

const struct type *types_get(struct type_registry *r, uint32_t id)
{
    uint32_t index;
    return (*chunk_of(r, id, &index))[index];
}

/* Makes room in the directory for ids up to and including `last`. */
static bool reserve_ids(struct type_registry *r, uint32_t last)
{
    for (uint32_t k = 0; k < CHUNKS; k++) {
        if (((UINT32_C(1) << k) - 1) << CHUNK_BITS > last)
            return true;
        if (r->chunks[k] == NULL)
            r->chunks[k] = arena_try(&r->arena, sizeof(struct type *) * CHUNK << k);
        if (r->chunks[k] == NULL)
            return false;
    }
    return true;
}

/* ---- keys ---------------------------------------------------------------------------- */

static size_t key_words(const struct type *defs, uint32_t n)
{
    size_t words = 0;
    for (uint32_t i = 0; i < n; i++)
        words += defs[i].kind == COMP_FUNC ? 4 + (size_t)defs[i].nparams + defs[i].nresults
                                           : 3 + 2 * (size_t)defs[i].nfields;
    return words;
}

static uint32_t *put_valtypes(uint32_t *key, const valtype *types, uint32_t n)
{
    if (n != 0)
        memcpy(key, types, n * sizeof *types);
    return key + n;
}

static uint32_t *put_fields(uint32_t *key, const struct field *fields, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        *key++ = fields[i].type;
        *key++ = fields[i].packed_bytes | (uint32_t)fields[i].mutable_ << 8;
    }
    return key;
}

static void put_key(uint32_t *key, const struct type *defs, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        const struct type *d = &defs[i];
        *key++ = (uint32_t)d->kind | (uint32_t)d->final << 8;
        *key++ = d->super;
        if (d->kind == COMP_FUNC) {
            *key++ = d->nparams;
            *key++ = d->nresults;
            key = put_valtypes(key, d->params, d->nparams);
            key = put_valtypes(key, d->results, d->nresults);
        } else {
            *key++ = d->nfields;
            key = put_fields(key, d->fields, d->nfields);
        }
    }
}

static uint64_t hash_key(const uint32_t *key, size_t len)
{
    uint64_t hash = len;
    for (size_t i = 0; i < len; i++) {
        hash = (hash ^ key[i]) * UINT64_C(0x9E3779B97F4A7C15);
        hash ^= hash >> 29;
    }
    return hash;
}

static const struct group *find_group(const struct type_registry *r, const uint32_t *key,
                                      size_t len, uint64_t hash)
{
    const struct group *g = r->buckets[hash & (r->nbuckets - 1)];
    for (; g != NULL; g = g->next)
        if (g->hash == hash && g->key_len == len &&
            memcmp(g->key, key, len * sizeof *key) == 0)
            return g;
    return NULL;
}

/* ---- registering --------------------------------------------------------------------- */

static uint32_t absolute_id(uint32_t id, uint32_t first)
{
    return id != NO_TYPE && id >= TYPE_LOCAL ? id - TYPE_LOCAL + first : id;
}

static valtype absolute_type(valtype t, uint32_t first)
{
    if (!vt_is_ref(t) || vt_heap(t) < HEAP_CONCRETE)
        return t;
    uint32_t id = absolute_id(vt_heap(t) - HEAP_CONCRETE, first);
    return VT_REF_OF(HEAP_CONCRETE + id, vt_is_nullable(t));
}

/* A copy with absolute types; NULL on exhaustion.  *slots: what the values take. */
static const valtype *copy_valtypes(struct type_registry *r, const valtype *from,
                                    uint32_t n, uint32_t first, uint32_t *slots)
{
    valtype *to = arena_try(&r->arena, n * sizeof *to);
    if (to == NULL)
        return NULL;
    *slots = 0;
    for (uint32_t i = 0; i < n; i++) {
        to[i] = absolute_type(from[i], first);
        *slots += vt_slots(to[i]);
    }
    return to;
}

static const struct field *copy_fields(struct type_registry *r, const struct field *from,
                                       uint32_t n, uint32_t first)
{
    struct field *to = arena_try(&r->arena, n * sizeof *to);
    if (to == NULL)
        return NULL;
    for (uint32_t i = 0; i < n; i++) {
        to[i] = from[i];
        to[i].type = absolute_type(from[i].type, first);
    }
    return to;
}

/* The supertypes of t, outermost first, and t itself. */
static bool make_display(struct type_registry *r, struct type *t,
                         const struct type *members, uint32_t first)
{
    const struct type *super = NULL;
    if (t->super != NO_TYPE)
        super = t->super >= first ? &members[t->super - first] : types_get(r, t->super);
    t->depth = super != NULL ? super->depth + 1 : 0;
    uint32_t *display = arena_try(&r->arena, ((size_t)t->depth + 1) * sizeof *display);
    if (display == NULL)
        return false;
    if (super != NULL)
        memcpy(display, super->display, t->depth * sizeof *display);
    display[t->depth] = t->id;
    t->display = display;
    return true;
}

static bool make_type(struct type_registry *r, struct type *t, const struct type *members,
                      uint32_t first)
{
    t->super = absolute_id(t->super, first);
    t->id = first + (uint32_t)(t - members);
    if (!make_display(r, t, members, first))
        return false;
    if (t->kind != COMP_FUNC) {
        t->fields = copy_fields(r, t->fields, t->nfields, first);
        return t->fields != NULL;
    }
    t->params = copy_valtypes(r, t->params, t->nparams, first, &t->param_slots);
    t->results = copy_valtypes(r, t->results, t->nresults, first, &t->result_slots);
    return t->params != NULL && t->results != NULL;
}

/* Doubles the buckets when they are crowded; staying crowded is no error. */
static void grow_buckets(struct type_registry *r)
{
    if (r->ngroups < r->nbuckets)
        return;
    uint32_t count = r->nbuckets * 2;
    struct group **buckets = heap_alloc(r->arena.heap, count * sizeof *buckets);
    if (buckets == NULL)
        return;
    memset(buckets, 0, count * sizeof *buckets);
    for (uint32_t i = 0; i < r->nbuckets; i++) {
        struct group *next;
        for (struct group *g = r->buckets[i]; g != NULL; g = next) {
            next = g->next;
            g->next = buckets[g->hash & (count - 1)];
            buckets[g->hash & (count - 1)] = g;
        }
    }
    heap_free(r->arena.heap, r->buckets, r->nbuckets * sizeof *buckets);
    r->buckets = buckets;
    r->nbuckets = count;
}

/* A new group; what an exhausted attempt leaves in the arena is harmless. */
static const struct group *add_group(struct type_registry *r, const struct type *defs,
                                     uint32_t n, const uint32_t *key, size_t len,
                                     uint64_t hash)
{
    uint32_t first = r->ntypes;
    if (n > TYPE_LOCAL - first || !reserve_ids(r, first + n - 1))
        return NULL;
    struct group *g = arena_try(&r->arena, sizeof *g);
    uint32_t *own_key = arena_try(&r->arena, len * sizeof *key);
    struct type *types = arena_try(&r->arena, size_mul(n, sizeof *types));
    if (g == NULL || own_key == NULL || types == NULL)
        return NULL;
    memcpy(own_key, key, len * sizeof *key);
    memcpy(types, defs, n * sizeof *types);
    for (uint32_t i = 0; i < n; i++)
        if (!make_type(r, &types[i], types, first))
            return NULL;
    for (uint32_t i = 0, index; i < n; i++)
        (*chunk_of(r, first + i, &index))[index] = &types[i];
    r->ntypes += n;
    r->ngroups++;
    grow_buckets(r);
    struct group **bucket = &r->buckets[hash & (r->nbuckets - 1)];
    *g = (struct group){ *bucket, hash, own_key, (uint32_t)len, types };
    *bucket = g;
    return g;
}

const struct type *types_group(struct type_registry *r, const struct type *defs, uint32_t n)
{
    assert(n > 0);
    uint32_t small[64];
    size_t len = key_words(defs, n);
    uint32_t *key = small;
    if (len > sizeof small / sizeof *small)
        key = heap_alloc(r->arena.heap, len * sizeof *key);
    if (key == NULL)
        return NULL;
    put_key(key, defs, n);
    uint64_t hash = hash_key(key, len);
    pthread_mutex_lock(&r->lock);
    const struct group *g = find_group(r, key, len, hash);
    if (g == NULL)
        g = add_group(r, defs, n, key, len, hash);
    pthread_mutex_unlock(&r->lock);
    if (key != small)
        heap_free(r->arena.heap, key, len * sizeof *key);
    return g != NULL ? g->types : NULL;
}

const struct type *types_func(struct type_registry *r, const valtype *params,
                              uint32_t nparams, const valtype *results, uint32_t nresults)
{
    struct type def = {
        .kind = COMP_FUNC,
        .final = true,
        .super = NO_TYPE,
        .nparams = nparams,
        .nresults = nresults,
        .params = params,
        .results = results,
    };
    return types_group(r, &def, 1);
}
