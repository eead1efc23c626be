/* float.h - IEEE 754 arithmetic on bits, for both formats at once.
 *
 * No C float, no instruction of the processor: what a compiler or a control register makes
 * of floats does not matter here.  Rounding is to nearest, ties to even; denormals are
 * kept.
 *
 * NaN: the first NaN operand, quieted, is the result; a NaN that comes from other
 * operands is x86's default one, negative and quiet without payload. */
#ifndef WX_REF_FLOAT_H
#define WX_REF_FLOAT_H

#include "wasm/opcode.h"
#include <stdbool.h>
#include <stdint.h>

/* A binary format: bits of the exponent and of the fraction. */
struct format {
    unsigned exponent, fraction;
};
#define FLOAT_F32 ((struct format){ 8, 23 })
#define FLOAT_F64 ((struct format){ 11, 52 })

enum rounding { ROUND_UP, ROUND_DOWN, ROUND_TO_ZERO, ROUND_NEAREST };

uint64_t float_abs(struct format f, uint64_t a);
uint64_t float_neg(struct format f, uint64_t a);
uint64_t float_copysign(struct format f, uint64_t a, uint64_t b);

uint64_t float_add(struct format f, uint64_t a, uint64_t b);
uint64_t float_sub(struct format f, uint64_t a, uint64_t b);
uint64_t float_mul(struct format f, uint64_t a, uint64_t b);
uint64_t float_div(struct format f, uint64_t a, uint64_t b);
uint64_t float_sqrt(struct format f, uint64_t a);
uint64_t float_min(struct format f, uint64_t a, uint64_t b);
uint64_t float_max(struct format f, uint64_t a, uint64_t b);
uint64_t float_round(struct format f, uint64_t a, enum rounding how);

uint64_t float_eq(struct format f, uint64_t a, uint64_t b);
uint64_t float_lt(struct format f, uint64_t a, uint64_t b);
uint64_t float_le(struct format f, uint64_t a, uint64_t b);

/* From one format to another. */
uint64_t float_convert(struct format from, uint64_t a, struct format to);
/* From an integer of w bits. */
uint64_t float_of_int(unsigned w, bool is_signed, uint64_t a, struct format to);
/* To an integer of w bits, towards zero; TRAP_CONVERSION, TRAP_INT_OVERFLOW, and then *r is
 * what saturation makes of it. */
enum trap float_to_int(struct format f, uint64_t a, unsigned w, bool is_signed,
                       uint64_t *r);

#endif
