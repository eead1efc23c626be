/* libfuzzer_load.c - the mutators for fuzz_load, which reads any bytes: modules are mutated by type
 * and sometimes corrupted, half of the time by libFuzzer alone. */
#include "mut/mut.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size,
                               unsigned int seed);

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size,
                               unsigned int seed)
{
    if (!mut_is_module(data, size) || dna_hash(seed) % 2 == 0)
        return LLVMFuzzerMutate(data, size, max_size);
    return mut_mutate(data, size, max_size, seed, LLVMFuzzerMutate, true);
}
