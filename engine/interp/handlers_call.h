/* handlers_call.h - calls, function entries, returns.  See handlers.h and frame.h.
 *
 * A call moves fp to the callee's frame, leaves the return address in acc and goes to the
 * callee's cells: its entry writes the header.  A return leaves a single result in slot 0
 * and in the accumulator of its type. */

#define RETURN_ADDRESS(cell) ((uint64_t)(uintptr_t)(cell))
#define FRAME_AT(offset)     ((uint64_t *)(void *)((uint8_t *)fp + (offset)))
#define ENTER(fn)                                                      \
    do {                                                               \
        fp = FRAME_AT(pc->a);                                          \
        pc = atomic_load_explicit(&(fn)->cells, memory_order_acquire); \
        DISPATCH();                                                    \
    } while (0)

/* Of a function of this module; imm: its struct fncode. */
HANDLER(call, {
    acc = RETURN_ADDRESS(pc + 1);
    ENTER((struct fncode *)(uintptr_t)pc->imm);
})

/* Goes to f, not a host function, which may belong to another instance; the cell behind the
 * call takes the own one back. */
#define ENTER_INSTANCE(f)             \
    do {                              \
        acc = RETURN_ADDRESS(pc + 1); \
        inst = (f)->instance;         \
        mem0 = inst->mem0;            \
        ENTER((f)->code);             \
    } while (0)
#define CALL_HOST(f)                    \
    do {                                \
        acc = (uint64_t)(uintptr_t)(f); \
        DIVERT(call_host);              \
    } while (0)

/* Of an imported function, index b. */
HANDLER(call_import, {
    struct func *f = inst->funcs[pc->b];
    if (UNLIKELY(f->code == NULL))
        CALL_HOST(f);
    ENTER_INSTANCE(f);
})

/* Through a table: index in slot b or the accumulator, imm: canonical id of the type
 * expected, x: index of the table, in the 0 forms table 0. */
#define CALL_TABLE(from, at)                                                          \
    do {                                                                              \
        const struct table *t = from;                                                 \
        uint64_t element = at;                                                        \
        if (UNLIKELY(element >= t->size))                                             \
            CALL_TRAP(TRAP_TABLE_INDEX);                                              \
        struct func *f = (struct func *)(uintptr_t)t->elems[element];                 \
        if (UNLIKELY(f == NULL))                                                      \
            CALL_TRAP(TRAP_NULL_FUNC);                                                \
        if (UNLIKELY(f->type_id != pc->imm) && !(WX_BUG(X17) && f->instance == inst)) \
            CALL_TRAP(TRAP_SIGNATURE);                                                \
        if (UNLIKELY(f->instance != inst)) {                                          \
            if (f->code == NULL)                                                      \
                CALL_HOST(f);                                                         \
            ENTER_INSTANCE(f);                                                        \
        }                                                                             \
        acc = RETURN_ADDRESS(pc + 2);                                                 \
        ENTER(f->code);                                                               \
    } while (0)
#define CALL_TRAP(kind)              \
    do {                             \
        acc = element << 8 | (kind); \
        DIVERT(trap_table);          \
    } while (0)
HANDLER(call_table0_S, { CALL_TABLE(inst->table0, SLOT(u32, b)); })
HANDLER(call_table0_A, { CALL_TABLE(inst->table0, (uint32_t)acc); })
HANDLER(call_table_S, { CALL_TABLE(inst->tables[pc->x], SLOT(u32, b)); })
HANDLER(call_table_A, { CALL_TABLE(inst->tables[pc->x], (uint32_t)acc); })

/* Behind a call that may have gone to another instance.  A call site too: the return
 * address of a call that skips this cell is behind it. */
HANDLER(reload, {
    inst = frame_header(fp, pc->d)->instance;
    mem0 = WX_BUG(X16) ? mem0 : inst->mem0;
    NEXT();
})

/* ---- entries: a offset of the header, d bytes of frame, b offset of the first declared
 * local, x number of 32-byte blocks to clear; the last may reach into the header, which
 * comes after -- */

#define ENTRY_ROOM()                                                                  \
    do {                                                                              \
        if (UNLIKELY((size_t)((const uint8_t *)limit - (const uint8_t *)fp) < pc->d)) \
            DIVERT(trap_entry);                                                       \
    } while (0)
#define ENTRY_HEADER()                                    \
    do {                                                  \
        struct frame_header *h = frame_header(fp, pc->a); \
        h->ret = (const struct cell *)(uintptr_t)acc;     \
        h->caller = frame_caller(fp, h->ret);             \
        h->instance = inst;                               \
    } while (0)
HANDLER(entry, {
    ENTRY_ROOM();
    ENTRY_HEADER();
    NEXT();
})
HANDLER(entry1, {
    ENTRY_ROOM();
    SLOT(u64, b) = 0;
    ENTRY_HEADER();
    NEXT();
})
HANDLER(entry2, {
    ENTRY_ROOM();
    SLOT_AT(u64x2, pc->b) = (u64x2){ 0, 0 };
    ENTRY_HEADER();
    NEXT();
})
HANDLER(entry4, {
    ENTRY_ROOM();
    SLOT_AT(u64x2, pc->b) = (u64x2){ 0, 0 };
    SLOT_AT(u64x2, pc->b + 16) = (u64x2){ 0, 0 };
    ENTRY_HEADER();
    NEXT();
})
HANDLER(entry_many, {
    ENTRY_ROOM();
    uint32_t n = pc->x;
    uint8_t *local = (uint8_t *)fp + pc->b;
    do {
        ((mem_u64x2 *)(void *)local)[0].v = (u64x2){ 0, 0 };
        ((mem_u64x2 *)(void *)local)[1].v = (u64x2){ 0, 0 };
        local += 32;
        KEEP_LOOP(local);
    } while (--n != 0);
    ENTRY_HEADER();
    NEXT();
})

/* Before the entry.  Logical stack: imm bytes.  Calls of a function that may become hot;
 * imm: its struct fncode. */
HANDLER(stack_charge, {
    int64_t left = inst->exec->stack_left - (int64_t)pc->imm;
    if (UNLIKELY(left < 0))
        DIVERT(trap_entry);
    inst->exec->stack_left = left;
    NEXT();
})
HANDLER(entry_heat, {
    struct fncode *fn = (struct fncode *)(uintptr_t)pc->imm;
    uint32_t heat = atomic_load_explicit(&fn->heat, memory_order_relaxed);
    if (UNLIKELY(heat <= 1))
        DIVERT(hot);
    atomic_store_explicit(&fn->heat, heat - 1, memory_order_relaxed);
    NEXT();
})
HANDLER(stack_refund, {
    inst->exec->stack_left += (int64_t)pc->imm;
    NEXT();
})

/* ---- returns: d offset of the header, the result from slot a, an accumulator or imm
 * --------- */

#define RETURN(...)                                             \
    do {                                                        \
        const struct frame_header *h = frame_header(fp, pc->d); \
        const struct cell *ret = h->ret;                        \
        uint64_t *caller = h->caller;                           \
        __VA_ARGS__;                                            \
        pc = ret;                                               \
        fp = caller;                                            \
        DISPATCH();                                             \
    } while (0)
HANDLER(return_none, { RETURN((void)0); })
HANDLER(return_S, { RETURN(acc = SLOT(u64, a), fp[0] = acc); })
HANDLER(return_A, { RETURN(fp[0] = acc); })
HANDLER(return_I, { RETURN(acc = pc->imm, fp[0] = acc); })
HANDLER(return_f32_S, { RETURN(facc = SLOT(f32, a), SLOT_AT(f32, 0) = facc); })
HANDLER(return_f32_A, { RETURN(SLOT_AT(f32, 0) = facc); })
HANDLER(return_f64_S, { RETURN(dacc = SLOT(f64, a), SLOT_AT(f64, 0) = dacc); })
HANDLER(return_f64_A, { RETURN(SLOT_AT(f64, 0) = dacc); })
/* x slots from slot a on. */
HANDLER(return_many, {
    const struct frame_header *h = frame_header(fp, pc->d);
    const struct cell *ret = h->ret;
    uint64_t *caller = h->caller, *out = fp;
    const uint64_t *from = FRAME_AT(pc->a);
    uint32_t n = pc->x;
    do {
        *out++ = *from++;
        KEEP_LOOP(out);
    } while (--n != 0);
    pc = ret;
    fp = caller;
    DISPATCH();
})
