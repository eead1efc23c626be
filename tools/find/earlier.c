/* earlier.c - see earlier.h. */
#include "tools/find/earlier.h"
#include "dna.h"
#include "script.h"
#include <string.h>

enum { GUESSES = 1000 };

void earlier_random(uint64_t seed, uint64_t number, uint8_t dna[RANDOM_CASE])
{
    for (uint64_t i = 0; i < RANDOM_CASE; i++)
        dna[i] = (uint8_t)case_mix(seed, number * RANDOM_CASE + i);
    dna[0] = DNA_VERSION;
    dna[1] |= CASE_EXPAND;
}

/* ---- joining ------------------------------------------------------------------------------- */

static uint8_t *put(uint8_t *p, const void *at, size_t n)
{
    if (n > 0)
        memcpy(p, at, n);
    return p + n;
}

struct bytes_out earlier_join(struct arena *a, const uint8_t *data, size_t size,
                              const uint8_t *prev, size_t prev_size)
{
    struct fuzz_case c;
    struct bytes_out before = { NULL, 0 };
    uint8_t head[CASE_LINK_HEAD];
    if (!case_read(data, size, a, &c))
        return before;
    if (prev != NULL)
        before = earlier_join(a, prev, prev_size, NULL, 0);
    bool raw = c.wasm == data; /* its second module is inside already */
    size_t len = raw ? script_strip(c.wasm, c.wasm_len) : c.wasm_len;
    uint8_t *out = arena_alloc(a, len + c.second_len + before.len + 2 * CASE_LINK_HEAD +
                                      SCRIPT_MAX),
            *p = put(out, c.wasm, len);
    if (c.second != NULL && !raw) {
        p = put(p, head, case_link_head(head, c.second_len));
        p = put(p, c.second, c.second_len);
    }
    if (before.at != NULL) {
        p = put(p, head, case_prev_head(head, before.len));
        p = put(p, before.at, before.len);
    }
    p += script_write(&c, p);
    return (struct bytes_out){ out, (uint32_t)(p - out) };
}

/* ---- looking ------------------------------------------------------------------------------- */

static bool shows(struct prober *p, struct bytes_out case_of)
{
    const struct plan oracle = { .mode = PROBE_ORACLE };
    return case_of.at != NULL &&
           sight_is_finding(probe(p, &oracle, case_of.at, case_of.len));
}

bool earlier_find(struct prober *p, struct arena *a, const uint8_t *data, size_t size,
                  earlier_fn *candidate, void *env, struct bytes_out *out)
{
    const uint8_t *prev;
    size_t prev_size;
    prober_fresh(p);
    for (uint32_t i = 0; candidate(env, i, &prev, &prev_size); i++) {
        arena_reset(a);
        *out = earlier_join(a, data, size, prev, prev_size);
        if (!shows(p, *out))
            continue;
        prober_fresh(p); /* and not by what the candidates before it have left */
        if (!shows(p, *out))
            continue;
        struct bytes_out alone = earlier_join(a, prev, prev_size, NULL, 0);
        prober_fresh(p);
        if (shows(p, alone))
            *out = alone;
        return true;
    }
    return false;
}

struct guess {
    const uint8_t *data;
    size_t size;
    uint8_t dna[RANDOM_CASE];
};

static bool guess(void *env, uint32_t i, const uint8_t **data, size_t *size)
{
    struct guess *g = env;
    earlier_random(1, i, g->dna);
    *data = i == 0 ? g->data : g->dna;
    *size = i == 0 ? g->size : RANDOM_CASE;
    return i < GUESSES;
}

bool earlier_guess(struct prober *p, struct arena *a, const uint8_t *data, size_t size,
                   struct bytes_out *out)
{
    struct guess g = { .data = data, .size = size };
    return earlier_find(p, a, data, size, guess, &g, out);
}
