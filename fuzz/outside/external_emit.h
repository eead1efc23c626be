/* external_emit.h - the state of making an external module, and the pieces of digest.c. */
#ifndef WX_FUZZ_OUTSIDE_EXTERNAL_EMIT_H
#define WX_FUZZ_OUTSIDE_EXTERNAL_EMIT_H

#include "case.h"
#include "outside/graft.h"

enum external_digest {
    DIGEST_MEMORY,
    DIGEST_GLOBALS,
    DIGEST_TABLES,
    DIGEST_HOST,
    EXTERNAL_DIGESTS
};

struct external_maker {
    struct graft g;
    const struct fuzz_case *c;
    uint32_t trace; /* global: digest of host calls */
    uint32_t mix;   /* function: (digest, word) -> digest */
    uint32_t digests[EXTERNAL_DIGESTS], steps[CASE_MAX_ACTIONS]; /* functions */
    uint32_t digest, word, flag; /* locals of the function being made: i64, i64, i32 */
};

/* Adds the function mix and the digests. */
void external_add_digests(struct external_maker *x);
/* Declares the locals `digest`, `word`, `flag` behind the parameters. */
void external_locals(struct external_maker *x, struct sink *s, uint32_t nparams);
/* A value of type t -> i64; of references only whether they are null. */
void external_word(struct sink *s, valtype t);
/* Writes seed to memory 0 unless that has no page. */
void external_store(struct sink *s, uint64_t seed);

#endif
