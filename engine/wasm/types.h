/* types.h - value types, heap types, and the engine-wide registry of composite types.
 *
 * A valtype is one word, so that comparing types is comparing words:
 *
 *      31        9  8   7      0
 *     +-----------+---+--------+
 *     | heap type | N |  code  |     N: nullable (references only)
 *     +-----------+---+--------+
 *
 * code is the binary format's byte for numbers and vectors, VT_REF for every reference.
 * A heap type is an abstract one (HEAP_FUNC ...) or HEAP_CONCRETE + a canonical type id.
 * A concrete type is named by its canonical id from the moment it is decoded, so two
 * valtypes of two modules of one engine are the same type exactly when they are the same
 * word.
 *
 * Type identity is canonical per engine by recursion group: equal groups get equal ids.
 * The registry only grows; ids stay valid as long as the engine.  Any thread. */
#ifndef WX_WASM_TYPES_H
#define WX_WASM_TYPES_H

#include "base/arena.h"
#include "base/compiler.h"
#include <stdbool.h>
#include <stdint.h>

typedef uint32_t valtype;

enum {
    VT_BOTTOM = 0x00, /* matches everything: operands of unreachable code */
    VT_I32 = 0x7F,
    VT_I64 = 0x7E,
    VT_F32 = 0x7D,
    VT_F64 = 0x7C,
    VT_V128 = 0x7B,
    VT_REF = 0x64,
    VT_NULLABLE = 0x100,
};

enum heap_type {
    HEAP_FUNC,
    HEAP_EXTERN,
    HEAP_ANY,
    HEAP_EQ,
    HEAP_I31,
    HEAP_STRUCT,
    HEAP_ARRAY,
    HEAP_EXN,
    HEAP_NONE,
    HEAP_NOFUNC,
    HEAP_NOEXTERN,
    HEAP_NOEXN,
    HEAP_CONCRETE = 16,
};

#define VT_REF_OF(heap, nullable) \
    ((valtype)((uint32_t)(heap) << 9 | ((nullable) ? VT_NULLABLE : 0) | VT_REF))
#define VT_FUNCREF   VT_REF_OF(HEAP_FUNC, true)
#define VT_EXTERNREF VT_REF_OF(HEAP_EXTERN, true)

/* The type that a letter of a signature in ops.def stands for, or VT_BOTTOM.  Addresses are those
 * of 32-bit memories. */
static ALWAYS_INLINE valtype vt_of_letter(char c)
{
    switch (c) {
    case 'i':
    case 'a': return VT_I32;
    case 'l': return VT_I64;
    case 'f': return VT_F32;
    case 'd': return VT_F64;
    default: return VT_BOTTOM;
    }
}

static inline bool vt_is_ref(valtype t) { return (t & 0xFF) == VT_REF; }
static inline bool vt_is_nullable(valtype t) { return (t & VT_NULLABLE) != 0; }
static inline uint32_t vt_heap(valtype t) { return t >> 9; }
static inline bool vt_is_num(valtype t) { return (t & 0xFF) >= VT_F64 && !vt_is_ref(t); }
static inline bool vt_is_float(valtype t) { return t == VT_F32 || t == VT_F64; }
/* 8-byte slots a value takes. */
static inline uint32_t vt_slots(valtype t) { return t == VT_V128 ? 2 : 1; }

/* The text format's name, "i32", "funcref", "(ref null 3)"; written to buf when
 * composed. */
const char *vt_name(valtype t, char buf[32]);

enum comp_kind { COMP_FUNC, COMP_STRUCT, COMP_ARRAY };

/* A field of a struct or array type; a function type uses type alone. */
struct field {
    valtype type;
    uint8_t packed_bytes; /* 1, 2 for i8, i16; else 0 */
    bool mutable_;
};

/* A canonical type.  Immutable once registered. */
struct type {
    uint32_t id; /* canonical id, also compared by call_indirect */
    enum comp_kind kind;
    bool final;
    uint32_t super;          /* canonical id, or NO_TYPE */
    uint32_t depth;          /* number of supertypes */
    const uint32_t *display; /* ids of the supertypes, outermost first; [depth] == id */
    /* COMP_FUNC: */
    uint32_t nparams, nresults;
    const valtype *params, *results;
    uint32_t param_slots, result_slots;
    /* COMP_STRUCT, COMP_ARRAY: */
    uint32_t nfields;
    const struct field *fields;
};

#define NO_TYPE UINT32_MAX

struct type_registry;

struct type_registry *types_new(struct heap *h); /* NULL when memory is exhausted */
void types_free(struct type_registry *r);

/* The canonical final function type without a declared supertype, in a group of its own.
 * NULL when memory is exhausted. */
const struct type *types_func(struct type_registry *r, const valtype *params,
                              uint32_t nparams, const valtype *results, uint32_t nresults);

/* Canonicalises a recursion group.  defs[i] gives kind, final, super and the fields of
 * its kind; id, depth, display and slots are computed.  Within defs, TYPE_LOCAL + i as
 * an id (in super, or behind HEAP_CONCRETE in a valtype) names member i of the group;
 * any other id is canonical. Members must be declared behind their supertypes.  Returns
 * the n members, with consecutive ids, or NULL when memory or ids are exhausted. */
enum { TYPE_LOCAL = 1 << 22 };
const struct type *types_group(struct type_registry *r, const struct type *defs,
                               uint32_t n);

/* The type of a canonical id. */
const struct type *types_get(struct type_registry *r, uint32_t id);

/* spec: match-heaptype, match-reftype, match-valtype.  sub <= super? */
bool types_match(struct type_registry *r, valtype sub, valtype super);

#endif
