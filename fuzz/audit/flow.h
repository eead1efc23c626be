/* flow.h - the auditor's insides: values, states, instructions, and what its files share.
 *
 *     decode.c    bytes -> struct ins; which bytes are code, which data
 *     state.c     values and states: writes, merges, conditions
 *     place.c     memory operands: what may be touched, and what a load from there gives
 *     step.c      what an instruction does to a state
 *     audit.c     the fixed point over a body; the module; the report
 *
 * A state holds at one place on all paths to it.  A check that fails on a state fails on
 * every weaker one, so the first violation may be reported before the fixed point. */
#ifndef WX_FUZZ_AUDIT_FLOW_H
#define WX_FUZZ_AUDIT_FLOW_H

#include "audit.h"
#include "base/vec.h"
#include "runtime/engine.h"
#include "runtime/store.h"
#include "x64/abi.h"
#include "x64/stubs.h"

/* ---- values -------------------------------------------------------------------------- */

enum value_kind {
    NUMBER,   /* at most max; unless ref is NO_REG, that register's value + add */
    INSTANCE, /* of the function */
    EXEC,     /* its execution context */
    HELPERS,  /* arrays in the instance */
    FUNCS,
    TABLES,
    MEMORIES,
    GLOBALS,
    MEMORY, /* objects; index says which */
    TABLE,
    GLOBAL,
    MEM_BASE,   /* the first byte of memory index */
    ELEMS,      /* the first element of table index */
    MAYBE_FUNC, /* a function record, or null */
    FUNC,   /* a function record; index is where it was loaded, type its canonical type */
    CALLEE, /* instance of the function record loaded at index */
    CALLEE_MEMORY, /* base of memory 0 of that instance */
    ENTRY,         /* where that record's entry pointer is */
    CODE,          /* address in this body, at offset index */
    TABLE_OFFSET,  /* an entry of the jump table at index, add entries long */
    TABLE_TARGET,  /* the same as an address */
    STACK,         /* rsp - add */
    SAVED,         /* what preserved register index held on entry */
    KIND_COUNT,
};

#define ANY_NUMBER UINT64_MAX
#define MAX_I32    UINT64_C(0xFFFFFFFF)
#define NO_TYPE    UINT32_MAX

struct value {
    uint8_t kind, ref;
    uint8_t exact; /* a NUMBER that is max; a FUNC of this instance */
    uint8_t pad[5];
    uint32_t index, type;
    uint64_t add, max;
};

/* ---- states -------------------------------------------------------------------------- */

enum fact_kind { FACT_NONE, FACT_MEMORY, FACT_TABLE };

/* reg (NO_REG: 0) + reach is at most the length of memory index; reg is below the size of
 * table index. */
struct fact {
    uint8_t kind, reg, pad[2];
    uint32_t index;
    uint64_t reach;
};

/* What the flags compare: what holds of reg, or which fact holds, on one of the edges. */
enum flags_kind {
    FLAGS_NONE,
    FLAGS_FACT,
    FLAGS_BELOW,
    FLAGS_LIMIT,
    FLAGS_NULL,
    FLAGS_TYPE,
    FLAGS_HOME
};

struct flags {
    uint8_t kind, reg, pad[6];
    uint64_t limit; /* FLAGS_BELOW: reg < limit; FLAGS_LIMIT: bytes; FLAGS_TYPE: the type */
    struct fact fact;
};

enum { FACTS = 4, PRESERVED = 4 };

struct state {
    struct value regs[GPR_COUNT];
    struct fact facts[FACTS];
    struct flags flags;
    uint64_t checked;          /* frame bytes that the stack check covers; 0: none */
    uint32_t height;           /* bytes from rsp to the return address */
    uint32_t saved[PRESERVED]; /* height behind the push of rbx, rbp, r12, r13; or 0 */
    uint32_t instance_saved;   /* the frame's slot for r14 holds it */
};

static inline struct value value_number(uint64_t max)
{
    return (struct value){ .kind = NUMBER, .ref = NO_REG, .max = max };
}

static inline struct value value_const(uint64_t n)
{
    return (struct value){ .kind = NUMBER, .ref = NO_REG, .exact = 1, .max = n };
}

static inline struct value value_of(enum value_kind kind, uint32_t index)
{
    return (struct value){ .kind = (uint8_t)kind, .ref = NO_REG, .index = index };
}

/* ---- instructions -------------------------------------------------------------------- */

enum operand { OPERAND_NONE, OPERAND_GPR, OPERAND_OTHER, OPERAND_MEM, OPERAND_IMM };
enum { OPERANDS = 4, RIP_BASE = RIP_REG };

struct ins {
    uint32_t at;
    uint16_t mnemonic; /* ZydisMnemonic */
    uint8_t len, cc;   /* cc: of a conditional jump */
    uint8_t kind[OPERANDS], reg[OPERANDS], bytes[OPERANDS];
    bool reads_mem, writes_mem, sets_flags, is_lea;
    uint8_t base, index, scale;
    int64_t disp; /* with RIP_BASE: offset of the target from the body's start */
    int64_t imm;  /* of a jump: offset of the target from the body's start */
    uint16_t wrote32, wrote64, wrote_part; /* registers, by the width written */
};

enum mark { MARK_NONE, MARK_CODE, MARK_INSIDE, MARK_DATA };

struct node {
    struct state in;
    bool reached, queued;
};

struct auditor {
    const struct code_body *body;
    const struct modcode *modcode;
    const struct module *module;
    const struct config *config;
    struct arena *scratch;
    uint32_t size;
    uint8_t *marks;     /* enum mark, by byte */
    uint32_t *ins_at;   /* index of the instruction there, if any */
    uint32_t *block_at; /* 1 + index of the block that begins there, or 0 */
    uint8_t *jumps_to;  /* how many jumps have this target, up to 255 */
    VEC(struct ins) ins;
    VEC(struct node *) blocks;
    VEC(uint32_t) work; /* offsets of blocks to be done */
    VEC(uint32_t) todo; /* offsets to be decoded */
    uint8_t *traps;     /* an instruction there has a site of its own */
    bool late_target;   /* a jump into code that was taken for straight */
    bool calls;
    uint32_t red_zone; /* 1 + offset of an instruction that uses it, or 0 */
    struct audit_finding *finding;
};

/* Notes the violation, unless there is one already. */
void audit_fail(struct auditor *a, enum audit_rule rule, uint32_t at);
static inline bool audit_failed(const struct auditor *a)
{
    return a->finding->rule != AUDIT_OK;
}

/* ---- decode.c ------------------------------------------------------------------------ */

/* Decodes everything that direct jumps reach from `at`. */
void decode_from(struct auditor *a, uint32_t at);
/* Notes a jump to target: a block begins there.  false: nothing can begin there. */
bool decode_target(struct auditor *a, uint32_t from, int64_t target);
/* Those bytes are data.  false: they are not all in the body and free of code. */
bool decode_data(struct auditor *a, int64_t at, uint64_t bytes);
/* What remains must be padding. */
void decode_gaps(struct auditor *a);
/* The text of the instruction at an offset. */
void decode_print(const struct code_body *b, uint32_t at, char *text, size_t size);

/* ---- state.c ------------------------------------------------------------------------- */

void state_begin(struct state *s, const struct auditor *a);
/* The same at the entry for interpreted activations (struct loop_entries). */
void state_begin_loop(struct state *s, const struct auditor *a);
/* reg = v; everything that was said of the old value is forgotten. */
void state_set(struct state *s, unsigned reg, struct value v);
void state_exchange(struct state *s, unsigned x, unsigned y);
void state_add_fact(struct state *s, struct fact f);
bool state_has_fact(const struct state *s, enum fact_kind kind, unsigned reg,
                    uint32_t index, uint64_t reach);
/* A call: caller-saved registers are lost. */
void state_lose(struct state *s);
/* What the flags say on an edge that is taken under condition cc. */
void state_assume(struct state *s, enum cc cc);
/* into becomes what holds on both; true: it changed.  false in *ok: their frames differ. */
bool state_merge(struct state *into, const struct state *s, bool *ok);

static inline bool is_preserved(unsigned reg)
{
    return reg == RBX || reg == RBP || reg == R12 || reg == R13;
}
static inline unsigned preserved_number(unsigned reg)
{
    return reg == RBX ? 0 : reg == RBP ? 1 : reg == R12 ? 2 : 3;
}

/* ---- place.c ------------------------------------------------------------------------- */

/* Checks the memory operand of in; what a full load from there gives. */
struct value place_check(struct auditor *a, struct state *s, const struct ins *in);

/* ---- step.c -------------------------------------------------------------------------- */

void step(struct auditor *a, struct state *s, const struct ins *in);
/* The site of a trap at in, which must be there and find its frame; or NULL. */
const struct code_site *step_site(struct auditor *a, const struct state *s,
                                  const struct ins *in);

#endif
