/* handlers_memory.h - loads and stores.  See handlers.h.
 *
 * Every access exists unchecked, guard_, for memories behind guard pages, and checked,
 * check_. The unchecked one is a single access of exactly its width at mem0 + ea; ACCESS()
 * pins ea to the register where the fault handler looks for it and ACCESSED() keeps pc in
 * place behind it (dispatch_tail.c).
 *
 * The address is computed in 32 bits, where it wraps as i32.add and i32.shl do, then the
 * offset is added in 64.  Modes:
 *
 *     S A I     slot a, the accumulator, none (the offset has it all)
 *     SS AS SA  a + (b << x), each a slot or the accumulator
 *     SI AI     a + x
 *     KS KA     b << x
 *
 * The offset is imm; of a store its low half, the high half being the constant stored. */

#define ADDRESS_S  SLOT(u32, a)
#define ADDRESS_A  ((uint32_t)acc)
#define ADDRESS_I  0
#define ADDRESS_SS (uint32_t)(SLOT(u32, a) + (SLOT(u32, b) << pc->x))
#define ADDRESS_AS (uint32_t)((uint32_t)acc + (SLOT(u32, b) << pc->x))
#define ADDRESS_SA (uint32_t)(SLOT(u32, a) + ((uint32_t)acc << pc->x))
#define ADDRESS_SI (uint32_t)(SLOT(u32, a) + pc->x)
#define ADDRESS_AI (uint32_t)((uint32_t)acc + pc->x)
#define ADDRESS_KS \
    (WX_BUG(X09) ? (uint64_t)SLOT(u32, b) << pc->x : (uint32_t)(SLOT(u32, b) << pc->x))
#define ADDRESS_KA (uint32_t)((uint32_t)acc << pc->x)

#define UNCHECKED(width) ((void)0)
#define CHECKED(width)                                                 \
    do {                                                               \
        uint64_t size = inst->memory0->bytes;                          \
        bool wraps = WX_BUG(S116) && (uint32_t)(ea + (width)) <= size; \
        if (UNLIKELY((ea > size || size - ea < (width)) && !wraps)) {  \
            acc = ea;                                                  \
            DIVERT(trap_memory);                                       \
        }                                                              \
    } while (0)

/* ---- loads: r is the type of the result, v the value read --------------------------- */

#define LOAD_AS(HANDLER_, how, CHECK, name, type, r, extended, mode, to) \
    HANDLER_(how##_##name##_##mode##_##to, {                             \
        uint64_t ea = (uint64_t)ADDRESS_##mode + pc->imm;                \
        CHECK(sizeof(mem_##type));                                       \
        ACCESS();                                                        \
        TYPE_##r v = (TYPE_##r)(extended MEMORY(type));                  \
        ACCESSED();                                                      \
        PUT_##to##_##r(v);                                               \
        NEXT();                                                          \
    })
#define LOAD_MODE(HANDLER_, how, CHECK, name, type, r, extended, mode) \
    LOAD_AS(HANDLER_, how, CHECK, name, type, r, extended, mode, A)    \
    LOAD_AS(HANDLER_, how, CHECK, name, type, r, extended, mode, S)
#define LOAD(HANDLER_, how, CHECK, name, type, r, extended)      \
    LOAD_MODE(HANDLER_, how, CHECK, name, type, r, extended, S)  \
    LOAD_MODE(HANDLER_, how, CHECK, name, type, r, extended, A)  \
    LOAD_MODE(HANDLER_, how, CHECK, name, type, r, extended, I)  \
    LOAD_MODE(HANDLER_, how, CHECK, name, type, r, extended, SS) \
    LOAD_MODE(HANDLER_, how, CHECK, name, type, r, extended, AS) \
    LOAD_MODE(HANDLER_, how, CHECK, name, type, r, extended, SA) \
    LOAD_MODE(HANDLER_, how, CHECK, name, type, r, extended, SI) \
    LOAD_MODE(HANDLER_, how, CHECK, name, type, r, extended, AI) \
    LOAD_MODE(HANDLER_, how, CHECK, name, type, r, extended, KS) \
    LOAD_MODE(HANDLER_, how, CHECK, name, type, r, extended, KA)
#define LOADS(HANDLER_, how, CHECK)                                      \
    LOAD(HANDLER_, how, CHECK, load8_u, u8, l, )                         \
    LOAD(HANDLER_, how, CHECK, load16_u, u16, l, )                       \
    LOAD(HANDLER_, how, CHECK, load32_u, u32, l, )                       \
    LOAD(HANDLER_, how, CHECK, load64, u64, l, )                         \
    LOAD(HANDLER_, how, CHECK, i32_load8_s, u8, i, (int32_t)(int8_t))    \
    LOAD(HANDLER_, how, CHECK, i32_load16_s, u16, i, (int32_t)(int16_t)) \
    LOAD(HANDLER_, how, CHECK, i64_load8_s, u8, l, (int64_t)(int8_t))    \
    LOAD(HANDLER_, how, CHECK, i64_load16_s, u16, l, (int64_t)(int16_t)) \
    LOAD(HANDLER_, how, CHECK, i64_load32_s, u32, l, (int64_t)(int32_t)) \
    LOAD(HANDLER_, how, CHECK, f32_load, f32, f, )                       \
    LOAD(HANDLER_, how, CHECK, f64_load, f64, d, )

/* ---- stores: by width, the value from S, A or I; of floats from F, their accumulator
 * -- */

#define STORED_S(type) SLOT(type, d)
#define STORED_A(type) acc
#define STORED_I(type) ((int64_t)pc->imm >> 32)
#define STORED_F(type) STORED_F_##type
#define STORED_F_f32   facc
#define STORED_F_f64   dacc
#define CAST_u8        (uint8_t)
#define CAST_u16       (uint16_t)
#define CAST_u32       (uint32_t)
#define CAST_u64       (uint64_t)
#define CAST_f32
#define CAST_f64

#define STORE_AS(HANDLER_, how, CHECK, name, type, mode, from)      \
    HANDLER_(how##_##name##_##mode##_##from, {                      \
        uint64_t ea = (uint64_t)ADDRESS_##mode + (uint32_t)pc->imm; \
        CHECK(sizeof(mem_##type));                                  \
        ACCESS();                                                   \
        MEMORY(type) = CAST_##type STORED_##from(type);             \
        ACCESSED();                                                 \
        NEXT();                                                     \
    })
/* The accumulator cannot hold both address and value. */
#define STORE(HANDLER_, how, CHECK, name, type)       \
    STORE_AS(HANDLER_, how, CHECK, name, type, S, S)  \
    STORE_AS(HANDLER_, how, CHECK, name, type, S, A)  \
    STORE_AS(HANDLER_, how, CHECK, name, type, S, I)  \
    STORE_AS(HANDLER_, how, CHECK, name, type, A, S)  \
    STORE_AS(HANDLER_, how, CHECK, name, type, A, I)  \
    STORE_AS(HANDLER_, how, CHECK, name, type, I, S)  \
    STORE_AS(HANDLER_, how, CHECK, name, type, I, A)  \
    STORE_AS(HANDLER_, how, CHECK, name, type, I, I)  \
    STORE_AS(HANDLER_, how, CHECK, name, type, SS, S) \
    STORE_AS(HANDLER_, how, CHECK, name, type, SS, A) \
    STORE_AS(HANDLER_, how, CHECK, name, type, SS, I) \
    STORE_AS(HANDLER_, how, CHECK, name, type, AS, S) \
    STORE_AS(HANDLER_, how, CHECK, name, type, AS, I) \
    STORE_AS(HANDLER_, how, CHECK, name, type, SA, S) \
    STORE_AS(HANDLER_, how, CHECK, name, type, SA, I) \
    STORE_AS(HANDLER_, how, CHECK, name, type, SI, S) \
    STORE_AS(HANDLER_, how, CHECK, name, type, SI, A) \
    STORE_AS(HANDLER_, how, CHECK, name, type, SI, I) \
    STORE_AS(HANDLER_, how, CHECK, name, type, AI, S) \
    STORE_AS(HANDLER_, how, CHECK, name, type, AI, I) \
    STORE_AS(HANDLER_, how, CHECK, name, type, KS, S) \
    STORE_AS(HANDLER_, how, CHECK, name, type, KS, A) \
    STORE_AS(HANDLER_, how, CHECK, name, type, KS, I) \
    STORE_AS(HANDLER_, how, CHECK, name, type, KA, S) \
    STORE_AS(HANDLER_, how, CHECK, name, type, KA, I)
#define STORE_FLOAT(HANDLER_, how, CHECK, name, type) \
    STORE_AS(HANDLER_, how, CHECK, name, type, S, F)  \
    STORE_AS(HANDLER_, how, CHECK, name, type, A, F)  \
    STORE_AS(HANDLER_, how, CHECK, name, type, I, F)  \
    STORE_AS(HANDLER_, how, CHECK, name, type, SS, F) \
    STORE_AS(HANDLER_, how, CHECK, name, type, AS, F) \
    STORE_AS(HANDLER_, how, CHECK, name, type, SA, F) \
    STORE_AS(HANDLER_, how, CHECK, name, type, SI, F) \
    STORE_AS(HANDLER_, how, CHECK, name, type, AI, F) \
    STORE_AS(HANDLER_, how, CHECK, name, type, KS, F) \
    STORE_AS(HANDLER_, how, CHECK, name, type, KA, F)
#define STORES(HANDLER_, how, CHECK)                  \
    STORE(HANDLER_, how, CHECK, store8, u8)           \
    STORE(HANDLER_, how, CHECK, store16, u16)         \
    STORE(HANDLER_, how, CHECK, store32, u32)         \
    STORE(HANDLER_, how, CHECK, store64, u64)         \
    STORE_FLOAT(HANDLER_, how, CHECK, f32_store, f32) \
    STORE_FLOAT(HANDLER_, how, CHECK, f64_store, f64)

LOADS(GUARD_HANDLER, guard, UNCHECKED)
STORES(GUARD_HANDLER, guard, UNCHECKED)
LOADS(HANDLER, check, CHECKED)
STORES(HANDLER, check, CHECKED)

/* ---- a load and the operation on it
 * ---------------------------------------------------------
 *
 * Unchecked only.  R: the value read is the second operand, L: the first; the other one is
 * in an accumulator or in the slot that the high half of imm names; the low half is the
 * offset. */
#define OTHER_S_i            SLOT_AT(u32, pc->imm >> 32)
#define OTHER_S_l            SLOT_AT(u64, pc->imm >> 32)
#define OTHER_S_f            SLOT_AT(f32, pc->imm >> 32)
#define OTHER_S_d            SLOT_AT(f64, pc->imm >> 32)
#define OTHER_A_i            (uint32_t) acc
#define OTHER_A_l            acc
#define OTHER_A_f            facc
#define OTHER_A_d            dacc
#define ORDER_R(other, read) other, read
#define ORDER_L(other, read) read, other
#define APPLY(name, ...)     num_##name(__VA_ARGS__, &result)
#define LOADED_AS(name, order, type, t, mode, cx, to)               \
    GUARD_HANDLER(name##_##type##order##_##mode##_##cx##_##to, {    \
        TYPE_##t result = 0, other = OTHER_##cx##_##t;              \
        uint64_t ea = (uint64_t)ADDRESS_##mode + (uint32_t)pc->imm; \
        ACCESS();                                                   \
        TYPE_##t v = MEMORY(type);                                  \
        ACCESSED();                                                 \
        (void)APPLY(name, ORDER_##order(other, v));                 \
        PUT_##to##_##t(result);                                     \
        NEXT();                                                     \
    })
#define LOADED_OF(name, order, type, t, mode, cx) \
    LOADED_AS(name, order, type, t, mode, cx, A)  \
    LOADED_AS(name, order, type, t, mode, cx, S)
#define LOADED_MODE(name, order, type, t, mode) \
    LOADED_OF(name, order, type, t, mode, S)    \
    LOADED_OF(name, order, type, t, mode, A)
#define LOADED(name, order, type, t)      \
    LOADED_MODE(name, order, type, t, S)  \
    LOADED_MODE(name, order, type, t, A)  \
    LOADED_MODE(name, order, type, t, I)  \
    LOADED_MODE(name, order, type, t, SS) \
    LOADED_MODE(name, order, type, t, SI) \
    LOADED_MODE(name, order, type, t, AI) \
    LOADED_MODE(name, order, type, t, KS)
#define LOADED_INT(type, m, t)  \
    LOADED(type##_add, R, m, t) \
    LOADED(type##_sub, R, m, t) \
    LOADED(type##_mul, R, m, t) \
    LOADED(type##_and, R, m, t) \
    LOADED(type##_or, R, m, t)  \
    LOADED(type##_xor, R, m, t)
#define LOADED_FLOAT(type, m, t) \
    LOADED(type##_add, R, m, t)  \
    LOADED(type##_sub, R, m, t)  \
    LOADED(type##_mul, R, m, t)  \
    LOADED(type##_add, L, m, t)  \
    LOADED(type##_sub, L, m, t)  \
    LOADED(type##_mul, L, m, t)
LOADED_INT(i32, u32, i)
LOADED_INT(i32, u8, i)
LOADED_INT(i64, u64, l)
LOADED_FLOAT(f32, f32, f)
LOADED_FLOAT(f64, f64, d)

/* A load at slot a, and a branch on what it read: not zero, or zero. */
#define BR_LOADED_AS(type, to)                       \
    GUARD_HANDLER(br_load_##type##_##to, {           \
        uint64_t ea = (uint64_t)ADDRESS_S + pc->imm; \
        ACCESS();                                    \
        uint32_t v = MEMORY(type);                   \
        ACCESSED();                                  \
        PUT_##to##_i(v);                             \
        BRANCH(v != 0);                              \
    })                                               \
    GUARD_HANDLER(br_not_load_##type##_##to, {       \
        uint64_t ea = (uint64_t)ADDRESS_S + pc->imm; \
        ACCESS();                                    \
        uint32_t v = MEMORY(type);                   \
        ACCESSED();                                  \
        PUT_##to##_i(v);                             \
        BRANCH(v == 0);                              \
    })
BR_LOADED_AS(u8, A)
BR_LOADED_AS(u8, S)
BR_LOADED_AS(u32, A)
BR_LOADED_AS(u32, S)
