/* fuzz_asm.c - random instructions through the encoder and code memory must be, to Zydis, what
 * was asked for. */
#include "asm/place.h"
#include "engine_flags.h"
#include <stdlib.h>

static struct place *place;

static void report_and_free(void)
{
    place_stats();
    place_free(place);
}

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    if (engine_flags != NULL)
        engine_flags(argc, argv);
    place = place_new();
    if (place == NULL)
        abort();
    return atexit(report_and_free);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!place_run(place, data, size))
        abort();
    return 0;
}
