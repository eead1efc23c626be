/* load.h - modules from files, with what is wrong said as compilers do. */
#ifndef WX_TOOLS_LOAD_H
#define WX_TOOLS_LOAD_H

#include "wx.h"
#include <stdio.h>

/* The module in a file.  NULL after a line on `to`: FILE:0x2b: function 3: type mismatch: ...,
 * or, on stderr, that the file cannot be read. */
wx_module *load_module(wx_engine *e, const char *path, FILE *to);

#endif
