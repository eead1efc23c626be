/* report.c - the counts of a run and how they are told. */
#include "spectest/report.h"
#include "tools/wx/value.h"
#include <errno.h>
#include <jansson.h>
#include <string.h>

enum { CLOSING_KINDS_WIDTH = 22 };

/* Passes and failures of one script. */
struct tally {
    uint64_t passed, failed;
};

static uint64_t total(const struct report *r, enum verdict verdict)
{
    uint64_t n = 0;
    for (int k = 0; k < KIND_COUNT; k++)
        n += r->counts[k][verdict];
    return n;
}

/* ---- progress ------------------------------------------------------------------------------- */

static void show_progress(const struct report *r, const char *name, size_t index)
{
    if (!r->progress)
        return;
    fflush(stdout);
    fprintf(stderr, "\r\033[K[%zu/%zu] %s", index + 1, r->nscripts, name);
    fflush(stderr);
}

static void clear_progress(const struct report *r)
{
    if (r->progress)
        fprintf(stderr, "\r\033[K");
}

/* ---- JSON ----------------------------------------------------------------------------------- */

/* Text that may not be UTF-8, because it was cut. */
static json_t *json_text(const char *text)
{
    json_t *s = json_string(text);
    if (s)
        return s;
    struct text escaped;
    text_clear(&escaped);
    text_add_name(&escaped, (wx_name){ text, strlen(text) });
    return json_string(escaped.at);
}

static void write_json(struct report *r, const char *script, const struct record *record)
{
    static const char *const verdicts[] = { "passed", "failed", "text", "unasked" };
    if (!r->json)
        return;
    json_t *o =
        json_pack("{s:s, s:i, s:s, s:s}", "script", script, "line", (int)record->line,
                  "kind", kinds[record->kind].name, "status", verdicts[record->verdict]);
    if (record->verdict == VERDICT_UNASKED)
        json_object_set_new(o, "reason", json_text(record->reason));
    if (record->verdict == VERDICT_FAILED) {
        json_object_set_new(o, "reason", json_text(record->reason));
        json_object_set_new(o, "got", json_text(record->got));
        json_object_set_new(o, "want", json_text(record->want));
    }
    fputs(r->nrecords++ ? ",\n" : "\n", r->json);
    json_dumpf(o, r->json, JSON_COMPACT);
    json_decref(o);
}

static bool close_json(struct report *r)
{
    if (!r->json)
        return true;
    fprintf(r->json, "\n],\n\"passed\": %llu, \"failed\": %llu, \"text\": %llu}\n",
            (unsigned long long)total(r, VERDICT_PASSED),
            (unsigned long long)total(r, VERDICT_FAILED),
            (unsigned long long)total(r, VERDICT_TEXT));
    bool ok = !ferror(r->json);
    ok = fclose(r->json) == 0 && ok;
    r->json = NULL;
    if (!ok)
        fprintf(stderr, "wx spec: cannot write the JSON file\n");
    return ok;
}

bool report_open(struct report *r, const char *json_path)
{
    if (!json_path)
        return true;
    r->json = fopen(json_path, "we");
    if (!r->json) {
        fprintf(stderr, "wx spec: cannot write %s: %s\n", json_path, strerror(errno));
        return false;
    }
    fputs("{\"records\": [", r->json);
    return true;
}

/* ---- records -------------------------------------------------------------------------------- */

static void print_failure(const struct report *r, const char *script,
                          const struct record *record, bool expected)
{
    clear_progress(r);
    printf("%s:%u: %s%s: %s", script, record->line, expected ? "expected failure: " : "",
           kinds[record->kind].name, record->reason);
    if (*record->got || *record->want)
        printf(": want %s, got %s", record->want, record->got);
    printf("\n");
}

static void add_failure(struct report *r, const char *script, const struct record *record)
{
    struct ledger_entry *e =
        r->ledger ? ledger_find(r->ledger, script, record->line) : NULL;
    if (e) {
        e->failed = true;
        r->expected++;
    }
    if (!e || !r->failures_only)
        print_failure(r, script, record, e != NULL);
}

static void mark_seen(struct report *r, const char *script, const struct record *record)
{
    struct ledger_entry *e =
        r->ledger ? ledger_find(r->ledger, script, record->line) : NULL;
    if (e)
        e->seen = true;
}

static void add_unasked(struct report *r, const char *reason)
{
    size_t i = 0;
    while (i < REPORT_MAX_REASONS - 1 && r->unasked[i].n != 0 &&
           strcmp(r->unasked[i].text, reason) != 0)
        i++;
    snprintf(r->unasked[i].text, sizeof r->unasked[i].text, "%s", reason);
    r->unasked[i].n++;
}

static void add_record(struct report *r, const char *script, const struct record *record,
                       struct tally *tally)
{
    bool failed = record->verdict == VERDICT_FAILED;
    mark_seen(r, script, record);
    if (!failed && record->verdict != VERDICT_UNASKED && !kinds[record->kind].assertion)
        return;
    r->counts[record->kind][record->verdict]++;
    tally->failed += failed;
    tally->passed += record->verdict == VERDICT_PASSED;
    if (failed)
        add_failure(r, script, record);
    if (record->verdict == VERDICT_UNASKED)
        add_unasked(r, record->reason);
    write_json(r, script, record);
}

/* The entries of a script that has been run and did not fail where they say. */
static void check_ledger(struct report *r, const char *script, struct tally *tally)
{
    for (size_t i = 0; r->ledger && i < r->ledger->entries.len; i++) {
        const struct ledger_entry *e = &r->ledger->entries.at[i];
        if (e->failed || strcmp(e->script, script) != 0)
            continue;
        struct record record = { e->line, KIND_LEDGER, VERDICT_FAILED, "", "", "" };
        record.reason = e->seen ? "unexpected pass: remove it from the ledger"
                                : "listed in the ledger, but nothing is at this line";
        r->counts[KIND_LEDGER][VERDICT_FAILED]++;
        tally->failed++;
        print_failure(r, script, &record, false);
        write_json(r, script, &record);
    }
}

void report_script(struct report *r, const char *name, size_t index, struct log *log)
{
    struct text script;
    struct tally tally = { 0 };
    struct record record;
    size_t cursor = 0;
    text_clear(&script);
    text_add(&script, "%s.wast", name);
    while (log_next(log, &cursor, &record))
        add_record(r, script.at, &record, &tally);
    if (!log_intact(log, cursor)) {
        record =
            (struct record){ 0, KIND_SCRIPT, VERDICT_FAILED, "records were lost", "", "" };
        add_record(r, script.at, &record, &tally);
    }
    check_ledger(r, script.at, &tally);
    r->compiled += log_stats(log)->compiled;
    r->declined += log_stats(log)->declined;
    clear_progress(r);
    if (!r->failures_only)
        printf("%s: %llu passed, %llu failed\n", script.at,
               (unsigned long long)tally.passed, (unsigned long long)tally.failed);
    show_progress(r, script.at, index);
}

/* ---- the end -------------------------------------------------------------------------------- */

static void print_table(const struct report *r)
{
    bool unasked = total(r, VERDICT_UNASKED) > 0;
    printf("\n%-*s  %7s  %7s  %7s%s\n", CLOSING_KINDS_WIDTH, "kind", "passed", "failed",
           "text", unasked ? "  cannot be asked" : "");
    for (int k = 0; k < KIND_COUNT; k++) {
        const uint64_t *n = r->counts[k];
        if (!n[VERDICT_PASSED] && !n[VERDICT_FAILED] && !n[VERDICT_TEXT] &&
            !n[VERDICT_UNASKED])
            continue;
        printf("%-*s  %7llu  %7llu  %7llu", CLOSING_KINDS_WIDTH, kinds[k].name,
               (unsigned long long)n[VERDICT_PASSED], (unsigned long long)n[VERDICT_FAILED],
               (unsigned long long)n[VERDICT_TEXT]);
        if (unasked)
            printf("  %15llu", (unsigned long long)n[VERDICT_UNASKED]);
        printf("\n");
    }
}

static void print_unasked(const struct report *r)
{
    for (size_t i = 0; i < REPORT_MAX_REASONS && r->unasked[i].n != 0; i++)
        printf("cannot be asked: %llu, %s\n", (unsigned long long)r->unasked[i].n,
               r->unasked[i].text);
}

bool report_close(struct report *r, bool compiles, double seconds)
{
    clear_progress(r);
    print_table(r);
    printf("\n%zu scripts in %.3f s\n", r->nscripts, seconds);
    if (compiles)
        printf("functions compiled %llu, declined %llu\n", (unsigned long long)r->compiled,
               (unsigned long long)r->declined);
    if (r->ledger)
        printf("%llu failures expected by the ledger\n", (unsigned long long)r->expected);
    printf("%llu text-level assertions, judged by wast2json\n",
           (unsigned long long)total(r, VERDICT_TEXT));
    print_unasked(r);
    printf("%llu passed, %llu failed", (unsigned long long)total(r, VERDICT_PASSED),
           (unsigned long long)total(r, VERDICT_FAILED));
    if (total(r, VERDICT_UNASKED) > 0)
        printf(", %llu cannot be asked", (unsigned long long)total(r, VERDICT_UNASKED));
    printf("\n");
    return close_json(r);
}

bool report_good(const struct report *r) { return total(r, VERDICT_FAILED) == r->expected; }
