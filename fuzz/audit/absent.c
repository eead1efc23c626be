/* absent.c - the auditor of builds without Zydis: there is none. */
#include "audit.h"

const char *const audit_rules[AUDIT_RULE_COUNT] = {
    [AUDIT_OK] = "",
#define WX_AUDIT_RULE(name, text) [AUDIT_##name] = (text),
#include "audit/rules.def"
};

audit_hook *audit_lane(void) { return NULL; }
