/* background.h - compiling on a thread of the engine's own, while callers go on in the interpreter.
 *
 * One thread an engine, started by the first function that is wanted (config.background). */
#ifndef WX_RUNTIME_BACKGROUND_H
#define WX_RUNTIME_BACKGROUND_H

#include "runtime/engine.h"

/* Has fn compiled some time, if it is not wanted yet.  false: there is no thread, and none can be
 * started.  Any thread. */
bool background_want(struct fncode *fn);
/* fncode.wanted: whether the thread is through with it, with or without success. */
bool background_done(const struct fncode *fn);
/* Nothing of c is wanted or being compiled any more.  Before c is freed. */
void background_forget(struct modcode *c);
/* Ends the thread.  Before e is freed. */
void background_end(struct engine *e);

#endif
