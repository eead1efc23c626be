/* oracle.h - runs a test case in several lanes and compares everything they did.
 *
 * A lane is one engine configuration (lanes.def); its engine lives as long as the oracle.  The
 * first lane is the interpreter with fuel and logical stack: it decides whether the case ends
 * within its budget.  If it does, the other lanes run the code that users run, without fuel; if
 * not (or when the case asks for it), they run with fuel and logical stack too, and exhaustion
 * itself must be the same.
 *
 * After instantiation and after every action, whatever its outcome, a step is recorded:
 * outcome with trap kind, text, location and backtrace; results bit by bit; every memory, global,
 * table and segment of the instance; the trace of host calls; fuel and logical stack left. */
#ifndef WX_FUZZ_ORACLE_H
#define WX_FUZZ_ORACLE_H

#include "case.h"
#include "ops.h"

enum verdict { VERDICT_SAME, VERDICT_DIFFERENT, VERDICT_CANNOT_TELL };

enum lane {
#define WX_LANE(name, text, ...) LANE_##name,
#include "lanes.def"
    LANE_COUNT,
};

enum { STEP_MAX_VALUES = 24, STEP_MAX_GLOBALS = 32, STEP_MAX_PLACES = 4 };

/* What one step left behind.  Plain data: compared field by field (fields.def). */
struct step {
    uint64_t status, trap, nframes, text, frames; /* text and frames as hashes */
    uint64_t results, memories, globals, tables, segments, host, budgets, fuel, stack;
    /* for the report */
    char message[WX_MAX_TEXT];
    uint32_t func, offset;
    struct {
        uint32_t func, offset;
    } places[STEP_MAX_PLACES]; /* of the backtrace, the innermost first */
    uint16_t trap_op;          /* the instruction that trapped, or OP_INVALID */
    uint32_t nresults, nglobals;
    uint64_t result[STEP_MAX_VALUES];
    uint64_t global[STEP_MAX_GLOBALS];
    wx_valtype result_type[STEP_MAX_VALUES], global_type[STEP_MAX_GLOBALS];
};

/* What can be found: a difference in a field of a step, or one of the last ones. */
enum finding_kind {
#define WX_FIELD(member, text, deterministic) FINDING_##member,
#include "fields.def"
    FINDING_FIELDS,
    FINDING_trap_free =
        FINDING_FIELDS, /* a trap in a module made without trapping operations */
    FINDING_invalid,    /* a generated module that does not validate */
    FINDING_nan,        /* results or globals that differ in the payloads of NaNs alone */
    FINDING_COUNT,
};

/* Whom a third lane agrees with: the other one is odd. */
enum vote { VOTE_NONE, VOTE_FIRST, VOTE_SECOND, VOTE_NEITHER };

/* Where two lanes first differ. */
struct finding {
    enum finding_kind kind;
    enum lane first, second;
    uint32_t step; /* 0: instantiation; k: action k - 1 */
    struct action action;
    bool trap_free, deterministic;
    struct step a, b;
    enum lane voter; /* a third lane, the reference evaluator if it is not one of the two */
    enum vote vote;
    uint64_t execution; /* number of the input, from 1 */
};

struct oracle_stats {
    uint64_t executions, generated, generated_invalid, raw;
    uint64_t compared, different;
    uint64_t generated_unsure;   /* generated cases of which nothing could be said */
    uint64_t loops_entered;      /* activations that went on in compiled code, in a loop */
    uint64_t mixed;              /* cases in which both tiers ran functions of one module */
    uint64_t later, later_mixed; /* runs with a thread that compiles; it was in time */
    uint64_t cpu_all, cpu_some, cpu_floor;
    /* cannot tell: no case in the bytes, a module that does not validate, one that cannot be
     * linked, no memory for a lane */
    uint64_t no_case, invalid, unlinkable, unavailable;
    uint64_t exhausted, steps, host_calls, deterministic, traps[TRAP_COUNT];
    uint64_t lanes[LANE_COUNT];
};

struct run;

/* What lanes share of a case's modules; facts.c. */
enum facts_part { FACTS_FIRST, FACTS_SECOND, FACTS_PARTS };
struct facts {
    struct type_registry *types; /* of the engines that share; or NULL */
    struct module *modules[FACTS_PARTS];
    uint32_t age; /* in cases */
};

/* For tests: changes what a lane does before it is recorded, so that a test sees what the
 * comparison notices. */
struct meddle {
    void (*call)(const struct run *r, wx_status *status, wx_error *err, wx_value *results);
    void (*state)(struct run *r);
};

struct oracle {
    wx_engine *engines[LANE_COUNT]; /* made when first needed */
    uint32_t uses[LANE_COUNT];      /* modules that an engine with its own types has seen */
    struct heap heap;
    struct facts facts;
    struct arena arena; /* reset for every case */
    struct oracle_stats stats;
    struct op_counts ops;
    void (*audit)(const struct modcode *); /* looks at the code of each run; or NULL */
    uint64_t cpu; /* what the processor can do; to ask it is slow in virtual machines */
    struct meddle meddle;
    uint32_t fields; /* that are compared: all, or those that WX_FUZZ_FIELDS lists */
    bool no_claims;  /* modules as they are need not be what their section says */
    bool all_lanes;  /* WX_FUZZ_LANES=all: each case runs in every lane */
    bool no_junk;    /* the environment has WX_FUZZ_JUNK=0: the junk lanes are without */
};

void oracle_init(struct oracle *o);
void oracle_free(struct oracle *o);

/* Reads the case from data[0..size), runs and compares it.  VERDICT_CANNOT_TELL also for inputs
 * that are no case.  On VERDICT_DIFFERENT *f says where. */
enum verdict oracle_run(struct oracle *o, const uint8_t *data, size_t size,
                        struct finding *f);

const char *lane_name(enum lane lane);

/* Compares the steps of two runs of one case; on false *f says where they differ. */
bool oracle_compare(const struct run *a, const struct run *b, struct finding *f);

/* ---- report.c ------------------------------------------------------------------------------ */

void report_finding(const struct finding *f);
/* Aborts, in a function whose name tells what differs: fuzzing engines and triage tools sort
 * crashes by the top of the stack. */
NORETURN void report_abort(const struct finding *f);

/* ---- stats.c ------------------------------------------------------------------------------- */

/* Prints a line about the campaign every WX_FUZZ_STATUS seconds (30; 0: never), and the table on
 * SIGUSR1.  With WX_FUZZ_QUIET in the environment there is only the table at the end, without the
 * operations.  o must stay. */
void stats_begin(const struct oracle *o);
/* After each input.  Never called by a signal handler: that only sets a flag. */
void stats_tick(void);
/* The table: how much was compared, lanes, traps, operations. */
void stats_print(const struct oracle *o);

/* ---- lanes.c ------------------------------------------------------------------------------- */

/* The lane's engine, or NULL when it cannot be made.  It is replaced after many modules, since
 * an engine, or the registry that it shares (facts.c), keeps every function type that it has
 * seen. */
wx_engine *lane_engine(struct oracle *o, enum lane lane);
/* Frees it. */
void lane_drop(struct oracle *o, enum lane lane);
/* Makes the lane's engine what the case draws: its mask of tiers, thresholds, processor,
 * junk.  Nothing of it may be running. */
void lane_tune(const struct oracle *o, enum lane lane, const struct fuzz_case *c);
/* How the lane's engine is configured. */
wx_config lane_config(enum lane lane);
/* The lanes of a case: out[0] is the reference. */
uint32_t lanes_choose(const struct fuzz_case *c, bool deterministic,
                      enum lane out[LANE_COUNT]);
/* Every lane that a case can run in, for replays: out[0] is the reference. */
uint32_t lanes_all(bool deterministic, enum lane out[LANE_COUNT]);
bool lane_is_deterministic(enum lane lane);
bool lane_is_mixed(enum lane lane);
/* Whether hot functions are compiled by a thread, so that tiers change at any time. */
bool lane_has_thread(enum lane lane);
/* The seed of the junk that a case has in the lane; 0: none. */
uint64_t lane_junk(enum lane lane, const struct fuzz_case *c);
/* What compilers may use of the processor in a case. */
uint64_t lane_cpu(const struct oracle *o, const struct fuzz_case *c);

/* ---- run.c --------------------------------------------------------------------------------- */

/* A module of a case and its instance; NULL before instantiation and after its failure. */
struct part {
    wx_module *module;
    wx_instance *instance;
};

/* Everything about one run of a case in one lane. */
struct run {
    struct oracle *oracle;
    const struct fuzz_case *c;
    enum lane lane;
    wx_engine *engine;
    wx_store *store;
    wx_module *module; /* the first, and its instance */
    wx_instance *instance;
    struct part second;
    struct step *steps; /* [1 + nactions] */
    uint32_t nsteps;
    uint64_t host_hash, host_calls; /* trace of host calls */
    uint64_t budgets;               /* fuel and logical stack left at each of them */
    uint32_t depth;                 /* of re-entrant calls */
    bool exhausted;                 /* fuel or stack ran out somewhere */
    uint64_t loops_entered;         /* activations that changed tiers in a loop */
    bool mixed;                     /* both tiers ran functions of one module */
    struct op_counts *ops;          /* to count operations in, or NULL */
    struct facts *facts; /* the oracle's, or NULL: modules are loaded for this run */
};

enum run_status { RUN_OK, RUN_INVALID, RUN_UNLINKABLE, RUN_UNAVAILABLE };

enum run_status run_case(struct run *r);

/* ---- facts.c ------------------------------------------------------------------------------- */

/* Makes a new engine share the oracle's types; false: memory exhausted. */
bool facts_adopt(struct oracle *o, wx_engine *engine);
/* Before an engine is freed, if it shares. */
void facts_leave(const struct oracle *o, wx_engine *engine);
/* A module of the run's case on its engine; never RUN_UNLINKABLE. */
enum run_status facts_load(struct run *r, enum facts_part part, wx_module **out);
/* All modules of the case must be freed. */
void facts_end_case(struct oracle *o);
/* The same of all stores and modules of the engines that share: frees those engines, too. */
void facts_free(struct oracle *o);

/* ---- host.c, state.c ----------------------------------------------------------------------- */

/* imports[0..n): what a module of the case asks for: of module "a" the exports of the first, else
 * the host's.  false: cannot be provided. */
bool host_imports(struct run *r, const wx_module *m, wx_extern *imports);
/* Export number index (modulo their count) of a kind, first those of the first module; false:
 * there is none. */
bool host_export(struct run *r, wx_kind kind, uint32_t index, wx_extern *out);
/* Argument i of type t for an action or host result. */
wx_value host_value(struct run *r, uint64_t seed, uint32_t i, wx_valtype t);
/* Does something to memory, tables or globals. */
void host_act(struct run *r, const struct action *a);

/* Identity of a value, the same in every lane. */
uint64_t state_value(const struct run *r, const wx_value *v);
/* Records memories, globals, tables, segments, budgets. */
void state_record(struct run *r, struct step *s);

#endif
