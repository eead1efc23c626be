/* fuzz_api.c - sequences of calls of the embedding API; all must be as the model says. */
#include "api/world.h"
#include "engine_flags.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    if (engine_flags != NULL)
        engine_flags(argc, argv);
    return atexit(world_print_stats);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct world world;
    struct heap heap = { 0 };
    struct arena arena;
    arena_init(&arena, &heap);
    memset(&world, 0, sizeof world);
    world.arena = &arena;
    world_run(&world, data, size);
    arena_free(&arena);
    return 0;
}
