/* fail.c - formatting of failures.  See fail.h. */
#include "base/fail.h"
#include <stdarg.h>
#include <stdio.h>

bool fail_at(struct fail *f, enum fail_kind kind, size_t offset, const char *format, ...)
{
    if (f->kind != FAIL_NONE)
        return false;
    f->kind = kind;
    f->offset = offset;
    f->func = FAIL_NO_FUNC;
    va_list args;
    va_start(args, format);
    vsnprintf(f->text, sizeof f->text, format, args);
    va_end(args);
    return false;
}
