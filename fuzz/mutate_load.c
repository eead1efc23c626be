/* mutate_load.c - libFuzzer's mutations for fuzz_load: modules that were valid a moment
 * ago.
 *
 * From nothing a fuzzer takes long to find even an empty function. So one mutation in
 * eight starts afresh with a module of the generator, another one is typed (mut/), and
 * one in four puts in an integer of the binary format, often a large one, for counts,
 * sizes and indices are such integers. The others are libFuzzer's own. */
#include "case.h"
#include "dna.h"
#include "mut/mut.h"
#include <string.h>

enum { FRESH_SIZE = 16, EXPAND = 1, LONGEST_INTEGER = 5 };

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size,
                               unsigned int seed);

/* A module of the generator; 0: there is no room for it. */
static size_t generated(uint8_t *data, size_t max_size, uint64_t seed)
{
    uint8_t dna[FRESH_SIZE];
    struct heap heap = { 0 };
    struct arena arena;
    struct fuzz_case c;
    size_t size = 0;
    for (size_t i = 0; i < FRESH_SIZE; i++)
        dna[i] = (uint8_t)dna_hash(seed + i);
    dna[0] = DNA_VERSION;
    dna[1] |= EXPAND;
    arena_init(&arena, &heap);
    if (case_read(dna, sizeof dna, &arena, &c) && c.wasm_len <= max_size) {
        size = c.wasm_len;
        memcpy(data, c.wasm, size);
    }
    arena_free(&arena);
    return size;
}

/* n bytes that are one unsigned integer: all bits set but some of the highest, or any. */
static void write_integer(uint8_t *p, size_t n, uint64_t h)
{
    for (size_t i = 0; i < n; i++)
        p[i] = (uint8_t)(h & 1 ? 0xFF : (h >> 8 * i) | 0x80);
    p[n - 1] = (uint8_t)((h & 1 ? 0x7F >> (h >> 48 & 7) : h >> 56) & 0x7F);
}

/* Over n bytes, or in place of one byte: then the rest moves, and sizes around it are
 * wrong, but what is read before they are looked at is not. */
static size_t put_integer(uint8_t *data, size_t size, size_t max_size, uint64_t h)
{
    size_t n = 1 + h % LONGEST_INTEGER, at = (h >> 8) % size;
    bool grow = (h >> 40 & 1) != 0 && size + n - 1 <= max_size;
    if (grow) {
        memmove(data + at + n, data + at + 1, size - at - 1);
        size += n - 1;
    }
    if (at + n <= size)
        write_integer(data + at, n, dna_hash(h));
    return size;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size,
                               unsigned int seed)
{
    uint64_t h = dna_hash(seed);
    size_t fresh = h % 8 == 0 ? generated(data, max_size, h) : 0;
    if (fresh != 0)
        return fresh;
    if (h % 8 == 4 && mut_is_module(data, size))
        return mut_mutate(data, size, max_size, h, LLVMFuzzerMutate, true);
    if (h % 4 != 1 || size == 0)
        return LLVMFuzzerMutate(data, size, max_size);
    return put_integer(data, size, max_size, h >> 3);
}
