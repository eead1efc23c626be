/* answer.h - what an engine answered to an external module, and how two answers compare.
 *
 * Answers travel as text, a line for each function that was called, in order:
 *
 *     step_1() => i64:-5
 *     step_2() => error: integer divide by zero
 *
 * Numbers are decimal, signed or unsigned; other lines mean nothing. */
#ifndef WX_FUZZ_OUTSIDE_ANSWER_H
#define WX_FUZZ_OUTSIDE_ANSWER_H

#include "base/compiler.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ANSWER_MAX_LINES = 72, ANSWER_TEXT = 120 };

enum answer_kind {
    ANSWER_RAN,
    ANSWER_NOT_STARTED, /* the module was rejected, or its start trapped */
    ANSWER_CRASHED,
    ANSWER_HUNG,
    ANSWER_UNAVAILABLE, /* the engine cannot be asked at all */
};

struct answer_line {
    char name[24];
    bool trapped;
    uint64_t value;         /* when it returned */
    char text[ANSWER_TEXT]; /* when it trapped */
};

struct answer {
    enum answer_kind kind;
    char text[ANSWER_TEXT]; /* what the engine said, unless it ran */
    struct answer_line lines[ANSWER_MAX_LINES];
    uint32_t nlines;
};

/* Takes the lines of text[0..len); the kind becomes ANSWER_RAN. */
void answer_parse(struct answer *a, const char *text, size_t len);
/* Adds a line; one more than fit is dropped. */
struct answer_line *answer_add(struct answer *a, const char *name);
void answer_say(struct answer *a, enum answer_kind kind, const char *text);
/* The last decimal number in text. */
bool answer_number(const char *text, size_t len, uint64_t *out);

enum answer_verdict {
    ANSWERS_SAME,
    ANSWERS_DIFFER,
    ANSWERS_CANNOT_TELL, /* an allowed divergence (allowed.def), or nobody to ask */
};

/* Compares line by line; *line is the first that differs, or UINT32_MAX for the kinds.
 * What follows an allowed divergence is not compared. */
enum answer_verdict answer_compare(const struct answer *a, const struct answer *b,
                                   uint32_t *line);

/* Which traps (1 << TRAP_x) a message of some engine can mean; 0: none known. */
uint32_t answer_traps(const char *text);
/* The reason why a message is an allowed divergence, or NULL. */
const char *answer_allowed(const char *text);

#endif
