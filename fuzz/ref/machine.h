/* machine.h - the state of one run and what instructions do to it.
 *
 * Everything that a valid module promises is required again here: the type of every
 * operand, the height of the stack at every label, the kind of every object that a
 * reference names.  What does not hold ends the process (require), since then the validator
 * or the runtime is wrong.  That is checked in every build: this is a test.
 *
 * Stack, in the store's value stack:
 *
 *     locals             frame   base                       sp       limit of the frame
 *     +---------+--------+-------+-------+--------+-------+-----+- - - - - -+
 *     | params  | locals | frame | label | values | label | ... |           |
 *     +---------+--------+-------+-------+--------+-------+-----+- - - - - -+
 *
 * Arguments are the caller's operands and become the callee's first locals. */
#ifndef WX_REF_MACHINE_H
#define WX_REF_MACHINE_H

#include "ref/ref.h"
#include "ref/value.h"
#include "runtime/engine.h"
#include "runtime/store.h"
#include "runtime/trap.h"
#include "wasm/code.h"

struct frame {
    struct frame *caller; /* of this run; NULL: called from C */
    struct instance *instance;
    struct func *func;
    const struct func_decl *decl;
    const uint8_t *pc; /* next byte to read */
    const uint8_t *at; /* opcode of the instruction that runs */
    struct value *locals;
    struct value *base;  /* lowest place of the stack: the body's label */
    struct value *label; /* the innermost */
    struct value *limit; /* one past the highest place that validation allows */
};

/* Of an engine: who listens. */
struct ref_state {
    ref_trace_fn *trace; /* or NULL */
    void *env;
};

struct machine {
    struct exec *exec;
    const struct ref_state *state;
    const struct config *config;
    struct frame *frame; /* the innermost; NULL: not begun, or returned to C */
    struct value *sp;    /* one past the last value */
    struct value *limit;
    bool walked; /* the trap has all its frames already */
};

/* Ends the process: what a valid module promises does not hold. */
NORETURN void ref_fail(const struct machine *m, const char *what);
#define REQUIRE_TEXT(condition) #condition
#define require(m, condition)                       \
    do {                                            \
        if (UNLIKELY(!(condition)))                 \
            ref_fail((m), REQUIRE_TEXT(condition)); \
    } while (0)

/* Names begin with ref_, since this is linked with the tiers that it is compared with. */

/* ---- the stack: stack.c -------------------------------------------------------------- */

void ref_push(struct machine *m, valtype type, uint64_t bits);
/* Removes a value that must have that type. */
uint64_t ref_pop(struct machine *m, valtype type);
/* Removes a value of any type; not a label. */
struct value ref_pop_any(struct machine *m);
/* An address or size: i32 or i64. */
static inline valtype address_type(bool is64) { return is64 ? VT_I64 : VT_I32; }

/* The highest n values, which must have those types; they stay. */
struct value *ref_top(const struct machine *m, const valtype *types, uint32_t n);
/* A value as runtime objects keep it, given a type and checked. */
struct value ref_value(const struct machine *m, valtype type, const uint64_t *words);
/* Requires that v can be used as type. */
void ref_require(const struct machine *m, const struct value *v, valtype type);

/* ---- traps: trap.c ------------------------------------------------------------------- */

/* Begins a trap at the running instruction. */
enum trap ref_trap(struct machine *m, enum trap kind);
/* The length bytes or elements from address exceed size. */
enum trap ref_trap_range(struct machine *m, enum trap kind, uint64_t address,
                         uint64_t length, uint64_t size);
/* No room for a frame of f. */
enum trap ref_trap_entry(struct machine *m, const struct func *f);
/* Adds the frames of this run and of the activations around it. */
void ref_trap_complete(struct machine *m);
/* Adds frame and its callers. */
void ref_trap_frames(const struct frame *frame, struct trap_info *t);

/* ---- calls and fuel: call.c ---------------------------------------------------------- */

/* Calls f, its arguments being on the stack. */
enum trap ref_call(struct machine *m, struct func *f);
/* Begins f, a Wasm function whose arguments are the highest values. */
enum trap ref_enter(struct machine *m, struct func *f);
/* Leaves the running function with the results on the stack. */
void ref_return(struct machine *m);
/* The fuel of the segment that begins at pc, and interruption. */
enum trap ref_charge_segment(struct machine *m);
/* n more units of fuel. */
enum trap ref_charge_units(struct machine *m, uint64_t n);

/* ---- an engine's and a module's part: tier.c ----------------------------------------- */

/* How many labels can be on the stack of a function at once. */
uint32_t ref_labels(const struct fncode *fn);
struct ref_state *ref_state_of(const struct engine *e);

/* ---- the instructions ---------------------------------------------------------------- */

/* Each is called behind its opcode and reads its immediates. */
#define WX_OP(name, ...) enum trap ref_op_##name(struct machine *m);
#include "wasm/ops.def"

/* Runs until the outermost frame has returned or something traps. */
enum trap ref_run(struct machine *m);

#endif
