/* link.h - matching what an embedder provides with what a module imports. */
#ifndef WX_RUNTIME_LINK_H
#define WX_RUNTIME_LINK_H

#include "base/fail.h"
#include "runtime/store.h"

/* Checks all imports of m; FAIL_UNLINKABLE names the first that is missing (a null
 * pointer) or has another type, FAIL_USAGE one of another store.  spec: match-limits,
 * exec-instantiation */
bool link_check(struct store *s, const struct module *m, const struct extern_val *imports,
                struct fail *f);

#endif
