/* script.c - see script.h. */
#include "script.h"
#include <string.h>

enum { SCRIPT_VERSION = 1 };

enum {
    SCRIPT_DETERMINISTIC = 1,
    SCRIPT_CHECK = 2,
    SCRIPT_CPU_FLOOR = 4,
    SCRIPT_TRAP_FREE = 8,
    SCRIPT_GENERATED = 16,
};

static const uint8_t name[] = "\7wx.case";

static uint8_t *put(uint8_t *p, uint64_t value, uint32_t bytes)
{
    memcpy(p, &value, bytes);
    return p + bytes;
}

static uint64_t take(const uint8_t **p, uint32_t bytes)
{
    uint64_t value = 0;
    memcpy(&value, *p, bytes);
    *p += bytes;
    return value;
}

static uint32_t flags_of(const struct fuzz_case *c)
{
    return (c->deterministic ? SCRIPT_DETERMINISTIC : 0) |
           (c->check_memory ? SCRIPT_CHECK : 0) | (c->baseline_cpu ? SCRIPT_CPU_FLOOR : 0) |
           (c->trap_free ? SCRIPT_TRAP_FREE : 0) | (c->generated ? SCRIPT_GENERATED : 0);
}

size_t script_write(const struct fuzz_case *c, uint8_t out[SCRIPT_MAX])
{
    uint32_t size = SCRIPT_NAME - 3 + SCRIPT_HEAD + c->nactions * SCRIPT_ACTION;
    uint8_t *p = put(out, 0, 1);
    p = put(p, (size & 0x7F) | 0x80 | (size >> 7) << 8, 2);
    memcpy(p, name, sizeof name - 1);
    p = put(p + sizeof name - 1, SCRIPT_VERSION, 1);
    p = put(p, flags_of(c), 1);
    p = put(p, c->tier_mask, 8);
    p = put(p, c->fuel, 8);
    p = put(p, c->host_seed, 8);
    p = put(p, c->nactions, 1);
    for (uint32_t k = 0; k < c->nactions; k++) {
        p = put(p, c->actions[k].kind, 1);
        p = put(p, c->actions[k].index, 4);
        p = put(p, c->actions[k].seed, 8);
    }
    return (size_t)(p - out);
}

/* The content of the section, or NULL: it is the last one and knows its size. */
static const uint8_t *content(const uint8_t *wasm, size_t len, uint32_t *nactions)
{
    for (uint32_t n = 0; n <= CASE_MAX_ACTIONS; n++) {
        size_t size = SCRIPT_NAME + SCRIPT_HEAD + n * SCRIPT_ACTION;
        if (len < 8 + size)
            return NULL;
        const uint8_t *p = wasm + len - size + SCRIPT_NAME;
        *nactions = n;
        if (memcmp(p - sizeof name + 1, name, sizeof name - 1) == 0 &&
            p[0] == SCRIPT_VERSION && p[SCRIPT_HEAD - 1] == n)
            return p;
    }
    return NULL;
}

size_t script_strip(const uint8_t *wasm, size_t len)
{
    uint32_t nactions;
    const uint8_t *p = content(wasm, len, &nactions);
    return p == NULL ? len : (size_t)(p - wasm) - SCRIPT_NAME;
}

bool script_read(const uint8_t *wasm, size_t len, struct fuzz_case *c)
{
    uint32_t nactions;
    const uint8_t *p = content(wasm, len, &nactions);
    if (p == NULL)
        return false;
    p++;
    uint64_t flags = take(&p, 1);
    c->deterministic = (flags & SCRIPT_DETERMINISTIC) != 0;
    c->check_memory = (flags & SCRIPT_CHECK) != 0;
    c->baseline_cpu = (flags & SCRIPT_CPU_FLOOR) != 0;
    c->trap_free = (flags & SCRIPT_TRAP_FREE) != 0;
    c->generated = (flags & SCRIPT_GENERATED) != 0;
    c->tier_mask = take(&p, 8);
    c->fuel = take(&p, 8);
    c->host_seed = take(&p, 8);
    p++;
    c->nactions = nactions;
    for (uint32_t k = 0; k < nactions; k++) {
        uint64_t kind = take(&p, 1);
        c->actions[k].kind = kind <= ACTION_LINK ? (enum action_kind)kind : ACTION_CALL;
        c->actions[k].index = (uint32_t)take(&p, 4);
        c->actions[k].seed = take(&p, 8);
    }
    return true;
}
