/* module.h - what a binary says: the facts about a module, immutable once loaded.
 *
 * module_load decodes and validates in one linear pass and owns everything in the
 * module's arena, a copy of the bytes included.  Index spaces list imports first, as the
 * specification does.  Nothing here knows how code is run: tiers keep their state in
 * runtime/code.h. */
#ifndef WX_WASM_MODULE_H
#define WX_WASM_MODULE_H

#include "base/arena.h"
#include "base/bits.h"
#include "base/fail.h"
#include "wasm/opcode.h"
#include "wasm/types.h"

/* Not NUL-terminated; may contain NUL. */
struct name {
    const char *at;
    uint32_t len;
};

enum extern_kind { EXTERN_FUNC, EXTERN_TABLE, EXTERN_MEMORY, EXTERN_GLOBAL, EXTERN_TAG };

struct limits {
    uint64_t min, max; /* max valid when has_max */
    bool has_max, is64, shared;
};

struct table_type {
    valtype elem;
    struct limits limits;
};
struct memory_type {
    struct limits limits;
    uint8_t page_log2;
}; /* 16: 64 KiB pages */
struct global_type {
    valtype type;
    bool mutable_;
};

/* A constant expression: bytes of the module, `end` included; validated. */
struct const_expr {
    const uint8_t *at;
    uint32_t len;
};

struct func_decl {
    const struct type *type;
    /* defined functions only: */
    const uint8_t *body;     /* first byte after the local declarations */
    const uint8_t *body_end; /* one past the final `end` */
    uint32_t offset;         /* of the code entry (its local declarations) in the module */
    struct func_info *info;
};

struct table_decl {
    struct table_type type;
    struct const_expr init; /* at NULL: null */
};
struct memory_decl {
    struct memory_type type;
};
struct global_decl {
    struct global_type type;
    struct const_expr init;
};

struct import {
    struct name module, name;
    enum extern_kind kind;
    uint32_t index; /* in the index space of its kind */
};

struct export
{
    struct name name;
    enum extern_kind kind;
    uint32_t index;
};

enum segment_mode { SEGMENT_ACTIVE, SEGMENT_PASSIVE, SEGMENT_DECLARED };

struct elem_segment {
    enum segment_mode mode;
    uint32_t table;           /* SEGMENT_ACTIVE */
    struct const_expr offset; /* SEGMENT_ACTIVE */
    valtype type;
    uint32_t len;
    const uint32_t *funcs; /* function indices, or NULL: exprs */
    struct const_expr *exprs;
};

struct data_segment {
    enum segment_mode mode;
    uint32_t memory;          /* SEGMENT_ACTIVE */
    struct const_expr offset; /* SEGMENT_ACTIVE */
    const uint8_t *bytes;
    uint32_t len;
};

/* ---- what validation learns of a function -------------------------------------------- */

/* Slots.  A frame in the interpreter, and the spill area of a compiled function, is an
 * array of 8-byte slots; a v128 takes two:
 *
 *     0                     header_slot          operand_slot                    frame_slots
 *     +---------------------+--------------------+-------------------------------+
 *     | params | locals     | frame header       | operands, by height           |
 *     +---------------------+--------------------+-------------------------------+
 *       local_slots[i]        FRAME_HEADER_SLOTS    operand_slot + height in slots
 *
 * A callee's slot 0 is the caller's slot of its first argument, so arguments are
 * computed where the callee wants them, and results come back in the same place.  The
 * header belongs to the interpreter (frame.h); compiled code may use it as scratch. */
enum { FRAME_HEADER_SLOTS = 3 };

enum block_kind { BLOCK_FUNC, BLOCK_BLOCK, BLOCK_LOOP, BLOCK_IF };

/* One structured instruction, in the order of their opcodes in the body, unreachable
 * ones included.  blocks[0] is the function body itself.  Offsets count bytes from
 * func_decl.body.
 *
 * is_target: control comes to the label otherwise than by falling through.  True when a
 * reachable br, br_if or br_table names it; for the body also when a return is
 * reachable; for an `if` also when its condition is reachable and it has no else (the
 * condition branches to its end), or when the end of its first arm is reachable (which
 * goes on behind the else arm).
 *
 * assigned: loops of functions with very many loops and locals may share a set that
 * holds every local, so that the sets stay in proportion to the code. */
struct block {
    enum block_kind kind : 8;
    bool is_target;           /* see above */
    uint32_t start;           /* of the opcode; 0 for the body */
    uint32_t else_;           /* of the `else` opcode, or 0 */
    uint32_t end;             /* of the `end` opcode */
    uint32_t height;          /* slots of operands below the block's parameters */
    uint32_t parent;          /* index of the enclosing block; 0 for the body */
    const struct type *type;  /* parameters and results */
    const uint64_t *assigned; /* BLOCK_LOOP: bit set of locals set or teed inside */
};

/* A point where fuel is charged, before the instruction at `at` runs.  Points are, in
 * order of `at`:
 *   - the first instruction of the body,
 *   - the first instruction of a loop, behind the `loop` opcode and its type: charged at
 *     entry and again by each branch to the loop,
 *   - the first instruction of an `if`'s first arm, behind the `if` opcode and its type,
 *   - the first instruction of its second arm, behind the `else` opcode,
 *   - the instruction behind an `end`, but for the body's own.
 * Each `at` is that of the next opcode, even if that is an `end`.  A point is listed
 * when it can be reached: code behind unreachable, br, br_table or return cannot until
 * the next `else` or `end`; behind an `else` it can when the `if` can; behind an `end`
 * it can when the instruction before it falls through, or the block is no loop and
 * is_target.
 *
 * cost is the number of reachable instructions from `at` up to the next listed point,
 * each opcode counting 1: block, loop, if, else and end too.  So a `loop` opcode belongs
 * to the segment before its head.  The sum of all costs is the number of reachable
 * opcodes.  cost is at least 1. */
struct charge {
    uint32_t at; /* byte offset from func_decl.body */
    uint32_t cost;
};

struct func_info {
    uint32_t nlocals; /* parameters included */
    const valtype *local_types;
    const uint32_t *local_slots; /* slot of each local */
    const uint32_t
        *local_weights;         /* uses, each weighted 8^min(loop depth, 6), saturating */
    uint32_t header_slot;       /* = slots of all locals */
    uint32_t operand_slot;      /* = header_slot + FRAME_HEADER_SLOTS */
    uint32_t max_height;        /* slots of operands at most */
    uint32_t frame_slots;       /* operand_slot + max_height */
    uint32_t nblocks, ncharges; /* no charges without FACT_CHARGES */
    const struct block *blocks;
    const struct charge *charges;
    uint32_t ncalls;      /* call and call_indirect, reachable ones */
    uint32_t call_weight; /* calls and helper ops, weighted as local_weights */
    uint32_t nloops;
    bool has_memory_op; /* touches linear memory */
    bool has_helper_op; /* grow, bulk, table.set ...: calls into the runtime */
};

/* Logical stack cost of a call in bytes (deterministic profile): identical in every
 * tier. */
enum { STACK_FRAME_COST = 160, STACK_HOST_COST = 1024 };
static inline uint32_t func_stack_cost(const struct func_info *f)
{
    return 8 * (f->frame_slots - FRAME_HEADER_SLOTS) + STACK_FRAME_COST;
}

/* ---- the module ---------------------------------------------------------------------- */

struct module {
    struct arena arena;
    struct type_registry *registry;
    features features;
    const uint8_t *bytes;
    size_t len;

    uint32_t ntypes;
    const struct type **types;

    uint32_t nimports;
    struct import *imports;

    uint32_t nfuncs, nimported_funcs;
    struct func_decl *funcs;
    uint32_t ntables, nimported_tables;
    struct table_decl *tables;
    uint32_t nmemories, nimported_memories;
    struct memory_decl *memories;
    uint32_t nglobals, nimported_globals;
    struct global_decl *globals;

    uint32_t nexports;
    struct export *exports;
    uint32_t *export_slots; /* hash table: index of an export + 1, or 0 */
    uint32_t export_mask;   /* slots - 1; slots are a power of two */
    uint32_t nelems;
    struct elem_segment *elems;
    uint32_t ndatas;
    struct data_segment *datas;
    bool has_data_count;

    bool has_start;
    uint32_t start;

    struct name name;              /* of the name section; len 0 if none */
    const struct name *func_names; /* [nfuncs] of the name section, or NULL */
};

/* Facts that only some engines need: without FACT_CHARGES no charge points are listed. */
enum { FACT_CHARGES = 1, FACTS_ALL = FACT_CHARGES };

/* Decodes and validates bytes[0..len), which may go away on return.  NULL on failure,
 * with *f filled in: FAIL_MALFORMED, FAIL_INVALID or FAIL_EXHAUSTED.  Linear in len. */
struct module *module_load_facts(struct heap *h, struct type_registry *r, features enabled,
                                 unsigned facts, const uint8_t *bytes, size_t len,
                                 struct fail *f);
/* With all facts. */
struct module *module_load(struct heap *h, struct type_registry *r, features enabled,
                           const uint8_t *bytes, size_t len, struct fail *f);
void module_free(struct module *m);

/* The export of that name and kind, or NULL; by hash, O(1) expected. */
const struct export *module_export(const struct module *m, const char *name, size_t len);

/* The name for messages: from the name section, else the first export, else "".  */
struct name module_func_name(const struct module *m, uint32_t func);

#endif
