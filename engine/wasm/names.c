/* names.c - reads the name section.  See names.h.
 *
 * A reader of its own with a failure of its own: what is wrong here is not wrong with
 * the module. Only module and function names are kept. */
#include "wasm/names.h"
#include "wasm/decode.h"
#include <string.h>

enum { NAMES_MODULE = 0, NAMES_FUNCTION = 1 };

/* Called with each entry of a name map in increasing order of index. */
typedef void name_sink(void *to, uint32_t index, struct name name);

/* spec: binary-namemap */
static void read_map(struct reader *r, name_sink *sink, void *to)
{
    uint32_t n = reader_u32(r);
    for (uint64_t i = 0, next = 0; i < n && r->fail->kind == FAIL_NONE; i++) {
        const uint8_t *at = r->p;
        uint32_t index = reader_u32(r);
        struct name name = decode_name(r);
        if (index < next)
            reader_fail(r, at, "names out of order");
        if (r->fail->kind == FAIL_NONE)
            sink(to, index, name);
        next = (uint64_t)index + 1;
    }
}

/* The next subsection: its id, its contents in *contents. */
static unsigned subsection(struct reader *r, struct reader *contents)
{
    const uint8_t *at = r->p;
    unsigned id = reader_byte(r);
    uint32_t size = reader_u32(r);
    if (size > reader_left(r))
        reader_fail_end(r, at);
    if (r->fail->kind != FAIL_NONE)
        size = 0;
    *contents = reader_sub(r, size);
    return id;
}

/* ---- a module's names ---------------------------------------------------------------- */

struct func_names {
    struct name *at;
    uint32_t n;
};

static void keep_name(void *to, uint32_t index, struct name name)
{
    struct func_names *names = to;
    if (index < names->n)
        names->at[index] = name;
}

void names_read(struct module *m, const uint8_t *p, const uint8_t *end)
{
    struct fail ignored = { .kind = FAIL_NONE };
    struct reader r, contents;
    reader_init(&r, p, (size_t)(end - p), &ignored);
    struct func_names names = { NULL, m->nfuncs };
    struct name module = { "", 0 };
    while (r.p < r.end && ignored.kind == FAIL_NONE) {
        unsigned id = subsection(&r, &contents);
        if (id == NAMES_MODULE)
            module = decode_name(&contents);
        if (id != NAMES_FUNCTION || names.at != NULL)
            continue;
        names.at = arena_zarray(&m->arena, struct name, m->nfuncs);
        read_map(&contents, keep_name, &names);
    }
    if (ignored.kind != FAIL_NONE)
        return;
    m->name = module;
    m->func_names = names.at;
}

/* ---- a name for a message ------------------------------------------------------------ */

struct wanted {
    uint32_t index;
    struct name name;
};

static void match_name(void *to, uint32_t index, struct name name)
{
    struct wanted *wanted = to;
    if (index == wanted->index)
        wanted->name = name;
}

static void find_in_section(struct reader *section, struct wanted *wanted)
{
    struct reader contents;
    struct name name = decode_name(section);
    if (name.len != 4 || memcmp(name.at, "name", 4) != 0)
        return;
    while (section->p < section->end)
        if (subsection(section, &contents) == NAMES_FUNCTION)
            read_map(&contents, match_name, wanted);
}

struct name names_find_func(const uint8_t *bytes, size_t len, uint32_t func)
{
    struct fail ignored = { .kind = FAIL_NONE };
    struct wanted wanted = { func, { "", 0 } };
    struct reader r, contents;
    reader_init(&r, bytes, len, &ignored);
    reader_bytes(&r, 8);
    while (r.p < r.end)
        if (subsection(&r, &contents) == SECTION_CUSTOM)
            find_in_section(&contents, &wanted);
    return wanted.name;
}

const char *names_printable(struct name name, char buf[64])
{
    uint32_t len = name.len < 63 ? name.len : 63;
    for (uint32_t i = 0; i < len; i++)
        buf[i] = (uint8_t)name.at[i] < 0x20 || name.at[i] == 0x7F ? '?' : name.at[i];
    buf[len] = '\0';
    return buf;
}
