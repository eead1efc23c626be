/* case.c - from bytes to a test case.  See case.h.
 *
 * The header, after the version byte (offsets from the start of the input):
 *
 *      1     flags: 1 expand, 2 deterministic, 4 check memories, 8 CPU floor, 16 one module
 *      2     trap density (mod 4); above it the mode of all functions + 1, others: a mixture
 *      3-4   operation classes switched off
 *      5     number of actions
 *      6-13  tier mask of the mixed lane
 *      14    log2 of the fuel of an action
 *      15-20 host seed
 *      21-22 features switched off, without the first of features.def
 *      23-31 seed of the actions: kinds, targets, arguments */
#include "case.h"
#include "gen/gen.h"
#include "script.h"
#include <stdlib.h>
#include <string.h>

enum { FLAG_DETERMINISTIC = 2, FLAG_CHECK = 4, FLAG_CPU_FLOOR = 8 };

enum { LINK_PLACES = 3 };

uint64_t case_mix(uint64_t a, uint64_t b) { return dna_hash(a ^ dna_hash(b)); }

/* ---- values -------------------------------------------------------------------------------- */

static const uint64_t int_values[] = {
    0,
    1,
    UINT64_MAX,
    2,
    7,
    8,
    31,
    32,
    33,
    63,
    64,
    0x7F,
    0x80,
    0xFF,
    0x7FFF,
    0x8000,
    0xFFFF,
    0x10000,
    0xFFF8,
    0xFFFC,
    0x7FFFFFFF,
    0x80000000,
    0xFFFFFFFF,
    0x100000000,
    0x7FFFFFFFFFFFFFFF,
    0x8000000000000000,
    0xFFFFFFFF80000000,
    0x123456789ABCDEF0,
};

static const uint32_t f32_values[] = {
    0,          0x80000000, 0x3F800000, 0xBF800000, 0x7F800000, 0xFF800000,
    0x7FC00000, 0xFFC12345, 0x7F800001, 0xFFA00000, 1,          0x007FFFFF,
    0x7F7FFFFF, 0x3F000000, 0x40200000, 0x4F000000, 0xCF000000, 0x4F800000,
    0x5F000000, 0x5F800000, 0xDF000000, 0x4B000000, 0xBF7FFFFF,
};

static const uint64_t f64_values[] = {
    0,
    0x8000000000000000,
    0x3FF0000000000000,
    0xBFF0000000000000,
    0x7FF0000000000000,
    0xFFF0000000000000,
    0x7FF8000000000000,
    0xFFF8000000012345,
    0x7FF0000000000001,
    0xFFF4000000000000,
    1,
    0x000FFFFFFFFFFFFF,
    0x7FEFFFFFFFFFFFFF,
    0x3FE0000000000000,
    0x4004000000000000,
    0x41E0000000000000,
    0xC1E0000000000000,
    0x41F0000000000000,
    0x43E0000000000000,
    0x43F0000000000000,
    0xC3E0000000000000,
    0x4330000000000000,
    0xBFEFFFFFFFFFFFFF,
    0x47EFFFFFE0000000,
};

wx_value case_value(uint64_t seed, uint32_t i, wx_valtype t)
{
    uint64_t h = case_mix(seed, i + 1);
    uint64_t raw = i == 0 ? seed : seed << (i * 8 % 64) | seed >> ((64 - i * 8 % 64) % 64);
    bool listed = (h & 1) != 0;
    uint64_t pick = h >> 8;
    wx_value v = { .type = t };
    switch (t) {
    case WX_I32:
    case WX_I64:
        v.of.i64 = (int64_t)(listed ? int_values[pick % COUNT(int_values)] : raw);
        if (t == WX_I32)
            v.of.i64 = (int64_t)(uint32_t)v.of.i64;
        break;
    case WX_F32:
        v.of.f64_bits = listed ? f32_values[pick % COUNT(f32_values)] : (uint32_t)raw;
        break;
    case WX_F64: v.of.f64_bits = listed ? f64_values[pick % COUNT(f64_values)] : raw; break;
    default: memset(&v.of, 0, sizeof v.of); break;
    }
    return v;
}

/* ---- configuration and script -------------------------------------------------------------- */

static uint64_t word_at(const uint8_t *p)
{
    uint64_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

static enum action_kind action_kind_of(uint32_t choice, bool trap_free)
{
    static const enum action_kind kinds[16] = {
        [1] = ACTION_GROW_MEMORY, [2] = ACTION_SET_GLOBAL, [3] = ACTION_WRITE_MEMORY,
        [4] = ACTION_GROW_TABLE,  [5] = ACTION_SET_TABLE,
    };
    enum action_kind kind = kinds[choice % 16];
    return trap_free && kind == ACTION_SET_TABLE ? ACTION_CALL : kind;
}

/* The second module joins before one of the first actions. */
static void read_link(struct fuzz_case *c, const uint8_t header[DNA_HEADER])
{
    uint32_t at = header[5] / CASE_MAX_ACTIONS % LINK_PLACES;
    if (c->nactions < at + LINK_PLACES)
        c->nactions = at + LINK_PLACES;
    c->actions[at].kind = ACTION_LINK;
}

static void read_script(struct fuzz_case *c, const uint8_t header[DNA_HEADER])
{
    uint64_t seed = word_at(header + 23);
    c->nactions = 1 + header[5] % CASE_MAX_ACTIONS;
    for (uint32_t k = 0; k < CASE_MAX_ACTIONS; k++) {
        uint64_t h = case_mix(seed + header[31], k);
        c->actions[k] = (struct action){
            .kind =
                k == 0 ? ACTION_CALL : action_kind_of((uint32_t)(h >> 40), c->trap_free),
            .index = (uint32_t)(h >> 8 & 0xFFFF),
            .seed = k == 0 ? seed : dna_hash(h),
        };
    }
    if (c->second != NULL)
        read_link(c, header);
}

static void read_config(struct fuzz_case *c, const uint8_t header[DNA_HEADER])
{
    uint8_t flags = header[1];
    c->deterministic = (flags & FLAG_DETERMINISTIC) != 0;
    c->check_memory = (flags & FLAG_CHECK) != 0;
    c->baseline_cpu = (flags & FLAG_CPU_FLOOR) != 0;
    c->tier_mask = word_at(header + 6);
    c->fuel = UINT64_C(1) << (10 + header[14] % 7);
    c->host_seed = word_at(header + 15) & UINT64_MAX >> 16;
}

/* ---- the two faces ------------------------------------------------------------------------- */

static bool leb_u32(const uint8_t **p, const uint8_t *end, uint32_t *out)
{
    uint32_t value = 0;
    for (unsigned shift = 0; shift < 35 && *p < end; shift += 7) {
        uint8_t byte = *(*p)++;
        value |= (uint32_t)(byte & 0x7F) << (shift & 31);
        if (byte < 0x80)
            return *out = value, true;
    }
    return false;
}

/* The content of a custom section of at least `least` bytes; name has 7 letters. */
static const uint8_t *custom_section(const uint8_t *wasm, size_t len, const char *name,
                                     uint32_t least, uint32_t *content)
{
    const uint8_t *p = wasm + 8, *end = wasm + len;
    uint32_t size;
    while (p < end) {
        uint8_t id = *p++;
        if (!leb_u32(&p, end, &size) || size > (size_t)(end - p))
            return NULL;
        if (id == 0 && size >= 8 + least && p[0] == 7 && memcmp(p + 1, name, 7) == 0) {
            *content = size - 8;
            return p + 8;
        }
        p += size;
    }
    return NULL;
}

static uint64_t hash_bytes(const uint8_t *data, size_t size)
{
    uint64_t h = size;
    for (size_t i = 0; i < size; i++)
        h = (h ^ data[i]) * UINT64_C(0x100000001B3) + (h >> 47);
    return dna_hash(h);
}

static void read_module(const uint8_t *data, size_t size, struct fuzz_case *c)
{
    uint8_t header[DNA_HEADER];
    uint32_t len = 0;
    const uint8_t *section = custom_section(data, size, "wx.fuzz", DNA_HEADER, &len);
    uint64_t h = hash_bytes(data, size);
    for (uint32_t i = 0; i < DNA_HEADER; i++)
        header[i] = section != NULL ? section[i] : (uint8_t)(case_mix(h, i) >> 16);
    c->wasm = data;
    c->wasm_len = size;
    c->second = custom_section(data, size, "wx.link", 8, &len);
    c->second_len = c->second == NULL ? 0 : len;
    c->earlier = custom_section(data, size, "wx.prev", 1, &len);
    c->earlier_len = c->earlier == NULL ? 0 : len;
    if (script_read(data, size, c))
        return;
    read_config(c, header);
    read_script(c, header);
}

/* name: with its length before it, 8 bytes. */
static size_t section_head(uint8_t out[CASE_LINK_HEAD], const char *name, size_t size)
{
    enum { NAME = 8 };
    size_t n = 0, content = size + NAME;
    out[n++] = 0;
    for (; content >= 0x80; content >>= 7)
        out[n++] = (uint8_t)(content | 0x80);
    out[n++] = (uint8_t)content;
    memcpy(out + n, name, NAME);
    return n + NAME;
}

size_t case_link_head(uint8_t out[CASE_LINK_HEAD], size_t size)
{
    return section_head(out, "\7wx.link", size);
}

size_t case_prev_head(uint8_t out[CASE_LINK_HEAD], size_t size)
{
    return section_head(out, "\7wx.prev", size);
}

/* What follows the bytes of an expanding input; 0: zeros. */
static uint64_t stream_of(const uint8_t *data, size_t size)
{
    bool expand = size > 1 && (data[1] & CASE_EXPAND) != 0;
    return expand ? hash_bytes(data, size) | 1 : 0;
}

void case_header(const uint8_t *data, size_t size, uint8_t header[DNA_HEADER])
{
    uint64_t stream = stream_of(data, size);
    memset(header, 0, DNA_HEADER);
    memcpy(header, data, size < DNA_HEADER ? size : DNA_HEADER);
    for (size_t i = size; stream != 0 && i < DNA_HEADER; i++)
        header[i] = (uint8_t)(case_mix(stream, i) >> 16);
}

/* WX_FUZZ_MODES_OFF, a bit set of gen/modes.def, so that modes can be compared.  The one thing
 * from outside: inputs found under it need it again. */
static uint8_t modes_off(void)
{
    const char *text = getenv("WX_FUZZ_MODES_OFF");
    return text != NULL ? (uint8_t)strtoul(text, NULL, 0) : 0;
}

static void read_dna(const uint8_t *data, size_t size, struct arena *a, struct fuzz_case *c,
                     struct dna_trace *trace)
{
    uint8_t header[DNA_HEADER];
    case_header(data, size, header);
    struct gen_config config = { .traps = header[2] % 4, .modes = header[2] / 4 };
    config.one_module = (header[1] & CASE_ONE_MODULE) != 0;
    memcpy(&config.classes_off, header + 3, 2);
    config.features_off = (uint32_t)(header[21] | header[22] << 8) << 1;
    config.modes_off = modes_off();
    struct dna d = { data, data + size, stream_of(data, size), trace };
    d.p += size < DNA_HEADER ? size : DNA_HEADER;
    c->generated = true;
    c->trap_free = config.traps == TRAPS_NONE;
    read_config(c, header);
    struct gen_modules made = gen_modules(&d, config, a);
    c->wasm = made.first.at;
    c->wasm_len = made.first.len;
    c->second = made.second.len == 0 ? NULL : made.second.at;
    c->second_len = made.second.len;
    read_script(c, header);
}

bool case_read(const uint8_t *data, size_t size, struct arena *a, struct fuzz_case *c)
{
    return case_trace(data, size, a, c, NULL);
}

bool case_trace(const uint8_t *data, size_t size, struct arena *a, struct fuzz_case *c,
                struct dna_trace *trace)
{
    jmp_buf oom;
    *c = (struct fuzz_case){ 0 };
    if (size >= 8 && memcmp(data, "\0asm", 4) == 0) {
        read_module(data, size, c);
        return true;
    }
    if (size < 2 || data[0] != DNA_VERSION)
        return false;
    if (setjmp(oom) != 0)
        return false;
    a->oom = &oom;
    read_dna(data, size, a, c, trace);
    return true;
}
