/* worker.h - runs scripts in a process of their own.
 *
 * One worker runs script after script.  When it dies, or a script takes longer than its limit,
 * the command that it was at fails with what happened, those after it in that script fail too,
 * and a new worker goes on with the next script. */
#ifndef WX_SPECTEST_WORKER_H
#define WX_SPECTEST_WORKER_H

#include "spectest/record.h"
#include "wx.h"

struct worker_job {
    const char *const *paths; /* of scripts */
    size_t n;
    const wx_config *config;
    uint64_t
        junk; /* not 0: a seed for junk in what is undefined, and recycled memory is filled */
    uint64_t timeout_seconds; /* of one script */
    /* Called in this process for each script, in order, with its whole log. */
    void (*done)(void *env, size_t index, struct log *log);
    void *env;
};

/* false after a message when no worker can be started. */
bool worker_run(const struct worker_job *job);

#endif
