/* code.h - reading a validated function body.
 *
 * These trust the bytes: validation has checked every encoding and index. */
#ifndef WX_WASM_CODE_H
#define WX_WASM_CODE_H

#include "base/compiler.h"
#include "wasm/opcode.h"
#include <string.h>

static inline uint32_t code_u32(const uint8_t **p)
{
    uint32_t value = *(*p)++;
    if (LIKELY(value < 0x80))
        return value;
    value &= 0x7F;
    for (uint32_t shift = 7;; shift += 7) {
        uint32_t byte = *(*p)++;
        value |= (byte & 0x7F) << shift;
        if (byte < 0x80)
            return value;
    }
}

static inline uint64_t code_u64(const uint8_t **p)
{
    uint64_t value = *(*p)++;
    if (LIKELY(value < 0x80))
        return value;
    value &= 0x7F;
    for (uint32_t shift = 7;; shift += 7) {
        uint64_t byte = *(*p)++;
        value |= (byte & 0x7F) << shift;
        if (byte < 0x80)
            return value;
    }
}

/* The integer whose first byte, not the last one, said `value`. */
static inline int64_t code_s64_more(const uint8_t **p, uint64_t value)
{
    for (uint32_t shift = 7;;) {
        uint64_t byte = *(*p)++;
        value |= (byte & 0x7F) << shift;
        shift += 7;
        if (byte >= 0x80)
            continue;
        if (shift < 64 && (byte & 0x40) != 0)
            value |= UINT64_MAX << shift;
        return (int64_t)value;
    }
}

static inline int64_t code_s64(const uint8_t **p)
{
    uint64_t byte = *(*p)++;
    if (LIKELY(byte < 0x80))
        return (int64_t)(byte ^ 0x40) - 0x40;
    return code_s64_more(p, byte & 0x7F);
}

static inline int32_t code_s32(const uint8_t **p) { return (int32_t)code_s64(p); }

static inline uint32_t code_f32(const uint8_t **p)
{
    uint32_t bits;
    memcpy(&bits, *p, sizeof bits);
    *p += sizeof bits;
    return bits;
}

static inline uint64_t code_f64(const uint8_t **p)
{
    uint64_t bits;
    memcpy(&bits, *p, sizeof bits);
    *p += sizeof bits;
    return bits;
}

/* Reads an opcode, prefix included. */
static inline enum op code_op(const uint8_t **p)
{
    uint8_t byte = *(*p)++;
    if (LIKELY(byte < 0xFB))
        return (enum op)op_by_byte[byte];
    return op_decode((uint32_t)byte << 16 | code_u32(p));
}

struct memarg {
    uint32_t align_log2, memory;
    uint64_t offset;
};

static inline struct memarg code_memarg(const uint8_t **p)
{
    struct memarg m = { .align_log2 = code_u32(p) };
    if (m.align_log2 & 0x40) {
        m.align_log2 &= 0x3F;
        m.memory = code_u32(p);
    }
    m.offset = code_u64(p);
    return m;
}

#endif
