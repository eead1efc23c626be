/* audit.h - checks that compiled code keeps the sandbox's rules, whoever compiled it.
 *
 * The auditor decodes a function's machine code with Zydis, from its first byte along every
 * jump, and interprets it abstractly: what kind of thing each register holds, up to a fixed
 * point where paths meet.  It knows the ABI (x64/abi.h), the layouts (runtime/store.h and
 * exec.h) and the module, and shares no code with a compiler.  What it proves of every
 * instruction is in audit/rules.def.  It assumes of functions that are called what it
 * proves of each: preserved registers, and that i32s in registers are zero-extended. */
#ifndef WX_FUZZ_AUDIT_H
#define WX_FUZZ_AUDIT_H

#include "base/arena.h"
#include "runtime/code.h"
#include "x64/codemap.h"

enum audit_rule {
    AUDIT_OK,
#define WX_AUDIT_RULE(name, text) AUDIT_##name,
#include "audit/rules.def"
    AUDIT_RULE_COUNT,
};

struct audit_finding {
    enum audit_rule rule;
    uint32_t func;   /* index in the module */
    uint32_t offset; /* of the instruction, from the body's start */
    char instruction[96];
};

struct audit_stats {
    uint64_t functions, instructions, bytes;
};

extern const char *const audit_rules[AUDIT_RULE_COUNT];

/* Audits one body of a function of its module.  scratch is used and not reset.  false: the
 * first violation found is in *f. */
bool audit_body(const struct code_body *b, struct arena *scratch, struct audit_stats *stats,
                struct audit_finding *f);

/* Audits every function of the module that has been compiled; resets scratch. */
bool audit_module(const struct modcode *code, struct arena *scratch,
                  struct audit_stats *stats, struct audit_finding *f);

/* "function 3 at +0x1f: mov eax, [r15+rax*1]: heap: index not zero-extended", to stderr. */
void audit_report(const struct audit_finding *f);

/* Audits the code of a module that ran in a baseline lane; on a violation reports it and
 * aborts, in a function that is named for the rule. */
typedef void audit_hook(const struct modcode *code);

/* The hook, or NULL: the environment has WX_AUDIT=0, or the build no Zydis. */
audit_hook *audit_lane(void);

#endif
