/* baseline_module.c - see baseline_module.h. */
#include "baseline_module.h"
#include "api/api.h"
#include "base/cpu.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- bytes --------------------------------------------------------------------------- */

void put_bytes(struct bytes *b, const void *at, size_t n)
{
    if (b->len + n > b->cap) {
        b->cap = (b->len + n) * 2;
        b->at = realloc(b->at, b->cap);
        assert_non_null(b->at);
    }
    if (n != 0)
        memcpy(b->at + b->len, at, n);
    b->len += n;
}

void put(struct bytes *b, uint8_t byte) { put_bytes(b, &byte, 1); }

void put_u32(struct bytes *b, uint32_t value)
{
    for (; value >= 0x80; value >>= 7)
        put(b, (uint8_t)(value | 0x80));
    put(b, (uint8_t)value);
}

void put_s64(struct bytes *b, int64_t value)
{
    while (value < -64 || value > 63) {
        put(b, (uint8_t)(value | 0x80));
        value >>= 7;
    }
    put(b, (uint8_t)(value & 0x7F));
}

void put_op(struct bytes *b, enum op op)
{
    uint32_t code = op_infos[op].code;
    if (code > UINT8_MAX) {
        put(b, (uint8_t)(code >> 16));
        put_u32(b, code & UINT16_MAX);
    } else {
        put(b, (uint8_t)code);
    }
}

void put_op_u32(struct bytes *b, enum op op, uint32_t index)
{
    put_op(b, op);
    put_u32(b, index);
}

void bytes_free(struct bytes *b)
{
    free(b->at);
    *b = (struct bytes){ 0 };
}

/* ---- modules ------------------------------------------------------------------------- */

static uint8_t type_code(char letter)
{
    switch (letter) {
    case 'i': return VT_I32;
    case 'I': return VT_I64;
    case 'f': return VT_F32;
    default: return VT_F64;
    }
}

static void put_types(struct bytes *b, const char *letters, size_t n)
{
    put_u32(b, (uint32_t)n);
    for (size_t i = 0; i < n; i++)
        put(b, type_code(letters[i]));
}

static void put_type(struct bytes *b, const char *signature)
{
    const char *colon = strchr(signature, ':');
    put(b, 0x60);
    put_types(b, signature, (size_t)(colon - signature));
    put_types(b, colon + 1, strlen(colon + 1));
}

static void put_locals(struct bytes *b, const char *locals)
{
    if (locals[0] != '\0' && locals[1] == '*') {
        put_u32(b, 1);
        put_u32(b, (uint32_t)strtoul(locals + 2, NULL, 10));
        put(b, type_code(locals[0]));
        return;
    }
    put_u32(b, (uint32_t)strlen(locals));
    for (; *locals != '\0'; locals++) {
        put_u32(b, 1);
        put(b, type_code(*locals));
    }
}

/* Appends a section, or an entry of the code section, behind its length. */
static void put_sized(struct bytes *b, struct bytes *content)
{
    put_u32(b, (uint32_t)content->len);
    put_bytes(b, content->at, content->len);
    bytes_free(content);
}

static void put_section(struct bytes *b, uint8_t id, struct bytes *content)
{
    put(b, id);
    put_sized(b, content);
}

static void put_table(struct bytes *b, uint32_t table)
{
    struct bytes s = { 0 };
    if (table == 0)
        return;
    put_u32(&s, 1);
    put(&s, 0x70);
    put(&s, 0);
    put_u32(&s, table);
    put_section(b, 4, &s);
}

static void put_elements(struct bytes *b, uint32_t n, uint32_t table)
{
    struct bytes s = { 0 };
    if (table == 0)
        return;
    put_u32(&s, 1);
    put_u32(&s, 0);
    put_op(&s, OP_i32_const);
    put_s64(&s, 0);
    put_op(&s, OP_end);
    put_u32(&s, table);
    for (uint32_t i = 0; i < table; i++)
        put_u32(&s, i % n);
    put_section(b, 9, &s);
}

static void put_code(struct bytes *b, const struct body *bodies, uint32_t n)
{
    struct bytes s = { 0 };
    put_u32(&s, n);
    for (uint32_t i = 0; i < n; i++) {
        struct bytes entry = { 0 };
        put_locals(&entry, bodies[i].locals);
        put_bytes(&entry, bodies[i].code.at, bodies[i].code.len);
        put_op(&entry, OP_end);
        put_sized(&s, &entry);
    }
    put_section(b, 10, &s);
}

struct bytes module_bytes(const struct body *bodies, uint32_t n, uint32_t table)
{
    static const uint8_t header[] = { 0, 'a', 's', 'm', 1, 0, 0, 0 };
    struct bytes b = { 0 }, s = { 0 };
    put_bytes(&b, header, sizeof header);
    put_u32(&s, n);
    for (uint32_t i = 0; i < n; i++)
        put_type(&s, bodies[i].type);
    put_section(&b, 1, &s);
    put_u32(&s, n);
    for (uint32_t i = 0; i < n; i++)
        put_u32(&s, i);
    put_section(&b, 3, &s);
    put_table(&b, table);
    put_u32(&s, 1);
    put(&s, 0);
    put_u32(&s, 1);
    put_section(&b, 5, &s);
    put_elements(&b, n, table);
    put_code(&b, bodies, n);
    return b;
}

/* ---- running ------------------------------------------------------------------------- */

struct running run_module(struct config config, struct body *bodies, uint32_t n,
                          uint32_t table)
{
    struct fail f = { .kind = FAIL_NONE };
    struct running r = { 0 };
    config.policy = POLICY_BASELINE;
    config.features = features_of_level(2);
    r.engine = engine_new(&config, wx_tiers, &f);
    assert_non_null(r.engine);
    struct bytes b = module_bytes(bodies, n, table);
    for (uint32_t i = 0; i < n; i++)
        bytes_free(&bodies[i].code);
    struct module *m =
        module_load(&r.engine->heap, r.engine->types, config.features, b.at, b.len, &f);
    bytes_free(&b);
    if (m == NULL)
        fail_msg("%s at %zu", f.text, f.offset);
    r.code = modcode_new(r.engine, m);
    r.store = store_new(r.engine);
    r.instance = instance_new(r.store, r.code, NULL, &f);
    assert_non_null(r.instance);
    return r;
}

void running_free(struct running *r)
{
    store_free(r->store);
    modcode_free(r->code);
    engine_free(r->engine);
}

bool compile_now(struct running *r, uint32_t i, struct fail *f)
{
    return wx_tiers[TIER_BASELINE]->prepare(&r->code->fns[i], f);
}
