/* libfuzzer.c - the mutators as libFuzzer calls them.
 *
 * With WX_FUZZ_BYTES in the environment there is neither generator nor typed mutation:
 * libFuzzer's own make the bytes of modules, which are only given their magic and
 * version. tools/bench_bugs shows by that what the generator is worth. */
#include "mut/mut.h"
#include <stdlib.h>
#include <string.h>

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size,
                               unsigned int seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t na, const uint8_t *b, size_t nb,
                                 uint8_t *out, size_t max_size, unsigned int seed);

static size_t mutate_bytes(uint8_t *data, size_t size, size_t max_size)
{
    static const uint8_t magic[8] = { 0, 'a', 's', 'm', 1 };
    size = LLVMFuzzerMutate(data, size, max_size);
    if (max_size < sizeof magic)
        return size;
    memcpy(data, magic, sizeof magic);
    return size < sizeof magic ? sizeof magic : size;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size,
                               unsigned int seed)
{
    if (getenv("WX_FUZZ_BYTES") != NULL)
        return mutate_bytes(data, size, max_size);
    return mut_mutate(data, size, max_size, seed, LLVMFuzzerMutate, false);
}

size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t na, const uint8_t *b, size_t nb,
                                 uint8_t *out, size_t max_size, unsigned int seed)
{
    if (getenv("WX_FUZZ_BYTES") != NULL)
        return 0;
    return mut_cross(a, na, b, nb, out, max_size, seed);
}
