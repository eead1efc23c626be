/* idioms.c - the shapes that compilers and people make, with constants and sizes from the DNA.
 *
 * Each idiom is self-contained: it makes its own locals, keeps its addresses inside the least
 * memory, ends after a bounded number of rounds, and leaves a value for gen_consume. */
#include "gen/emit.h"

enum { IDIOM_LOCALS = 4, ROUNDS = 12 };

/* An idiom's code and locals. */
struct idiom {
    struct gen_func *f;
    struct dna *d;
    uint32_t local[IDIOM_LOCALS];
};

static void op(struct idiom *m, enum op code) { emit_op(m->f, code); }
static void i32(struct idiom *m, uint32_t v) { emit_i32(m->f, (int32_t)v); }
static void i64(struct idiom *m, uint64_t v) { emit_i64(m->f, (int64_t)v); }
static void get(struct idiom *m, int k) { emit_op_u32(m->f, OP_local_get, m->local[k]); }
static void set(struct idiom *m, int k) { emit_op_u32(m->f, OP_local_set, m->local[k]); }
static void tee(struct idiom *m, int k) { emit_op_u32(m->f, OP_local_tee, m->local[k]); }
static void branch(struct idiom *m, enum op code, uint32_t n)
{
    emit_op_u32(m->f, code, n);
}
static void value(struct idiom *m, valtype t) { gen_expr(m->f, m->d, t, 1); }

static void begin(struct idiom *m, enum op code)
{
    emit_op(m->f, code);
    emit_u8(m->f->g, m->f->out, 0x40);
    gen_push_label(m->f, NULL, 0, code == OP_loop);
}

static void end(struct idiom *m)
{
    m->f->nlabels--;
    emit_op(m->f, OP_end);
}

static void access(struct idiom *m, enum op code, uint32_t offset)
{
    emit_op(m->f, code);
    gen_memarg(m->f, m->d, code, offset);
}

/* local k += by; while (local k != to) go on: the end of a loop. */
static void step_until(struct idiom *m, int k, uint32_t by, uint32_t to)
{
    get(m, k);
    i32(m, by);
    op(m, OP_i32_add);
    tee(m, k);
    i32(m, to);
    op(m, dna_chance(m->d, 128) ? OP_i32_ne : OP_i32_lt_u);
    branch(m, OP_br_if, 0);
}

/* ---- memory -------------------------------------------------------------------------------- */

/* for (i = 0; i != n; i += w) m[i + dst] = m[i + src]; */
static void idiom_copy(struct idiom *m)
{
    static const struct {
        enum op load, store;
        uint8_t width;
    } forms[] = { { OP_i32_load8_u, OP_i32_store8, 1 },
                  { OP_i32_load, OP_i32_store, 4 },
                  { OP_i64_load, OP_i64_store, 8 },
                  { OP_f64_load, OP_f64_store, 8 },
                  { OP_i32_load16_s, OP_i32_store16, 2 } };
    uint32_t k = dna_below(m->d, COUNT(forms)), n = 1 + dna_below(m->d, ROUNDS);
    i32(m, 0);
    set(m, 0);
    begin(m, OP_loop);
    get(m, 0);
    get(m, 0);
    access(m, forms[k].load, dna_below(m->d, 300));
    access(m, forms[k].store, dna_below(m->d, 300));
    step_until(m, 0, forms[k].width, n * forms[k].width);
    end(m);
    get(m, 0);
}

/* h = (h ^ m[i]) * prime, over bytes */
static void idiom_hash(struct idiom *m)
{
    static const uint32_t primes[] = { 0x01000193, 33, 31, 0x9E3779B1 };
    uint32_t n = 1 + dna_below(m->d, ROUNDS),
             prime = primes[dna_below(m->d, COUNT(primes))];
    value(m, VT_I32);
    set(m, 1);
    i32(m, 0);
    set(m, 0);
    begin(m, OP_loop);
    get(m, 1);
    get(m, 0);
    access(m, dna_chance(m->d, 64) ? OP_i32_load8_s : OP_i32_load8_u, 16);
    op(m, dna_chance(m->d, 128) ? OP_i32_xor : OP_i32_add);
    i32(m, prime);
    op(m, OP_i32_mul);
    set(m, 1);
    step_until(m, 0, 1, n);
    end(m);
    get(m, 1);
}

/* Fields of several types at one base: read, change, write. */
static void idiom_record(struct idiom *m)
{
    uint32_t offset = dna_below(m->d, 200);
    value(m, VT_I32);
    i32(m, 0x3FF8);
    op(m, OP_i32_and);
    set(m, 0);
    get(m, 0);
    get(m, 0);
    access(m, OP_i32_load, offset);
    gen_const(m->f, m->d, VT_I32);
    op(m, OP_i32_add);
    access(m, OP_i32_store, offset);
    get(m, 0);
    get(m, 0);
    access(m, OP_f64_load, offset + 8);
    get(m, 0);
    access(m, OP_f32_load, offset + 4);
    op(m, OP_f64_promote_f32);
    op(m, OP_f64_add);
    access(m, OP_f64_store, offset + 8);
    get(m, 0);
    get(m, 0);
    access(m, OP_i64_load16_s, offset + 2);
    access(m, OP_i64_store32, offset + 4);
    get(m, 0);
    access(m, OP_i32_load8_s, offset);
}

/* p = m[p & mask], some rounds: a list. */
static void idiom_list(struct idiom *m)
{
    uint32_t n = 1 + dna_below(m->d, ROUNDS);
    value(m, VT_I32);
    set(m, 1);
    i32(m, 0);
    set(m, 0);
    begin(m, OP_loop);
    get(m, 1);
    i32(m, 0x7C);
    op(m, OP_i32_and);
    access(m, OP_i32_load, 8);
    set(m, 1);
    step_until(m, 0, 1, n);
    end(m);
    get(m, 1);
}

/* while (m[i] != 0 && i < n) i++ */
static void idiom_scan(struct idiom *m)
{
    i32(m, 0);
    set(m, 0);
    begin(m, OP_block);
    begin(m, OP_loop);
    get(m, 0);
    access(m, OP_i32_load8_u, 40);
    op(m, OP_i32_eqz);
    branch(m, OP_br_if, 1);
    get(m, 0);
    i32(m, 1);
    op(m, OP_i32_add);
    tee(m, 0);
    i32(m, 1 + dna_below(m->d, 2 * ROUNDS));
    op(m, OP_i32_lt_s);
    branch(m, OP_br_if, 0);
    end(m);
    end(m);
    get(m, 0);
}

/* if (m[i] > m[i + 4]) swap them, along an array */
static void idiom_sort(struct idiom *m)
{
    uint32_t n = 1 + dna_below(m->d, ROUNDS), at = dna_below(m->d, 64);
    i32(m, 0);
    set(m, 0);
    begin(m, OP_loop);
    get(m, 0);
    access(m, OP_i32_load, at);
    tee(m, 1);
    get(m, 0);
    access(m, OP_i32_load, at + 4);
    tee(m, 2);
    op(m, dna_chance(m->d, 128) ? OP_i32_gt_s : OP_i32_gt_u);
    begin(m, OP_if);
    get(m, 0);
    get(m, 2);
    access(m, OP_i32_store, at);
    get(m, 0);
    get(m, 1);
    access(m, OP_i32_store, at + 4);
    end(m);
    step_until(m, 0, 4, 4 * n);
    end(m);
    get(m, 2);
}

/* ---- control ------------------------------------------------------------------------------- */

/* One instruction of the interpreter: acc = acc op constant. */
static void interpreter_case(struct idiom *m, uint32_t to_loop)
{
    static const enum op ops[] = { OP_i32_add, OP_i32_sub,  OP_i32_mul, OP_i32_xor,
                                   OP_i32_shl, OP_i32_rotl, OP_i32_and, OP_i32_shr_s };
    get(m, 1);
    gen_const(m->f, m->d, VT_I32);
    op(m, ops[dna_below(m->d, COUNT(ops))]);
    set(m, 1);
    branch(m, OP_br, to_loop);
}

/* A loop that reads opcodes, from memory or out of a constant, and switches over them. */
static void idiom_interpreter(struct idiom *m)
{
    uint32_t n = 2 + dna_below(m->d, 5);
    struct gen_func *f = m->f;
    i32(m, 2 + dna_below(m->d, ROUNDS));
    set(m, 0);
    begin(m, OP_block);
    begin(m, OP_loop);
    get(m, 0);
    op(m, OP_i32_eqz);
    branch(m, OP_br_if, 1);
    get(m, 0);
    i32(m, 1);
    op(m, OP_i32_sub);
    set(m, 0);
    for (uint32_t k = 0; k <= n; k++)
        begin(m, OP_block);
    get(m, 0);
    if (f->g->has_memory && f->g->memory_min > 0 && gen_on(f->g, CLASS_LOAD))
        access(m, OP_i32_load8_u, 16);
    i32(m, dna_chance(m->d, 128) ? 7 : 15);
    op(m, OP_i32_and);
    branch(m, OP_br_table, n);
    for (uint32_t k = 0; k <= n; k++)
        emit_u64(f->g, f->out, k);
    for (uint32_t k = 0; k <= n; k++) {
        end(m);
        interpreter_case(m, n - k);
    }
    end(m);
    end(m);
    get(m, 1);
}

/* gcd: while (b) (a, b) = (b, a % b), at most some rounds */
static void idiom_gcd(struct idiom *m)
{
    value(m, VT_I32);
    set(m, 0);
    value(m, VT_I32);
    set(m, 1);
    i32(m, ROUNDS);
    set(m, 2);
    begin(m, OP_block);
    begin(m, OP_loop);
    get(m, 1);
    op(m, OP_i32_eqz);
    branch(m, OP_br_if, 1);
    get(m, 0);
    get(m, 1);
    op(m, dna_chance(m->d, 128) ? OP_i32_rem_u : OP_i32_rem_s);
    get(m, 1);
    set(m, 0);
    set(m, 1);
    get(m, 2);
    i32(m, 1);
    op(m, OP_i32_sub);
    tee(m, 2);
    branch(m, OP_br_if, 0);
    end(m);
    end(m);
    get(m, 0);
}

/* A sum of products in floats, two loops deep. */
static void idiom_matrix(struct idiom *m)
{
    uint32_t n = 1 + dna_below(m->d, 4);
    int32_t sum = gen_new_local(m->f, VT_F64);
    if (sum < 0)
        return i32(m, 0);
    i32(m, 0);
    set(m, 0);
    begin(m, OP_loop);
    i32(m, 0);
    set(m, 1);
    begin(m, OP_loop);
    emit_op_u32(m->f, OP_local_get, (uint32_t)sum);
    get(m, 0);
    op(m, OP_f64_convert_i32_s);
    get(m, 1);
    op(m, OP_f64_convert_i32_u);
    value(m, VT_F64);
    op(m, OP_f64_mul);
    op(m, OP_f64_sub);
    op(m, dna_chance(m->d, 128) ? OP_f64_add : OP_f64_max);
    emit_op_u32(m->f, OP_local_set, (uint32_t)sum);
    step_until(m, 1, 1, n);
    end(m);
    step_until(m, 0, 1, n);
    end(m);
    emit_op_u32(m->f, OP_local_get, (uint32_t)sum);
    op(m, OP_i64_reinterpret_f64);
    op(m, OP_i32_wrap_i64);
}

/* ---- arithmetic ---------------------------------------------------------------------------- */

/* a < b ? a : b, then clamped by a constant, with select or if */
static void idiom_clamp(struct idiom *m)
{
    value(m, VT_I32);
    tee(m, 0);
    value(m, VT_I32);
    tee(m, 1);
    get(m, 0);
    get(m, 1);
    op(m, (enum op)(OP_i32_lt_s + dna_below(m->d, OP_i32_ge_u - OP_i32_lt_s + 1)));
    op(m, OP_select);
    tee(m, 2);
    gen_const(m->f, m->d, VT_I32);
    get(m, 2);
    i32(m, 31);
    op(m, OP_i32_shr_s);
    op(m, OP_select);
}

/* Bytes reversed by shifts and masks. */
static void idiom_bswap(struct idiom *m)
{
    value(m, VT_I32);
    set(m, 0);
    get(m, 0);
    i32(m, 24);
    op(m, OP_i32_shl);
    get(m, 0);
    i32(m, 0xFF00);
    op(m, OP_i32_and);
    i32(m, 8);
    op(m, OP_i32_shl);
    op(m, OP_i32_or);
    get(m, 0);
    i32(m, 8);
    op(m, OP_i32_shr_u);
    i32(m, 0xFF00);
    op(m, OP_i32_and);
    op(m, OP_i32_or);
    get(m, 0);
    i32(m, 24);
    op(m, dna_chance(m->d, 64) ? OP_i32_shr_s : OP_i32_shr_u);
    op(m, OP_i32_or);
}

/* The high half of a 64-bit product and a carry, as 128-bit arithmetic does. */
static void idiom_wide(struct idiom *m)
{
    int32_t a = gen_new_local(m->f, VT_I64);
    if (a < 0)
        return i32(m, 0);
    value(m, VT_I64);
    emit_op_u32(m->f, OP_local_tee, (uint32_t)a);
    i64(m, 32);
    op(m, OP_i64_shr_u);
    emit_op_u32(m->f, OP_local_get, (uint32_t)a);
    i64(m, 0xFFFFFFFF);
    op(m, OP_i64_and);
    op(m, OP_i64_mul);
    emit_op_u32(m->f, OP_local_get, (uint32_t)a);
    op(m, OP_i64_add);
    emit_op_u32(m->f, OP_local_get, (uint32_t)a);
    op(m, OP_i64_lt_u);
    emit_op_u32(m->f, OP_local_get, (uint32_t)a);
    i64(m, dna_below(m->d, 64));
    op(m, OP_i64_shr_s);
    op(m, OP_i32_wrap_i64);
    op(m, OP_i32_add);
}

/* Sign extension by two shifts, a bit field by shift and mask. */
static void idiom_bits(struct idiom *m)
{
    uint32_t by = dna_chance(m->d, 128) ? 24 : dna_below(m->d, 34);
    value(m, VT_I32);
    tee(m, 0);
    i32(m, by);
    op(m, OP_i32_shl);
    i32(m, by);
    op(m, dna_chance(m->d, 170) ? OP_i32_shr_s : OP_i32_shr_u);
    get(m, 0);
    i32(m, dna_below(m->d, 32));
    op(m, OP_i32_shr_u);
    i32(m, (1u << dna_below(m->d, 32)) - 1);
    op(m, OP_i32_and);
    op(m, OP_i32_xor);
}

/* ---- the choice ---------------------------------------------------------------------------- */

/* What an idiom is made of; it is left out when the case switches one of them off. */
enum needs { NEEDS_LOAD = 1, NEEDS_STORE = 2, NEEDS_LOOP = 4, NEEDS_BRANCH = 8 };

static const struct {
    void (*make)(struct idiom *m);
    uint32_t needs;
} idioms[] = {
    { idiom_bits, 0 },
    { idiom_clamp, 0 },
    { idiom_bswap, 0 },
    { idiom_wide, 0 },
    { idiom_copy, NEEDS_LOAD | NEEDS_STORE | NEEDS_LOOP },
    { idiom_hash, NEEDS_LOAD | NEEDS_LOOP },
    { idiom_record, NEEDS_LOAD | NEEDS_STORE },
    { idiom_list, NEEDS_LOAD | NEEDS_LOOP },
    { idiom_scan, NEEDS_LOAD | NEEDS_LOOP },
    { idiom_sort, NEEDS_LOAD | NEEDS_STORE | NEEDS_LOOP },
    { idiom_interpreter, NEEDS_LOOP | NEEDS_BRANCH },
    { idiom_gcd, NEEDS_LOOP },
    { idiom_matrix, NEEDS_LOOP },
};

static bool is_possible(const struct gen_func *f, uint32_t needs)
{
    const struct gen *g = f->g;
    bool memory = g->has_memory && g->memory_min > 0;
    return !((needs & NEEDS_LOAD && !(memory && gen_on(g, CLASS_LOAD))) ||
             (needs & NEEDS_STORE && !(memory && gen_on(g, CLASS_STORE))) ||
             (needs & NEEDS_LOOP && !gen_on(g, CLASS_LOOP)) ||
             (needs & NEEDS_BRANCH && !gen_on(g, CLASS_BRANCH)));
}

bool gen_state_idiom(struct gen_func *f, struct dna *d, uint32_t depth)
{
    (void)depth;
    struct idiom m = { .f = f, .d = d };
    uint32_t k = dna_below(d, COUNT(idioms));
    if (!is_possible(f, idioms[k].needs) || f->nlabels + 10 > GEN_MAX_LABELS)
        return false;
    for (uint32_t i = 0; i < IDIOM_LOCALS; i++) {
        int32_t local = gen_new_local(f, VT_I32);
        if (local < 0)
            return false;
        m.local[i] = (uint32_t)local;
    }
    idioms[k].make(&m);
    gen_consume(f, d, VT_I32);
    return true;
}
