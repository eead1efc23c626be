/* external.h - a case as one module that any engine can run: i64 out, nothing in.
 *
 * The module keeps the functions of the case's module, instrumented (graft.h), and offers
 * functions [] -> [i64] that do the script and tell what it left behind:
 *
 *   EXTERNAL_MANY    in this order, to be called in this order, whatever traps on the way:
 *                    memory_0 globals_0 tables_0 host_0, then for each action k from 1 on
 *                    step_k memory_k globals_k tables_k host_k
 *   EXTERNAL_SINGLE  upto_0 ... upto_n: does the actions up to k and returns a digest of
 *                    all that EXTERNAL_MANY tells; each is for an instance of its own
 *
 * step_k does action k and returns a digest of its results; the others are digests of all
 * memories, globals and tables, and of the host calls with what is left of fuel and depth.
 * Imports live inside: a host function digests its arguments, sometimes calls an export,
 * grows or writes a memory, and makes results of the digest.  With `host` set, it also asks
 * a function "wx" "host" (i32 import, i64 digest) -> i64, which the engine's embedder must
 * provide as external_host says.
 *
 * A second module of the case, and actions about it, are left out.
 *
 * What a host function does is not what it does in the lanes: a case and its external
 * module are two inputs that exercise the same code. */
#ifndef WX_FUZZ_OUTSIDE_EXTERNAL_H
#define WX_FUZZ_OUTSIDE_EXTERNAL_H

#include "case.h"

enum external_form { EXTERNAL_MANY, EXTERNAL_SINGLE };

struct external {
    const uint8_t *at;
    uint32_t len;
    uint32_t nsteps; /* actions */
    enum external_form form;
    bool invalid; /* the case's module does not validate */
    char why[64]; /* when it cannot be made */
};

/* The external module of c, in a.  false: c is not valid, or cannot be carried over. */
bool external_make(const struct fuzz_case *c, enum external_form form, bool host,
                   struct arena *a, struct external *out);

/* What the function "host" returns. */
uint64_t external_host(uint32_t import, uint64_t digest);

#endif
