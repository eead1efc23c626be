/* script.h - runs one converted script, command by command, in this process.
 *
 * Nothing here guards against an engine that crashes or hangs: see worker.h. */
#ifndef WX_SPECTEST_SCRIPT_H
#define WX_SPECTEST_SCRIPT_H

#include "spectest/record.h"
#include "wx.h"
#include <jansson.h>

/* Runs the script in a store of its own.  A text that an assertion expects may end in a place,
 * " @ FUNCTION:OFFSET ...", as far as the backtrace matters, the innermost frame first.  Appends one record per command, in order; when the
 * script cannot be read, one of KIND_SCRIPT. */
void script_run(wx_engine *e, const char *path, struct log *log);

/* Which commands run, and how often: for fuzzing. */
struct script_choice {
    uint32_t (*times)(void *env, size_t command);
    void *env;
};

/* The script's JSON; NULL after a record of KIND_SCRIPT. */
json_t *script_read(const char *path, struct log *log);
/* As script_run, but for the reading; one record each time that a command runs.  choice NULL: all
 * commands once. */
void script_run_some(wx_engine *e, const char *path, const json_t *root,
                     const struct script_choice *choice, struct log *log);

/* Appends a failure, with this reason, of each command after the first ncommands.  The text-level
 * ones keep their verdict. */
void script_fail_rest(const char *path, size_t ncommands, const char *first_reason,
                      const char *reason, struct log *log);

#endif
