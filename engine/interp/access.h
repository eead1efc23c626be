/* access.h - how handlers reach slots, immediates and linear memory.
 *
 * Slots are untyped: an i32 is zero-extended in its slot, of an f32 the upper half is
 * undefined (tier.c and cold.c clear it where slots leave the interpreter). */
#ifndef WX_INTERP_ACCESS_H
#define WX_INTERP_ACCESS_H

#include "base/bugs.h"
#include "interp/cell.h"

typedef struct UNALIGNED {
    uint8_t v;
} mem_u8;
typedef struct UNALIGNED {
    uint16_t v;
} mem_u16;
typedef struct UNALIGNED {
    uint32_t v;
} mem_u32;
typedef struct UNALIGNED {
    uint64_t v;
} mem_u64;
typedef struct UNALIGNED {
    float v;
} mem_f32;
typedef struct UNALIGNED {
    double v;
} mem_f64;
typedef uint64_t u64x2 __attribute__((vector_size(16)));
typedef struct UNALIGNED {
    u64x2 v;
} mem_u64x2;

#define SLOT_AT(type, offset) (((mem_##type *)(void *)((uint8_t *)fp + (offset)))->v)
#define SLOT(type, field)     SLOT_AT(type, pc->field)

/* The one access to memory at ea; volatile, so that it is made as written. */
#define MEMORY(type) (((volatile mem_##type *)(void *)(mem0 + ea))->v)

/* Operand classes S, A, I by signature letter. */
#define GET_S_i(field) SLOT(u32, field)
#define GET_S_l(field) SLOT(u64, field)
#define GET_S_f(field) SLOT(f32, field)
#define GET_S_d(field) SLOT(f64, field)
#define GET_A_i(field) ((uint32_t)acc)
#define GET_A_l(field) acc
#define GET_A_f(field) facc
#define GET_A_d(field) dacc
#define GET_I_i(field) ((uint32_t)pc->imm)
#define GET_I_l(field) pc->imm
#define GET_I_f(field) (((const mem_f32 *)(const void *)&pc->imm)->v)
#define GET_I_d(field) (((const mem_f64 *)(const void *)&pc->imm)->v)

/* Destinations. */
#define PUT_A_i(value) \
    (acc = WX_BUG(S47) ? (uint64_t)(int64_t)(int32_t)(value) : (uint64_t)(value))
#define PUT_A_l(value) (acc = (value))
#define PUT_A_f(value) (facc = (value))
#define PUT_A_d(value) (dacc = (value))
#define PUT_S_i(value) (acc = (value), SLOT(u64, d) = acc)
#define PUT_S_l(value) (acc = (value), SLOT(u64, d) = acc)
#define PUT_S_f(value) (facc = (value), SLOT(f32, d) = facc)
#define PUT_S_d(value) (dacc = (value), SLOT(f64, d) = dacc)

/* C types by signature letter. */
#define TYPE_i uint32_t
#define TYPE_l uint64_t
#define TYPE_f float
#define TYPE_d double

/* Makes pc the cell at a distance from this one. */
#define GO(distance) \
    (pc = (const struct cell *)(const void *)((const uint8_t *)pc + (int32_t)(distance)))
/* Keeps a compiler from making a loop over slots a call of memset or memcpy. */
#define KEEP_LOOP(pointer) __asm__ volatile("" : "+r"(pointer))
#define JUMP()      \
    do {            \
        GO(pc->x);  \
        DISPATCH(); \
    } while (0)
#define BRANCH(condition) \
    do {                  \
        if (condition)    \
            JUMP();       \
        NEXT();           \
    } while (0)

#endif
