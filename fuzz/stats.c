/* stats.c - what a campaign has done, as text on stderr: a line now and then, the table at the
 * end and on SIGUSR1.  See oracle.h. */
#include "oracle.h"
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { LOOK_EVERY = 64 };

#define STATUS_SECONDS 30.0

static struct {
    const struct oracle *oracle;
    bool quiet;
    double period, begun, last; /* seconds */
    uint64_t executions;        /* at the last line, */
    uint32_t reached;           /* and operations that had run */
} campaign;

static volatile sig_atomic_t asked;

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double percent(uint64_t part, uint64_t whole)
{
    return whole == 0 ? 0 : 100.0 * (double)part / (double)whole;
}

/* Cases that are valid and can be linked. */
static uint64_t runnable(const struct oracle_stats *s)
{
    return s->generated + s->raw - s->invalid - s->unlinkable - s->generated_invalid;
}

/* ---- the table ----------------------------------------------------------------------------- */

static void print_verdicts(const struct oracle_stats *s)
{
    fprintf(stderr,
            "executions %" PRIu64 ": no case %" PRIu64 ", generated %" PRIu64
            " (valid %.2f %%), modules as they are %" PRIu64 "\n",
            s->executions, s->no_case, s->generated,
            percent(s->generated - s->generated_invalid, s->generated), s->raw);
    fprintf(stderr,
            "compared to the end %.2f %% of %" PRIu64
            " valid, linkable cases; mismatches %" PRIu64 "\n",
            percent(s->compared, runnable(s)), runnable(s), s->different);
    fprintf(stderr,
            "cannot tell: %.3f %% of generated cases; invalid %" PRIu64
            ", unlinkable %" PRIu64 ", no memory %" PRIu64 "\n",
            percent(s->generated_unsure, s->generated), s->invalid, s->unlinkable,
            s->unavailable);
}

static void print_runs(const struct oracle *o)
{
    const struct oracle_stats *s = &o->stats;
    uint64_t cases = runnable(s);
    fprintf(stderr,
            "instructions a module %u in the median; steps %" PRIu64 ", host calls %" PRIu64
            ", loops entered %" PRIu64
            "; of the cases: exhausted %.2f %%, deterministic %.2f %%, in both tiers at "
            "once %.2f %%\n",
            ops_median(&o->ops), s->steps, s->host_calls, s->loops_entered,
            percent(s->exhausted, cases), percent(s->deterministic, cases),
            percent(s->mixed, cases));
    fprintf(stderr, "processor: all of it %.1f %%, some %.1f %%, x86-64-v2 %.1f %%\n",
            percent(s->cpu_all, cases), percent(s->cpu_some, cases),
            percent(s->cpu_floor, cases));
    fprintf(stderr, "traps:");
    for (uint32_t t = 0; t < TRAP_COUNT; t++)
        if (s->traps[t] != 0)
            fprintf(stderr, " %s %" PRIu64 ";", trap_texts[t], s->traps[t]);
    fprintf(stderr, "\n");
}

static void print_lanes(const struct oracle_stats *s)
{
    fprintf(stderr, "%-28s %12s %10s\n", "lane", "runs", "of cases");
    for (uint32_t i = 0; i < LANE_COUNT; i++)
        fprintf(stderr, "%-28s %12" PRIu64 " %8.2f %%\n", lane_name((enum lane)i),
                s->lanes[i], percent(s->lanes[i], runnable(s)));
    fprintf(stderr, "background: code was ready in time in %.1f %% of %" PRIu64 " runs\n",
            percent(s->later_mixed, s->later), s->later);
}

void stats_print(const struct oracle *o)
{
    print_verdicts(&o->stats);
    print_runs(o);
    print_lanes(&o->stats);
    ops_print(&o->ops, !campaign.quiet);
}

/* ---- while running ------------------------------------------------------------------------- */

static void ask(int signal)
{
    (void)signal;
    asked = 1;
}

/* Seconds between two lines. */
static double period_wanted(void)
{
    const char *text = getenv("WX_FUZZ_STATUS");
    return text != NULL ? strtod(text, NULL) : STATUS_SECONDS;
}

void stats_begin(const struct oracle *o)
{
    struct sigaction action = { .sa_handler = ask, .sa_flags = SA_RESTART };
    campaign.oracle = o;
    campaign.quiet = getenv("WX_FUZZ_QUIET") != NULL;
    campaign.period = campaign.quiet ? 0 : period_wanted();
    campaign.begun = campaign.last = seconds();
    sigaction(SIGUSR1, &action, NULL);
}

static void print_line(double now)
{
    const struct oracle *o = campaign.oracle;
    const struct oracle_stats *s = &o->stats;
    fprintf(stderr,
            "wx %.0f s: %" PRIu64 " executions, %.0f/s, compared %.2f %%, cannot tell "
            "%.3f %%, both tiers %.0f %%, operations %u of %u (%u new",
            now - campaign.begun, s->executions,
            (double)(s->executions - campaign.executions) / (now - campaign.last),
            percent(s->compared, runnable(s)), percent(s->generated_unsure, s->generated),
            percent(s->mixed, runnable(s)), o->ops.reached, OP_COUNT,
            o->ops.reached - campaign.reached);
    if (o->ops.reached != campaign.reached)
        fprintf(stderr, ", %s", op_infos[o->ops.newest].text);
    fprintf(stderr, ")\n");
    campaign.last = now;
    campaign.executions = s->executions;
    campaign.reached = o->ops.reached;
}

void stats_tick(void)
{
    if (asked) {
        asked = 0;
        stats_print(campaign.oracle);
    }
    if (campaign.period <= 0 || campaign.oracle->stats.executions % LOOK_EVERY != 0)
        return;
    double now = seconds();
    if (now - campaign.last >= campaign.period)
        print_line(now);
}
