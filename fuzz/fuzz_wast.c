/* fuzz_wast.c - commands of the official suite in engines of random configuration.
 *
 * The converted suite is in the folder that WX_WAST names, else where the build put it. */
#include "engine_flags.h"
#include "wast/suite.h"
#include <stdlib.h>

static struct suite *suite;

static void report_and_free(void)
{
    suite_stats(suite);
    suite_free(suite);
}

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    const char *folder = getenv("WX_WAST");
    if (engine_flags != NULL)
        engine_flags(argc, argv);
    suite = suite_new(folder != NULL ? folder : WX_WAST_FOLDER);
    if (suite == NULL)
        exit(2);
    return atexit(report_and_free);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!suite_run(suite, data, size))
        abort();
    return 0;
}
