/* mut.c - which face an input has, and what may become of it.  See mut.h. */
#include "mut/mut.h"
#include <string.h>

enum { CORRUPT_ONE_IN = 20, MOST_FLIPS = 4, FRESH_ONE_IN = 3, FRESH_SIZE = 16 };

/* A few random bytes that expand to a whole case: a campaign sees new shapes however large its
 * corpus has grown, and whatever it has grown into. */
static size_t fresh(uint8_t *data, struct dna *rng)
{
    for (size_t i = 0; i < FRESH_SIZE; i++)
        data[i] = dna_u8(rng);
    data[0] = DNA_VERSION;
    data[1] |= CASE_EXPAND;
    return FRESH_SIZE;
}

static size_t flip_bytes(uint8_t *data, size_t size, struct dna *rng)
{
    uint32_t n = 1 + dna_below(rng, MOST_FLIPS);
    for (uint32_t i = 0; i < n && size > 0; i++)
        data[dna_bits(rng, 4) % size] ^= (uint8_t)(1u << dna_below(rng, 8));
    return size;
}

static size_t mutate_module(uint8_t *data, size_t size, size_t max, struct dna *rng)
{
    size_t n = mut_wasm(data, size, NULL, 0, data, max, rng);
    return n == 0 ? size : n;
}

size_t mut_mutate(uint8_t *data, size_t size, size_t max, uint64_t seed, mut_raw *raw,
                  bool corrupt)
{
    struct dna rng = { .stream = dna_hash(seed) | 1 };
    if (corrupt && dna_below(&rng, CORRUPT_ONE_IN) == 0)
        return flip_bytes(data, size, &rng);
    if (!corrupt && max >= FRESH_SIZE && dna_below(&rng, FRESH_ONE_IN) == 0)
        return fresh(data, &rng);
    if (mut_is_module(data, size))
        return mutate_module(data, size, max, &rng);
    return mut_dna(data, size, max, &rng, raw);
}

size_t mut_cross(const uint8_t *a, size_t na, const uint8_t *b, size_t nb, uint8_t *out,
                 size_t max, uint64_t seed)
{
    struct dna rng = { .stream = dna_hash(seed) | 1 };
    if (mut_is_module(a, na))
        return mut_is_module(b, nb) ? mut_wasm(a, na, b, nb, out, max, &rng) : 0;
    return mut_is_module(b, nb) ? 0 : mut_dna_cross(a, na, b, nb, out, max, &rng);
}
