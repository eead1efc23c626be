/* opcode.h - the enumerations and tables that ops.def and its sister files expand to.
 *
 * An instruction is known inside the engine by its row in ops.def (enum op), never by its
 * binary code; op_decode maps codes to rows. */
#ifndef WX_WASM_OPCODE_H
#define WX_WASM_OPCODE_H

#include <stdbool.h>
#include <stdint.h>

enum op {
#define WX_OP(name, code, text, imm, sig, width, trap, feature) OP_##name,
#include "wasm/ops.def"
    OP_COUNT,
    OP_INVALID = OP_COUNT,
};

enum trap {
#define WX_TRAP(name, text) TRAP_##name,
#include "wasm/traps.def"
    TRAP_COUNT,
};

enum feature {
#define WX_FEATURE(name, text, level, built) FEATURE_##name,
#include "wasm/features.def"
    FEATURE_COUNT,
};

enum limit {
#define WX_LIMIT(name, value, text) LIMIT_##name = (value),
#include "wasm/limits.def"
};

/* The immediates that follow an opcode, in order. */
enum imm {
    IMM_NONE,
    IMM_BLOCK,    /* block type: s33 */
    IMM_LABEL,    /* label index */
    IMM_BR_TABLE, /* vec(label index), label index */
    IMM_FUNC,
    IMM_CALL_INDIRECT, /* type index, table index */
    IMM_SELECT_T,      /* vec(value type) */
    IMM_LOCAL,
    IMM_GLOBAL,
    IMM_TABLE,
    IMM_MEMARG, /* alignment (bit 6: a memory index follows), offset u64 */
    IMM_MEMORY,
    IMM_MEMORY_MEMORY, /* destination, source */
    IMM_DATA_MEMORY,   /* data index, memory index */
    IMM_DATA,
    IMM_ELEM_TABLE, /* elem index, table index */
    IMM_ELEM,
    IMM_TABLE_TABLE, /* destination, source */
    IMM_HEAP_TYPE,   /* s33 */
    IMM_I32,         /* s32 */
    IMM_I64,         /* s64 */
    IMM_F32,         /* 4 bytes */
    IMM_F64,         /* 8 bytes */
    IMM_COUNT,
};

/* What ops.def says of a row.  sig is NULL for HAND rows. */
struct op_info {
    const char *name, *text, *sig;
    uint32_t code;
    uint8_t imm, width, feature;
    uint32_t traps; /* bit set of 1 << TRAP_x */
};

extern const struct op_info op_infos[OP_COUNT];

/* Rows by unprefixed code, and by code behind prefix 0xFC; OP_INVALID where there is
 * none. */
extern const uint16_t op_by_byte[256];
extern const uint16_t op_by_fc[32];

/* The row of prefix << 16 | opcode, or OP_INVALID. */
enum op op_decode(uint32_t code);

extern const char *const trap_texts[TRAP_COUNT];

/* Sets of features are bit sets of 1 << FEATURE_x. */
typedef uint64_t features;
#define FEATURE_BIT(name) (UINT64_C(1) << FEATURE_##name)

extern const struct feature_info {
    const char *text;
    uint8_t level;
    bool built;
    bool loads; /* built, or in part */
} feature_infos[FEATURE_COUNT];

/* The features of the specification up to a version (1, 2, 3; 9: all) that are built. */
features features_of_level(unsigned level);

#endif
