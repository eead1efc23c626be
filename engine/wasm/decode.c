/* decode.c - the frame of a module: header, sequence of sections, what must agree
 * between them.
 *
 * See decode.h for the state and the two kinds of failure.  spec: binary-module */
#include "wasm/decode.h"
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const struct limit_texts limit_texts = {
#define WX_LIMIT(name, value, text) text,
#include "wasm/limits.def"
};

void decode_invalid(struct decoder *d, const uint8_t *at, const char *format, ...)
{
    char text[sizeof d->invalid.text];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    fail_at(&d->invalid, FAIL_INVALID, (size_t)(at - d->m->bytes), "%s", text);
}

bool decode_needs(struct decoder *d, enum feature f, const uint8_t *at, const char *text,
                  const char *what)
{
    if (d->enabled >> f & 1)
        return true;
    const struct feature_info *info = &feature_infos[f];
    reader_fail(&d->r, at, "%s: %s requires feature %s%s", text, what, info->text,
                info->built ? "" : ", which this version does not have");
    return false;
}

bool decode_limit(struct decoder *d, const uint8_t *at, uint64_t count, uint64_t max,
                  const char *what)
{
    if (count <= max)
        return true;
    fail_at(&d->malformed, FAIL_EXHAUSTED, (size_t)(at - d->m->bytes),
            "%s count %" PRIu64 " exceeds the limit of %" PRIu64, what, count, max);
    d->r.p = d->r.end;
    return false;
}

/* ---- sections ------------------------------------------------------------------------ */

static const struct section_info {
    const char *name;
    unsigned order; /* position in a module */
    void (*decode)(struct decoder *d);
} sections[SECTION_COUNT] = {
    [SECTION_TYPE] = { "type", 1, decode_type_section },
    [SECTION_IMPORT] = { "import", 2, decode_import_section },
    [SECTION_FUNCTION] = { "function", 3, decode_function_section },
    [SECTION_TABLE] = { "table", 4, decode_table_section },
    [SECTION_MEMORY] = { "memory", 5, decode_memory_section },
    [SECTION_TAG] = { "tag", 6, NULL },
    [SECTION_GLOBAL] = { "global", 7, decode_global_section },
    [SECTION_EXPORT] = { "export", 8, decode_export_section },
    [SECTION_START] = { "start", 9, decode_start_section },
    [SECTION_ELEMENT] = { "element", 10, decode_element_section },
    [SECTION_DATA_COUNT] = { "data count", 11, decode_data_count_section },
    [SECTION_CODE] = { "code", 12, decode_code_section },
    [SECTION_DATA] = { "data", 13, decode_data_section },
};

/* spec: binary-customsec.  Contents of no custom section make a module malformed. */
static void custom_section(struct decoder *d)
{
    struct name name = decode_name(&d->r);
    if (d->names == NULL && name.len == 4 && memcmp(name.at, "name", 4) == 0) {
        d->names = d->r.p;
        d->names_end = d->r.end;
    }
}

static void known_section(struct decoder *d, const struct section_info *s,
                          const uint8_t *at)
{
    if (s->order <= d->last_order) {
        reader_fail(&d->r, at, "unexpected content after last section: %s section is %s",
                    s->name, s->order == d->last_order ? "repeated" : "out of order");
        return;
    }
    d->last_order = s->order;
    s->decode(d);
    if (decode_ok(d) && d->r.p != d->r.end)
        reader_fail(&d->r, d->r.p,
                    "section size mismatch: %zu bytes behind the %s section's end",
                    reader_left(&d->r), s->name);
}

/* Is there such a section in the enabled features? */
static bool section_known(struct decoder *d, struct reader *whole, const uint8_t *at,
                          unsigned id)
{
    if (id == SECTION_TAG)
        return decode_needs(d, FEATURE_EXCEPTIONS, at, "malformed section id",
                            "tag section");
    if (id == SECTION_DATA_COUNT)
        return decode_needs(d, FEATURE_BULK_MEMORY, at, "malformed section id",
                            "data count section");
    if (id < SECTION_COUNT)
        return true;
    reader_fail(whole, at, "malformed section id: %u", id);
    return false;
}

static void section(struct decoder *d, struct reader *whole)
{
    const uint8_t *at = whole->p;
    unsigned id = reader_byte(whole);
    if (!section_known(d, whole, at, id))
        return;
    uint32_t size = reader_u32(whole);
    if (!decode_ok(d))
        return;
    if (size > reader_left(whole)) {
        reader_fail(whole, at, "length out of bounds: section of %u bytes, %zu bytes left",
                    size, reader_left(whole));
        return;
    }
    d->r = reader_sub(whole, size);
    if (id == SECTION_CUSTOM)
        custom_section(d);
    else
        known_section(d, &sections[id], at);
}

/* ---- the module ---------------------------------------------------------------------- */

static bool header(struct reader *r)
{
    static const struct {
        uint8_t bytes[4];
        const char *text;
    } words[2] = {
        { { 0x00, 'a', 's', 'm' }, "magic header not detected" },
        { { 0x01, 0x00, 0x00, 0x00 }, "unknown binary version" },
    };
    for (unsigned i = 0; i < 2; i++) {
        const uint8_t *at = r->p;
        const uint8_t *word = reader_bytes(r, 4);
        if (word == NULL)
            return false;
        if (memcmp(word, words[i].bytes, 4) == 0)
            continue;
        reader_fail(r, at, "%s: %02x %02x %02x %02x", words[i].text, word[0], word[1],
                    word[2], word[3]);
        return false;
    }
    return true;
}

/* What only the end of the module can tell. */
static void finish(struct decoder *d, struct reader *whole)
{
    const struct module *m = d->m;
    if (!d->has_code && m->nfuncs != m->nimported_funcs)
        reader_fail(
            whole, whole->p,
            "function and code section have inconsistent lengths: %u functions, no code",
            m->nfuncs - m->nimported_funcs);
    if (d->data_index != NULL && m->ndatas != 0)
        reader_fail(whole, d->data_index, "data count section required");
    if (m->has_data_count && d->data_count != m->ndatas)
        reader_fail(whole, whole->p,
                    "data count and data section have inconsistent lengths: %u and %u",
                    d->data_count, m->ndatas);
}

void decode_module(struct decoder *d)
{
    struct reader whole;
    reader_init(&whole, d->m->bytes, d->m->len, &d->malformed);
    d->r = whole;
    d->module_end = whole.end;
    if (!header(&whole))
        return;
    while (decode_ok(d) && whole.p < whole.end)
        section(d, &whole);
    if (decode_ok(d))
        finish(d, &whole);
}
