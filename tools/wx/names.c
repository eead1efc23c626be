/* names.c - finds a function's name in bytes that may be anything.
 *
 * A reader at its end reads zeros; since every loop is bounded by the bytes that are left, broken
 * input ends as no name. */
#include "tools/wx/names.h"
#include <string.h>

enum {
    SECTION_CUSTOM = 0,
    SECTION_EXPORT = 7,
    NAMES_FUNCTIONS = 1, /* subsection of the name section */
    EXPORT_FUNC = 0,
    HEADER_BYTES = 8,
};

struct reader {
    const uint8_t *p, *end;
};

static uint8_t read_u8(struct reader *r) { return r->p < r->end ? *r->p++ : 0; }

/* spec: binary-int */
static uint32_t read_u32(struct reader *r)
{
    uint32_t value = 0;
    for (unsigned shift = 0; shift < 35; shift += 7) {
        uint8_t byte = read_u8(r);
        value |= (uint32_t)(byte & 0x7F) << shift;
        if (!(byte & 0x80))
            break;
    }
    return value;
}

/* The next n bytes, which may be fewer. */
static struct reader read_part(struct reader *r, size_t n)
{
    size_t left = (size_t)(r->end - r->p);
    struct reader part = { r->p, r->p + (n < left ? n : left) };
    r->p = part.end;
    return part;
}

static wx_name read_name(struct reader *r)
{
    struct reader part = read_part(r, read_u32(r));
    return (wx_name){ (const char *)part.p, (size_t)(part.end - part.p) };
}

/* spec: binary-funcnamesec */
static wx_name find_in_map(struct reader r, uint32_t func)
{
    for (uint32_t n = read_u32(&r); n > 0 && r.p < r.end; n--) {
        uint32_t index = read_u32(&r);
        wx_name name = read_name(&r);
        if (index == func)
            return name;
    }
    return (wx_name){ "", 0 };
}

static wx_name find_in_names(struct reader section, uint32_t func)
{
    wx_name title = read_name(&section);
    if (title.len != 4 || memcmp(title.at, "name", 4) != 0)
        return (wx_name){ "", 0 };
    while (section.p < section.end) {
        uint8_t id = read_u8(&section);
        struct reader part = read_part(&section, read_u32(&section));
        if (id == NAMES_FUNCTIONS)
            return find_in_map(part, func);
    }
    return (wx_name){ "", 0 };
}

/* spec: binary-exportsec */
static wx_name find_in_exports(struct reader section, uint32_t func)
{
    for (uint32_t n = read_u32(&section); n > 0 && section.p < section.end; n--) {
        wx_name name = read_name(&section);
        uint8_t kind = read_u8(&section);
        if (read_u32(&section) == func && kind == EXPORT_FUNC)
            return name;
    }
    return (wx_name){ "", 0 };
}

wx_name names_function(const uint8_t *bytes, size_t len, uint32_t func)
{
    wx_name name = { "", 0 }, exported = { "", 0 };
    struct reader r = { bytes + (len < HEADER_BYTES ? len : HEADER_BYTES), bytes + len };
    while (r.p < r.end && name.len == 0) {
        uint8_t id = read_u8(&r);
        struct reader section = read_part(&r, read_u32(&r));
        if (id == SECTION_CUSTOM)
            name = find_in_names(section, func);
        else if (id == SECTION_EXPORT)
            exported = find_in_exports(section, func);
    }
    return name.len ? name : exported;
}
