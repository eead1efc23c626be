/* handlers_move.h - copies, constants, globals, select.  See handlers.h.
 *
 * Copies are of 64 bits, or of the 128 of a v128, and leave the accumulators alone; those of
 * several slots go one by one, in order. */

/* In the order of ops.def. */
#define INT_COMPARISONS(X, type, t) \
    X(type, eq, t)                  \
    X(type, ne, t)                  \
    X(type, lt_s, t)                \
    X(type, lt_u, t)                \
    X(type, gt_s, t)                \
    X(type, gt_u, t)                \
    X(type, le_s, t)                \
    X(type, le_u, t)                \
    X(type, ge_s, t)                \
    X(type, ge_u, t)

/* a to d; b to x; the low half of imm to its high half. */
HANDLER(copy, {
    SLOT(u64, d) = SLOT(u64, a);
    NEXT();
})
HANDLER(copy2, {
    SLOT(u64, d) = SLOT(u64, a);
    SLOT(u64, x) = SLOT(u64, b);
    NEXT();
})
HANDLER(copy3, {
    SLOT(u64, d) = SLOT(u64, a);
    SLOT(u64, x) = SLOT(u64, b);
    SLOT_AT(u64, pc->imm >> 32) = SLOT_AT(u64, (uint32_t)pc->imm);
    NEXT();
})

/* A v128. */
HANDLER(copy_wide, {
    SLOT(u64x2, d) = SLOT(u64x2, a);
    NEXT();
})

/* x slots from a on to d, d below a. */
HANDLER(copy_many, {
    const uint8_t *from = (const uint8_t *)fp + pc->a;
    uint8_t *to = (uint8_t *)fp + pc->d;
    uint32_t n = pc->x;
    do {
        ((mem_u64 *)(void *)to)->v = ((const mem_u64 *)(const void *)from)->v;
        from += 8;
        to += 8;
        KEEP_LOOP(to);
    } while (--n != 0);
    NEXT();
})

/* An accumulator to d. */
HANDLER(put_acc, {
    SLOT(u64, d) = acc;
    NEXT();
})
HANDLER(put_facc, {
    SLOT(f32, d) = facc;
    NEXT();
})
HANDLER(put_dacc, {
    SLOT(f64, d) = dacc;
    NEXT();
})

/* imm to d; its halves, zero-extended, to d and x; its low half to d and slot a to x. */
HANDLER(constant, {
    SLOT(u64, d) = pc->imm;
    NEXT();
})
HANDLER(constant2, {
    SLOT(u64, d) = (uint32_t)pc->imm;
    SLOT(u64, x) = pc->imm >> 32;
    NEXT();
})
HANDLER(constant_copy, {
    SLOT(u64, d) = pc->imm;
    SLOT(u64, x) = SLOT(u64, a);
    NEXT();
})
HANDLER(copy_constant, {
    SLOT(u64, x) = SLOT(u64, a);
    SLOT(u64, d) = pc->imm;
    NEXT();
})

/* Globals: of this instance at offset a of the instance; imported ones by index b. */
#define OWN_GLOBAL (((mem_u64 *)(void *)((uint8_t *)inst + pc->a))->v)
HANDLER(global_get_A, {
    PUT_A_l(OWN_GLOBAL);
    NEXT();
})
HANDLER(global_get_S, {
    PUT_S_l(OWN_GLOBAL);
    NEXT();
})
HANDLER(import_get_A, {
    PUT_A_l(inst->globals[pc->b]->value[0]);
    NEXT();
})
HANDLER(import_get_S, {
    PUT_S_l(inst->globals[pc->b]->value[0]);
    NEXT();
})
/* Those of a v128. */
#define OWN_GLOBAL_WIDE (((mem_u64x2 *)(void *)((uint8_t *)inst + pc->a))->v)
#define IMPORT_WIDE     (((mem_u64x2 *)(void *)inst->globals[pc->b]->value)->v)
HANDLER(global_get_wide, {
    SLOT(u64x2, d) = OWN_GLOBAL_WIDE;
    NEXT();
})
HANDLER(import_get_wide, {
    SLOT(u64x2, d) = IMPORT_WIDE;
    NEXT();
})
HANDLER(global_set_wide, {
    OWN_GLOBAL_WIDE = SLOT(u64x2, d);
    NEXT();
})
HANDLER(import_set_wide, {
    IMPORT_WIDE = SLOT(u64x2, d);
    NEXT();
})
/* imm masks the value: an f32 slot has no defined upper half. */
HANDLER(global_set_S, {
    OWN_GLOBAL = SLOT(u64, b) & pc->imm;
    NEXT();
})
HANDLER(global_set_A, {
    OWN_GLOBAL = acc & pc->imm;
    NEXT();
})
HANDLER(import_set_S, {
    inst->globals[pc->b]->value[0] = SLOT(u64, a) & pc->imm;
    NEXT();
})
HANDLER(import_set_A, {
    inst->globals[pc->b]->value[0] = acc & pc->imm;
    NEXT();
})

/* The address of the record of function b. */
HANDLER(ref_func_A, {
    PUT_A_l((uint64_t)(uintptr_t)inst->funcs[pc->b]);
    NEXT();
})
HANDLER(ref_func_S, {
    PUT_S_l((uint64_t)(uintptr_t)inst->funcs[pc->b]);
    NEXT();
})

/* Sizes of memory b, in pages, and of table b. */
HANDLER(memory_size_A, {
    PUT_A_l(inst->memories[pc->b]->pages);
    NEXT();
})
HANDLER(memory_size_S, {
    PUT_S_l(inst->memories[pc->b]->pages);
    NEXT();
})
HANDLER(table_size_A, {
    PUT_A_l(inst->tables[pc->b]->size);
    NEXT();
})
HANDLER(table_size_S, {
    PUT_S_l(inst->tables[pc->b]->size);
    NEXT();
})

/* Keeps a compiler from choosing between the places of two values instead of between the
 * values: where one is would be known late, and it be loaded last. */
#define KEEP_VALUES(a, b) __asm__("" : "+r"(a), "+r"(b))

/* Slot a when x is not zero, else b; the I forms take the halves of imm for constants. */
#define SELECT_AS(c, to, va, vb)                                    \
    HANDLER(select_##va##vb##_##c##_##to, {                         \
        uint64_t first = SELECT_##va##_a, second = SELECT_##vb##_b; \
        KEEP_VALUES(first, second);                                 \
        PUT_##to##_l(GET_##c##_i(x) != 0 ? first : second);         \
        NEXT();                                                     \
    })
#define SELECT_S_a        SLOT(u64, a)
#define SELECT_S_b        SLOT(u64, b)
#define SELECT_I_a        ((uint32_t)pc->imm)
#define SELECT_I_b        (pc->imm >> 32)
#define SELECT(c, va, vb) SELECT_AS(c, A, va, vb) SELECT_AS(c, S, va, vb)
SELECT(S, S, S)
SELECT(A, S, S)
SELECT(S, S, I)
SELECT(A, S, I)
SELECT(S, I, S)
SELECT(A, I, S)
SELECT(S, I, I)
SELECT(A, I, I)

/* The v128 in a when slot x is not zero, else the one in b. */
HANDLER(select_wide, {
    SLOT(u64x2, d) = SLOT_AT(u64x2, SLOT(u32, x) != 0 ? pc->a : pc->b);
    NEXT();
})

/* Slot x when a comparison of a and b holds, else the slot that the low half of imm names.
 * A constant b is the high half. */
#define SELECT_I_i ((uint32_t)(pc->imm >> 32))
#define SELECT_I_l ((uint64_t)((int64_t)pc->imm >> 32))
#define SELECT_S_i SLOT(u32, b)
#define SELECT_S_l SLOT(u64, b)
#define SELECT_BY(name, t, ca, cb, to)                                           \
    HANDLER(select_##name##_##ca##cb##_##to, {                                   \
        uint32_t holds = 0;                                                      \
        uint64_t first = SLOT(u64, x), second = SLOT_AT(u64, (uint32_t)pc->imm); \
        KEEP_VALUES(first, second);                                              \
        (void)num_##name(GET_##ca##_##t(a), SELECT_##cb##_##t, &holds);          \
        PUT_##to##_l(holds != 0 ? first : second);                               \
        NEXT();                                                                  \
    })
#define SELECT_COMPARED(type, op, t)   \
    SELECT_BY(type##_##op, t, S, S, A) \
    SELECT_BY(type##_##op, t, S, S, S) \
    SELECT_BY(type##_##op, t, S, I, A) \
    SELECT_BY(type##_##op, t, S, I, S) \
    SELECT_BY(type##_##op, t, A, S, A) \
    SELECT_BY(type##_##op, t, A, S, S) \
    SELECT_BY(type##_##op, t, A, I, A) \
    SELECT_BY(type##_##op, t, A, I, S)
INT_COMPARISONS(SELECT_COMPARED, i32, i)
INT_COMPARISONS(SELECT_COMPARED, i64, l)
