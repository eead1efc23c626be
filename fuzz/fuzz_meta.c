/* fuzz_meta.c - a case must do the same after rewrites that do not change what it does. */
#include "engine_flags.h"
#include "meta/meta.h"
#include <stdlib.h>

static struct meta meta;

static void report_and_free(void)
{
    meta_stats(&meta);
    meta_free(&meta);
}

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    if (engine_flags != NULL)
        engine_flags(argc, argv);
    meta_init(&meta);
    return atexit(report_and_free);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (meta_run(&meta, data, size) > META_CANNOT_TELL)
        abort();
    return 0;
}
