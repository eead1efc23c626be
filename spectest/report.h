/* report.h - counts what happened, prints it, writes the JSON records.
 *
 * Expected failures are failures, counted apart; an entry of the ledger that did not fail is a
 * failure of kind "ledger".  So a good run without a ledger ends with "N passed, 0 failed". */
#ifndef WX_SPECTEST_REPORT_H
#define WX_SPECTEST_REPORT_H

#include "spectest/ledger.h"
#include "spectest/record.h"
#include <stdio.h>

enum { REPORT_MAX_REASONS = 16 };

struct report {
    struct ledger *ledger; /* may be NULL */
    FILE *json;            /* may be NULL */
    bool failures_only;
    bool progress; /* on stderr, a terminal */
    size_t nscripts;

    uint64_t counts[KIND_COUNT][VERDICT_COUNT];
    struct {
        char text[64];
        uint64_t n;
    } unasked[REPORT_MAX_REASONS]; /* why commands cannot be asked; those that fit */
    uint64_t expected;             /* of the failures */
    uint64_t compiled, declined;
    uint64_t nrecords; /* written to json */
};

/* Before the first script, the path of the JSON file may be NULL.  false after a message. */
bool report_open(struct report *r, const char *json_path);
/* Takes the log of script number index, whose name is "i32". */
void report_script(struct report *r, const char *name, size_t index, struct log *log);
/* Prints the table and the closing line.  false when the JSON file could not be written. */
bool report_close(struct report *r, bool compiles, double seconds);
/* Did everything match the ledger? */
bool report_good(const struct report *r);

#endif
