/* world.h - everything fuzz_api has made, and what each of it should be now.
 *
 * The bytes of an input are a list of operations (ops.def) on a world of engines, stores, modules,
 * instances, functions, memories, tables, globals and references.  Beside each handle stands a
 * plain C model; an operation predicts its outcome from the model, performs the call, and changes
 * the model.  After each operation all objects of all stores must be as their models say.
 *
 * Freed slots are zero and are used again.  Functions that may be unknown to the embedder (those
 * of an instance whose start trapped) are found through the tables they are in. */
#ifndef WX_FUZZ_API_WORLD_H
#define WX_FUZZ_API_WORLD_H

#include "api/recipe.h"
#include <wx.h>

enum {
    ENGINES = 2,
    STORES = 3,
    MODULES = 5,
    INSTANCES = 12,
    FUNCS = 400,
    MEMORIES = 14,
    TABLES = 16,
    GLOBALS = 20,
    REFS = 12,
    MAX_OPS = 60,
    MAX_DEPTH = 3, /* of host calls */
    PAGES = 12,    /* most pages of a memory, most elements of a table */
    ELEMS = 60,
    PAGE = 65536,
    NOWHERE = -1,
};

struct world_engine {
    wx_engine *e;
    wx_config c;
};

struct world_store {
    wx_store *s;
    int engine;
    uint64_t memory_cap, table_cap; /* what the limiter allows: bytes, elements */
    bool interrupted;
    uint32_t finalizers; /* that must run when it is freed */
};

struct world_module {
    wx_module *m;
    int engine;
    struct recipe recipe;
};

struct world_instance {
    wx_instance *i; /* NULL: it trapped while being made */
    int store;
    bool used;
    struct recipe recipe;
    int memory, table, global, callee;
    int funcs[PRIM_COUNT];
};

struct world_func {
    wx_func *f;
    int store;
    enum prim prim; /* PRIM_NONE: of the host */
    int instance;
};

struct world_memory {
    wx_memory *m;
    int store;
    uint64_t pages, max;
    bool has_max;
    uint8_t *shadow;  /* PAGES * PAGE bytes */
    uint32_t touched; /* set of pages that are not all zero */
};

struct world_table {
    wx_table *t;
    int store;
    bool is_func, has_max;
    uint64_t size, max;
    wx_ref *elems[ELEMS];
};

struct world_global {
    wx_global *g;
    int store;
    bool mut;
    wx_value value;
};

struct world_ref {
    wx_ref *r;
    int store;
    void *data;
};

/* How a call ended, or must end. */
struct outcome {
    wx_status status;
    wx_trap trap;
};

struct world {
    struct dna d;
    struct arena *arena;
    struct world_engine engines[ENGINES];
    struct world_store stores[STORES];
    struct world_module modules[MODULES];
    struct world_instance instances[INSTANCES];
    struct world_func funcs[FUNCS];
    struct world_memory memories[MEMORIES];
    struct world_table tables[TABLES];
    struct world_global globals[GLOBALS];
    struct world_ref refs[REFS];
    uint32_t finalized;  /* finalizers that ran */
    uint32_t depth;      /* of host calls */
    uint32_t host_calls; /* how many there were */
    struct outcome host; /* of the last one that ended */
    int64_t host_result;
    int failing;    /* engine whose allocations fail now, or NOWHERE */
    const char *op; /* for messages */
    uint32_t nops;
};

/* ---- world.c ------------------------------------------------------------------------------- */

/* Says what does not hold and aborts. */
NORETURN void world_fail(const struct world *w, const char *file, int line,
                         const char *what, const wx_error *err);
#define EXPECT(w, condition, err) \
    ((condition) ? (void)0 : world_fail((w), __FILE__, __LINE__, #condition, (err)))

/* Did it succeed?  Anything but WX_OK must be memory that ran out while it was made to. */
bool world_ok(const struct world *w, wx_status status, const wx_error *err);
/* Did it end as it must?  false when memory ran out instead. */
bool world_ended(const struct world *w, wx_status status, const wx_error *err,
                 struct outcome want);

/* A free slot, or a live object drawn from the bytes; of one store unless that is NOWHERE.
 * NOWHERE when there is none. */
int world_free_slot(const void *array, size_t count, size_t size);
int world_pick_engine(struct world *w);
int world_pick_store(struct world *w);
int world_pick_func(struct world *w, int store);
int world_pick_memory(struct world *w, int store);
int world_pick_table(struct world *w, int store);
int world_pick_global(struct world *w, int store);
int world_pick_ref(struct world *w, int store);

int world_add_func(struct world *w, wx_func *f, int store, enum prim prim, int instance);
int world_find_func(const struct world *w, const wx_func *f);

/* Everything of a store, or of an engine that has no stores left. */
void world_drop_store(struct world *w, int store);
void world_drop_engine(struct world *w, int engine);

/* ---- model.c ------------------------------------------------------------------------------- */

/* All objects are what their models say. */
void model_check(struct world *w);
/* Takes the present state of a store as what it should be: after an outcome that says that
 * anything may have happened. */
void model_adopt(struct world *w, int store);

bool model_memory_grows(const struct world *w, const struct world_memory *m,
                        uint64_t delta);
bool model_table_grows(const struct world *w, const struct world_table *t, uint64_t delta);
void model_write(struct world_memory *m, uint64_t at, const void *bytes, size_t n);

/* ---- make.c, call.c, change.c, misuse.c: the operations ------------------------------------ */

#define API_OP(name, weight, inside, needs) void op_##name(struct world *w, int store);
#include "api/ops.def"

/* A value for a parameter letter: 'i', 'I', or 'r' for a function of the store or null. */
wx_value world_value(struct world *w, int store, char letter);
/* What host functions run. */
wx_host_func call_host;
/* One operation that a host function may do to its store. */
void world_step_inside(struct world *w, int store);

/* ---- run.c --------------------------------------------------------------------------------- */

void world_run(struct world *w, const uint8_t *data, size_t size);

/* How often each operation ran and how what could fail ended, over all inputs. */
struct world_stats {
    uint64_t ops[64], ended[WX_MISUSE + 1], trapped[WX_TRAP_OUT_OF_MEMORY + 1];
    uint64_t out_of_memory, host_calls, depths[MAX_DEPTH + 2];
    uint64_t calls[PRIM_COUNT + 1], instances;
};
extern struct world_stats world_stats;
void world_print_stats(void);

#endif
