/* mutate.c - libFuzzer's mutations, after which the input still is a case: DNA keeps its version
 * byte.  Modules as they are keep their four first bytes or become DNA. */
#include "case.h"
#include <string.h>

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size,
                               unsigned int seed);

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size,
                               unsigned int seed)
{
    (void)seed;
    size = LLVMFuzzerMutate(data, size, max_size);
    if (size < 2 || (size >= 8 && memcmp(data, "\0asm", 4) == 0))
        return size;
    data[0] = DNA_VERSION;
    return size;
}
