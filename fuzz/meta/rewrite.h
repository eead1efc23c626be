/* rewrite.h - rewrites of a module that do not change what it does.
 *
 * A rewrite looks at one instruction of one function, and either does not apply or changes the
 * tree (tools/find/tree.h).  Which rewrites, where, is drawn from bytes.  Floats are only moved,
 * negated twice or compared the other way round: the payload of a NaN must survive. */
#ifndef WX_FUZZ_META_REWRITE_H
#define WX_FUZZ_META_REWRITE_H

#include "dna.h"
#include "tools/find/refs.h"
#include "tools/find/typing.h"

enum rewrite {
#define REWRITE(name, text) REWRITE_##name,
#include "meta/rewrites.def"
    REWRITE_COUNT,
};

struct rewriter {
    struct arena *a;
    struct dna d;
    struct tree *t;
    uint32_t f, at;             /* the function and the instruction looked at */
    struct tree_func *func;     /* t->funcs[f] */
    const struct effect *types; /* of its code */
    bool segments_changed;
    uint32_t applied[REWRITE_COUNT];
};

extern const char *const rewrite_names[REWRITE_COUNT];

/* Applies up to n rewrites; returns how many there were. */
uint32_t rewrite_some(struct rewriter *w, uint32_t n);

/* ---- edit.c -------------------------------------------------------------------------------- */

enum { EDIT_MOST = 16 }; /* instructions of a short list */

/* A short list of instructions being made. */
struct edit {
    struct insn at[EDIT_MOST];
    uint32_t n;
};

void edit_op(struct edit *e, enum op op);
void edit_index(struct edit *e, enum op op, uint32_t index);
void edit_const(struct edit *e, valtype t, uint64_t bits);
void edit_block(struct edit *e, enum op op, const struct signature *type);

/* Replaces the instructions [at, at + remove) by those of a list. */
void edit_splice(struct rewriter *w, uint32_t at, uint32_t remove, const struct insn *insns,
                 uint32_t n);
void edit_insert(struct rewriter *w, uint32_t at, const struct edit *e);
/* Puts lists before and behind [first, end). */
void edit_around(struct rewriter *w, uint32_t first, uint32_t end,
                 const struct edit *before, const struct edit *behind);

/* A copy of [first, end) in which labels that lead out of it by at least `from` levels more lead
 * `by` levels further. */
struct code edit_copy(struct rewriter *w, uint32_t first, uint32_t end, uint32_t from,
                      uint32_t by);

/* A fresh local; UINT32_MAX when there are too many. */
uint32_t edit_local(struct rewriter *w, valtype t);
/* A new function behind all others; its index. */
uint32_t edit_func(struct rewriter *w, const struct signature *type, struct code code);
/* One more element of a list of the tree. */
void *edit_grow(struct arena *a, void *list, uint32_t n, size_t size);

/* Does instruction w->at end an expression, all of it in [*start, at], that leaves exactly what
 * the instruction pushes? */
bool edit_expression(const struct rewriter *w, uint32_t *start);
/* Are all blocks of [first, end) opened and closed there? */
bool edit_balanced(const struct rewriter *w, uint32_t first, uint32_t end);
/* The else or end that closes the block opened, or the arm begun, at an instruction. */
uint32_t edit_close(const struct rewriter *w, uint32_t opener);
/* Does it push a value that may be changed behind it?  Its type. */
bool edit_pushes(const struct rewriter *w, valtype *t);

static inline const struct insn *edit_insn(const struct rewriter *w)
{
    return &w->func->code.at[w->at];
}

static inline const struct effect *edit_effect(const struct rewriter *w)
{
    return &w->types[w->at];
}

/* ---- the rewrites: value.c, shape.c, module.c ---------------------------------------------- */

#define REWRITE(name, text) bool rewrite_##name(struct rewriter *w);
#include "meta/rewrites.def"

#endif
