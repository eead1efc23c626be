/* sink.h - the binary format's pieces, appended to bytes in an arena.
 *
 * Instructions are named by their rows of ops.def.  Exhaustion as arena_alloc. */
#ifndef WX_FUZZ_OUTSIDE_SINK_H
#define WX_FUZZ_OUTSIDE_SINK_H

#include "base/vec.h"
#include "wasm/opcode.h"
#include "wasm/types.h"

struct sink {
    struct arena *arena;
    uint8_t *at;
    uint32_t len, cap;
};

static inline struct sink sink_new(struct arena *a) { return (struct sink){ .arena = a }; }

static inline void sink_u8(struct sink *s, uint32_t byte)
{
    vec_push(s->arena, s, (uint8_t)byte);
}

void sink_bytes(struct sink *s, const void *bytes, size_t n);
/* LEB128, unsigned and signed. */
void sink_u(struct sink *s, uint64_t v);
void sink_s(struct sink *s, int64_t v);
/* n little-endian bytes of v. */
void sink_fixed(struct sink *s, uint64_t v, unsigned n);
/* A vector of bytes: length and content. */
void sink_name(struct sink *s, const char *name);
/* id, size, content. */
void sink_section(struct sink *s, uint32_t id, const struct sink *content);
/* The binary format's type; false: a type without a one-byte form. */
bool sink_type(struct sink *s, valtype t);

void sink_op(struct sink *s, enum op op);
void sink_op_u(struct sink *s, enum op op, uint64_t imm);
void sink_i32(struct sink *s, int32_t v);
void sink_i64(struct sink *s, uint64_t v);
/* A constant of type t from its bits; a null reference for reference types. */
void sink_const(struct sink *s, valtype t, uint64_t bits);
/* A load or store with natural alignment at offset. */
void sink_access(struct sink *s, enum op op, uint32_t memory, uint32_t offset);
/* block, loop or if without parameters and results. */
void sink_block(struct sink *s, enum op op);

#endif
