/* load.c - what fuzz_load asks of the loader.  See load.h. */
#include "load.h"
#include "api/api.h"
#include "base/arena.h"
#include "wasm/module.h"
#include <stdlib.h>

enum { LOAD_BASE = 64 * 1024 * 1024, LOAD_FACTOR = 16, REFUSE_EVERY = 4, REFUSE_MOST = 16 };

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

void load_check(const uint8_t *data, size_t size)
{
    uint32_t hash = (uint32_t)size;
    for (size_t i = 0; i < size; i++)
        hash = hash * 31 + data[i];
    enum fail_kind kind = load(data, size, 0);
    if (hash % REFUSE_EVERY != 0)
        return;
    enum fail_kind refused = load(data, size, 1 + hash / REFUSE_EVERY % REFUSE_MOST);
    require(refused == kind || refused == FAIL_EXHAUSTED);
}
