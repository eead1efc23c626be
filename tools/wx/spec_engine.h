/* spec_engine.h - the official suite for an engine of somebody else, reached by a command.
 *
 * A module of a script and the assertions about it become one module that judges itself
 * (spec_engine_module.c): imports from "spectest" live inside, each assertion is an
 * exported function that performs its action and compares the results.  So an engine takes
 * part that can be given a module and asked for functions [] -> [i32]; what it prints for
 * floats, references or several results does not matter.
 *
 * What needs more than that (modules linked to one another, host references) cannot be
 * asked, and is counted apart. */
#ifndef WX_TOOLS_SPEC_ENGINE_H
#define WX_TOOLS_SPEC_ENGINE_H

#include "outside/sink.h"
#include "spectest/record.h"
#include "tools/wx/file.h"
#include <jansson.h>

/* How to reach an engine: a command template as of fuzz/outside/template.h. */
struct spec_engine {
    const char *run; /* {}: the module; {func}: a function; without it: runs all exports */
    const char
        *check; /* fails for modules that are not valid; NULL: `run`, without {func} */
    unsigned timeout_seconds;
};

/* The engine of that name (spec_engines.def), or the one whose template is given. */
struct spec_engine spec_engine_find(const char *engine, const char *check);

/* Runs scripts; done is called for each, in order, with its log.  false after a message. */
bool spec_engine_run(const struct spec_engine *e, const char *const *paths, size_t n,
                     void (*done)(void *env, size_t index, struct log *log), void *env);

/* ---- spec_engine_module.c ---------------------------------------------------------- */

enum step_kind {
    STEP_MATCH, /* results must be those of the command */
    STEP_RUN,   /* must return */
    STEP_TRAP,
};

struct step {
    enum step_kind kind;
    const json_t *command;
    const char *unasked; /* why it cannot be asked; set by spec_module_make */
    const char *missing; /* it cannot be performed on this module: set likewise */
};

/* A module that the script has registered under a name.  Functions that use nothing of
 * their module can be imported from it: they are copied. */
struct provider {
    const char *name;
    struct file module;
    size_t from; /* command of the registration */
};

/* A module and what is to be done with it. */
struct spec_plan {
    const struct file *module;
    const struct provider *providers; /* a later one of the same name counts */
    size_t nproviders;
    struct step *steps;
    size_t n;
    bool single; /* single functions are asked for */
};

/* The exported functions are [] -> [i32]:
 *   started              1
 * and for an engine that runs all exports
 *   step_K               performs step K; 1: as it should be
 * or, for one that is asked for single functions, of a fresh instance each,
 *   all                  performs all steps that do not trap; 0, or the number of the first
 *                        that is not as it should be, plus 1
 *   step_K               performs those before K, then K; 1: as it should be
 *
 * Memory is that of a.  false: *why says why the module cannot be asked about. */
bool spec_module_make(const struct spec_plan *p, struct arena *a, struct sink *out,
                      const char **why);

#endif
