/* opcode.c - the tables that ops.def and its sister files expand to.  See opcode.h. */
#include "wasm/opcode.h"
#include <stddef.h>

/* ops.def names traps by their bare names, joined by |: here each name is its bit. */
enum {
#define WX_TRAP(name, text) name = 1 << TRAP_##name,
#include "wasm/traps.def"
};

/* The text of a signature; NULL for HAND, which alone expands to two arguments. */
#define PROBE_HAND           ~, NULL
#define SECOND(first, ...)   SECOND_OF(first, __VA_ARGS__)
#define SECOND_OF(a, b, ...) b
#define SIG_TEXT(sig)        SECOND(PROBE_##sig, #sig, 0)

const struct op_info op_infos[OP_COUNT] = {
#define WX_OP(name, code, text, imm, sig, width, trap, feature)                   \
    [OP_##name] = {                                                               \
        #name,     text,    SIG_TEXT(sig),     (code),                            \
        IMM_##imm, (width), FEATURE_##feature, (uint32_t)(trap) & ~(uint32_t)NONE \
    },
#include "wasm/ops.def"
};

/* A table is first filled with OP_INVALID, then each row overrides its entry.  Rows that
 * belong elsewhere override the last entry with OP_INVALID; no opcode has that number. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverride-init"

const uint16_t op_by_byte[256] = {
    [0 ... 255] = OP_INVALID,
#define WX_OP(name, code, text, imm, sig, width, trap, feature) \
    [(code) < 256 ? (code) : 255] = (code) < 256 ? OP_##name : OP_INVALID,
#include "wasm/ops.def"
};

const uint16_t op_by_fc[32] = {
    [0 ... 31] = OP_INVALID,
#define WX_OP(name, code, text, imm, sig, width, trap, feature) \
    [(code) >> 16 == 0xFC ? (code)&0xFF : 31] =                 \
        (code) >> 16 == 0xFC ? OP_##name : OP_INVALID,
#include "wasm/ops.def"
};

#pragma GCC diagnostic pop

enum op op_decode(uint32_t code)
{
    uint32_t low = code & 0xFFFF;
    if (code < 256)
        return (enum op)op_by_byte[code];
    if (code >> 16 == 0xFC && low < 32)
        return (enum op)op_by_fc[low];
    return OP_INVALID;
}

const char *const trap_texts[TRAP_COUNT] = {
#define WX_TRAP(name, text) [TRAP_##name] = (text),
#include "wasm/traps.def"
};

const struct feature_info feature_infos[FEATURE_COUNT] = {
#define WX_FEATURE(name, text, level, built) \
    [FEATURE_##name] = { text, (level), (built) == 1, (built) != 0 },
#include "wasm/features.def"
};

features features_of_level(unsigned level)
{
    features set = 0;
    for (unsigned i = 0; i < FEATURE_COUNT; i++)
        if (feature_infos[i].built && (feature_infos[i].level <= level))
            set |= UINT64_C(1) << i;
    return set;
}
