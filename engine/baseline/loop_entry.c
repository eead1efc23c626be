/* loop_entry.c - the entry for activations that the interpreter began (struct tier.enter_loop).
 *
 * At the head of a loop nothing is cached: locals are in their own registers or slots, operands
 * in their slots or constants (state.h).  So one entry serves all loops of a function: it makes
 * the frame, takes from the buffer (exec.h) every local that is used and as many operands as
 * any of the loops has below it, and goes on at the loop whose number it finds there.  Operands
 * above those of that loop get what happens to be in the buffer, and nobody reads them.
 *
 * The logical stack has been charged by the interpreter; the epilogue gives it back. */
#include "baseline/emit.h"
#include <string.h>

void loop_entry_note(struct compiler *c, const struct control *t, uint32_t slots)
{
    if (!c->entered || slots > LOOP_ENTRY_SLOTS)
        return;
    vec_push(c->scratch, &c->loops,
             (struct entry_loop){ .entry = { .start = t->block->start, .slots = slots },
                                  .label = t->label });
}

/* A word of the buffer; r11 is the execution context. */
static struct mem buffered(uint32_t i)
{
    return mem_base(R11, (int32_t)(offsetof(struct exec, buffer) + (size_t)8 * i));
}

static void take_slots(struct compiler *c, uint32_t slot, uint32_t n)
{
    code_need(c, CODE_ROOM);
    emit_words(c, mem_slot(c, slot), buffered(LOOP_BUFFER + 1 + slot), n, RAX);
}

static void take_locals(struct compiler *c)
{
    for (uint32_t i = 0; i < c->info->nlocals; i++) {
        const struct local *l = &c->locals[i];
        if (c->info->local_weights[i] == 0)
            continue;
        if (l->pin == NO_REG) {
            take_slots(c, l->slot, vtype_slots(l->type));
            continue;
        }
        code_need(c, CODE_ROOM);
        emit_load(c, l->type, l->pin, buffered(LOOP_BUFFER + 1 + l->slot));
    }
}

static void take_operands(struct compiler *c)
{
    uint32_t end = 0;
    for (uint32_t i = 0; i < c->loops.len; i++)
        if (c->loops.at[i].entry.slots > end)
            end = c->loops.at[i].entry.slots;
    for (uint32_t slot = c->info->operand_slot; slot < end; slot++)
        take_slots(c, slot, 1);
}

static void go_to_loop(struct compiler *c)
{
    uint32_t last = c->loops.len - 1;
    asm_mov_rm(&c->a, W32, RAX, buffered(LOOP_BUFFER));
    for (uint32_t i = 0; i < last; i++) {
        code_need(c, CODE_ROOM);
        asm_alu_ri(&c->a, ALU_CMP, W32, RAX, (int32_t)i);
        asm_jcc_label(&c->a, CC_E, &c->loops.at[i].label);
    }
    asm_jmp_label(&c->a, &c->loops.at[last].label);
}

void loop_entry_emit(struct compiler *c)
{
    if (c->loops.len == 0)
        return;
    code_need(c, CODE_ROOM);
    c->loops_at = asm_pos(&c->a);
    frame_again(c);
    asm_mov_rm(&c->a, W64, R11, MEM_INSTANCE(exec));
    take_locals(c);
    take_operands(c);
    code_need(c, CODE_ROOM);
    go_to_loop(c);
}

const struct loop_entries *loop_entry_table(const struct compiler *c, bool *oom)
{
    uint32_t n = c->loops.len;
    struct loop_entries *e = NULL;
    if (n != 0)
        e = arena_try(&c->modcode->arena, sizeof *e + n * sizeof e->loops[0]);
    *oom = n != 0 && e == NULL;
    if (e == NULL)
        return NULL;
    e->at = c->loops_at;
    e->n = n;
    for (uint32_t i = 0; i < n; i++)
        e->loops[i] = c->loops.at[i].entry;
    return e;
}
