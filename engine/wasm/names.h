/* names.h - the custom section "name".  Internal to wasm/. */
#ifndef WX_WASM_NAMES_H
#define WX_WASM_NAMES_H

#include "wasm/module.h"

/* Fills m->name and m->func_names from the contents of a name section.  A malformed
 * section leaves both empty: custom sections never make a module malformed.  spec:
 * binary-namesec */
void names_read(struct module *m, const uint8_t *p, const uint8_t *end);

/* The name of a function in the name section of any bytes, however damaged; len 0: none. */
struct name names_find_func(const uint8_t *bytes, size_t len, uint32_t func);

/* The beginning of a name for messages: one line, without control characters.  Returns
 * buf. */
const char *names_printable(struct name name, char buf[64]);

#endif
