/* skim.c - the encoding of instructions, without their meaning.
 *
 * Opcodes, immediates whose encoding depends on features, and a walk over instructions
 * that only asks whether they are well formed: it serves code behind the first invalid
 * instruction. spec: binary-instr */
#include "wasm/decode.h"

/* ---- opcodes ------------------------------------------------------------------------- */

static enum op illegal(struct decoder *d, struct reader *r, const uint8_t *at,
                       enum op disabled)
{
    if (disabled != OP_INVALID)
        decode_needs(d, (enum feature)op_infos[disabled].feature, at, "illegal opcode",
                     op_infos[disabled].text);
    r->p = r->end;
    return OP_INVALID;
}

enum { FIRST_PREFIX = 0xFB, LAST_PREFIX = 0xFE, PREFIX_FC = 0xFC };

enum op decode_rare_op(struct decoder *d, struct reader *r, const uint8_t *at, uint8_t byte)
{
    if (byte < FIRST_PREFIX || byte > LAST_PREFIX) {
        enum op disabled = op_decode(byte);
        if (disabled == OP_INVALID)
            reader_fail(r, at, "illegal opcode %02x", byte);
        return illegal(d, r, at, disabled);
    }
    uint32_t low = reader_u32(r);
    if (byte == PREFIX_FC && low < COUNT(d->fc_ops) && d->fc_ops[low] != OP_INVALID)
        return (enum op)d->fc_ops[low];
    enum op disabled = low > 0xFFFF ? OP_INVALID : op_decode((uint32_t)byte << 16 | low);
    if (disabled == OP_INVALID)
        reader_fail(r, at, "illegal opcode %02x %02x", byte, low);
    return illegal(d, r, at, disabled);
}

/* ---- immediates ---------------------------------------------------------------------- */

/* Bit 6 of the alignment: a memory index follows. */
enum { MEMARG_INDEX = 0x40, MEMARG_LAST = 0x7F };

/* spec: binary-memarg */
struct memarg_bytes decode_memarg(struct decoder *d, struct reader *r)
{
    const uint8_t *at = r->p;
    struct memarg_bytes m = { .align_log2 = reader_u32(r) };
    if (d->enabled & FEATURE_BIT(MULTI_MEMORY)) {
        if (m.align_log2 > MEMARG_LAST)
            reader_fail(r, at, "malformed memop flags: 0x%x", m.align_log2);
        if (m.align_log2 & MEMARG_INDEX) {
            m.align_log2 &= ~(uint32_t)MEMARG_INDEX;
            m.memory = reader_u32(r);
        }
    }
    m.offset = d->enabled & FEATURE_BIT(MEMORY64) ? reader_u64(r) : reader_u32(r);
    return m;
}

/* An index that was a zero byte before `f`. */
static uint32_t index_or_zero(struct decoder *d, struct reader *r, enum feature f)
{
    if (d->enabled >> f & 1)
        return reader_u32(r);
    const uint8_t *at = r->p;
    if (reader_byte(r) != 0)
        reader_fail(r, at, "zero byte expected: another index requires feature %s",
                    feature_infos[f].text);
    return 0;
}

uint32_t decode_memory_index(struct decoder *d, struct reader *r)
{
    return index_or_zero(d, r, FEATURE_MULTI_MEMORY);
}

uint32_t decode_table_index(struct decoder *d, struct reader *r)
{
    return index_or_zero(d, r, FEATURE_REFERENCE_TYPES);
}

uint32_t decode_data_index(struct decoder *d, struct reader *r)
{
    if (!d->m->has_data_count && d->data_index == NULL)
        d->data_index = r->p;
    return reader_u32(r);
}

/* spec: binary-blocktype */
struct block_type decode_block_type(struct decoder *d, struct reader *r)
{
    const uint8_t *at = r->p;
    int64_t code = reader_s33(r);
    if (code >= 0)
        return (struct block_type){ .indexed = true, .index = (uint32_t)code };
    if (code == -0x40)
        return (struct block_type){ .result = VT_BOTTOM };
    r->p = r->fail->kind == FAIL_NONE ? at : r->end;
    return (struct block_type){ .result = decode_valtype(d, r) };
}

/* ---- the walk ------------------------------------------------------------------------ */

static void skip_labels(struct reader *r)
{
    uint32_t n = reader_u32(r);
    if (n > reader_left(r))
        reader_fail_end(r, r->end);
    for (uint64_t i = 0; i <= n && r->fail->kind == FAIL_NONE; i++)
        reader_u32(r);
}

static void skip_valtypes(struct decoder *d, struct reader *r)
{
    uint32_t n = reader_u32(r);
    if (n > reader_left(r))
        reader_fail_end(r, r->end);
    for (uint32_t i = 0; i < n && r->fail->kind == FAIL_NONE; i++)
        decode_valtype(d, r);
}

static void skip_immediates(struct decoder *d, struct reader *r, enum imm imm)
{
    switch (imm) {
    case IMM_NONE:
    case IMM_COUNT: break;
    case IMM_BLOCK: decode_block_type(d, r); break;
    case IMM_BR_TABLE: skip_labels(r); break;
    case IMM_SELECT_T: skip_valtypes(d, r); break;
    case IMM_HEAP_TYPE: decode_heaptype(d, r); break;
    case IMM_MEMARG: decode_memarg(d, r); break;
    case IMM_I32: reader_s32(r); break;
    case IMM_I64: reader_s64(r); break;
    case IMM_F32: reader_bytes(r, 4); break;
    case IMM_F64: reader_bytes(r, 8); break;
    case IMM_MEMORY: decode_memory_index(d, r); break;
    case IMM_DATA: decode_data_index(d, r); break;
    case IMM_CALL_INDIRECT:
        reader_u32(r);
        decode_table_index(d, r);
        break;
    case IMM_MEMORY_MEMORY:
        decode_memory_index(d, r);
        decode_memory_index(d, r);
        break;
    case IMM_DATA_MEMORY:
        decode_data_index(d, r);
        decode_memory_index(d, r);
        break;
    case IMM_ELEM_TABLE:
        reader_u32(r);
        decode_table_index(d, r);
        break;
    case IMM_TABLE_TABLE:
        decode_table_index(d, r);
        decode_table_index(d, r);
        break;
    case IMM_LABEL:
    case IMM_FUNC:
    case IMM_LOCAL:
    case IMM_GLOBAL:
    case IMM_TABLE:
    case IMM_ELEM: reader_u32(r); break;
    }
}

void decode_skim(struct decoder *d, struct reader *r, uint32_t depth)
{
    while (depth != 0 && decode_ok(d)) {
        if (r->p == r->end && r != &d->r) {
            decode_missing_end(d, r);
            return;
        }
        enum op op = decode_op(d, r);
        if (op == OP_INVALID)
            return;
        if (op == OP_block || op == OP_loop || op == OP_if)
            depth++;
        if (op == OP_end)
            depth--;
        skip_immediates(d, r, (enum imm)op_infos[op].imm);
    }
}

void decode_skim_body(struct decoder *d, struct reader *r, uint32_t depth)
{
    decode_skim(d, r, depth);
    if (decode_ok(d) && r->p != r->end)
        reader_fail(r, r->p, "section size mismatch: %zu bytes behind the function's end",
                    reader_left(r));
}
