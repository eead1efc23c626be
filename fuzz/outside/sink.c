/* sink.c - see sink.h. */
#include "outside/sink.h"
#include <string.h>

/* Encodings of the binary format.  spec: binary-blocktype, binary-reftype */
enum {
    BLOCK_EMPTY = 0x40,
    TYPE_FUNCREF = 0x70,
    TYPE_EXTERNREF = 0x6F,
    MEMARG_INDEX = 0x40
};

void sink_bytes(struct sink *s, const void *bytes, size_t n)
{
    vec_room(s->arena, s, n);
    if (n != 0)
        memcpy(s->at + s->len, bytes, n);
    s->len += (uint32_t)n;
}

void sink_u(struct sink *s, uint64_t v)
{
    for (; v >= 0x80; v >>= 7)
        sink_u8(s, (uint32_t)(v & 0x7F) | 0x80);
    sink_u8(s, (uint32_t)v);
}

void sink_s(struct sink *s, int64_t v)
{
    for (; v < -64 || v > 63; v >>= 7)
        sink_u8(s, (uint32_t)(v & 0x7F) | 0x80);
    sink_u8(s, (uint32_t)(v & 0x7F));
}

void sink_fixed(struct sink *s, uint64_t v, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        sink_u8(s, (uint32_t)(v >> 8 * i) & 0xFF);
}

void sink_name(struct sink *s, const char *name)
{
    sink_u(s, strlen(name));
    sink_bytes(s, name, strlen(name));
}

void sink_section(struct sink *s, uint32_t id, const struct sink *content)
{
    sink_u8(s, id);
    sink_u(s, content->len);
    sink_bytes(s, content->at, content->len);
}

bool sink_type(struct sink *s, valtype t)
{
    bool known = vt_is_num(t) || t == VT_FUNCREF || t == VT_EXTERNREF;
    sink_u8(s, t == VT_FUNCREF     ? TYPE_FUNCREF
               : t == VT_EXTERNREF ? TYPE_EXTERNREF
                                   : t & 0xFF);
    return known;
}

void sink_op(struct sink *s, enum op op)
{
    uint32_t code = op_infos[op].code;
    if (code >> 16 != 0) {
        sink_u8(s, code >> 16);
        sink_u(s, code & 0xFFFF);
    } else {
        sink_u8(s, code);
    }
}

void sink_op_u(struct sink *s, enum op op, uint64_t imm)
{
    sink_op(s, op);
    sink_u(s, imm);
}

void sink_i32(struct sink *s, int32_t v)
{
    sink_op(s, OP_i32_const);
    sink_s(s, v);
}

void sink_i64(struct sink *s, uint64_t v)
{
    sink_op(s, OP_i64_const);
    sink_s(s, (int64_t)v);
}

void sink_const(struct sink *s, valtype t, uint64_t bits)
{
    switch (t) {
    case VT_I32: sink_i32(s, (int32_t)bits); break;
    case VT_I64: sink_i64(s, bits); break;
    case VT_F32:
        sink_op(s, OP_f32_const);
        sink_fixed(s, bits, 4);
        break;
    case VT_F64:
        sink_op(s, OP_f64_const);
        sink_fixed(s, bits, 8);
        break;
    default:
        sink_op(s, OP_ref_null);
        sink_u8(s, t == VT_FUNCREF ? TYPE_FUNCREF : TYPE_EXTERNREF);
        break;
    }
}

void sink_access(struct sink *s, enum op op, uint32_t memory, uint32_t offset)
{
    uint32_t align = (uint32_t)__builtin_ctz(op_infos[op].width);
    sink_op_u(s, op, memory != 0 ? align | MEMARG_INDEX : align);
    if (memory != 0)
        sink_u(s, memory);
    sink_u(s, offset);
}

void sink_block(struct sink *s, enum op op)
{
    sink_op(s, op);
    sink_u8(s, BLOCK_EMPTY);
}
