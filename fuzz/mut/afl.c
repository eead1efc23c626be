/* afl.c - the mutators as AFL++ loads them: AFL_CUSTOM_MUTATOR_LIBRARY=libwx_mutator.so.
 *
 * With AFL_CUSTOM_MUTATOR_ONLY unset AFL++ flips bytes too; post_process makes DNA of what has
 * lost its version byte.  WX_MUT_CORRUPT=1 is for fuzz_load. */
#include "mut/mut.h"
#include <stdlib.h>
#include <string.h>

typedef struct afl_state afl_state;

/* One for each afl-fuzz process. */
struct mutator {
    uint64_t seed;
    bool corrupt;
    uint8_t *out;
    size_t cap;
};

void *afl_custom_init(afl_state *afl, unsigned int seed);
size_t afl_custom_fuzz(void *data, uint8_t *buf, size_t size, uint8_t **out, uint8_t *add,
                       size_t add_size, size_t max_size);
size_t afl_custom_post_process(void *data, uint8_t *buf, size_t size, uint8_t **out);
void afl_custom_deinit(void *data);

#define EXPORT __attribute__((visibility("default")))

EXPORT void *afl_custom_init(afl_state *afl, unsigned int seed)
{
    (void)afl;
    struct mutator *m = calloc(1, sizeof *m);
    const char *corrupt = getenv("WX_MUT_CORRUPT");
    if (m != NULL) {
        m->seed = seed;
        m->corrupt = corrupt != NULL && strcmp(corrupt, "1") == 0;
    }
    return m;
}

static bool reserve(struct mutator *m, size_t size)
{
    if (m->cap >= size)
        return true;
    uint8_t *out = realloc(m->out, size);
    if (out == NULL)
        return false;
    m->out = out;
    m->cap = size;
    return true;
}

/* AFL++ has no mutation of bytes to lend: some are flipped, some cut out. */
static size_t flip(uint8_t *data, size_t size, size_t max)
{
    (void)max;
    uint64_t h = size;
    for (size_t i = 0; i < size; i++)
        h = dna_hash(h ^ data[i]);
    for (uint32_t k = 0; k < 1 + h % 4 && size > 0; k++, h = dna_hash(h))
        data[(h >> 8) % size] ^= (uint8_t)(1u << (h >> 3 & 7));
    if (h % 8 == 0 && size > 8) {
        size_t at = (h >> 8) % (size - 4);
        memmove(data + at, data + at + 4, size - at - 4);
        size -= 4;
    }
    return size;
}

EXPORT size_t afl_custom_fuzz(void *data, uint8_t *buf, size_t size, uint8_t **out,
                              uint8_t *add, size_t add_size, size_t max_size)
{
    struct mutator *m = data;
    uint64_t seed = dna_hash(++m->seed);
    *out = buf;
    if (!reserve(m, max_size + 1) || size > max_size)
        return size;
    *out = m->out;
    if (add != NULL && seed % 4 == 0) {
        size_t n = mut_cross(buf, size, add, add_size, m->out, max_size, seed);
        if (n != 0)
            return n;
    }
    memcpy(m->out, buf, size);
    return mut_mutate(m->out, size, max_size, seed, flip, m->corrupt);
}

EXPORT size_t afl_custom_post_process(void *data, uint8_t *buf, size_t size, uint8_t **out)
{
    struct mutator *m = data;
    *out = buf;
    if (m->corrupt || size == 0 || mut_is_module(buf, size) || buf[0] == DNA_VERSION ||
        !reserve(m, size))
        return size;
    memcpy(m->out, buf, size);
    m->out[0] = DNA_VERSION;
    *out = m->out;
    return size;
}

EXPORT void afl_custom_deinit(void *data)
{
    struct mutator *m = data;
    free(m->out);
    free(m);
}
