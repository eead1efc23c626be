/* mutate.c - libFuzzer's mutations, after which the input still is a case.
 *
 * DNA keeps its version byte.  Of modules as they are only the section "wx.fuzz" changes, which
 * holds configuration and script: a module with a changed byte is seldom valid.  Every third
 * mutation is a fresh start instead: a few random bytes that expand to a whole module (dna.h), so
 * that a campaign sees new shapes however large its corpus has grown. */
#include "case.h"
#include "dna.h"
#include <stdlib.h>
#include <string.h>

enum { FRESH_SIZE = 16, EXPAND = 1 };

/* The section as the last of a module: id, size, name, header. */
static const uint8_t section[] = {
    0, 8 + DNA_HEADER, 7, 'w', 'x', '.', 'f', 'u', 'z', 'z'
};
enum { SECTION_SIZE = sizeof section + DNA_HEADER };

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size,
                               unsigned int seed);

static size_t fresh(uint8_t *data, uint64_t seed)
{
    for (size_t i = 0; i < FRESH_SIZE; i++)
        data[i] = (uint8_t)dna_hash(seed + i);
    data[0] = DNA_VERSION;
    data[1] |= EXPAND;
    return FRESH_SIZE;
}

static bool is_module(const uint8_t *data, size_t size)
{
    return size >= 8 && memcmp(data, "\0asm", 4) == 0;
}

static bool has_section(const uint8_t *data, size_t size)
{
    return size >= 8 + SECTION_SIZE &&
           memcmp(data + size - SECTION_SIZE, section, sizeof section) == 0;
}

/* Adds the section, or changes what it says. */
static size_t mutate_module(uint8_t *data, size_t size, size_t max_size, uint64_t seed)
{
    if (!has_section(data, size)) {
        if (size + SECTION_SIZE > max_size)
            return fresh(data, seed);
        memcpy(data + size, section, sizeof section);
        for (size_t i = 0; i < DNA_HEADER; i++)
            data[size + sizeof section + i] = (uint8_t)dna_hash(seed - i);
        return size + SECTION_SIZE;
    }
    uint8_t *header = data + size - DNA_HEADER;
    size_t left = LLVMFuzzerMutate(header, DNA_HEADER, DNA_HEADER);
    memset(header + left, 0, DNA_HEADER - left);
    return size;
}

/* With WX_FUZZ_BYTES in the environment there is no generator: libFuzzer's own mutations make
 * the bytes of modules, which are only given their magic and version.  It shows what the
 * generator is worth. */
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
    uint64_t h = dna_hash(seed);
    if (max_size >= FRESH_SIZE && h % 3 == 0)
        return fresh(data, h);
    if (is_module(data, size))
        return mutate_module(data, size, max_size, h);
    size = LLVMFuzzerMutate(data, size, max_size);
    if (size > 0)
        data[0] = DNA_VERSION;
    return size;
}
