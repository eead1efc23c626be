/* lane.c - the auditor as a lane of fuzz_diff: looks at all code of the baseline lanes. */
#include "audit.h"
#include "runtime/engine.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct {
    struct heap heap;
    struct arena arena;
    struct audit_stats stats;
} lane;

/* One function per rule, so that it stands on the stack of the crash. */
#define WX_AUDIT_RULE(name, text) \
    NOINLINE NORETURN static void fuzz_audit_violation_##name(void) { abort(); }
#include "audit/rules.def"

static void (*const violations[AUDIT_RULE_COUNT])(void) = {
    [AUDIT_OK] = abort,
#define WX_AUDIT_RULE(name, text) [AUDIT_##name] = fuzz_audit_violation_##name,
#include "audit/rules.def"
};

static void end(void)
{
    fprintf(stderr, "audited: %llu functions, %llu instructions\n",
            (unsigned long long)lane.stats.functions,
            (unsigned long long)lane.stats.instructions);
    arena_free(&lane.arena);
}

/* Lanes that compile only some functions compile those alike, tiered ones with entries at loops;
 * code with junk in it writes where no other does. */
static void check(const struct modcode *code)
{
    struct audit_finding f;
    const struct config *config = &code->engine->config;
    if (config->policy == POLICY_MASK || config->junk != 0 ||
        audit_module(code, &lane.arena, &lane.stats, &f))
        return;
    audit_report(&f);
    violations[f.rule]();
}

audit_hook *audit_lane(void)
{
    const char *wanted = getenv("WX_AUDIT");
    if (wanted != NULL && strcmp(wanted, "0") == 0)
        return NULL;
    arena_init(&lane.arena, &lane.heap);
    return atexit(end) == 0 ? check : NULL;
}
