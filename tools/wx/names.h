/* names.h - what a function of a module is called, for messages about modules that the engine
 * refused and therefore has no names of. */
#ifndef WX_TOOLS_NAMES_H
#define WX_TOOLS_NAMES_H

#include "wx.h"

/* The name of the function in the name section, wherever in the bytes that is, or else that of
 * an export.  It points into bytes; len 0 if there is none or the module is too broken.
 * spec: binary-namesec */
wx_name names_function(const uint8_t *bytes, size_t len, uint32_t func);

#endif
