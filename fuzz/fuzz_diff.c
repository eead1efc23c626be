/* fuzz_diff.c - the main target: a case must do the same in every lane. */
#include "audit.h"
#include "engine_flags.h"
#include "finding.h"
#include "oracle.h"
#include "outside/hook.h"
#include <stdlib.h>

static struct oracle oracle;

static void report_and_free(void)
{
    stats_print(&oracle);
    outside_hook_end();
    oracle_free(&oracle);
}

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    if (engine_flags != NULL)
        engine_flags(argc, argv);
    finding_begin(*argc, *argv, engine_flags != NULL);
    oracle_init(&oracle);
    oracle.audit = audit_lane();
    oracle.no_claims = &engine_changes_bytes != NULL;
    outside_hook_begin();
    stats_begin(&oracle);
    return atexit(report_and_free);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct finding finding;
    enum verdict verdict = oracle_run(&oracle, data, size, &finding);
    if (verdict == VERDICT_SAME)
        outside_hook_same(data, size);
    if (verdict != VERDICT_DIFFERENT) {
        stats_tick();
        return 0;
    }
    report_finding(&finding);
    outside_hook_vote(&oracle, data, size, &finding);
    finding_write(&finding, data, size);
    report_abort(&finding);
}
