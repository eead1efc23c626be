/* mut.h - mutators of inputs, for any fuzzing engine: libfuzzer.c and afl.c are the glue.
 *
 * An input is DNA or a module (case.h).  What comes out is a case again: DNA of this version, or a
 * module that validates; when a mutation of a module is not valid, another one is tried, and in the
 * end the input stays as it was.  Only with `corrupt`, for targets that read any bytes, one in
 * twenty has its bytes flipped without regard to what they mean.
 *
 *     mut.c    choice and entry     dna_face.c   on DNA      wasm_face.c   on modules
 *     code.c   on function bodies   expr.c       fresh expressions
 *     move.c   of code to new functions and earlier places
 *     define.c calls; functions and globals that come and go
 *     entity.c on limits, segments, and between modules
 *
 * Everything is a function of the arguments. */
#ifndef WX_FUZZ_MUT_H
#define WX_FUZZ_MUT_H

#include "base/vec.h"
#include "case.h"
#include "dna.h"
#include "tools/find/typing.h"
#include <string.h>

/* Changes data[0..size) somehow, to at most max bytes: LLVMFuzzerMutate or the like. */
typedef size_t mut_raw(uint8_t *data, size_t size, size_t max);

/* Changes data[0..size), which has room for max bytes; the new size. */
size_t mut_mutate(uint8_t *data, size_t size, size_t max, uint64_t seed, mut_raw *raw,
                  bool corrupt);

/* A child of two inputs, in out; its size, 0 if there is none. */
size_t mut_cross(const uint8_t *a, size_t na, const uint8_t *b, size_t nb, uint8_t *out,
                 size_t max, uint64_t seed);

/* ---- between the files --------------------------------------------------------------------- */

static inline bool mut_is_module(const uint8_t *data, size_t size)
{
    return size >= 8 && memcmp(data, "\0asm", 4) == 0;
}

size_t mut_dna(uint8_t *data, size_t size, size_t max, struct dna *rng, mut_raw *raw);
size_t mut_dna_cross(const uint8_t *a, size_t na, const uint8_t *b, size_t nb, uint8_t *out,
                     size_t max, struct dna *rng);

/* other may be NULL.  0: nothing valid came of it. */
size_t mut_wasm(const uint8_t *data, size_t size, const uint8_t *other, size_t other_size,
                uint8_t *out, size_t max, struct dna *rng);

/* A mutation of a module under way. */
struct mutation {
    struct arena *a;
    struct dna *rng;
    struct tree *t;
    const struct tree *other; /* NULL: none */
    struct fuzz_case *c;      /* configuration and script */
    const struct tree *first; /* NULL: t is the case's first module; else t is the second */
    bool script_only;         /* the module stays as it is */
};

/* Instructions being written. */
struct mut_code {
    VEC(struct insn);
};

static inline void mut_push(struct mutation *m, struct mut_code *out, struct insn i)
{
    vec_push(m->a, out, i);
}

static inline uint32_t mut_below(struct mutation *m, uint32_t n)
{
    return n == 0 ? 0 : (uint32_t)(dna_bits(m->rng, 3) % n);
}

/* Another module imports what this one exports. */
static inline bool mut_has_importer(const struct mutation *m)
{
    return m->first == NULL && m->c->second != NULL;
}

/* ---- code.c -------------------------------------------------------------------------------- */

/* A place in a body. */
struct mut_site {
    uint32_t func, at;
    const struct effect *e; /* of the whole body */
    struct tree_func *f;
};

typedef bool mut_suits(const struct mut_site *s);

/* A live instruction of a random function that `suits` accepts; NULL: any. */
bool mut_pick(struct mutation *m, struct mut_site *s, mut_suits *suits);
/* The end of an expression with one value. */
bool mut_makes_value(const struct mut_site *s);
/* Instructions [first, last) become what is in with (NULL: nothing). */
void mut_put(struct mutation *m, struct mut_site *s, uint32_t first, uint32_t last,
             const struct mut_code *with);

/* ---- define.c ------------------------------------------------------------------------------ */

/* A new function without locals but its parameters; its index. */
uint32_t mut_new_func(struct mutation *m, const struct signature *type,
                      const struct mut_code *code);

/* ---- expr.c -------------------------------------------------------------------------------- */

/* Pushes one value of type t, in function f of m->t. */
void mut_expr(struct mutation *m, struct mut_code *out, const struct tree_func *f,
              valtype t, uint32_t depth);
/* A constant that is interesting more often than not. */
struct insn mut_const(struct mutation *m, valtype t);
/* Rows of ops.def with that signature or that first operand; OP_COUNT if none. */
enum op mut_like(struct mutation *m, enum op op);
enum op mut_row_taking(struct mutation *m, valtype t);

/* ---- mutations of modules ------------------------------------------------------------------ */

typedef bool mut_wasm_fn(struct mutation *m);
#define WX_MUT_WASM(name, weight, text) mut_wasm_fn wasm_##name;
#include "mut/mutators.def"

#endif
