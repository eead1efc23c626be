/* mutate.c - libFuzzer's mutations, after which the input still is a case.
 *
 * DNA keeps its version byte; modules as they are keep their first bytes or become DNA.  Every
 * third mutation is a fresh start instead: a few random bytes that expand to a whole module
 * (dna.h), so that a campaign sees new shapes however large its corpus has grown. */
#include "case.h"
#include "dna.h"
#include <string.h>

enum { FRESH_SIZE = 16, EXPAND = 1 };

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size,
                               unsigned int seed);

static size_t fresh(uint8_t data[FRESH_SIZE], uint64_t seed)
{
    for (size_t i = 0; i < FRESH_SIZE; i++)
        data[i] = (uint8_t)dna_hash(seed + i);
    data[0] = DNA_VERSION;
    data[1] |= EXPAND;
    return FRESH_SIZE;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size,
                               unsigned int seed)
{
    uint64_t h = dna_hash(seed);
    if (max_size >= FRESH_SIZE && h % 3 == 0)
        return fresh(data, h);
    size = LLVMFuzzerMutate(data, size, max_size);
    if (size >= 2 && (size < 8 || memcmp(data, "\0asm", 4) != 0))
        data[0] = DNA_VERSION;
    return size;
}
