/* gen.h - the generator: DNA -> an always-valid module.
 *
 * Top-down and type-directed: gen_expr(type) chooses what produces a value of that type and
 * generates its operands; the operations are the rows of ops.def, found by signature, so a new
 * row takes part without code here.  Statements leave the stack as it was; no value is dropped
 * unseen: what is not used goes to a local or a sink global.  module.c lays out the module,
 * stmt.c and expr.c write bodies, emit.h the bytes. */
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
    GEN_MAX_FUNCS = 10, /* imports included */
    GEN_MAX_GLOBALS = 14,
    GEN_MAX_TABLES = 2,
    GEN_MAX_LOCALS = 48,
    GEN_MAX_LABELS = 24,
    GEN_TYPE_KINDS = 6, /* i32 i64 f32 f64 funcref externref */
    GEN_PASSIVE_BYTES = 64,
    GEN_ELEMS = 12, /* entries of the active element segment */
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

struct gen_config {
    uint16_t classes_off; /* bit set of enum gen_class */
    enum gen_traps traps;
    uint8_t modes; /* shapes of functions: see module.c */
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

/* The module being made. */
struct gen {
    struct arena *arena;
    struct gen_config config;
    struct bytes out; /* the module; inside a body: unused */
    uint32_t ntypes, nfuncs, nimported, nglobals, nimported_globals, ntables, npassive;
    struct gen_sig types[GEN_MAX_TYPES];
    uint8_t func_types[GEN_MAX_FUNCS];
    valtype global_types[GEN_MAX_GLOBALS];
    bool global_mutable[GEN_MAX_GLOBALS];
    uint32_t table_min[GEN_MAX_TABLES];
    valtype table_types[GEN_MAX_TABLES];
    bool has_memory, has_memory_max;
    uint32_t memory_min;
    uint8_t elems[GEN_ELEMS]; /* function indices in table 0 from element 0 on */
    uint32_t nelems;
    uint8_t passive_elems; /* entries of the passive element segment, 0: none */
    /* ops.def rows without hand-written typing, by result type */
    uint16_t ops[GEN_TYPE_KINDS][160];
    uint32_t nops[GEN_TYPE_KINDS];
};

/* The function being made. */
struct gen_func {
    struct gen *g;
    struct bytes *out;
    const struct gen_sig *sig;
    uint32_t index;              /* function index */
    uint32_t nlocals, ncounters; /* the last ncounters locals are loop counters */
    valtype locals[GEN_MAX_LOCALS];
    uint32_t used_counters;
    struct gen_label labels[GEN_MAX_LABELS];
    uint32_t nlabels;
    int32_t budget; /* instructions left */
};

/* The bytes of a module, in a. */
struct bytes gen_module(struct dna *d, struct gen_config config, struct arena *a);

/* Fills gen.ops from ops.def. */
void gen_index_ops(struct gen *g);

/* expr.c: code that pushes one value of type t. */
void gen_expr(struct gen_func *f, struct dna *d, valtype t, uint32_t depth);
/* Code for one row of ops.def whose operands are generated (HAND rows excluded). */
void gen_op(struct gen_func *f, struct dna *d, enum op op, uint32_t depth);
/* The same with operands already on the stack: opcode and immediates only. */
void gen_op_bare(struct gen_func *f, struct dna *d, enum op op);
/* Operand k of a row: its type; the result's type or VT_BOTTOM. */
valtype gen_op_operand(enum op op, uint32_t k);
valtype gen_op_result(enum op op);
uint32_t gen_op_operands(enum op op);
void gen_const(struct gen_func *f, struct dna *d, valtype t);
/* An i32 just around the present size of a table, or of memory 0 in bytes less `width`. */
void gen_near_table_size(struct gen_func *f, struct dna *d, uint32_t table);
void gen_near_memory_size(struct gen_func *f, struct dna *d, uint32_t width);
void gen_exprs(struct gen_func *f, struct dna *d, const valtype *types, uint32_t n,
               uint32_t depth);

/* stmt.c: code that leaves the stack as it was. */
void gen_stmts(struct gen_func *f, struct dna *d, uint32_t depth);
/* Pops a value of type t into a local, a global or nothing. */
void gen_consume(struct gen_func *f, struct dna *d, valtype t);
void gen_push_label(struct gen_func *f, const valtype *types, uint32_t n, bool is_loop);

static inline bool gen_on(const struct gen *g, enum gen_class c)
{
    return (g->config.classes_off >> c & 1) == 0;
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

#endif
