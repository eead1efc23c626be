/* emit.h - the binary format's pieces, appended to a byte vector. */
#ifndef WX_FUZZ_EMIT_H
#define WX_FUZZ_EMIT_H

#include "gen/gen.h"
#include <string.h>

static inline void emit_u8(struct gen *g, struct bytes *b, uint32_t byte)
{
    vec_push(g->arena, b, (uint8_t)byte);
}

static inline void emit_u64(struct gen *g, struct bytes *b, uint64_t v)
{
    for (; v >= 0x80; v >>= 7)
        emit_u8(g, b, (uint32_t)(v & 0x7F) | 0x80);
    emit_u8(g, b, (uint32_t)v);
}

static inline void emit_s64(struct gen *g, struct bytes *b, int64_t v)
{
    while (v < -64 || v > 63) {
        emit_u8(g, b, (uint32_t)(v & 0x7F) | 0x80);
        v >>= 7;
    }
    emit_u8(g, b, (uint32_t)(v & 0x7F));
}

/* Little-endian bytes of v. */
static inline void emit_raw(struct gen *g, struct bytes *b, uint64_t v, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        emit_u8(g, b, (uint32_t)(v >> 8 * i) & 0xFF);
}

static inline void emit_type(struct gen *g, struct bytes *b, valtype t)
{
    emit_u8(g, b, t == VT_FUNCREF ? 0x70 : t == VT_EXTERNREF ? 0x6F : t & 0xFF);
}

static inline void emit_op(struct gen_func *f, enum op op)
{
    uint32_t code = op_infos[op].code;
    f->budget--;
    if (code >> 16 != 0) {
        emit_u8(f->g, f->out, code >> 16);
        emit_u64(f->g, f->out, code & 0xFFFF);
    } else {
        emit_u8(f->g, f->out, code);
    }
}

static inline void emit_op_u32(struct gen_func *f, enum op op, uint32_t imm)
{
    emit_op(f, op);
    emit_u64(f->g, f->out, imm);
}

static inline void emit_i32(struct gen_func *f, int32_t v)
{
    emit_op(f, OP_i32_const);
    emit_s64(f->g, f->out, v);
}

static inline void emit_i64(struct gen_func *f, int64_t v)
{
    emit_op(f, OP_i64_const);
    emit_s64(f->g, f->out, v);
}

static inline void emit_bytes(struct gen *g, struct bytes *to, const struct bytes *from)
{
    if (from->len == 0)
        return;
    vec_room(g->arena, to, from->len);
    memcpy(to->at + to->len, from->at, from->len);
    to->len += from->len;
}

/* Appends a section: id, size, content. */
static inline void emit_section(struct gen *g, uint32_t id, const struct bytes *content)
{
    emit_u8(g, &g->out, id);
    emit_u64(g, &g->out, content->len);
    emit_bytes(g, &g->out, content);
}

#endif
