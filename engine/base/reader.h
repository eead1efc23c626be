/* reader.h - reads untrusted bytes; the first error sticks.
 *
 * A reader never reads beyond its end.  The first read that cannot be satisfied, or any
 * reader_fail, records a FAIL_MALFORMED with its offset in *fail and empties the reader:
 * all later reads return zeros and record nothing.  So a decoder may run on and check
 * once. Integers are LEB128 in its strict form: at most ceil(bits / 7) bytes, unused
 * bits equal to the sign (signed) or zero (unsigned).  One that runs over the end is
 * judged as an integer first, as the official suite expects.
 *
 * Readers nest: reader_sub carves the next bytes off as a reader of its own, with the
 * same origin of offsets and the same fail. */
#ifndef WX_BASE_READER_H
#define WX_BASE_READER_H

#include "base/compiler.h"
#include "base/fail.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct reader {
    const uint8_t *p, *end; /* next byte, one past the last */
    const uint8_t *start;   /* offset 0 */
    const uint8_t *last;    /* end of the outermost reader */
    struct fail *fail;
};

void reader_init(struct reader *r, const uint8_t *bytes, size_t len, struct fail *f);

static inline size_t reader_left(const struct reader *r) { return (size_t)(r->end - r->p); }
static inline size_t reader_offset(const struct reader *r, const uint8_t *at)
{
    return (size_t)(at - r->start);
}

/* Records a malformed input at `at` (unless there was a failure before) and empties r. */
void reader_fail(struct reader *r, const uint8_t *at, const char *format, ...) PRINTF(3, 4);
/* The same for bytes that are missing at `at`. */
COLD void reader_fail_end(struct reader *r, const uint8_t *at);

COLD uint8_t reader_byte_missing(struct reader *r);
uint32_t reader_u32_long(struct reader *r);
uint64_t reader_u64(struct reader *r);
int32_t reader_s32_long(struct reader *r);
int64_t reader_s33_long(struct reader *r);
int64_t reader_s64_long(struct reader *r);

static inline uint8_t reader_byte(struct reader *r)
{
    return LIKELY(r->p < r->end) ? *r->p++ : reader_byte_missing(r);
}

static inline uint32_t reader_u32(struct reader *r)
{
    return LIKELY(r->p < r->end && *r->p < 0x80) ? *r->p++ : reader_u32_long(r);
}

/* The value of a one-byte signed LEB128. */
static inline int32_t reader_sign7(uint8_t byte) { return (int32_t)(byte ^ 0x40) - 0x40; }

static inline int32_t reader_s32(struct reader *r)
{
    return LIKELY(r->p < r->end && *r->p < 0x80) ? reader_sign7(*r->p++)
                                                 : reader_s32_long(r);
}

static inline int64_t reader_s33(struct reader *r)
{
    return LIKELY(r->p < r->end && *r->p < 0x80) ? reader_sign7(*r->p++)
                                                 : reader_s33_long(r);
}

static inline int64_t reader_s64(struct reader *r)
{
    return LIKELY(r->p < r->end && *r->p < 0x80) ? reader_sign7(*r->p++)
                                                 : reader_s64_long(r);
}

/* The next n bytes, or NULL. */
const uint8_t *reader_bytes(struct reader *r, size_t n);

/* A reader over the next n bytes, which r skips.  n must not exceed reader_left. */
struct reader reader_sub(struct reader *r, size_t n);

#endif
