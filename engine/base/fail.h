/* fail.h - the description of a failed operation: what, why and where.
 *
 * The first failure wins: later ones are ignored, so that a decoder can run on and check once. */
#ifndef WX_BASE_FAIL_H
#define WX_BASE_FAIL_H

#include "base/compiler.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum fail_kind {
    FAIL_NONE,
    FAIL_MALFORMED,  /* the bytes are not a module */
    FAIL_INVALID,    /* well formed, does not validate */
    FAIL_UNLINKABLE, /* an import is missing or mistyped */
    FAIL_TRAP,       /* execution trapped (a start function or an active segment) */
    FAIL_EXCEPTION,  /* an exception left the outermost Wasm call */
    FAIL_EXHAUSTED,  /* memory, stack, fuel or an implementation limit */
    FAIL_USAGE,      /* the embedder called the API wrongly */
};

#define FAIL_NO_OFFSET SIZE_MAX
#define FAIL_NO_FUNC   UINT32_MAX

struct fail {
    enum fail_kind kind;
    uint32_t func;  /* function index, or FAIL_NO_FUNC */
    size_t offset;  /* bytes from the start of the module, or FAIL_NO_OFFSET */
    char text[256]; /* one line; begins with the official suite's text if it has one */
};

/* Records a failure unless there is one already.  Always returns false. */
bool fail_at(struct fail *f, enum fail_kind kind, size_t offset, const char *format, ...)
    PRINTF(4, 5);

#endif
