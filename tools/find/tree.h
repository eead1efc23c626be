/* tree.h - a module taken apart: lists that can be changed and written again.
 *
 * tree_read takes a module from its bytes by the engine's loader, so it is valid; tree_write
 * makes bytes again, valid or not.  Function types are kept by structure and written without
 * duplicates, so nothing here refers to a type by number.  All other indices are those of the
 * binary format, imports first.
 *
 * Everything lies in one arena.  A changed copy may share what it does not change. */
#ifndef WX_TOOLS_FIND_TREE_H
#define WX_TOOLS_FIND_TREE_H

#include "base/arena.h"
#include "wasm/module.h"

struct signature {
    uint32_t nparams, nresults;
    const valtype *params, *results;
};

/* An instruction.  What an immediate is, op_infos[op].imm says:
 *   BLOCK                          type
 *   LABEL, FUNC, LOCAL ...         index[0], index[1] in the order of the binary format
 *   CALL_INDIRECT                  type, index[1]: table
 *   MEMARG                         index[0]: log2 of the alignment, index[1]: memory; bits: offset
 *   BR_TABLE, SELECT_T             list[0..n): labels with the default last; types
 *   I32, I64, F32, F64, HEAP_TYPE  bits */
struct insn {
    enum op op;
    uint32_t index[2], n;
    uint64_t bits;
    const uint32_t *list;
    const struct signature *type;
    uint32_t offset; /* of the opcode in the bytes it was read from */
};

struct code {
    struct insn *at;
    uint32_t len;
};

struct tree_func {
    const struct signature *type;
    uint32_t nlocals; /* without parameters */
    const valtype *locals;
    struct code code; /* the final end included */
};

struct tree_import {
    struct name module, name;
    enum extern_kind kind;
    const struct signature *type; /* EXTERN_FUNC */
    struct table_type table;
    struct memory_type memory;
    struct global_type global;
};

struct tree_global {
    struct global_type type;
    struct code init;
};

struct tree_table {
    struct table_type type;
};

struct tree_elem {
    enum segment_mode mode;
    uint32_t table;
    struct code offset;
    valtype type;
    uint32_t len;
    const struct code *items;
};

struct tree_data {
    enum segment_mode mode;
    uint32_t memory;
    struct code offset;
    const uint8_t *bytes;
    uint32_t len;
};

/* Numbers of imports of each kind are counted from the list. */
struct tree {
    uint32_t nimports, nfuncs, ntables, nmemories, nglobals, nexports, nelems, ndatas;
    struct tree_import *imports;
    struct tree_func *funcs; /* without imports, as the next three */
    struct tree_table *tables;
    struct memory_type *memories;
    struct tree_global *globals;
    struct export *exports;
    struct tree_elem *elems;
    struct tree_data *datas;
    bool has_start;
    uint32_t start;
};

struct bytes_out {
    uint8_t *at;
    uint32_t len;
};

/* NULL with a message on stderr: not a valid module, or one that cannot be taken apart. */
struct tree *tree_read(struct arena *a, const uint8_t *bytes, size_t len);
/* The same of a module that has been loaded; it may go away.  NULL: cannot be taken apart. */
struct tree *tree_of_module(struct arena *a, const struct module *m);
struct bytes_out tree_write(struct arena *a, const struct tree *t);

/* A copy whose lists may be changed; what they point to is shared. */
struct tree *tree_copy(struct arena *a, const struct tree *t);
/* The same code with another array. */
struct code code_copy(struct arena *a, struct code c);

uint32_t tree_imports(const struct tree *t, enum extern_kind kind);
/* Of a function index, imports included. */
const struct signature *tree_func_type(const struct tree *t, uint32_t func);
struct global_type tree_global_type(const struct tree *t, uint32_t global);
struct table_type tree_table_type(const struct tree *t, uint32_t table);
uint32_t tree_total(const struct tree *t, enum extern_kind kind);

bool signature_equal(const struct signature *a, const struct signature *b);
const struct signature *signature_new(struct arena *a, const valtype *params,
                                      uint32_t nparams, const valtype *results,
                                      uint32_t nresults);

/* The instruction that makes the zero of a type. */
struct insn insn_zero(valtype t);
/* A constant of a number type with these bits. */
struct insn insn_const(valtype t, uint64_t bits);
bool insn_is_const(const struct insn *i);

/* All instructions of all bodies. */
uint32_t tree_instructions(const struct tree *t);

#endif
