/* fuzz_load.c - any bytes: the loader neither crashes nor takes more memory than it may; and when
 * memory is refused, which a part of the inputs tries, it says so and leaves nothing behind. */
#include "api/api.h"
#include "base/arena.h"
#include "engine_flags.h"
#include "wasm/module.h"
#include <stdlib.h>

enum { LOAD_BASE = 64 * 1024 * 1024, LOAD_FACTOR = 16, REFUSE_EVERY = 4, REFUSE_MOST = 16 };

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    if (engine_flags != NULL)
        engine_flags(argc, argv);
    return 0;
}

static void require(bool holds)
{
    if (!holds)
        abort();
}

/* The n-th allocation of the loader fails and all after it; 0: none.  How it ended. */
static enum fail_kind load(const uint8_t *data, size_t size, uint32_t n)
{
    struct heap heap = { 0 };
    struct fail fail = { 0 };
    struct type_registry *types = types_new(&heap);
    heap.fail_at = n;
    struct module *m = module_load(&heap, types, features_of_level(9), data, size, &fail);
    require((m == NULL) == (fail.kind != FAIL_NONE));
    require(heap.peak <= LOAD_BASE + LOAD_FACTOR * size);
    if (m != NULL)
        module_free(m);
    types_free(types);
    require(heap.bytes == 0);
    return fail.kind;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint32_t hash = (uint32_t)size;
    for (size_t i = 0; i < size; i++)
        hash = hash * 31 + data[i];
    enum fail_kind kind = load(data, size, 0);
    if (hash % REFUSE_EVERY != 0)
        return 0;
    enum fail_kind refused = load(data, size, 1 + hash / REFUSE_EVERY % REFUSE_MOST);
    require(refused == kind || refused == FAIL_EXHAUSTED);
    return 0;
}
