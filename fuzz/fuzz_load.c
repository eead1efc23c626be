/* fuzz_load.c - any bytes: the loader neither crashes nor takes more memory than it may. */
#include "api/api.h"
#include "base/arena.h"
#include "engine_flags.h"
#include "wasm/module.h"
#include <stdlib.h>

enum { LOAD_BASE = 64 * 1024 * 1024, LOAD_FACTOR = 16 };

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    if (engine_flags != NULL)
        engine_flags(argc, argv);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct heap heap = { 0 };
    struct fail fail = { 0 };
    struct type_registry *types = types_new(&heap);
    struct module *m = module_load(&heap, types, features_of_level(9), data, size, &fail);
    if ((m == NULL) != (fail.kind != FAIL_NONE) ||
        heap.peak > LOAD_BASE + LOAD_FACTOR * size)
        abort();
    if (m != NULL)
        module_free(m);
    types_free(types);
    if (heap.bytes != 0)
        abort();
    return 0;
}
