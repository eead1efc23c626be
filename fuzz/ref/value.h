/* value.h - a value that knows its type.
 *
 * The stack of the reference evaluator is the specification's: values and labels in one
 * sequence.  A number narrower than 64 bits has zeros above it; a v128 would use both
 * words. */
#ifndef WX_REF_VALUE_H
#define WX_REF_VALUE_H

#include "wasm/types.h"

/* Not a value type: a label.  block is its index in func_info.blocks, outer the address
 * of the label around it, 0 for the body's. */
enum { TYPE_LABEL = 0x01 };

struct value {
    valtype type;
    uint32_t block;
    union {
        uint64_t bits[2];
        struct value *outer;
    };
};

#endif
