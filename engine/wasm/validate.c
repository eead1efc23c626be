/* validate.c - validates function bodies and makes their func_info, in one linear pass.
 *
 * The switch in `step` is an expansion of ops.def: each case reads the row's immediates
 * and then applies its signature, or, for HAND rows, the rule_ function of that name; a
 * row without one does not compile.  Control rules are in validate_control.c, the
 * operand stack in validate_operands.c.  spec: valid-func, valid-instr */
#include "base/bugs.h"
#include "wasm/validator.h"
#include <string.h>

enum { FIRST_OPERANDS = HOSTILE(2, 1024) };

/* Bytes of assigned sets that a body may take: in proportion to its length. */
enum { ASSIGNED_PER_BYTE = 4, ASSIGNED_FREE = 64 * 1024 };

/* ---- immediates ---------------------------------------------------------------------- */

static void add_weight(uint32_t *weight, uint32_t more)
{
    if (__builtin_add_overflow(*weight, more, weight))
        *weight = UINT32_MAX;
}

/* The current instruction calls into the runtime. */
static void calls_helper(struct validator *v)
{
    v->info->has_helper_op = true;
    add_weight(&v->info->call_weight, v->weight);
}

static bool has_memory(struct validator *v, uint32_t index)
{
    v->info->has_memory_op = true;
    return validator_index(v, "memory", index, v->m->nmemories);
}

static valtype address_type(const struct limits *l) { return l->is64 ? VT_I64 : VT_I32; }

/* Sets v->address. */
static void use_memory(struct validator *v, uint32_t index)
{
    v->address = VT_I32;
    if (has_memory(v, index))
        v->address = address_type(&v->m->memories[index].type.limits);
}

/* spec: valid-memarg */
static void check_memarg(struct validator *v, struct memarg_bytes m, uint32_t width)
{
    use_memory(v, m.memory);
    if (m.align_log2 > (uint32_t)__builtin_ctz(width) + WX_BUG(X26))
        validator_invalid(v,
                          "alignment must not be larger than natural: %s of 2^%u, %u bytes",
                          op_infos[v->op].text, m.align_log2, width);
    if (v->address == VT_I32 && m.offset > UINT32_MAX)
        validator_invalid(v, "offset out of range: %llu", (unsigned long long)m.offset);
}

static inline void read_memarg(struct validator *v, uint32_t width)
{
    const uint8_t *p = v->r.p;
    uint32_t natural = (uint32_t)__builtin_ctz(width);
    if (LIKELY(v->r.end - p >= 2 && p[0] <= natural && p[1] < 0x80 && v->memory0_is32)) {
        v->r.p += 2;
        v->address = VT_I32;
        v->info->has_memory_op = true;
    } else {
        check_memarg(v, decode_memarg(v->d, &v->r), width);
    }
}

static void read_memory(struct validator *v)
{
    if (v->op == OP_memory_grow || v->op == OP_memory_fill)
        calls_helper(v);
    use_memory(v, decode_memory_index(v->d, &v->r));
}

static void use_data(struct validator *v, uint32_t index)
{
    calls_helper(v);
    validator_index(v, "data segment", index, v->d->data_count);
}

static void read_data(struct validator *v) { use_data(v, decode_data_index(v->d, &v->r)); }

static void read_data_memory(struct validator *v)
{
    uint32_t data = decode_data_index(v->d, &v->r);
    read_memory(v);
    use_data(v, data);
}

static void read_elem(struct validator *v)
{
    v->index = reader_u32(&v->r);
    calls_helper(v);
    validator_index(v, "elem segment", v->index, v->m->nelems);
}

/* What each kind of immediate reads into v.  BR_TABLE and SELECT_T are read by their
 * rules. */
#define READ_NONE(width)     (void)0
#define READ_BLOCK(width)    (v->type = NULL, v->block_type = decode_block_type(v->d, &v->r))
#define READ_LABEL(width)    v->index = reader_u32(&v->r)
#define READ_BR_TABLE(width) (void)0
#define READ_FUNC(width)     v->index = reader_u32(&v->r)
#define READ_CALL_INDIRECT(width) \
    (v->index = reader_u32(&v->r), v->index2 = decode_table_index(v->d, &v->r))
#define READ_SELECT_T(width) (void)0
#define READ_LOCAL(width)    v->index = reader_u32(&v->r)
#define READ_GLOBAL(width)   v->index = reader_u32(&v->r)
#define READ_TABLE(width)    v->index = reader_u32(&v->r)
#define READ_MEMARG(width)   read_memarg(v, (width))
#define READ_MEMORY(width)   read_memory(v)
#define READ_MEMORY_MEMORY(width)                 \
    (v->index = decode_memory_index(v->d, &v->r), \
     v->index2 = decode_memory_index(v->d, &v->r))
#define READ_DATA_MEMORY(width) read_data_memory(v)
#define READ_DATA(width)        read_data(v)
#define READ_ELEM_TABLE(width) \
    (v->index = reader_u32(&v->r), v->index2 = decode_table_index(v->d, &v->r))
#define READ_ELEM(width) read_elem(v)
#define READ_TABLE_TABLE(width)                  \
    (v->index = decode_table_index(v->d, &v->r), \
     v->index2 = decode_table_index(v->d, &v->r))
#define READ_HEAP_TYPE(width) v->block_type.result = decode_heaptype(v->d, &v->r)
#define READ_I32(width)       reader_s32(&v->r)
#define READ_I64(width)       reader_s64(&v->r)
#define READ_F32(width)       reader_bytes(&v->r, 4)
#define READ_F64(width)       reader_bytes(&v->r, 8)

/* ---- signatures ---------------------------------------------------------------------- */

static ALWAYS_INLINE void unary(struct validator *v, valtype a, valtype result)
{
    if (LIKELY(v->sp > v->base && v->sp[-1] == a)) {
        v->sp[-1] = result;
        return;
    }
    operands_pop_rare(v, a, 1);
    operands_push(v, result);
}

static NOINLINE void binary_rare(struct validator *v, valtype a, valtype b, valtype result)
{
    operands_pop(v, b, 2);
    operands_pop(v, a, 1);
    operands_push(v, result);
}

static ALWAYS_INLINE void binary(struct validator *v, valtype a, valtype b, valtype result)
{
    if (LIKELY(v->sp - v->base >= 2 && v->sp[-1] == b && v->sp[-2] == a)) {
        v->sp -= 1;
        v->sp[-1] = result;
        return;
    }
    binary_rare(v, a, b, result);
}

static ALWAYS_INLINE void consume2(struct validator *v, valtype a, valtype b)
{
    operands_pop(v, b, 2);
    operands_pop(v, a, 1);
}

static NOINLINE void consume3(struct validator *v, valtype a, valtype b, valtype c)
{
    operands_pop(v, c, 3);
    operands_pop(v, b, 2);
    operands_pop(v, a, 1);
}

#define I VT_I32
#define L VT_I64
#define F VT_F32
#define D VT_F64
#define A v->address

#define SIG_v_v(name)   (void)0
#define SIG_v_i(name)   operands_push(v, I)
#define SIG_v_l(name)   operands_push(v, L)
#define SIG_v_f(name)   operands_push(v, F)
#define SIG_v_d(name)   operands_push(v, D)
#define SIG_v_a(name)   operands_push(v, A)
#define SIG_i_i(name)   unary(v, I, I)
#define SIG_i_l(name)   unary(v, I, L)
#define SIG_i_f(name)   unary(v, I, F)
#define SIG_i_d(name)   unary(v, I, D)
#define SIG_l_i(name)   unary(v, L, I)
#define SIG_l_l(name)   unary(v, L, L)
#define SIG_l_f(name)   unary(v, L, F)
#define SIG_l_d(name)   unary(v, L, D)
#define SIG_f_i(name)   unary(v, F, I)
#define SIG_f_l(name)   unary(v, F, L)
#define SIG_f_f(name)   unary(v, F, F)
#define SIG_f_d(name)   unary(v, F, D)
#define SIG_d_i(name)   unary(v, D, I)
#define SIG_d_l(name)   unary(v, D, L)
#define SIG_d_f(name)   unary(v, D, F)
#define SIG_d_d(name)   unary(v, D, D)
#define SIG_a_i(name)   unary(v, A, I)
#define SIG_a_l(name)   unary(v, A, L)
#define SIG_a_f(name)   unary(v, A, F)
#define SIG_a_d(name)   unary(v, A, D)
#define SIG_a_a(name)   unary(v, A, A)
#define SIG_ii_i(name)  binary(v, I, I, I)
#define SIG_ll_i(name)  binary(v, L, L, I)
#define SIG_ll_l(name)  binary(v, L, L, L)
#define SIG_ff_i(name)  binary(v, F, F, I)
#define SIG_ff_f(name)  binary(v, F, F, F)
#define SIG_dd_i(name)  binary(v, D, D, I)
#define SIG_dd_d(name)  binary(v, D, D, D)
#define SIG_ai_v(name)  consume2(v, A, I)
#define SIG_al_v(name)  consume2(v, A, L)
#define SIG_af_v(name)  consume2(v, A, F)
#define SIG_ad_v(name)  consume2(v, A, D)
#define SIG_aii_v(name) consume3(v, A, I, I)
#define SIG_aia_v(name) consume3(v, A, I, A)

/* ---- variables ----------------------------------------------------------------------- */

/* Counts a use of the local and gives its type; VT_BOTTOM when there is none. */
static inline valtype use_local(struct validator *v)
{
    if (!validator_index(v, "local", v->index, v->nlocals))
        return VT_BOTTOM;
    validator_use_local(v, v->index);
    return v->local_types[v->index];
}

static inline void assign_local(struct validator *v)
{
    if (v->assigned != NULL && v->index < v->nlocals)
        bits_set(v->assigned, v->index);
}

/* spec: valid-local.get */
static inline void rule_local_get(struct validator *v) { operands_push(v, use_local(v)); }

static inline void rule_local_set(struct validator *v)
{
    operands_pop(v, use_local(v), 1);
    assign_local(v);
}

static inline void rule_local_tee(struct validator *v)
{
    valtype t = use_local(v);
    operands_pop(v, t, 1);
    operands_push(v, t);
    assign_local(v);
}

static void rule_global_get(struct validator *v)
{
    if (validator_index(v, "global", v->index, v->m->nglobals))
        operands_push(v, v->m->globals[v->index].type.type);
}

static void rule_global_set(struct validator *v)
{
    if (!validator_index(v, "global", v->index, v->m->nglobals))
        return;
    const struct global_type *g = &v->m->globals[v->index].type;
    if (!g->mutable_)
        validator_invalid(v, "global is immutable: global.set %u", v->index);
    operands_pop(v, g->type, 1);
}

/* ---- calls and operands -------------------------------------------------------------- */

static void call(struct validator *v, const struct type *t)
{
    operands_pop_types(v, t->params, t->nparams);
    operands_push_types(v, t->results, t->nresults);
    v->info->ncalls += v->live;
    add_weight(&v->info->call_weight, v->weight);
}

/* spec: valid-call */
void rule_call(struct validator *v)
{
    if (validator_index(v, "function", v->index, v->m->nfuncs))
        call(v, v->m->funcs[v->index].type);
}

/* The table of an index, or NULL after a failure. */
static const struct table_type *table_of(struct validator *v, uint32_t index)
{
    if (!validator_index(v, "table", index, v->m->ntables))
        return NULL;
    return &v->m->tables[index].type;
}

/* spec: valid-call_indirect */
static void rule_call_indirect(struct validator *v)
{
    const struct table_type *table = table_of(v, v->index2);
    if (table == NULL || !validator_index(v, "type", v->index, v->m->ntypes))
        return;
    char name[32];
    const struct type *type = v->m->types[v->index];
    if (!types_match(v->m->registry, table->elem, VT_FUNCREF))
        validator_invalid(v, "type mismatch: call_indirect through a table of %s",
                          vt_name(table->elem, name));
    operands_pop(v, address_type(&table->limits), type->nparams + 1);
    call(v, type);
}

static void rule_drop(struct validator *v) { operands_pop_any(v, 1); }

/* spec: valid-select */
static void rule_select(struct validator *v)
{
    char first_name[32], second_name[32];
    operands_pop(v, VT_I32, 3);
    valtype second = operands_pop_any(v, 2), first = operands_pop_any(v, 1);
    if (vt_is_ref(first) || vt_is_ref(second))
        validator_invalid(
            v, "type mismatch: select without a type takes numbers, found %s and %s",
            vt_name(first, first_name), vt_name(second, second_name));
    else if (first != second && first != VT_BOTTOM && second != VT_BOTTOM)
        validator_invalid(v, "type mismatch: select between %s and %s",
                          vt_name(first, first_name), vt_name(second, second_name));
    operands_push(v, first != VT_BOTTOM ? first : second);
}

static void rule_select_t(struct validator *v)
{
    uint32_t n = reader_u32(&v->r);
    if (n != 1) {
        validator_invalid(v, "invalid result arity: select of %u values", n);
        return;
    }
    valtype t = decode_valtype(v->d, &v->r);
    operands_pop(v, VT_I32, 3);
    operands_pop(v, t, 2);
    operands_pop(v, t, 1);
    operands_push(v, t);
}

/* ---- references ---------------------------------------------------------------------- */

static void rule_ref_null(struct validator *v) { operands_push(v, v->block_type.result); }

static void rule_ref_is_null(struct validator *v)
{
    char name[32];
    valtype t = operands_pop_any(v, 1);
    if (!vt_is_ref(t) && t != VT_BOTTOM)
        validator_invalid(v, "type mismatch: ref.is_null expects a reference, found %s",
                          vt_name(t, name));
    operands_push(v, VT_I32);
}

/* spec: valid-ref.func */
static void rule_ref_func(struct validator *v)
{
    if (!validator_index(v, "function", v->index, v->m->nfuncs))
        return;
    if (!decode_declared(v->d, v->index))
        validator_invalid(v, "undeclared function reference: function %u", v->index);
    operands_push(v, decode_ref_func_type(v->d, v->index));
}

/* ---- tables and memories ------------------------------------------------------------- */

/* The table of the current instruction, which calls into the runtime, or NULL. */
static const struct table_type *helper_table(struct validator *v, uint32_t index)
{
    calls_helper(v);
    return table_of(v, index);
}

static void rule_table_get(struct validator *v)
{
    const struct table_type *t = helper_table(v, v->index);
    if (t == NULL)
        return;
    operands_pop(v, address_type(&t->limits), 1);
    operands_push(v, t->elem);
}

static void rule_table_set(struct validator *v)
{
    const struct table_type *t = helper_table(v, v->index);
    if (t != NULL)
        consume2(v, address_type(&t->limits), t->elem);
}

static void rule_table_size(struct validator *v)
{
    const struct table_type *t = table_of(v, v->index);
    if (t != NULL)
        operands_push(v, address_type(&t->limits));
}

static void rule_table_grow(struct validator *v)
{
    const struct table_type *t = helper_table(v, v->index);
    if (t == NULL)
        return;
    valtype address = address_type(&t->limits);
    consume2(v, t->elem, address);
    operands_push(v, address);
}

static void rule_table_fill(struct validator *v)
{
    const struct table_type *t = helper_table(v, v->index);
    if (t == NULL)
        return;
    valtype address = address_type(&t->limits);
    consume3(v, address, t->elem, address);
}

static void check_elems(struct validator *v, valtype from, valtype to)
{
    char from_name[32], to_name[32];
    if (!types_match(v->m->registry, from, to))
        validator_invalid(v, "type mismatch: %s from %s to a table of %s",
                          op_infos[v->op].text, vt_name(from, from_name),
                          vt_name(to, to_name));
}

/* spec: valid-table.copy */
static void rule_table_copy(struct validator *v)
{
    const struct table_type *to = helper_table(v, v->index);
    const struct table_type *from = table_of(v, v->index2);
    if (to == NULL || from == NULL)
        return;
    check_elems(v, from->elem, to->elem);
    bool both64 = to->limits.is64 && from->limits.is64;
    consume3(v, address_type(&to->limits), address_type(&from->limits),
             both64 ? VT_I64 : VT_I32);
}

/* spec: valid-table.init */
static void rule_table_init(struct validator *v)
{
    const struct table_type *to = helper_table(v, v->index2);
    if (to == NULL || !validator_index(v, "elem segment", v->index, v->m->nelems))
        return;
    check_elems(v, v->m->elems[v->index].type, to->elem);
    consume3(v, address_type(&to->limits), VT_I32, VT_I32);
}

/* spec: valid-memory.copy */
static void rule_memory_copy(struct validator *v)
{
    calls_helper(v);
    use_memory(v, v->index);
    valtype to = v->address;
    use_memory(v, v->index2);
    valtype from = v->address;
    consume3(v, to, from, to == VT_I64 && from == VT_I64 ? VT_I64 : VT_I32);
}

/* ---- the pass ------------------------------------------------------------------------ */

#define SIG_HAND(name) rule_##name(v)

static inline void step(struct validator *v)
{
    switch (v->op) {
#define WX_OP(name, code, text, imm, sig, width, trap, feature) \
    case OP_##name:                                             \
        READ_##imm(width);                                      \
        SIG_##sig(name);                                        \
        break;
#include "wasm/ops.def"
    case OP_COUNT: break;
    }
}

void validator_step(struct validator *v)
{
    v->at = v->r.p;
    v->op = decode_op(v->d, &v->r);
    v->cost += v->live;
    step(v);
}

/* ---- locals -------------------------------------------------------------------------- */

/* Slots of locals none of which is a v128: 0, 1, 2 ...  All such functions share one
 * array. */
static const uint32_t *identity_slots(struct decoder *d, uint32_t n)
{
    if (n <= d->nidentity)
        return d->identity_slots;
    uint32_t cap = n > 2 * d->nidentity ? n : 2 * d->nidentity;
    uint32_t *slots = arena_array(&d->m->arena, uint32_t, cap);
    for (uint32_t i = 0; i < cap; i++)
        slots[i] = i;
    d->identity_slots = slots;
    d->nidentity = cap;
    return slots;
}

static const uint32_t *local_slots(struct decoder *d, const valtype *types, uint32_t n,
                                   uint32_t *total)
{
    *total = 0;
    for (uint32_t i = 0; i < n; i++)
        *total += vt_slots(types[i]);
    if (*total == n)
        return identity_slots(d, n);
    uint32_t *slots = arena_array(&d->m->arena, uint32_t, n);
    for (uint32_t i = 0, next = 0; i < n; i++) {
        slots[i] = next;
        next += vt_slots(types[i]);
    }
    return slots;
}

static void begin_locals(struct validator *v, const struct body *b, const struct type *type)
{
    struct arena *arena = &v->m->arena;
    valtype *types = arena_array(arena, valtype, b->nlocals);
    if (type->nparams != 0)
        memcpy(types, type->params, type->nparams * sizeof *types);
    for (uint32_t g = 0, i = type->nparams; g < b->ngroups; g++)
        for (uint32_t k = 0; k < b->groups[g].count; k++)
            types[i++] = b->groups[g].type;
    struct func_info *info = v->info;
    v->nlocals = info->nlocals = b->nlocals;
    v->local_types = types;
    v->local_weights = arena_zarray(arena, uint32_t, b->nlocals);
    info->local_types = types;
    info->local_weights = v->local_weights;
    info->local_slots = local_slots(v->d, types, b->nlocals, &info->header_slot);
    info->operand_slot = info->header_slot + FRAME_HEADER_SLOTS;
    v->nnarrow = info->header_slot == b->nlocals ? b->nlocals : 0;
}

/* ---- one body ------------------------------------------------------------------------ */

static struct validator *validator_of(struct decoder *d)
{
    if (d->validator != NULL)
        return d->validator;
    struct validator *v = arena_new(&d->scratch, struct validator);
    v->d = d;
    v->m = d->m;
    v->blocks.elem_size = sizeof(struct block);
    v->charges.elem_size = sizeof(struct charge);
    operands_reserve(v, FIRST_OPERANDS);
    v->lists_charges = (d->facts & FACT_CHARGES) != 0;
    v->memory0_is32 = d->m->nmemories > 0 && !d->m->memories[0].type.limits.is64;
    d->validator = v;
    return v;
}

static void begin(struct validator *v, const struct body *b)
{
    const struct type *type = v->m->funcs[b->func].type;
    v->info = arena_new(&v->m->arena, struct func_info);
    v->r = b->r;
    v->body = b->r.p;
    v->assigned = v->assigned_all = NULL;
    v->assigned_budget = ASSIGNED_FREE + ASSIGNED_PER_BYTE * reader_left(&b->r);
    begin_locals(v, b, type);
    validator_open_body(v, type);
}

static void finish(struct validator *v, uint32_t func)
{
    struct func_info *info = v->info;
    info->max_height = (uint32_t)(v->high - v->stack);
    info->frame_slots =
        info->operand_slot + info->max_height - (WX_BUG(X27) && info->max_height > 0);
    info->nblocks = v->blocks.len;
    info->blocks = paged_copy(&v->m->arena, &v->blocks);
    info->ncharges = v->charges.len;
    info->charges = paged_copy(&v->m->arena, &v->charges);
    v->m->funcs[func].info = info;
}

void validate_body(struct decoder *d, const struct body *b)
{
    struct validator *v = validator_of(d);
    begin(v, b);
    validator_run(v);
    if (d->invalid.kind != FAIL_NONE) {
        struct reader rest = b->r;
        rest.p = v->at;
        decode_skim_body(d, &rest, v->fail_depth);
    } else if (decode_ok(d) && v->ctrls.len != 0) {
        decode_missing_end(d, &v->r);
    } else {
        finish(v, b->func);
    }
}
