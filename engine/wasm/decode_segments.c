/* decode_segments.c - element and data segments.  spec: binary-elemsec, binary-datasec */
#include "wasm/decode.h"

/* ---- element segments ---------------------------------------------------------------- */

/* Bits of the leading word. */
enum {
    ELEM_NOT_ACTIVE = 1,
    ELEM_EXPLICIT = 2, /* active: a table index follows; else: declared, not passive */
    ELEM_EXPRS = 4,    /* expressions instead of function indices */
    ELEM_FLAGS = 8,
};

static uint32_t elem_flags(struct decoder *d)
{
    const uint8_t *at = d->r.p;
    uint32_t flags = reader_u32(&d->r);
    if (flags != 0)
        decode_needs(d, FEATURE_BULK_MEMORY, at, "malformed elements segment kind",
                     "a segment other than active in table 0");
    if (flags >= ELEM_FLAGS)
        reader_fail(&d->r, at, "malformed elements segment kind: %u", flags);
    return flags;
}

/* The table of an active segment and its offset. */
static void elem_target(struct decoder *d, struct elem_segment *s, uint32_t flags)
{
    const uint8_t *at = d->r.p;
    s->table = flags & ELEM_EXPLICIT ? reader_u32(&d->r) : 0;
    bool known = decode_ok(d) && decode_index(d, at, "table", s->table, d->m->ntables);
    bool is64 = known && d->m->tables[s->table].type.limits.is64;
    s->offset = decode_const_expr(d, is64 ? VT_I64 : VT_I32);
}

static valtype elem_type(struct decoder *d, uint32_t flags)
{
    if ((flags & (ELEM_NOT_ACTIVE | ELEM_EXPLICIT)) == 0)
        return VT_FUNCREF;
    if (flags & ELEM_EXPRS)
        return decode_reftype(d, &d->r);
    const uint8_t *at = d->r.p;
    uint8_t kind = reader_byte(&d->r);
    if (kind != 0)
        reader_fail(&d->r, at, "malformed element kind: 0x%02x", kind);
    return VT_FUNCREF;
}

static void elem_funcs(struct decoder *d, struct elem_segment *s)
{
    s->len = DECODE_COUNT(d, 1, TABLE_ELEMENTS);
    uint32_t *funcs = arena_array(&d->m->arena, uint32_t, s->len);
    for (uint32_t i = 0; i < s->len && decode_ok(d); i++) {
        const uint8_t *at = d->r.p;
        funcs[i] = reader_u32(&d->r);
        if (decode_ok(d) && decode_index(d, at, "function", funcs[i], d->m->nfuncs))
            decode_declare(d, funcs[i]);
    }
    s->funcs = funcs;
}

static void elem_exprs(struct decoder *d, struct elem_segment *s)
{
    s->len = DECODE_COUNT(d, 2, TABLE_ELEMENTS);
    s->exprs = arena_array(&d->m->arena, struct const_expr, s->len);
    for (uint32_t i = 0; i < s->len && decode_ok(d); i++)
        s->exprs[i] = decode_const_expr(d, s->type);
}

/* spec: valid-elem */
static void check_elem(struct decoder *d, const uint8_t *at, const struct elem_segment *s)
{
    if (s->mode != SEGMENT_ACTIVE || s->table >= d->m->ntables)
        return;
    valtype want = d->m->tables[s->table].type.elem;
    char have_name[32], want_name[32];
    if (!types_match(d->m->registry, s->type, want))
        decode_invalid(d, at, "type mismatch: segment of %s for a table of %s",
                       vt_name(s->type, have_name), vt_name(want, want_name));
}

static void decode_elem(struct decoder *d, struct elem_segment *s)
{
    const uint8_t *at = d->r.p;
    uint32_t flags = elem_flags(d);
    *s = (struct elem_segment){ .mode = SEGMENT_ACTIVE };
    if (flags & ELEM_NOT_ACTIVE)
        s->mode = flags & ELEM_EXPLICIT ? SEGMENT_DECLARED : SEGMENT_PASSIVE;
    else
        elem_target(d, s, flags);
    s->type = elem_type(d, flags);
    if (!decode_ok(d))
        return;
    check_elem(d, at, s);
    if (flags & ELEM_EXPRS)
        elem_exprs(d, s);
    else
        elem_funcs(d, s);
}

void decode_element_section(struct decoder *d)
{
    struct module *m = d->m;
    uint32_t n = DECODE_COUNT(d, 2, ELEMENT_SEGMENTS);
    m->elems = arena_array(&m->arena, struct elem_segment, n);
    for (uint32_t i = 0; i < n && decode_ok(d); i++) {
        decode_elem(d, &m->elems[i]);
        m->nelems = i + 1;
    }
}

/* ---- data segments ------------------------------------------------------------------- */

void decode_data_count_section(struct decoder *d)
{
    const uint8_t *at = d->r.p;
    d->data_count = reader_u32(&d->r);
    d->m->has_data_count = true;
    DECODE_LIMIT(d, at, d->data_count, DATA_SEGMENTS);
}

enum { DATA_ACTIVE, DATA_PASSIVE, DATA_EXPLICIT };

/* The memory of an active segment and its offset. */
static void data_target(struct decoder *d, struct data_segment *s, uint32_t flags)
{
    const uint8_t *at = d->r.p;
    s->memory = flags == DATA_EXPLICIT ? reader_u32(&d->r) : 0;
    bool known = decode_ok(d) && decode_index(d, at, "memory", s->memory, d->m->nmemories);
    bool is64 = known && d->m->memories[s->memory].type.limits.is64;
    s->offset = decode_const_expr(d, is64 ? VT_I64 : VT_I32);
}

static void decode_data(struct decoder *d, struct data_segment *s)
{
    const uint8_t *at = d->r.p;
    uint32_t flags = reader_u32(&d->r);
    if (flags != DATA_ACTIVE)
        decode_needs(d, FEATURE_BULK_MEMORY, at, "malformed data segment kind",
                     "a segment other than active in memory 0");
    if (flags > DATA_EXPLICIT)
        reader_fail(&d->r, at, "malformed data segment kind: %u", flags);
    *s = (struct data_segment){ .mode = flags == DATA_PASSIVE ? SEGMENT_PASSIVE
                                                              : SEGMENT_ACTIVE };
    if (s->mode == SEGMENT_ACTIVE)
        data_target(d, s, flags);
    s->len = reader_u32(&d->r);
    s->bytes = reader_bytes(&d->r, s->len);
}

void decode_data_section(struct decoder *d)
{
    struct module *m = d->m;
    uint32_t n = DECODE_COUNT(d, 2, DATA_SEGMENTS);
    m->datas = arena_array(&m->arena, struct data_segment, n);
    for (uint32_t i = 0; i < n && decode_ok(d); i++) {
        decode_data(d, &m->datas[i]);
        m->ndatas = i + 1;
    }
}
