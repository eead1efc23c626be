/* decode_types.c - names, types and the type section.  spec: binary-valtype,
 * binary-typesec */
#include "wasm/decode.h"
#include <string.h>

/* ---- vectors and names --------------------------------------------------------------- */

/* Elements that cannot all fit make the vector malformed before anything is allocated
 * for them. No byte left at all is reported where the first element is missing. */
uint32_t decode_count(struct decoder *d, size_t min_bytes, uint64_t max, const char *what)
{
    const uint8_t *at = d->r.p;
    uint32_t count = reader_u32(&d->r);
    size_t left = reader_left(&d->r);
    if (count > left / min_bytes) {
        if (left == 0)
            reader_fail_end(&d->r, d->r.p);
        else
            reader_fail(&d->r, at, "length out of bounds: %u of %s, %zu bytes left", count,
                        what, left);
    }
    if (!decode_ok(d) || !decode_limit(d, at, count, max, what))
        return 0;
    return count;
}

/* Bytes of the UTF-8 sequence at p, or 0.  spec: binary-utf8 */
static unsigned utf8_sequence(const uint8_t *p, size_t left)
{
    static const struct {
        uint8_t first, last, len, low, high;
    } forms[] = {
        { 0x00, 0x7F, 1, 0, 0 },       { 0xC2, 0xDF, 2, 0x80, 0xBF },
        { 0xE0, 0xE0, 3, 0xA0, 0xBF }, { 0xE1, 0xEC, 3, 0x80, 0xBF },
        { 0xED, 0xED, 3, 0x80, 0x9F }, { 0xEE, 0xEF, 3, 0x80, 0xBF },
        { 0xF0, 0xF0, 4, 0x90, 0xBF }, { 0xF1, 0xF3, 4, 0x80, 0xBF },
        { 0xF4, 0xF4, 4, 0x80, 0x8F },
    };
    for (size_t i = 0; i < COUNT(forms); i++) {
        if (p[0] < forms[i].first || p[0] > forms[i].last)
            continue;
        unsigned len = forms[i].len;
        if (len > left || (len > 1 && (p[1] < forms[i].low || p[1] > forms[i].high)))
            return 0;
        for (unsigned k = 2; k < len; k++)
            if (p[k] >> 6 != 2)
                return 0;
        return len;
    }
    return 0;
}

struct name decode_name(struct reader *r)
{
    const uint8_t *at = r->p;
    uint32_t len = reader_u32(r);
    size_t left = reader_left(r);
    if (len > left)
        reader_fail(r, at, "length out of bounds: name of %u bytes, %zu bytes left", len,
                    left);
    const uint8_t *bytes = reader_bytes(r, len);
    if (bytes == NULL || r->fail->kind != FAIL_NONE)
        return (struct name){ "", 0 };
    for (uint32_t i = 0; i < len;) {
        unsigned n = utf8_sequence(bytes + i, len - i);
        if (n == 0) {
            reader_fail(r, bytes + i, "malformed UTF-8 encoding");
            return (struct name){ "", 0 };
        }
        i += n;
    }
    return (struct name){ (const char *)bytes, len };
}

/* ---- value types --------------------------------------------------------------------- */

/* The byte that starts a type.  A type is a negative LEB128 of one byte. */
static uint8_t type_byte(struct reader *r)
{
    const uint8_t *at = r->p;
    uint8_t byte = reader_byte(r);
    if (byte >= 0x80)
        reader_fail(r, at, "integer representation too long");
    return byte;
}

/* Reference types by their one-byte form, and the feature that brings each. */
static const struct {
    uint8_t byte, heap, feature;
} short_refs[] = {
    { 0x70, HEAP_FUNC, FEATURE_REFERENCE_TYPES },
    { 0x6F, HEAP_EXTERN, FEATURE_REFERENCE_TYPES },
    { 0x6E, HEAP_ANY, FEATURE_GC },
    { 0x6D, HEAP_EQ, FEATURE_GC },
    { 0x6C, HEAP_I31, FEATURE_GC },
    { 0x6B, HEAP_STRUCT, FEATURE_GC },
    { 0x6A, HEAP_ARRAY, FEATURE_GC },
    { 0x69, HEAP_EXN, FEATURE_EXCEPTIONS },
    { 0x71, HEAP_NONE, FEATURE_GC },
    { 0x72, HEAP_NOEXTERN, FEATURE_GC },
    { 0x73, HEAP_NOFUNC, FEATURE_GC },
    { 0x74, HEAP_NOEXN, FEATURE_EXCEPTIONS },
};

enum { BYTE_REF_NULL = 0x63, BYTE_REF = 0x64 };

/* The nullable reference type that `byte` stands for, or VT_BOTTOM after a failure. */
static valtype short_ref(struct decoder *d, struct reader *r, const uint8_t *at,
                         uint8_t byte, const char *text)
{
    for (size_t i = 0; i < COUNT(short_refs); i++) {
        if (short_refs[i].byte != byte)
            continue;
        char buf[32];
        valtype t = VT_REF_OF(short_refs[i].heap, true);
        if (decode_needs(d, (enum feature)short_refs[i].feature, at, text, vt_name(t, buf)))
            return t;
        r->p = r->end;
        return VT_BOTTOM;
    }
    if (byte == BYTE_REF_NULL || byte == BYTE_REF)
        decode_needs(d, FEATURE_FUNCTION_REFERENCES, at, text, "a typed reference");
    reader_fail(r, at, "%s: 0x%02x", text, byte);
    return VT_BOTTOM;
}

/* spec: binary-valtype */
valtype decode_valtype(struct decoder *d, struct reader *r)
{
    const uint8_t *at = r->p;
    uint8_t byte = type_byte(r);
    switch (byte) {
    case VT_I32:
    case VT_I64:
    case VT_F32:
    case VT_F64: return byte;
    case VT_V128:
        if (decode_needs(d, FEATURE_SIMD, at, "malformed value type", "v128"))
            return VT_V128;
        r->p = r->end;
        return VT_BOTTOM;
    default: return short_ref(d, r, at, byte, "malformed value type");
    }
}

/* spec: binary-reftype */
valtype decode_reftype(struct decoder *d, struct reader *r)
{
    const uint8_t *at = r->p;
    uint8_t byte = type_byte(r);
    if (byte == 0x70) /* a table's element type in every version */
        return VT_FUNCREF;
    return short_ref(d, r, at, byte, "malformed reference type");
}

/* spec: binary-heaptype */
valtype decode_heaptype(struct decoder *d, struct reader *r)
{
    const uint8_t *at = r->p;
    int64_t code = reader_s33(r);
    if (code >= 0 || code < -0x40) {
        decode_needs(d, FEATURE_FUNCTION_REFERENCES, at, "malformed reference type",
                     "a type index");
        reader_fail(r, at, "malformed reference type");
        return VT_BOTTOM;
    }
    return short_ref(d, r, at, (uint8_t)(code & 0x7F), "malformed reference type");
}

/* ---- limits -------------------------------------------------------------------------- */

enum { LIMITS_MAX = 1, LIMITS_SHARED = 2, LIMITS_64 = 4 };

/* spec: binary-limits */
static struct limits decode_limits(struct decoder *d)
{
    struct reader *r = &d->r;
    const uint8_t *at = r->p;
    unsigned flags = reader_byte(r);
    if (flags >= 0x80)
        reader_fail(r, at, "integer representation too long");
    else if (flags & LIMITS_SHARED)
        decode_needs(d, FEATURE_THREADS, at, "integer too large", "limits flag 2");
    else if (flags & LIMITS_64)
        decode_needs(d, FEATURE_MEMORY64, at, "integer too large", "limits flag 4");
    else if (flags > LIMITS_MAX)
        reader_fail(r, at, "integer too large: limits flags 0x%02x", flags);
    struct limits limits = {
        .has_max = (flags & LIMITS_MAX) != 0,
        .is64 = (flags & LIMITS_64) != 0,
        .shared = (flags & LIMITS_SHARED) != 0,
    };
    limits.min = limits.is64 ? reader_u64(r) : reader_u32(r);
    if (limits.has_max)
        limits.max = limits.is64 ? reader_u64(r) : reader_u32(r);
    return limits;
}

/* spec: valid-limits */
static void check_limits(struct decoder *d, const uint8_t *at, const struct limits *limits)
{
    if (limits->has_max && limits->min > limits->max)
        decode_invalid(d, at,
                       "size minimum must not be greater than maximum: %llu and %llu",
                       (unsigned long long)limits->min, (unsigned long long)limits->max);
}

/* spec: binary-tabletype */
struct table_type decode_table_type(struct decoder *d)
{
    const uint8_t *at = d->r.p;
    struct table_type t = { .elem = decode_reftype(d, &d->r) };
    t.limits = decode_limits(d);
    check_limits(d, at, &t.limits);
    DECODE_LIMIT(d, at, t.limits.min, TABLE_ELEMENTS);
    return t;
}

enum { PAGE_LOG2 = 16 };

/* spec: binary-memtype */
struct memory_type decode_memory_type(struct decoder *d)
{
    const uint8_t *at = d->r.p;
    struct memory_type t = { .limits = decode_limits(d), .page_log2 = PAGE_LOG2 };
    uint64_t most = UINT64_C(1) << ((t.limits.is64 ? 64 : 32) - PAGE_LOG2);
    if (t.limits.min > most || (t.limits.has_max && t.limits.max > most))
        decode_invalid(d, at, "memory size must be at most 65536 pages (4GiB)");
    check_limits(d, at, &t.limits);
    return t;
}

/* spec: binary-globaltype */
struct global_type decode_global_type(struct decoder *d)
{
    struct global_type t = { .type = decode_valtype(d, &d->r) };
    const uint8_t *at = d->r.p;
    unsigned mutability = reader_byte(&d->r);
    if (mutability > 1)
        reader_fail(&d->r, at, "malformed mutability: 0x%02x", mutability);
    t.mutable_ = mutability == 1;
    return t;
}

/* ---- function types ------------------------------------------------------------------ */

static void decode_valtypes(struct decoder *d, uint32_t n)
{
    for (uint32_t i = 0; i < n && decode_ok(d); i++)
        vec_push(&d->scratch, &d->types, decode_valtype(d, &d->r));
}

/* Only function types stand in a section of this version's features.  spec:
 * binary-comptype */
static void decode_form(struct decoder *d)
{
    static const char text[] = "malformed function type";
    const uint8_t *at = d->r.p;
    uint8_t form = type_byte(&d->r);
    if (form == 0x60)
        return;
    if (form >= 0x4D && form <= 0x5F)
        decode_needs(d, FEATURE_GC, at, text, "a struct, array or recursive type");
    reader_fail(&d->r, at, "%s: form 0x%02x", text, form);
}

/* spec: binary-functype */
static const struct type *decode_func_def(struct decoder *d)
{
    decode_form(d);
    d->types.len = 0;
    uint32_t nparams = DECODE_COUNT(d, 1, PARAMS);
    decode_valtypes(d, nparams);
    const uint8_t *at = d->r.p;
    uint32_t nresults = DECODE_COUNT(d, 1, RESULTS);
    decode_valtypes(d, nresults);
    if (!decode_ok(d))
        return NULL;
    if (nresults > 1 && !(d->enabled & FEATURE_BIT(MULTI_VALUE)))
        decode_invalid(d, at,
                       "invalid result arity: %u results require feature multi-value",
                       nresults);
    const valtype *types = d->types.at;
    const valtype *results = nresults != 0 ? types + nparams : NULL;
    const struct type *t = types_func(d->m->registry, types, nparams, results, nresults);
    if (t == NULL)
        longjmp(d->oom, 1);
    return t;
}

void decode_type_section(struct decoder *d)
{
    uint32_t n = DECODE_COUNT(d, 1, TYPES);
    d->m->types = arena_array(&d->m->arena, const struct type *, n);
    for (uint32_t i = 0; i < n && decode_ok(d); i++) {
        d->m->types[i] = decode_func_def(d);
        d->m->ntypes = i + 1;
    }
}

const struct type *decode_func_type(struct decoder *d, const uint8_t *at, uint32_t index)
{
    if (index < d->m->ntypes)
        return d->m->types[index];
    decode_invalid(d, at, "unknown type %u", index);
    return NULL;
}

const struct type *decode_short_type(struct decoder *d, valtype t)
{
    unsigned i = decode_short_index(t);
    if (i < SHORT_TYPES && d->short_types[i] != NULL)
        return d->short_types[i];
    const struct type *type =
        types_func(d->m->registry, NULL, 0, &t, t == VT_BOTTOM ? 0 : 1);
    if (type == NULL)
        longjmp(d->oom, 1);
    if (i < SHORT_TYPES)
        d->short_types[i] = type;
    return type;
}
