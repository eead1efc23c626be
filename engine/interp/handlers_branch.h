/* handlers_branch.h - branches, fused with what decides them; charges at their targets.
 * See handlers.h.  x is the distance to the target. */

HANDLER(br, { JUMP(); })

/* Taken when the value is not zero, or zero; 32 bits, all that conditions have. */
HANDLER(br_if_S, { BRANCH(SLOT(u32, a) != 0); })
HANDLER(br_if_A, { BRANCH((uint32_t)acc != 0); })
HANDLER(br_unless_S, { BRANCH(SLOT(u32, a) == 0); })
HANDLER(br_unless_A, { BRANCH((uint32_t)acc == 0); })

/* Integer comparisons: SS SI AS AI; the translator swaps or inverts to get the others. */
#define BR_INT_OF(name, t, ca, cb)                                       \
    HANDLER(br_##name##_##ca##cb, {                                      \
        uint32_t result = 0;                                             \
        (void)num_##name(GET_##ca##_##t(a), GET_##cb##_##t(b), &result); \
        BRANCH(result != 0);                                             \
    })
/* b = a + the low half of imm, in slot d and the accumulator; then the comparison of it
 * with slot b or the high half of imm: the end of a counting loop. */
#define BR_ADD_OF(type, name, t, cb)                                          \
    HANDLER(br_add_##name##_##cb, {                                           \
        uint32_t result = 0;                                                  \
        TYPE_##t sum = (TYPE_##t)(GET_S_##t(a) + (TYPE_##t)(int32_t)pc->imm); \
        PUT_S_##t(sum);                                                       \
        (void)num_##name(sum, BR_ADD_##cb##_##t, &result);                    \
        BRANCH(result != 0);                                                  \
    })
#define BR_ADD_S_i SLOT(u32, b)
#define BR_ADD_S_l SLOT(u64, b)
#define BR_ADD_I_i ((uint32_t)(pc->imm >> 32))
#define BR_ADD_I_l ((uint64_t)((int64_t)pc->imm >> 32))
#define BR_INT(type, op, t)            \
    BR_INT_OF(type##_##op, t, S, S)    \
    BR_INT_OF(type##_##op, t, S, I)    \
    BR_INT_OF(type##_##op, t, A, S)    \
    BR_INT_OF(type##_##op, t, A, I)    \
    BR_ADD_OF(type, type##_##op, t, S) \
    BR_ADD_OF(type, type##_##op, t, I)
INT_COMPARISONS(BR_INT, i32, i)
INT_COMPARISONS(BR_INT, i64, l)

/* Slots a and d count, by the low and the high half of imm; then the second is compared
 * with slot b or with b itself. */
#define BR_BUMP_S SLOT(u32, b)
#define BR_BUMP_I pc->b
#define BR_BUMP_OF(name, cb)                                         \
    HANDLER(br_bump_##name##_##cb, {                                 \
        uint32_t result = 0;                                         \
        SLOT(u64, a) = (uint32_t)(SLOT(u32, a) + (uint32_t)pc->imm); \
        acc = (uint32_t)(SLOT(u32, d) + (uint32_t)(pc->imm >> 32));  \
        SLOT(u64, d) = acc;                                          \
        (void)num_##name((uint32_t)acc, BR_BUMP_##cb, &result);      \
        BRANCH(result != 0);                                         \
    })
#define BR_BUMP(type, op, t) BR_BUMP_OF(type##_##op, S) BR_BUMP_OF(type##_##op, I)
INT_COMPARISONS(BR_BUMP, i32, i)

/* Bits in common: a & b is not zero, or is. */
#define BR_TEST_OF(type, t, ca, cb)                                    \
    HANDLER(br_##type##_test_##ca##cb,                                 \
            { BRANCH((GET_##ca##_##t(a) & GET_##cb##_##t(b)) != 0); }) \
    HANDLER(br_not_##type##_test_##ca##cb,                             \
            { BRANCH((GET_##ca##_##t(a) & GET_##cb##_##t(b)) == 0); })
#define BR_TEST(type, t)      \
    BR_TEST_OF(type, t, S, S) \
    BR_TEST_OF(type, t, S, I) \
    BR_TEST_OF(type, t, A, S) \
    BR_TEST_OF(type, t, A, I)
BR_TEST(i32, i)
BR_TEST(i64, l)

/* Float comparisons, taken when they hold and when they do not: NaNs forbid inverting. */
#define BR_FLOAT_OF(name, t, ca, cb)                                     \
    HANDLER(br_##name##_##ca##cb, {                                      \
        uint32_t result = 0;                                             \
        (void)num_##name(GET_##ca##_##t(a), GET_##cb##_##t(b), &result); \
        BRANCH(result != 0);                                             \
    })                                                                   \
    HANDLER(br_not_##name##_##ca##cb, {                                  \
        uint32_t result = 0;                                             \
        (void)num_##name(GET_##ca##_##t(a), GET_##cb##_##t(b), &result); \
        BRANCH(result == 0);                                             \
    })
#define BR_FLOAT(type, op, t)         \
    BR_FLOAT_OF(type##_##op, t, S, S) \
    BR_FLOAT_OF(type##_##op, t, S, I) \
    BR_FLOAT_OF(type##_##op, t, A, S) \
    BR_FLOAT_OF(type##_##op, t, A, I) \
    BR_FLOAT_OF(type##_##op, t, S, A) \
    BR_FLOAT_OF(type##_##op, t, I, S) \
    BR_FLOAT_OF(type##_##op, t, I, A)
#define FLOAT_COMPARISONS(X, type, t) \
    X(type, eq, t)                    \
    X(type, ne, t)                    \
    X(type, lt, t)                    \
    X(type, gt, t)                    \
    X(type, le, t)                    \
    X(type, ge, t)
FLOAT_COMPARISONS(BR_FLOAT, f32, f)
FLOAT_COMPARISONS(BR_FLOAT, f64, d)

/* imm: array of d distances and, last, the default's. */
#define BR_TABLE(index)                                \
    do {                                               \
        uint32_t at = index < pc->d ? index : pc->d;   \
        GO(((const int32_t *)(uintptr_t)pc->imm)[at]); \
        DISPATCH();                                    \
    } while (0)
HANDLER(br_table_S, { BR_TABLE(SLOT(u32, a)); })
HANDLER(br_table_A, { BR_TABLE((uint32_t)acc); })

/* Charge points, in the deterministic profile: imm units of fuel, interruption, or both. */
#define CHARGE_INTERRUPT()                                                            \
    do {                                                                              \
        const struct exec *x = inst->exec;                                            \
        if (UNLIKELY(atomic_load_explicit(&x->interrupt, memory_order_relaxed) != 0)) \
            TRAP(TRAP_INTERRUPT);                                                     \
    } while (0)
#define CHARGE_FUEL()                                       \
    do {                                                    \
        int64_t left = inst->exec->fuel - (int64_t)pc->imm; \
        if (UNLIKELY(left < 0))                             \
            TRAP(TRAP_FUEL);                                \
        inst->exec->fuel = left;                            \
    } while (0)
HANDLER(charge_fuel, {
    CHARGE_FUEL();
    NEXT();
})
HANDLER(charge_interrupt, {
    CHARGE_INTERRUPT();
    NEXT();
})
HANDLER(charge_both, {
    CHARGE_INTERRUPT();
    CHARGE_FUEL();
    NEXT();
})

/* A loop head in tiered mode; imm: address of the program's count. */
HANDLER(loop_heat, {
    _Atomic uint32_t *left = (_Atomic uint32_t *)(uintptr_t)pc->imm;
    uint32_t n = atomic_load_explicit(left, memory_order_relaxed);
    if (UNLIKELY(n == 0))
        DIVERT(loop_hot);
    atomic_store_explicit(left, n - 1, memory_order_relaxed);
    NEXT();
})
