/* lane.c - the auditor as a lane of fuzz_diff: looks at compiled code of every lane.
 *
 * Code with junk is three times as long as other code, and lanes with a mask of tiers compile
 * as the others do: of those one module in eight is looked at, by its bytes, so that a
 * finding is one again.  All of them with WX_FUZZ_LANES=all, as CTest replays the corpus. */
#include "audit.h"
#include "runtime/engine.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct {
    struct heap heap;
    struct arena arena;
    struct audit_stats stats;
    bool all;
} lane;

enum { SAMPLE = 8 };

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

static bool is_sampled(const struct module *m)
{
    uint32_t h = 0;
    for (size_t i = 0; i < m->len; i++)
        h = (h ^ m->bytes[i]) * 0x01000193u;
    return (h ^ h >> 16) % SAMPLE == 0;
}

static void check(const struct modcode *code)
{
    struct audit_finding f;
    const struct config *config = &code->engine->config;
    bool seldom = config->policy == POLICY_MASK || config->junk != 0;
    if (seldom && !lane.all && !is_sampled(code->module))
        return;
    if (audit_module(code, &lane.arena, &lane.stats, &f))
        return;
    audit_report(&f);
    violations[f.rule]();
}

audit_hook *audit_lane(void)
{
    const char *wanted = getenv("WX_AUDIT"), *lanes = getenv("WX_FUZZ_LANES");
    if (wanted != NULL && strcmp(wanted, "0") == 0)
        return NULL;
    lane.all = lanes != NULL && strcmp(lanes, "all") == 0;
    arena_init(&lane.arena, &lane.heap);
    return atexit(end) == 0 ? check : NULL;
}
