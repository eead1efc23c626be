/* translate.h - the translator's state, shared by translate*.c.
 *
 * One pass over a validated body.  The operand stack exists at translation time only, as
 * values: where each operand of the Wasm stack is now.  local.get and constants emit
 * nothing; most operations name their operands directly.
 *
 *     place   the value is in
 *     SLOT    its home, the canonical slot for its height
 *     LOCAL   the slot of a local: saved to its home before the local is written
 *     CONST   nowhere yet
 *     ACC,    an accumulator; the cell that computes it writes the accumulator only.  When
 *     FACC,   something else needs the accumulator, that cell is replaced by its other
 *     DACC    form, which writes the home as well (spill), so its place becomes SLOT.
 *
 * An accumulator may also be known to equal a slot: the form that writes a slot leaves the
 * value in the accumulator.  local.set of a value just computed makes the computing cell
 * write the local.
 *
 * Example, `local.get 0; local.get 1; i32.mul; i32.const 5; i32.add; local.set 2`:
 *
 *     LOCAL 0                          -
 *     LOCAL 0, LOCAL 1                 -
 *     ACC                              i32_mul_SS_A  0, 1
 *     ACC, CONST 5                     i32_mul_SS_A  0, 1
 *     ACC                              i32_mul_SS_A  0, 1;  i32_add_AI_A  5
 *     -                                i32_mul_SS_A  0, 1;  i32_add_AI_S  5 -> 2
 *
 * At labels every value is in its home and nothing is known of the accumulators. */
#ifndef WX_INTERP_TRANSLATE_H
#define WX_INTERP_TRANSLATE_H

#include "base/bugs.h"
#include "interp/cell.h"
#include "wasm/code.h"

enum bank { BANK_INT, BANK_F32, BANK_F64, BANK_COUNT };

enum place { PLACE_SLOT, PLACE_LOCAL, PLACE_CONST, PLACE_ACC, PLACE_FACC, PLACE_DACC };

#define NONE UINT32_MAX

struct value {
    enum place place;
    uint32_t home;  /* offset of its canonical slot */
    uint32_t at;    /* LOCAL: offset of the local's slot */
    uint32_t local; /* LOCAL: its index */
    uint32_t next;  /* LOCAL: next older value that is in the same local */
    uint32_t cell;  /* accumulators: the cell that computes it */
    uint64_t imm;   /* CONST */
};

/* Operand classes of handlers. */
enum class { CLASS_S, CLASS_A, CLASS_I };

struct operand {
    enum class class : 8;
    bool only;    /* A: in no slot */
    uint32_t at;  /* the slot, unless only or I */
    uint32_t src; /* A, only: the cell that computes it; else NONE */
    uint64_t imm; /* I */
};

/* What the translator remembers of a cell beside it. */
struct draft {
    struct cell cell;      /* its handler is a number */
    uint32_t offset;       /* of the instruction, from func_decl.body */
    uint16_t op;           /* enum op, OP_ADD_SHL, or OP_INVALID: not for folding */
    uint8_t first, second; /* classes of its operands */
    uint32_t src;          /* of the first operand, as struct operand */
};
enum { OP_ADD_SHL = OP_INVALID + 1 };

/* Address modes, in the order of handlers_memory.h; of a load, draft.first. */
enum mode {
    MODE_S,
    MODE_A,
    MODE_I,
    MODE_SS,
    MODE_AS,
    MODE_SA,
    MODE_SI,
    MODE_AI,
    MODE_KS,
    MODE_KA,
    MODE_COUNT,
};

struct bank_state {
    uint32_t value; /* index of the value that is nowhere else, or NONE */
    uint32_t slot;  /* offset of a slot that holds the same, or NONE */
};

/* A block being translated. */
struct control {
    const struct block *block;
    uint32_t depth;   /* values below its parameters */
    uint32_t base;    /* home of its first parameter or result */
    uint32_t label;   /* BLOCK_LOOP: its first cell */
    uint32_t fixups;  /* chain of branches to its end, through their x */
    uint32_t skips;   /* BLOCK_IF: the same to its else */
    uint32_t stub;    /* what br_table `stub_of` uses to pass values to it: a cell */
    uint32_t stub_of; /* index of that br_table, or NONE */
};
/* Links of the chains: index + 1, 0 ends; with this bit an index into entries. */
#define FIXUP_TABLE UINT32_C(0x80000000)

/* An entry of a br_table. */
struct table_entry {
    uint32_t next; /* in the chain */
    uint32_t cell; /* the br_table */
    int32_t distance;
};

struct translator {
    struct fncode *fn;
    const struct engine *engine;
    const struct module *module;
    const struct func_decl *decl;
    const struct func_info *info;
    struct program *program;
    bool checks; /* accesses to memory are checked */

    const uint8_t *p; /* next byte */
    uint32_t at;      /* offset of the instruction under way */
    bool dead;        /* the code is unreachable */

    VEC(struct draft) cells;
    uint32_t barrier; /* cells before this one are settled: a label follows them */
    /* The last computing cell, so that it can be taken back: then its bank is as it was.  (The
     * fields lie so that they are not copied as one word: that waits for their stores.) */
    struct {
        uint32_t cell, value;
        enum bank bank;
        uint32_t slot;
    } last;

    VEC(struct value) values; /* room of the stack */
    VEC(uint32_t) names;      /* and of the aliases */
    struct value *stack;
    uint32_t depth;
    uint32_t flushed;  /* values below this index are in their homes */
    uint32_t height;   /* home of the next value */
    uint32_t *aliases; /* by local: the newest value that is in it, or NONE */
    struct bank_state banks[BANK_COUNT];

    VEC(struct control) controls;
    uint32_t next_block, next_charge;
    VEC(struct table_entry) entries;

    struct arena *scratch;
};

/* ---- translate_stack.c: cells, values, accumulators
 * ------------------------------------ */

/* Appends a cell for the instruction under way. */
struct cell *emit(struct translator *t, uint32_t handler);
/* A cell that computes: the form that writes the accumulator of bank only; pushes its
 * value.  The operands have been popped. */
struct draft *produce(struct translator *t, enum bank bank, uint32_t handler);
/* The value on top was computed by the last cell, which nothing refers to yet? */
static inline bool is_fresh(const struct translator *t)
{
    if (t->depth == 0)
        return false;
    const struct value *v = &t->stack[t->depth - 1];
    return v->place >= PLACE_ACC && v->cell >= t->barrier && v->cell == t->cells.len - 1 &&
           v->cell == t->last.cell;
}

/* Takes back the last cell and the value, both fresh; the cell as it was. */
struct draft unproduce(struct translator *t);
/* A label is here: nothing is folded across it. */
void bind(struct translator *t);
/* Nothing is known of the accumulators; none holds a value. */
void forget_banks(struct translator *t);

static inline struct value *push(struct translator *t, enum place place, uint32_t slots)
{
    struct value *v = &t->stack[t->depth++];
    v->place = place;
    v->home = t->height;
    t->height += 8 * slots;
    return v;
}

static inline void push_const(struct translator *t, uint64_t imm)
{
    push(t, PLACE_CONST, 1)->imm = imm;
}

/* Pushes a v128 that the next cell, or the last one, writes to its home, which is the
 * result. */
uint32_t push_wide(struct translator *t);

/* Valid until the next push. */
const struct value *pop(struct translator *t);
void drop_to(struct translator *t, uint32_t depth);

/* The value on top of the stack is taken off. */
static inline void sink(struct translator *t, const struct value *top)
{
    t->depth--;
    t->height = top->home;
    if (t->flushed > t->depth)
        t->flushed = t->depth;
}

static inline struct operand slot_operand(const struct translator *t, uint32_t at,
                                          enum bank bank)
{
    bool equal = t->banks[bank].slot == at;
    return (struct operand){ .class = equal ? CLASS_A : CLASS_S, .at = at, .src = NONE };
}

/* take, where the value is in an accumulator. */
struct operand take_bank(struct translator *t, enum bank bank);

/* The top value as an operand for a bank; pops it. */
static inline struct operand take(struct translator *t, enum bank bank)
{
    const struct value *top = &t->stack[t->depth - 1];
    if (top->place >= PLACE_ACC)
        return take_bank(t, bank);
    sink(t, top);
    if (top->place == PLACE_CONST)
        return (struct operand){ .class = CLASS_I, .imm = top->imm, .src = NONE };
    if (top->place == PLACE_SLOT)
        return slot_operand(t, top->home, bank);
    t->aliases[top->local] = top->next;
    return slot_operand(t, top->at, bank);
}
/* As take, but in a slot. */
struct operand take_slot(struct translator *t, enum bank bank);
/* As take, in a slot or a constant. */
struct operand take_settled(struct translator *t);
/* Not both in the accumulator. */
void separate(struct operand *a, struct operand *b);
/* Puts a constant operand in the slot home. */
void settle_const(struct translator *t, struct operand *o, uint32_t home);

void emit_copy(struct translator *t, uint32_t from, uint32_t to);
void emit_const(struct translator *t, uint64_t imm, uint32_t to);
/* Emits what brings a value of the stack to a slot; the value stays where it is. */
void emit_value(struct translator *t, const struct value *v, uint32_t to);
/* Does a value of the stack take two slots?  Its neighbour above begins behind it. */
static inline bool is_wide(const struct translator *t, const struct value *v)
{
    const struct value *above = v + 1;
    return (above < t->stack + t->depth ? above->home : t->height) - v->home != 8;
}

/* Values to their homes: the newest n, all; those only in an accumulator. */
void flush_top(struct translator *t, uint32_t n);
void flush_all(struct translator *t);
void spill_banks(struct translator *t);

static inline void local_get(struct translator *t, uint32_t local)
{
    struct value *v = push(t, PLACE_LOCAL, vt_slots(t->info->local_types[local]));
    v->at = 8 * t->info->local_slots[local];
    v->local = local;
    v->next = t->aliases[local];
    t->aliases[local] = t->depth - 1;
}

void local_set(struct translator *t, uint32_t local, bool tee);

/* ---- the families of instructions --------------------------------------------------- */

/* translate_num.c */
bool translate_num(struct translator *t, enum op op);
/* k of the comparison t##_eq + k that holds when the one with this k does not; with its
 * operands exchanged. */
uint32_t compare_inverse(uint32_t k);
uint32_t compare_swapped(uint32_t k);
/* translate_memory.c */
bool translate_memory(struct translator *t, enum op op);
/* translate_fold.c: try to do op, whose operands are on top, in one cell with what computed
 * one of them; the first handler of the operation's family is for the caller's use. */
bool fold_binary(struct translator *t, enum op op);
/* The last cell has just added a constant to a local: with the one before it, if that did
 * too. */
void fold_bump(struct translator *t);
/* translate_ops.c */
bool translate_op(struct translator *t, enum op op);
/* translate_control.c */
bool translate_control(struct translator *t, enum op op);
void control_begin(struct translator *t);
/* translate_branch.c */
struct condition {
    enum {
        COND_VALUE,
        COND_INT, /* a comparison */
        COND_FLOAT,
        COND_TEST, /* bits in common */
        COND_ADD,  /* of what the cell `with` adds up */
        COND_BUMP, /* of the second sum of the cell `with` */
        COND_LOAD, /* of what the cell `with` loads */
    } kind;
    bool negated;
    enum op op; /* the comparison */
    struct operand a, b;
    struct draft with;
};
/* Takes the condition on top with what computes it, as far as it can be fused; whole: also
 * what computes its operands, which nothing may be emitted after. */
struct condition condition_take(struct translator *t, bool whole);
/* If the condition on top is an integer comparison just made, takes it so: COND_INT with
 * operands in the classes S or A, and S or I. */
bool condition_take_int(struct translator *t, struct condition *c);
/* Emits the branch taken when the condition is `when`; the index of its cell. */
uint32_t condition_emit(struct translator *t, const struct condition *c, bool when);
/* translate_call.c */
void call_entry(struct translator *t);
void call_direct(struct translator *t, uint32_t func);
void call_table(struct translator *t, uint32_t type, uint32_t table);
void call_return(struct translator *t);

#endif
