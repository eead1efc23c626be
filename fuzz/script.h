/* script.h - a case's configuration and script, spelled out in a module.
 *
 * The custom section "wx.case", the last one of a module, holds what "wx.fuzz" derives from a
 * hash or a header: every action with its target and seed, fuel, flags.  So actions can be
 * taken out one by one, and the module means the same after the header has changed.
 *
 *     version 1 | flags | tier mask 8 | fuel 8 | host seed 8 | n | n x (kind 1, index 4, seed 8)
 *
 * Numbers are little-endian and of fixed size.  A module with this section is read by
 * case_read as any other. */
#ifndef WX_FUZZ_SCRIPT_H
#define WX_FUZZ_SCRIPT_H

#include "case.h"

enum {
    SCRIPT_NAME = 11, /* id, two bytes of size, name */
    SCRIPT_HEAD = 27,
    SCRIPT_ACTION = 13,
    SCRIPT_MAX = SCRIPT_NAME + SCRIPT_HEAD + CASE_MAX_ACTIONS * SCRIPT_ACTION,
};

/* The section of c; its size. */
size_t script_write(const struct fuzz_case *c, uint8_t out[SCRIPT_MAX]);

/* Fills configuration and script of *c from the section at the end of a module; false: there
 * is none. */
bool script_read(const uint8_t *wasm, size_t len, struct fuzz_case *c);

/* The size of a module without the section. */
size_t script_strip(const uint8_t *wasm, size_t len);

#endif
