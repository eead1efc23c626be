/* ledger.h - the list of failures that are expected.
 *
 * A line is "script.wast:LINE reason"; empty lines and lines that begin with # are ignored.  An
 * entry covers all failures of that line.  Every entry needs its reason. */
#ifndef WX_SPECTEST_LEDGER_H
#define WX_SPECTEST_LEDGER_H

#include "tools/wx/list.h"
#include <stdbool.h>
#include <stdint.h>

struct ledger_entry {
    char *script; /* "linking.wast" */
    uint32_t line;
    bool seen;   /* the line has an assertion */
    bool failed; /* which failed, as expected */
};

struct ledger {
    LIST(struct ledger_entry) entries;
};

/* false after a message on stderr. */
bool ledger_read(struct ledger *l, const char *path);
void ledger_free(struct ledger *l);

/* The entry of a line, or NULL. */
struct ledger_entry *ledger_find(struct ledger *l, const char *script, uint32_t line);

#endif
