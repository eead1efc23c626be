/* handlers_cold.h - handlers that call C.  See handlers.h and cold.h.
 *
 * The accumulators do not survive them. */

/* Traps: kind in acc; effective address in acc; kind and index in acc. */
COLD_HANDLER(trap, { LEAVE(walk_trap((enum trap)acc, pc, fp, inst)); })
COLD_HANDLER(trap_memory, { LEAVE(walk_memory(acc, pc, fp, inst)); })
COLD_HANDLER(trap_table, { LEAVE(cold_trap_table(acc, pc, fp, inst)); })
/* No room for the frame of the function whose entry this is. */
COLD_HANDLER(trap_entry,
             { LEAVE(cold_trap_entry(pc, fp, inst, (const struct cell *)(uintptr_t)acc)); })

/* Leaves the interpreter; behind the call site that C's calls have. */
COLD_HANDLER(exit, {
    (void)pc;
    LEAVE(TRAP_NONE);
})

/* Before translation: imm is the struct fncode.  Then from its entry. */
COLD_HANDLER(lazy, {
    const struct cell *ret = (const struct cell *)(uintptr_t)acc;
    pc = cold_lazy(pc, fp, inst, ret);
    if (pc == NULL)
        LEAVE(inst->exec->trap.kind);
    acc = RETURN_ADDRESS(ret);
    DISPATCH();
})
/* The heat of a function has run out, at its entry or in a loop. */
COLD_HANDLER(hot, {
    uint64_t ret = acc;
    pc = cold_hot(pc);
    acc = ret;
    DISPATCH();
})
COLD_HANDLER(loop_hot, {
    struct loop_exit left = cold_loop_hot(pc, fp, inst);
    if (left.ret == NULL)
        NEXT();
    if (left.trap != TRAP_NONE)
        LEAVE(left.trap);
    acc = fp[0];
    facc = SLOT_AT(f32, 0);
    dacc = SLOT_AT(f64, 0);
    fp = frame_caller(fp, left.ret);
    pc = left.ret;
    DISPATCH();
})
/* For tests (config.junk): x slots from a on become imm, and so do the accumulators. */
COLD_HANDLER(junk, {
    uint64_t *slot = FRAME_AT(pc->a);
    uint32_t n = pc->x;
    for (; n != 0; n--)
        *slot++ = pc->imm;
    acc = pc->imm;
    facc = GET_I_f();
    dacc = GET_I_d();
    NEXT();
})
/* The upper half of the f32 in slot a. */
COLD_HANDLER(junk_half, {
    SLOT_AT(u32, pc->a + 4) = (uint32_t)pc->imm;
    NEXT();
})
/* Is the i32 in slot a zero-extended? */
COLD_HANDLER(junk_look, {
    if (SLOT(u64, a) >> 32 != 0)
        TRAP(TRAP_UNREACHABLE);
    NEXT();
})
/* A function that has been compiled: imm is the struct fncode. */
COLD_HANDLER(enter_compiled, {
    const struct cell *ret = (const struct cell *)(uintptr_t)acc;
    enum trap trap = cold_enter_compiled(pc, fp, inst, ret);
    if (trap != TRAP_NONE)
        LEAVE(trap);
    acc = fp[0];
    facc = SLOT_AT(f32, 0);
    dacc = WX_BUG(X15) ? dacc : SLOT_AT(f64, 0);
    fp = frame_caller(fp, ret);
    pc = ret;
    DISPATCH();
})
/* A host function: its record in acc. */
COLD_HANDLER(call_host, {
    enum trap trap = cold_call_host((struct func *)(uintptr_t)acc, pc, fp, inst);
    if (trap != TRAP_NONE)
        LEAVE(trap);
    acc = SLOT_AT(u64, pc->a);
    facc = SLOT_AT(f32, pc->a);
    dacc = SLOT_AT(f64, pc->a);
    NEXT();
})

/* Instructions done by the runtime: operands in consecutive slots from a on, the result in
 * the first; b and x are the indices they name. */
#define COLD_INSTRUCTION(name)                                   \
    COLD_HANDLER(name, {                                         \
        enum trap trap = cold_##name(pc, FRAME_AT(pc->a), inst); \
        if (UNLIKELY(trap != TRAP_NONE))                         \
            LEAVE(walk_begun(pc, fp, inst));                     \
        NEXT();                                                  \
    })
#define COLD_INSTRUCTIONS(X) \
    X(memory_grow)           \
    X(memory_init)           \
    X(data_drop)             \
    X(memory_copy)           \
    X(memory_fill)           \
    X(table_get)             \
    X(table_set)             \
    X(table_grow)            \
    X(table_fill)            \
    X(table_init)            \
    X(elem_drop)             \
    X(table_copy)
COLD_INSTRUCTIONS(COLD_INSTRUCTION)

/* Behind the last cell of a function; never run (cell.h). */
COLD_HANDLER(last, { LEAVE(walk_trap(TRAP_UNREACHABLE, pc, fp, inst)); })
HANDLER(unreachable, { TRAP(TRAP_UNREACHABLE); })
