/* check.h - cases against outside engines: ask, compare, and tell which side is odd. */
#ifndef WX_FUZZ_OUTSIDE_CHECK_H
#define WX_FUZZ_OUTSIDE_CHECK_H

#include "outside/outside.h"

enum { OUTSIDE_MAX = 3 };

/* Engines of ours that answer too; the first one's answer is compared. */
enum own_side { OWN_BASELINE, OWN_INTERP, OWN_REFERENCE, OWN_COUNT };

struct outside_stats {
    uint64_t cases, invalid, not_carried, asked, same, different, crashed, hung;
    uint64_t allowed;     /* cannot tell: an allowed divergence */
    uint64_t unavailable; /* cannot tell: nobody answered */
    uint64_t lines, traps, not_started;
};

struct outside_check {
    struct outside *engines[OUTSIDE_MAX];
    uint32_t nengines;
    wx_engine *own[OWN_COUNT];
    uint32_t uses;
    struct heap heap;
    struct arena arena; /* for one case, which may lie in it; the client resets it */
    struct outside_stats stats;
};

/* What is odd. */
struct outside_finding {
    const struct outside *engine;
    struct question question;
    struct answer own[OWN_COUNT], theirs;
    uint32_t line; /* of the answers; UINT32_MAX: how they ended */
};

/* NULL: not asked.  false after a message. */
bool outside_check_init(struct outside_check *k, const char *node, const char *command,
                        const char *library);
/* The same from the environment: WX_FUZZ_V8, WX_FUZZ_ENGINE, WX_FUZZ_ENGINE_SO. */
bool outside_check_from_environment(struct outside_check *k);
void outside_check_free(struct outside_check *k);

/* Asks every engine about c.  true: one of them answers something else than we do, or
 * crashes or hangs; *f says which and how.  f->question lies in k->arena. */
bool outside_check_case(struct outside_check *k, const struct fuzz_case *c,
                        struct outside_finding *f);
void outside_print_finding(const struct outside_finding *f);

/* A vote on a difference between engines of ours: each of `sides`, and each outside engine,
 * is run on the external module of c; prints who agrees with whom. */
struct outside_side {
    const char *name;
    wx_engine *engine;
};
void outside_vote(struct outside_check *k, const struct fuzz_case *c,
                  const struct outside_side *sides, uint32_t nsides);

/* With whom of ours the first outside engine that answers agrees on c: a bit for each own_side.
 * false: none answers, or c cannot be carried over. */
bool outside_agreement(struct outside_check *k, const struct fuzz_case *c, uint32_t *sides);

void outside_print_stats(const struct outside_check *k);

#endif
