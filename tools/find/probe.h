/* probe.h - runs test cases in a child process and says what was seen.
 *
 * A finding may be a crash, a hang or a blow-up of memory, and a wrong compiler may damage the
 * process it runs in.  So cases run in a child, one after another in the same child until it dies
 * or has seen enough of them; the parent holds the limits.  Parent and child share one mapping:
 * the case goes in, the sight comes out. */
#ifndef WX_TOOLS_FIND_PROBE_H
#define WX_TOOLS_FIND_PROBE_H

#include "oracle.h"
#include "tools/find/crash.h"

enum sight_kind {
    SIGHT_SAME,
    SIGHT_CANNOT_TELL, /* no case, invalid, unlinkable, out of budget */
    SIGHT_DIFFERENT,   /* finding says where */
    SIGHT_AUDIT,       /* text: the rule */
    SIGHT_ASSERT,      /* text: the assertion */
    SIGHT_CHECK,       /* text: what the reference evaluator requires of its surroundings */
    SIGHT_SANITIZER,   /* text: its summary */
    SIGHT_SIGNAL,      /* text: the signal */
    SIGHT_HANG,
    SIGHT_MEMORY,
    SIGHT_COUNT,
};

enum { SIGHT_TEXT = 200 };

struct sight {
    enum sight_kind kind;
    struct finding finding;
    char text[SIGHT_TEXT];
    char trail[CRASH_TEXT]; /* SIGHT_SIGNAL, SIGHT_ASSERT: the functions on the stack */
    uint32_t func,
        offset; /* SIGHT_AUDIT: the function, and the place in its machine code; SIGHT_CHECK:
                   the function, and the place of the instruction in its module */
};

/* Which lanes run. */
enum probe_mode {
    PROBE_ORACLE, /* those that the oracle chooses, with the auditor */
    PROBE_PAIR,   /* good and odd */
    PROBE_LANE,   /* odd alone; its steps come back */
    PROBE_LOAD,   /* none: whether the modules can be taken apart */
    PROBE_TRACE,  /* the reference evaluator; steps and events come back */
};

struct plan {
    enum probe_mode mode;
    enum lane good, odd;
    bool masked; /* odd: as configured, but function i compiled where mask says so */
    uint64_t mask;
    bool audit;
};

/* An instruction that ran in the reference evaluator. */
struct probe_event {
    uint32_t step, func, offset;
    uint16_t op;
    valtype type;
    uint64_t bits;
};

enum { PROBE_CASE = 1 << 20, PROBE_STEPS = 1 + CASE_MAX_ACTIONS, PROBE_EVENTS = 1 << 16 };

/* What parent and child share. */
struct exchange {
    struct plan plan;
    uint64_t memory; /* more than this at any time is a finding */
    uint32_t size, nsteps, nevents;
    bool
        ran; /* PROBE_LANE, PROBE_TRACE: the case could run; PROBE_LOAD: it could be read */
    struct sight sight;
    struct crash crash;
    struct step steps[PROBE_STEPS];
    struct probe_event events[PROBE_EVENTS];
    uint8_t input[PROBE_CASE];
};

struct prober {
    jmp_buf oom; /* set by the command: where its arenas go on exhaustion */
    struct exchange *shared;
    int pid, to_child, from_child, log;
    uint32_t served;     /* by this child */
    uint64_t tried;      /* in all */
    uint32_t timeout_ms; /* of a case */
    uint64_t memory;     /* bytes that a child may have */
    const char *node;    /* for arbiter_ask */
};

bool prober_init(struct prober *p);
void prober_free(struct prober *p);

/* Runs the case in bytes[0..size), at most PROBE_CASE of them.  The result lies in the exchange
 * until the next call, with its steps and events. */
const struct sight *probe(struct prober *p, const struct plan *plan, const uint8_t *bytes,
                          size_t size);

/* Begins with a new child: nothing that an earlier case damaged is left. */
void prober_fresh(struct prober *p);
/* Processor time of this process and of its children, in seconds. */
double prober_seconds(void);

/* child.c: serves cases until the pipe closes. */
NORETURN void child_serve(struct exchange *x, int in, int out);

/* ---- what a sight is, for comparing and for people ---------------------------------------- */

/* Which part of the engine is odd. */
enum family {
    FAMILY_INTERP,
    FAMILY_BASELINE,
    FAMILY_MIXED,
    FAMILY_TIERED,
    FAMILY_REFERENCE,
    FAMILY_SHARED /* what interpreter and compiler have in common */
};
extern const char *const family_names[];

enum family lane_family(enum lane lane);
/* The lane that did something wrong, as far as the vote tells. */
enum lane finding_odd(const struct finding *f);
/* The one it is compared with: the reference evaluator, or the interpreter when that is odd. */
enum lane lane_good(enum lane odd);
/* A lane of the same kind with fuel, or with the budgets of `like`. */
enum lane lane_twin(enum lane lane, bool deterministic);

/* Fields that stand for the same kind of difference. */
enum difference {
    DIFFERENCE_OUTCOME,
    DIFFERENCE_PLACE,
    DIFFERENCE_VALUE,
    DIFFERENCE_NAN,
    DIFFERENCE_BUDGET,
    DIFFERENCE_RULE
};
enum difference finding_difference(enum finding_kind kind);

/* "baseline/value", "audit/heap: index not zero-extended", "signal/SIGSEGV in memory_grow": what two sights of
 * one cause have in common. */
void sight_name(const struct sight *s, char out[SIGHT_TEXT]);
bool sight_is_finding(const struct sight *s);

#endif
