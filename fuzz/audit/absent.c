/* absent.c - the auditor of builds without Zydis: there is none. */
#include "audit.h"

audit_hook *audit_lane(void) { return NULL; }
