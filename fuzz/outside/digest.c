/* digest.c - functions of an external module that digest its state: external_emit.h. */
#include "outside/external_emit.h"

enum { CHUNK = 32, WORD = 8, FIRST_PAGE = 65536 };

void external_locals(struct external_maker *x, struct sink *s, uint32_t nparams)
{
    sink_u(s, 2);
    sink_u(s, 2);
    sink_type(s, VT_I64);
    sink_u(s, 1);
    sink_type(s, VT_I32);
    x->digest = nparams;
    x->word = nparams + 1;
    x->flag = nparams + 2;
}

void external_word(struct sink *s, valtype t)
{
    switch (t) {
    case VT_I32: sink_op(s, OP_i64_extend_i32_u); break;
    case VT_I64: break;
    case VT_F32:
        sink_op(s, OP_i32_reinterpret_f32);
        sink_op(s, OP_i64_extend_i32_u);
        break;
    case VT_F64: sink_op(s, OP_i64_reinterpret_f64); break;
    default:
        sink_op(s, OP_ref_is_null);
        sink_op(s, OP_i64_extend_i32_u);
        break;
    }
}

void external_store(struct sink *s, uint64_t seed)
{
    sink_op_u(s, OP_memory_size, 0);
    sink_block(s, OP_if);
    sink_i32(s, (int32_t)(seed % (FIRST_PAGE - WORD)));
    sink_i64(s, seed);
    sink_access(s, OP_i64_store, 0, 0);
    sink_op(s, OP_end);
}

/* (digest, word) -> digest: exclusive or, multiply, shift. */
static uint32_t add_mix(struct external_maker *x)
{
    struct sink s = sink_new(x->g.arena);
    sink_u(&s, 0);
    sink_op_u(&s, OP_local_get, 0);
    sink_op_u(&s, OP_local_get, 1);
    sink_op(&s, OP_i64_xor);
    sink_i64(&s, UINT64_C(0x9E3779B97F4A7C15));
    sink_op(&s, OP_i64_mul);
    sink_op_u(&s, OP_local_tee, 0);
    sink_i64(&s, 29);
    sink_op(&s, OP_i64_shr_u);
    sink_op_u(&s, OP_local_get, 0);
    sink_op(&s, OP_i64_xor);
    sink_op(&s, OP_end);
    return graft_func(&x->g, graft_type(&x->g, "ll_l"), s);
}

/* ---- memories ---------------------------------------------------------------------- */

/* Locals of the digest of memories. */
enum { L_DIGEST, L_WORD, L_AT, L_END };

static void memory_locals(struct sink *s)
{
    sink_u(s, 2);
    sink_u(s, 2);
    sink_type(s, VT_I64);
    sink_u(s, 2);
    sink_type(s, VT_I32);
}

/* digest = mix(digest, the i64 on the stack) */
static void mix_word(struct external_maker *x, struct sink *s)
{
    sink_op_u(s, OP_local_set, L_WORD);
    sink_op_u(s, OP_local_get, L_DIGEST);
    sink_op_u(s, OP_local_get, L_WORD);
    sink_op_u(s, OP_call, x->mix);
    sink_op_u(s, OP_local_set, L_DIGEST);
}

static void load_word(struct sink *s, uint32_t memory, uint32_t offset)
{
    sink_op_u(s, OP_local_get, L_AT);
    sink_access(s, OP_i64_load, memory, offset);
}

/* One chunk: its place and words, unless all are zero. */
static void memory_chunk(struct external_maker *x, struct sink *s, uint32_t memory)
{
    for (uint32_t i = 0; i < CHUNK; i += WORD) {
        load_word(s, memory, i);
        if (i != 0)
            sink_op(s, OP_i64_or);
    }
    sink_i64(s, 0);
    sink_op(s, OP_i64_ne);
    sink_block(s, OP_if);
    sink_op_u(s, OP_local_get, L_AT);
    sink_op(s, OP_i64_extend_i32_u);
    mix_word(x, s);
    for (uint32_t i = 0; i < CHUNK; i += WORD) {
        load_word(s, memory, i);
        mix_word(x, s);
    }
    sink_op(s, OP_end);
}

/* AT goes on by step; the end of the loop and of the block around it. */
static void next_round(struct sink *s, int32_t step)
{
    sink_op_u(s, OP_local_get, L_AT);
    sink_i32(s, step);
    sink_op(s, OP_i32_add);
    sink_op_u(s, OP_local_set, L_AT);
    sink_op_u(s, OP_br, 0);
    sink_op(s, OP_end);
    sink_op(s, OP_end);
}

static void digest_memory(struct external_maker *x, struct sink *s, uint32_t memory)
{
    sink_op_u(s, OP_memory_size, memory);
    sink_op(s, OP_i64_extend_i32_u);
    mix_word(x, s);
    sink_i32(s, 0);
    sink_op_u(s, OP_local_set, L_AT);
    sink_op_u(s, OP_memory_size, memory);
    sink_i32(s, FIRST_PAGE);
    sink_op(s, OP_i32_mul);
    sink_op_u(s, OP_local_set, L_END);
    sink_block(s, OP_block);
    sink_block(s, OP_loop);
    sink_op_u(s, OP_local_get, L_AT);
    sink_op_u(s, OP_local_get, L_END);
    sink_op(s, OP_i32_ge_u);
    sink_op_u(s, OP_br_if, 1);
    memory_chunk(x, s, memory);
    next_round(s, CHUNK);
}

/* ---- tables, globals, host calls --------------------------------------------------- */

static void digest_table(struct external_maker *x, struct sink *s, uint32_t table)
{
    sink_op_u(s, OP_table_size, table);
    sink_op(s, OP_i64_extend_i32_u);
    mix_word(x, s);
    sink_i32(s, 0);
    sink_op_u(s, OP_local_set, L_AT);
    sink_block(s, OP_block);
    sink_block(s, OP_loop);
    sink_op_u(s, OP_local_get, L_AT);
    sink_op_u(s, OP_table_size, table);
    sink_op(s, OP_i32_ge_u);
    sink_op_u(s, OP_br_if, 1);
    sink_op_u(s, OP_local_get, L_AT);
    sink_op_u(s, OP_table_get, table);
    external_word(s, VT_FUNCREF);
    mix_word(x, s);
    next_round(s, 1);
}

static void digest_global(struct external_maker *x, struct sink *s, uint32_t global,
                          valtype t)
{
    sink_op_u(s, OP_global_get, global);
    external_word(s, t);
    mix_word(x, s);
}

static void digest_parts(struct external_maker *x, struct sink *s, enum external_digest d)
{
    const struct module *m = x->g.m;
    switch (d) {
    case DIGEST_MEMORY:
        for (uint32_t i = 0; i < m->nmemories; i++)
            digest_memory(x, s, i);
        break;
    case DIGEST_GLOBALS:
        for (uint32_t i = 0; i < m->nglobals; i++)
            digest_global(x, s, i, m->globals[i].type.type);
        break;
    case DIGEST_TABLES:
        for (uint32_t i = 0; i < m->ntables; i++)
            digest_table(x, s, i);
        break;
    case DIGEST_HOST:
        digest_global(x, s, x->trace, VT_I64);
        digest_global(x, s, x->g.fuel, VT_I32);
        digest_global(x, s, x->g.depth, VT_I32);
        break;
    case EXTERNAL_DIGESTS: break;
    }
}

void external_add_digests(struct external_maker *x)
{
    x->trace = graft_global(&x->g, VT_I64, 1);
    x->mix = add_mix(x);
    for (uint32_t d = 0; d < EXTERNAL_DIGESTS; d++) {
        struct sink s = sink_new(x->g.arena);
        memory_locals(&s);
        digest_parts(x, &s, (enum external_digest)d);
        sink_op_u(&s, OP_local_get, L_DIGEST);
        sink_op(&s, OP_end);
        x->digests[d] = graft_func(&x->g, graft_type(&x->g, "v_l"), s);
    }
}
