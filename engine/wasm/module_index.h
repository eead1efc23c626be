/* module_index.h - the hash table of a module's exports.  Internal to wasm/. */
#ifndef WX_WASM_MODULE_INDEX_H
#define WX_WASM_MODULE_INDEX_H

#include "wasm/module.h"

/* Builds export_slots of exports[0..nexports).  Returns the first export whose name an
 * earlier one has, or NULL. */
const struct export *module_index_exports(struct module *m);

#endif
