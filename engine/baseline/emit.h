/* emit.h - the emitters, a function for each row of ops.def, and what their files share.
 *
 * An emitter is called behind its opcode, reads its immediates at c->pc, pops its operands
 * from the abstract stack and pushes its results.  A row that has none does not link. */
#ifndef WX_BASELINE_EMIT_H
#define WX_BASELINE_EMIT_H

#include "baseline/state.h"

#define WX_OP(name, code, text, imm, sig, width, trap, feature) \
    void baseline_##name(struct compiler *c);
#include "wasm/ops.def"

/* ---- conditions (condition.c) -------------------------------------------------------- */

/* Whether the next instruction only asks if its operand is zero. */
bool condition_wanted(const struct compiler *c);
/* Pushes the i32 that says whether cond holds in the flags now. */
void condition_push(struct compiler *c, unsigned cond);
/* Pops an operand; returns the condition of the flags that says it is not zero.  Until the
 * caller clears c->flags_live, the flags stay. */
unsigned condition_pop(struct compiler *c);
/* Sets ZF when v is zero. */
void condition_test(struct compiler *c, struct value *v);
/* Jumps to a label when cond holds. */
void condition_jump(struct compiler *c, unsigned cond, struct label *l);
/* ZF says now whether reg, of that width, is zero. */
static inline void condition_note(struct compiler *c, unsigned reg, enum width w)
{
    c->flags_at = asm_pos(&c->a);
    c->flags_reg = (uint8_t)reg;
    c->flags_width = (uint8_t)w;
}
/* Nothing is known about the flags: other paths come here too. */
static inline void condition_forget(struct compiler *c) { c->flags_at = 0; }

/* ---- integers (ops_int.c) ------------------------------------------------------------ */

static inline bool is_power_of_two(uint64_t n) { return n != 0 && (n & (n - 1)) == 0; }
/* Emits `and` of the two topmost values. */
void int_and(struct compiler *c, enum vtype type);
/* Emits a shift of x, which has been popped, by a constant, and pushes the result. */
void int_shift_const(struct compiler *c, enum shift op, enum vtype type, struct value *x,
                     uint64_t count);

/* ---- control (control.c) ------------------------------------------------------------- */

/* Enters the function's own block. */
void control_open(struct compiler *c);

/* ---- entries at loops (loop_entry.c) ------------------------------------------------- */

/* Here is the head of that loop, with its parameters in slots [.., slots). */
void loop_entry_note(struct compiler *c, const struct control *t, uint32_t slots);
/* Emits the entry, if there are such loops. */
void loop_entry_emit(struct compiler *c);
/* What loop_entry_emit made, for the code map; NULL: nothing, or *oom: no memory. */
const struct loop_entries *loop_entry_table(const struct compiler *c, bool *oom);

/* ---- calls (calls.c) ----------------------------------------------------------------- */

/* A move of v to a register. */
struct move {
    const struct value *v;
    uint8_t dst;
};

/* Does all moves at once, in an order that loses no value; n <= 16, destinations differ. */
void moves_run(struct compiler *c, unsigned bank, const struct move *moves, uint32_t n);

/* Brings the function's results, the top of the stack, to where the ABI wants them; they
 * stay there.  call_results_prepare comes first, where values may still be spilled. */
void call_results_prepare(struct compiler *c);
void call_results(struct compiler *c);

/* Calls a C helper: `first` is the argument behind the instance, then come the top n
 * values, which are popped.  Its result is in rax, locked. */
enum helper_form {
    HELPER_PLAIN,
    HELPER_TRAPS,    /* the result is a trap: no result */
    HELPER_REVERSED, /* the top value first */
};
void call_helper(struct compiler *c, enum helper helper, uint64_t first, uint32_t n,
                 enum helper_form form);

/* ---- tables (ops_table.c) ------------------------------------------------------------ */

/* reg = the elements of the table; traps unless index is below its size. */
void ops_table_element(struct compiler *c, unsigned reg, unsigned index, uint32_t table,
                       enum trap kind);

/* ---- prologue and epilogue (frame.c) ------------------------------------------------ */

/* Gives the hottest locals registers and lays out the frame. */
void frame_plan(struct compiler *c);
void frame_prologue(struct compiler *c);
void frame_epilogue(struct compiler *c);
/* The prologue's native part again: the frame, nothing in it but the instance.  r11 and rax are
 * lost. */
void frame_again(struct compiler *c);

#endif
