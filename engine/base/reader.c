/* reader.c - bounds-checked reading of untrusted bytes.  See reader.h. */
#include "base/reader.h"
#include "base/bugs.h"
#include <stdarg.h>
#include <stdio.h>

void reader_init(struct reader *r, const uint8_t *bytes, size_t len, struct fail *f)
{
    *r = (struct reader){
        .p = bytes, .end = bytes + len, .start = bytes, .last = bytes + len, .fail = f
    };
}

void reader_fail(struct reader *r, const uint8_t *at, const char *format, ...)
{
    char text[sizeof r->fail->text];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    fail_at(r->fail, FAIL_MALFORMED, reader_offset(r, at), "%s", text);
    r->p = r->end;
}

void reader_fail_end(struct reader *r, const uint8_t *at)
{
    reader_fail(r, at, "unexpected end of section or function");
}

uint8_t reader_byte_missing(struct reader *r)
{
    reader_fail_end(r, r->p);
    return 0;
}

/* Ends the reading of an integer whose bytes reached up to p: its value, or 0. */
static uint64_t end_integer(struct reader *r, const uint8_t *p, uint64_t value)
{
    if (p > r->end) {
        reader_fail_end(r, r->end);
        return 0;
    }
    r->p = p;
    return value;
}

/* The last byte of an integer has unused bits that are wrong, or asks for one more. */
static uint64_t bad_integer(struct reader *r, uint8_t byte)
{
    reader_fail(r, r->p,
                byte >= 0x80 ? "integer representation too long" : "integer too large");
    return 0;
}

static uint64_t read_unsigned(struct reader *r, unsigned bits)
{
    const uint8_t *p = r->p;
    uint64_t value = 0;
    for (unsigned shift = 0; r->p < r->end && p < r->last; shift += 7) {
        uint8_t byte = *p++;
        value |= (uint64_t)(byte & 0x7F) << shift;
        bool last = bits - shift <= 7;
        if (last && byte >> (bits - shift) != 0 && !(WX_BUG(X29) && byte < 0x80))
            return bad_integer(r, byte);
        if (byte < 0x80)
            return end_integer(r, p, value);
    }
    reader_fail_end(r, r->end);
    return 0;
}

/* The unused bits of the last byte repeat the sign. */
static int64_t read_signed(struct reader *r, unsigned bits)
{
    const uint8_t *p = r->p;
    uint64_t value = 0;
    for (unsigned shift = 0; r->p < r->end && p < r->last; shift += 7) {
        uint8_t byte = *p++;
        int32_t group = reader_sign7(byte & 0x7F);
        bool last = bits - shift <= 7;
        int32_t sign = last ? group >> (bits - shift - 1) : 0;
        if (last && (byte >= 0x80 || (sign != 0 && sign != -1)))
            return (int64_t)bad_integer(r, byte);
        if (byte < 0x80)
            return (int64_t)end_integer(r, p, value | (uint64_t)(int64_t)group << shift);
        value |= (uint64_t)(byte & 0x7F) << shift;
    }
    reader_fail_end(r, r->end);
    return 0;
}

uint32_t reader_u32_long(struct reader *r) { return (uint32_t)read_unsigned(r, 32); }

uint64_t reader_u64(struct reader *r) { return read_unsigned(r, 64); }

int32_t reader_s32_long(struct reader *r) { return (int32_t)read_signed(r, 32); }

int64_t reader_s33_long(struct reader *r) { return read_signed(r, 33); }

int64_t reader_s64_long(struct reader *r) { return read_signed(r, 64); }

const uint8_t *reader_bytes(struct reader *r, size_t n)
{
    if (n > reader_left(r)) {
        reader_fail_end(r, r->end);
        return NULL;
    }
    r->p += n;
    return r->p - n;
}

struct reader reader_sub(struct reader *r, size_t n)
{
    struct reader sub = *r;
    r->p += n;
    sub.end = r->p;
    return sub;
}
