/* record.h - what happened to each command of a script, and the log that carries it.
 *
 * A script's log lies in memory that the worker process shares with its parent.  The worker
 * appends one record per command, in order, without a system call; when it dies, what it had
 * found out is still there.  The parent trusts nothing in the log: a dying worker may have
 * written anywhere.
 *
 *     | size line kind status | reason\0 got\0 want\0 |    the texts only when it failed
 *                                                    or cannot be asked */
#ifndef WX_SPECTEST_RECORD_H
#define WX_SPECTEST_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Commands, and what can fail outside of them.  KIND_<name>; passes of a row that is no
 * assertion are not counted. */
#define SPEC_KINDS(X)                                       \
    X(MODULE, "module", false)                              \
    X(REGISTER, "register", false)                          \
    X(ACTION, "action", false)                              \
    X(ASSERT_RETURN, "assert_return", true)                 \
    X(ASSERT_TRAP, "assert_trap", true)                     \
    X(ASSERT_EXHAUSTION, "assert_exhaustion", true)         \
    X(ASSERT_EXCEPTION, "assert_exception", true)           \
    X(ASSERT_INVALID, "assert_invalid", true)               \
    X(ASSERT_MALFORMED, "assert_malformed", true)           \
    X(ASSERT_UNLINKABLE, "assert_unlinkable", true)         \
    X(ASSERT_UNINSTANTIABLE, "assert_uninstantiable", true) \
    X(UNKNOWN, "unknown command", true)                     \
    X(SCRIPT, "script", false)                              \
    X(LEDGER, "ledger", false)

enum kind {
#define SPEC_KIND(name, text, assertion) KIND_##name,
    SPEC_KINDS(SPEC_KIND)
#undef SPEC_KIND
        KIND_COUNT
};

extern const struct kind_info {
    const char *name;
    bool assertion;
} kinds[KIND_COUNT];

/* KIND_UNKNOWN when no command has that name. */
enum kind kind_find(const char *name);

enum verdict {
    VERDICT_PASSED,
    VERDICT_FAILED,
    VERDICT_TEXT,    /* about the text format: judged when the script was converted */
    VERDICT_UNASKED, /* an engine of somebody else cannot be asked (wx spec --engine) */
    VERDICT_COUNT
};

struct record {
    uint32_t line;
    enum kind kind;
    enum verdict verdict;
    const char *reason, *got, *want; /* "" unless failed; reason also when unasked */
};

struct log;

/* A log that a forked child shares.  NULL when memory is refused. */
struct log *log_new(void);
void log_free(struct log *l);
void log_reset(struct log *l);
void log_append(struct log *l, const struct record *r);
/* Reads the record at *cursor (0: the first) and moves on.  false at the end. */
bool log_next(const struct log *l, size_t *cursor, struct record *out);
/* Nothing was lost: cursor, where log_next ended, is the end, and there was always room. */
bool log_intact(const struct log *l, size_t cursor);

/* What the compilers did in this script. */
struct log_stats {
    uint64_t compiled, declined;
};
struct log_stats *log_stats(struct log *l);

#endif
