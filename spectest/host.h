/* host.h - the module "spectest" that scripts import: print functions that print nothing,
 * globals of 666 and 666.6, a table of 10 to 20 funcrefs, a memory of 1 to 2 pages. */
#ifndef WX_SPECTEST_HOST_H
#define WX_SPECTEST_HOST_H

#include "wx.h"

/* Defines it in l, with objects of s. */
wx_status host_define(wx_store *s, wx_linker *l, wx_error *err);

#endif
