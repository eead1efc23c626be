/* outside.h - engines of other people, asked about external modules.
 *
 * Three ways to reach one, each in processes of its own, so that a crash is an answer:
 *
 *   outside_v8       V8: one node process that is asked again and again (v8.mjs)
 *   outside_command  any program: a process for each question (command.c says the protocol)
 *   outside_capi     a shared library with the standard C API, wasm.h: loaded by one
 *                    process of fuzz_capi, which is asked again and again
 *
 * A process that dies or takes too long is ended, the answer says so, and the next question
 * gets a new one.  Not thread-safe. */
#ifndef WX_FUZZ_OUTSIDE_OUTSIDE_H
#define WX_FUZZ_OUTSIDE_OUTSIDE_H

#include "outside/answer.h"
#include "outside/external.h"

enum { OUTSIDE_MAX_CALLS = 2, OUTSIDE_SECONDS = 10 };

/* What is asked: all functions of an EXTERNAL_MANY module, or some of an EXTERNAL_SINGLE
 * one, each in an instance of its own. */
struct question {
    const uint8_t *wasm;
    uint32_t len;
    uint32_t ncalls; /* 0: all exports, in order, in one instance */
    char calls[OUTSIDE_MAX_CALLS][24];
};

struct outside {
    const char *name;        /* for reports */
    enum external_form form; /* of the modules that it can be asked about */
    bool host;               /* it provides the host function */
    void (*ask)(struct outside *o, const struct question *q, struct answer *a);
    void (*free)(struct outside *o);
};

/* NULL after a message on stderr. */
struct outside *outside_v8(const char *node);
struct outside *outside_command(const char *template);
struct outside *outside_capi(const char *library);
void outside_free(struct outside *o); /* NULL is allowed */

/* Runs q in an engine of ours.  own.c */
void own_run(wx_engine *e, const struct question *q, struct answer *a);
/* Chooses what to ask about x: of a module of single calls those that an engine of ours
 * says are the last to return and the first to trap. */
void own_question(wx_engine *e, const struct external *x, struct question *q);

#endif
