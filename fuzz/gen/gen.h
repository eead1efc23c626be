/* gen.h - the generator: DNA -> an always-valid module, and sometimes a second one beside it.
 *
 * Type-directed: gen_expr(type) chooses what produces a value of that type and generates its
 * operands; the operations are the rows of ops.def, found by signature, so a new row takes part
 * without code here.  Statements leave the stack as it was.  Each function has a mode (modes.def)
 * that says what its body is like.  No value goes unseen: what is not used goes to a local, a sink
 * global or memory, and locals are mixed into a sink at the end.
 *
 *     plan.c     declarations: types, imports, tables, globals
 *     module.c   sections                     modes.c    bodies, by mode
 *     expr.c     values: the choice           rows.c     rows of ops.def with their operands
 *     stmt.c     statements: the choice       control.c  blocks, loops, branches
 *     object.c   tables and bulk operations   idioms.c   shapes that compilers make
 *     const.c    constants and addresses      pairs.c    op2(op1(...)), enumerated
 *     fused.c    conditions, common operations
 *
 * Zero is the smallest choice everywhere, so that what is missing of the DNA makes a small module. */
#ifndef WX_FUZZ_GEN_H
#define WX_FUZZ_GEN_H

#include "base/arena.h"
#include "base/vec.h"
#include "dna.h"
#include "wasm/opcode.h"
#include "wasm/types.h"

struct bytes {
    VEC(uint8_t);
};

enum {
    GEN_MAX_TYPES = 10,
    GEN_MAX_PARAMS = 20,
    GEN_MAX_RESULTS = 8,
    GEN_MAX_FUNCS = 14, /* imports included */
    GEN_MAX_GLOBALS = 18,
    GEN_MAX_TABLES = 3,
    GEN_MAX_LOCALS = 96,
    GEN_MAX_LABELS = 24,
    GEN_TYPE_KINDS = 6,   /* i32 i64 f32 f64 funcref externref */
    GEN_NUMBER_KINDS = 4, /* the first of them */
    GEN_PASSIVE_BYTES = 64,
    GEN_ELEMS = 12, /* entries of the active element segment */
    GEN_MAX_ROWS = 160,
};

/* Classes of operations that a case can switch off (swarm testing). */
enum gen_class {
    CLASS_INT,
    CLASS_COMPARE,
    CLASS_FLOAT,
    CLASS_CONVERT,
    CLASS_LOAD,
    CLASS_STORE,
    CLASS_BULK,
    CLASS_TABLE,
    CLASS_REF,
    CLASS_GLOBAL,
    CLASS_CALL,
    CLASS_INDIRECT,
    CLASS_LOOP,
    CLASS_BRANCH,
    CLASS_SELECT,
    CLASS_BLOCK,
    CLASS_COUNT,
};

/* How much traps are invited. */
enum gen_traps { TRAPS_NONE, TRAPS_RARE, TRAPS_NATURAL, TRAPS_DENSE };

enum gen_mode {
#define WX_GEN_MODE(name, share, text) GEN_MODE_##name,
#include "gen/modes.def"
    GEN_MODE_COUNT,
};

struct gen_config {
    uint16_t classes_off;  /* bit set of enum gen_class */
    uint32_t features_off; /* bit set of enum feature */
    enum gen_traps traps;
    uint8_t modes;     /* 1..GEN_MODE_COUNT: every function has mode modes - 1 */
    uint8_t modes_off; /* bit set of enum gen_mode; the next one stands in */
    bool one_module;
};

struct gen_sig {
    uint32_t nparams, nresults;
    valtype params[GEN_MAX_PARAMS], results[GEN_MAX_RESULTS];
};

struct gen_label {
    const valtype *types;
    uint32_t n;
    bool is_loop;
};

struct gen_table {
    valtype type;
    uint32_t min;
    bool linked; /* the first module's table of the same number */
};

/* The module being made. */
struct gen {
    struct arena *arena;
    struct gen_config config;
    const struct gen *first; /* the module that this one imports from, or NULL */
    struct bytes out;        /* the module; inside a body: unused */
    uint32_t ntypes;
    struct gen_sig types[GEN_MAX_TYPES];
    /* functions: linked ones, the host's, defined ones */
    uint32_t nfuncs, nimported, nlinked;
    uint8_t func_types[GEN_MAX_FUNCS], linked_funcs[GEN_MAX_FUNCS];
    /* globals: linked ones, the host's, four sinks, others */
    uint32_t nglobals, nimported_globals, nlinked_globals;
    uint8_t linked_globals[GEN_MAX_GLOBALS];
    valtype global_types[GEN_MAX_GLOBALS];
    bool global_mutable[GEN_MAX_GLOBALS];
    uint32_t ntables;
    struct gen_table tables[GEN_MAX_TABLES];
    bool has_memory, has_memory_max, memory_linked;
    uint32_t memory_min;
    /* table 0 from element 0 on: function indices (of the first module if the table is linked),
     * and their types */
    uint8_t elems[GEN_ELEMS], elem_types[GEN_ELEMS];
    uint32_t nelems;
    uint8_t passive_elems; /* entries of the passive element segment, 0: none */
    /* ops.def rows without hand-written typing, by result type */
    uint16_t ops[GEN_TYPE_KINDS][GEN_MAX_ROWS];
    uint32_t nops[GEN_TYPE_KINDS];
    /* their operands by type, see pairs.c */
    bool has_consumers;
    struct gen_consumer {
        uint16_t op, operand;
    } consumers[GEN_NUMBER_KINDS][GEN_MAX_ROWS];
    uint32_t nconsumers[GEN_NUMBER_KINDS];
};

/* The function being made. */
struct gen_func {
    struct gen *g;
    struct bytes *out;
    const struct gen_sig *sig;
    uint32_t index; /* function index */
    /* locals[0..nfree) may be written by anyone, the others only by who made them */
    uint32_t nlocals, nfree;
    valtype locals[GEN_MAX_LOCALS];
    struct gen_label labels[GEN_MAX_LABELS];
    uint32_t nlabels, nloops;
    int32_t budget; /* instructions left */
};

/* Two modules; second.len is 0 when there is none. */
struct gen_modules {
    struct bytes first, second;
};

/* Modules from DNA, in a. */
struct gen_modules gen_modules(struct dna *d, struct gen_config config, struct arena *a);

/* plan.c: what is declared. */
void gen_plan(struct gen *g, struct dna *d);
void gen_plan_second(struct gen *g, const struct gen *first, struct dna *d);
valtype gen_pick_type(const struct gen *g, struct dna *d);
uint32_t gen_pick_count(struct dna *d, uint32_t usual, uint32_t most);
extern const valtype gen_all_types[GEN_TYPE_KINDS];

/* modes.c: the body of a defined function: locals, code, end. */
struct bytes gen_body(struct gen *g, uint32_t index, struct dna *d);
/* A local that nobody else writes; its index, or -1 when there are too many. */
int32_t gen_new_local(struct gen_func *f, valtype t);

/* const.c */
void gen_const(struct gen_func *f, struct dna *d, valtype t);
uint64_t gen_int_constant(struct dna *d);
/* Pushes an address for an access of `width` bytes; returns the static offset to use. */
uint32_t gen_address(struct gen_func *f, struct dna *d, uint32_t width, uint32_t depth);
/* An i32 just around the present size of a table. */
void gen_near_table_size(struct gen_func *f, struct dna *d, uint32_t table);
/* The immediate of a load or store. */
void gen_memarg(struct gen_func *f, struct dna *d, enum op op, uint32_t offset);

/* rows.c */
/* Fills gen.ops from ops.def. */
void gen_index_ops(struct gen *g);
bool gen_row_is_usable(const struct gen *g, enum op op);
/* Code for one row of ops.def whose operands are generated (HAND rows excluded). */
void gen_op(struct gen_func *f, struct dna *d, enum op op, uint32_t depth);
/* The same with operands [0..given) on the stack; for loads and stores given >= 1 is an address
 * that has been made safe. */
void gen_op_rest(struct gen_func *f, struct dna *d, enum op op, uint32_t given,
                 uint32_t depth);
/* Operand k of a row: its type; the result's type or VT_BOTTOM. */
valtype gen_op_operand(enum op op, uint32_t k);
valtype gen_op_result(enum op op);
uint32_t gen_op_operands(enum op op);
/* Makes the i32 on the stack an address that `width` bytes fit behind, as far as traps are
 * unwanted. */
void gen_guard_address(struct gen_func *f, struct dna *d);

/* expr.c: code that pushes values. */
void gen_expr(struct gen_func *f, struct dna *d, valtype t, uint32_t depth);
void gen_exprs(struct gen_func *f, struct dna *d, const valtype *types, uint32_t n,
               uint32_t depth);
/* A constant, parameter, local or global. */
void gen_leaf(struct gen_func *f, struct dna *d, valtype t);

/* fused.c: operations that engines combine with their neighbours. */
/* One with result t, or OP_INVALID. */
enum op gen_common_row(const struct gen *g, struct dna *d, valtype t);
/* Operand k of a row: the second one often a constant. */
void gen_operand(struct gen_func *f, struct dna *d, enum op op, uint32_t k, uint32_t depth);
/* An i32 that decides: often a comparison, or something compared with zero. */
void gen_condition(struct gen_func *f, struct dna *d, uint32_t depth);
bool gen_local_get(struct gen_func *f, struct dna *d, valtype t);

/* stmt.c: code that leaves the stack as it was. */
void gen_stmts(struct gen_func *f, struct dna *d, uint32_t depth);
/* Pops a value of type t into a local or a global; never loses it. */
void gen_consume(struct gen_func *f, struct dna *d, valtype t);
void gen_consume_all(struct gen_func *f, struct dna *d, const valtype *types, uint32_t n);
bool gen_call(struct gen_func *f, struct dna *d, uint32_t depth);

/* A statement; false: not possible here, nothing was emitted. */
typedef bool gen_statement(struct gen_func *f, struct dna *d, uint32_t depth);

/* control.c */
void gen_push_label(struct gen_func *f, const valtype *types, uint32_t n, bool is_loop);
gen_statement gen_state_if, gen_state_block, gen_state_typed_block, gen_state_counted_loop,
    gen_state_data_loop, gen_state_branch, gen_state_br_table, gen_state_return,
    gen_state_step;

/* object.c */
gen_statement gen_state_memory_bulk, gen_state_table;

/* idioms.c */
gen_statement gen_state_idiom;

/* pairs.c */
/* Number of pairs of operations in this module: see pairs.c. */
uint32_t gen_pairs_count(struct gen *g);
/* Pair number i: its code, and its value to a sink. */
void gen_pair(struct gen_func *f, struct dna *d, uint32_t i);
/* What pair number i is: for tests and statistics. */
void gen_pair_ops(const struct gen *g, uint32_t i, enum op *first, enum op *second,
                  uint32_t *operand);

static inline bool gen_on(const struct gen *g, enum gen_class c)
{
    return (g->config.classes_off >> c & 1) == 0;
}

static inline bool gen_has(const struct gen *g, enum feature feature)
{
    return (g->config.features_off >> feature & 1) == 0;
}

/* Whether what follows may trap; in256: how often. */
static inline bool gen_traps(const struct gen_func *f, struct dna *d, uint32_t in256)
{
    return f->g->config.traps >= TRAPS_NATURAL && dna_chance(d, in256);
}

/* Index of a type in tables by type kind. */
static inline uint32_t gen_kind(valtype t)
{
    return t == VT_I32       ? 0
           : t == VT_I64     ? 1
           : t == VT_F32     ? 2
           : t == VT_F64     ? 3
           : t == VT_FUNCREF ? 4
                             : 5;
}

/* The global that takes what nothing else uses. */
static inline uint32_t gen_sink(const struct gen *g, valtype t)
{
    return g->nimported_globals + gen_kind(t);
}

#endif
