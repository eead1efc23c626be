/* validator.h - the state of validating one body, shared by validate*.c.  Internal to
 * wasm/.
 *
 * The operand stack is an array of valtypes, one entry per slot (a v128 has two of its
 * type), so that depth is height.  `base` is the floor of the innermost block: nothing
 * below it may be popped.  Behind an instruction that does not return, that block is
 * `polymorphic`: popping at the floor then gives VT_BOTTOM.  spec: valid-instr, algo-valid
 *
 * Polymorphic typing is coarser than reachability: behind the `end` of a block that no
 * branch leaves, types are checked as usual but nothing runs.  `live` says whether the
 * current instruction can run; what func_info counts, it counts while live.
 *
 *      stack        base          sp           high             limit
 *        |            |            |             |                |
 *        v            v            v             v                v
 *      +--------------+------------+- - - - - - -+- - - - - - - - +
 *      | outer blocks | this block |  used once  |  never used    |
 *      +--------------+------------+- - - - - - -+- - - - - - - - +
 *      |<---------------- max_height ----------->|
 *
 * A failure is recorded in the decoder and empties v->r, which ends the loop; what runs
 * between only has to be memory safe.  Behind an invalid instruction the emptied v->r
 * records nothing (its fail is v->ignored). */
#ifndef WX_WASM_VALIDATOR_H
#define WX_WASM_VALIDATOR_H

#include "wasm/decode.h"
#include "wasm/paged.h"

/* One open block. */
struct ctrl {
    const struct type *type; /* parameters and results */
    struct block *block;     /* in v->blocks */
    uint32_t height;         /* of the operands below its parameters */
    uint32_t index;          /* of the block */
    enum block_kind kind;
    bool polymorphic;
    bool entry_live; /* can it be entered? */
    bool has_else;
    uint64_t *outer_assigned; /* BLOCK_LOOP: v->assigned outside of it */
    const uint8_t *br_table;  /* the last br_table that checked this label */
};

struct validator {
    struct reader r; /* the instructions */
    struct decoder *d;
    struct module *m;
    struct func_info *info;
    const uint8_t *body;
    const uint8_t *at; /* the current instruction */
    enum op op;
    struct fail ignored;
    uint32_t fail_depth; /* open blocks before the invalid instruction */

    valtype *stack, *base, *sp, *high, *limit;
    VEC(struct ctrl) ctrls;

    /* immediates of the current instruction */
    uint32_t index, index2;
    valtype address; /* address type of the memory */
    struct block_type block_type;
    const struct type *type; /* of a block; NULL: it is not known yet, see block_type */
    bool memory0_is32;       /* there is a memory 0, with 32-bit addresses */

    /* facts */
    uint32_t live;   /* 0 or 1 */
    uint32_t weight; /* of a local's use here; 0 while not live */
    uint32_t loop_depth;
    uint32_t cost; /* live instructions since the last charge point */
    uint32_t nlocals;
    uint32_t nnarrow; /* nlocals, or 0 when some local is a v128 */
    valtype *local_types;
    uint32_t *local_weights;
    uint64_t *assigned;     /* of the innermost loop that has its own set, or NULL */
    uint64_t *assigned_all; /* every local, for loops beyond the budget */
    size_t assigned_budget; /* bytes left for sets of this body */
    struct paged blocks;    /* struct block */
    struct paged charges;   /* struct charge */
    struct charge *charge;  /* the last one, or NULL */
    bool lists_charges;     /* FACT_CHARGES */
};

/* Counts a use of a local. */
static inline void validator_use_local(struct validator *v, uint32_t index)
{
    uint32_t *weight = &v->local_weights[index];
    if (UNLIKELY(__builtin_add_overflow(*weight, v->weight, weight)))
        *weight = UINT32_MAX;
}

/* ---- failures (validate_operands.c) -------------------------------------------------- */

/* The module is invalid at the current instruction. */
COLD void validator_invalid(struct validator *v, const char *format, ...) PRINTF(2, 3);

/* True when index < count; else "unknown <what> <index>". */
static inline bool validator_index(struct validator *v, const char *what, uint32_t index,
                                   uint32_t count)
{
    if (LIKELY(index < count))
        return true;
    validator_invalid(v, "unknown %s %u", what, index);
    return false;
}

/* ---- operands (validate_operands.c) -------------------------------------------------- */

/* Moves the stack to room for cap operands. */
void operands_reserve(struct validator *v, size_t cap);

/* Makes room for n more slots of operands. */
void operands_raise(struct validator *v, size_t n);

/* Pushes what needs room or takes two slots. */
void operands_push_rare(struct validator *v, valtype t);

/* In place of an operand's number: behind the values of a label. */
enum { LAST_OPERAND = 0 };

/* Pops an operand that is not simply the type wanted, number k of the instruction (from
 * 1). */
void operands_pop_rare(struct validator *v, valtype want, uint32_t k);

/* Pops operand k, whatever its type. */
valtype operands_pop_any(struct validator *v, uint32_t k);

void operands_pop_many(struct validator *v, const valtype *types, uint32_t n);
void operands_push_many(struct validator *v, const valtype *types, uint32_t n);
/* Checks the topmost operands against types and leaves them as they are. */
void operands_peek_types(struct validator *v, const valtype *types, uint32_t n);

static inline void operands_push(struct validator *v, valtype t)
{
    if (UNLIKELY(v->sp == v->high || t == VT_V128))
        operands_push_rare(v, t);
    else
        *v->sp++ = t;
}

static inline void operands_pop(struct validator *v, valtype want, uint32_t k)
{
    if (LIKELY(v->sp > v->base && v->sp[-1] == want && want != VT_V128))
        v->sp--;
    else
        operands_pop_rare(v, want, k);
}

/* None and one are nearly all that labels and blocks ask for. */
static inline void operands_pop_types(struct validator *v, const valtype *types, uint32_t n)
{
    if (n == 1)
        operands_pop(v, types[0], 1);
    else if (n != 0)
        operands_pop_many(v, types, n);
}

static inline void operands_push_types(struct validator *v, const valtype *types,
                                       uint32_t n)
{
    if (n == 1)
        operands_push(v, types[0]);
    else if (n != 0)
        operands_push_many(v, types, n);
}

/* ---- the pass ------------------------------------------------------------------------ */

/* Reads and judges the next instruction.  validate.c */
void validator_step(struct validator *v);
/* Reads and judges the body.  validate_run.c */
void validator_run(struct validator *v);

/* validate.c */
void rule_call(struct validator *v);

/* ---- control (validate_control.c) ---------------------------------------------------- */

/* Opens the block of the function itself. */
void validator_open_body(struct validator *v, const struct type *type);

/* The rules of control instructions; their immediates are in v unless they are vectors. */
void rule_unreachable(struct validator *v);
void rule_block(struct validator *v);
void rule_loop(struct validator *v);
void rule_if(struct validator *v);
void rule_else(struct validator *v);
void rule_end(struct validator *v);
void rule_br(struct validator *v);
void rule_br_if(struct validator *v);
void rule_br_table(struct validator *v);
void rule_return(struct validator *v);

#endif
