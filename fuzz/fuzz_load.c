/* fuzz_load.c - any bytes through the loader (load.h). */
#include "engine_flags.h"
#include "load.h"

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
    load_check(data, size);
    return 0;
}
