/* store.h - the runtime objects: store, instance, function, table, memory, global.
 *
 * A store owns everything in it; freeing it frees all.  One thread at a time.
 * References are one 64-bit word: 0 is null, a funcref is the address of a struct func,
 * an externref that of a struct extern_box.  Compiled code and interpreter handlers use
 * the layouts directly: the asserted offsets are part of x64/abi.h. */
#ifndef WX_RUNTIME_STORE_H
#define WX_RUNTIME_STORE_H

#include "base/vec.h"
#include "runtime/code.h"
#include "runtime/exec.h"
#include "wasm/module.h"

struct engine;

typedef uint64_t ref;

/* First word of every object a reference can name. */
enum object_kind { OBJECT_FUNC = 1, OBJECT_EXTERN = 2 };

/* Linear memory.  base never moves while the memory lives. */
struct memory {
    uint8_t *base;           /*  0 */
    uint64_t bytes;          /*  8: current length */
    uint64_t pages;          /* current length in pages */
    struct memory_type type; /* limits.min as declared */
    bool guard;              /* strategy: guard pages, else explicit checks */
    uint64_t reserved;       /* bytes of address space */
    uint64_t max_pages;      /* growth limit: type, reservation and config */
    struct store *store;
};
_Static_assert(offsetof(struct memory, base) == 0, "used by compiled code");
_Static_assert(offsetof(struct memory, bytes) == 8, "used by compiled code");

struct table {
    ref *elems;    /*  0: moves on growth */
    uint64_t size; /*  8: elements */
    uint64_t cap;
    struct table_type type;
    uint64_t max; /* growth limit */
    struct store *store;
};
_Static_assert(offsetof(struct table, elems) == 0, "used by compiled code");
_Static_assert(offsetof(struct table, size) == 8, "used by compiled code");

/* value[0] holds numbers (an i32 zero-extended) and references; v128 takes both words. */
struct global {
    uint64_t value[2]; /*  0 */
    valtype type;
    bool mutable_;
    struct store *store;
};
_Static_assert(sizeof(struct global) == 32,
               "own globals lie in instances at 32-byte steps");

/* Calls out of Wasm.  args and results share slots, 8 bytes each (v128: 16), i32 and f32
 * zero-extended.  caller is the calling instance, or NULL from C.  Returns TRAP_NONE, or
 * a trap after filling exec->trap (text for TRAP_HOST). */
typedef enum trap host_fn(void *env, struct func *self, struct instance *caller,
                          uint64_t *slots);

/* A function of a store: what a funcref points to. */
struct func {
    uint64_t header;           /*  0: OBJECT_FUNC */
    struct instance *instance; /*  8: defining instance; for a host function the
                                                store's host instance */
    void *const *entry;        /* 16: address of the compiled-ABI entry pointer; NULL
                                                when no compiled tier is present */
    uint32_t type_id;          /* 24: canonical type id */
    uint32_t index;            /* 28: function index in the instance's module */
    struct fncode *code;       /* 32: NULL for a host function */
    const struct type *type;   /* 40 */
    host_fn *host;             /* 48: NULL for a Wasm function */
    void *env;                 /* 56 */
    void *host_entry;          /* 64: storage that entry of a host function points to */
    struct store *store;
    void (*finalizer)(void *env);
};
_Static_assert(offsetof(struct func, instance) == 8, "used by compiled code");
_Static_assert(offsetof(struct func, entry) == 16, "used by compiled code");
_Static_assert(offsetof(struct func, type_id) == 24, "used by compiled code");
_Static_assert(offsetof(struct func, index) == 28, "used by compiled code");

struct extern_box {
    uint64_t header; /* OBJECT_EXTERN */
    void *data;
    void (*finalizer)(void *data);
    const struct store *store;
    struct extern_box *next;
};

/* An evaluated element segment; len is 0 once dropped. */
struct elem_instance {
    ref *refs;
    uint32_t len;
};
/* A data segment as an instance sees it; len is 0 once dropped. */
struct data_instance {
    const uint8_t *bytes;
    uint32_t len;
};

/* An instance.  r14 in compiled code, a pinned register in the interpreter. */
struct instance {
    uint8_t *mem0;               /*  0: base of memory 0 (r15), or NULL */
    struct memory *memory0;      /*  8: or NULL */
    struct exec *exec;           /* 16 */
    const void *const *helpers;  /* 24: C helpers for compiled code, by enum helper */
    struct func **funcs;         /* 32: by function index */
    struct table **tables;       /* 40 */
    struct memory **memories;    /* 48 */
    struct global **globals;     /* 56 */
    struct table *table0;        /* 64: or NULL */
    struct elem_instance *elems; /* 72 */
    struct data_instance *datas; /* 80 */
    struct modcode *code;        /* 88: NULL for the store's host instance */
    const struct module *module; /* 96: likewise */
    struct store *store;
    struct instance *next;  /* in the store */
    struct func *own_funcs; /* records of defined functions, contiguous */
    void *user;             /* embedder's; see wx_instance_set_user */
    /* Globals this instance defines lie here, so that code reaches them at a constant
     * offset: instance_global_offset(). */
    struct global own_globals[];
};
_Static_assert(offsetof(struct instance, exec) == 16, "used by compiled code");
_Static_assert(offsetof(struct instance, funcs) == 32, "used by compiled code");
_Static_assert(offsetof(struct instance, globals) == 56, "used by compiled code");
_Static_assert(offsetof(struct instance, datas) == 80, "used by compiled code");

/* Byte offset from the instance of the value of defined global i (index space), i >=
 * imported. */
static inline size_t instance_global_offset(const struct module *m, uint32_t i)
{
    return offsetof(struct instance, own_globals) +
           (size_t)(i - m->nimported_globals) * sizeof(struct global);
}

/* Decides whether a memory or table may grow.  Called with bytes (memory) or elements
 * (table); false refuses.  Must not run Wasm. */
struct limiter {
    void *env;
    bool (*memory)(void *env, uint64_t current_bytes, uint64_t desired_bytes);
    bool (*table)(void *env, uint64_t current, uint64_t desired);
};

struct store {
    struct engine *engine;
    struct exec exec;
    struct arena arena;             /* instances, records, boxes; freed with the store */
    struct instance *host_instance; /* instance of host functions: exec and helpers only */
    struct instance *instances;
    struct limiter limiter;
    struct extern_box *boxes;
    VEC(struct memory *) memories;
    VEC(struct table *) tables;
    VEC(struct func *) host_funcs;
    void *user; /* api/: what the store keeps alive */
};

struct store *store_new(struct engine *e); /* NULL when memory is exhausted */
void store_free(struct store *s);

/* One import or export value. */
struct extern_val {
    enum extern_kind kind;
    union {
        struct func *func;
        struct table *table;
        struct memory *memory;
        struct global *global;
    } u;
};

/* Links, allocates, runs active segments in order, then the start function.
 * spec: exec-instantiation.  imports in the order of the module's imports.
 * FAIL_UNLINKABLE, FAIL_TRAP (s->exec.trap says which), FAIL_EXHAUSTED.  After a trap the
 * instance stays in the store: what it already wrote to shared objects may refer to it. */
struct instance *instance_new(struct store *s, struct modcode *code,
                              const struct extern_val *imports, struct fail *f);
struct extern_val instance_export(struct instance *i, const struct export *e);

struct func *func_new_host(struct store *s, const struct type *type, host_fn *fn, void *env,
                           void (*finalizer)(void *));
struct global *global_new(struct store *s, struct global_type type,
                          const uint64_t value[2]);
struct table *table_new(struct store *s, struct table_type type, ref init, struct fail *f);
struct memory *memory_new(struct store *s, struct memory_type type, struct fail *f);
struct extern_box *extern_new(struct store *s, void *data, void (*finalizer)(void *));

/* Calls f from C: arguments in slots[0..param_slots), results come back in
 * slots[0..result_slots); slots must have room for the larger, and at least one.  Sets
 * MXCSR, the activation, the native limit; restores them.  Any tier. */
enum trap func_call(struct func *f, uint64_t *slots);

/* Calls a host function; the only way to, for every tier and for C.  caller as for
 * host_fn.  The host runs with its own MXCSR.  Charges STACK_HOST_COST where the logical
 * stack is charged.  When it returns a trap, exec->trap is begun with that kind; nframes
 * is 0 unless the host passes on a trap of Wasm it called, whose frames are complete. */
enum trap func_call_host(struct func *f, struct instance *caller, uint64_t *slots);

/* Growth.  Returns the old size (pages, elements), or -1 as a 64-bit value when refused. */
uint64_t memory_grow(struct memory *m, uint64_t delta_pages);
uint64_t table_grow(struct table *t, uint64_t delta, ref init);

/* Bulk operations, shared by all tiers: bounds first, then fuel by length (deterministic
 * profile), then the effect.  Return TRAP_NONE or the trap; exec->trap is begun, with
 * address, size and width (the length) filled in.  Indices are of the instance's index
 * spaces.  spec: exec-memory.copy */
enum trap bulk_memory_init(struct instance *, uint32_t data, uint32_t memory, uint64_t dst,
                           uint32_t src, uint32_t n);
enum trap bulk_memory_copy(struct instance *, uint32_t dst_memory, uint32_t src_memory,
                           uint64_t dst, uint64_t src, uint64_t n);
enum trap bulk_memory_fill(struct instance *, uint32_t memory, uint64_t dst, uint32_t byte,
                           uint64_t n);
void bulk_data_drop(struct instance *, uint32_t data);
enum trap bulk_table_init(struct instance *, uint32_t elem, uint32_t table, uint64_t dst,
                          uint32_t src, uint32_t n);
enum trap bulk_table_copy(struct instance *, uint32_t dst_table, uint32_t src_table,
                          uint64_t dst, uint64_t src, uint64_t n);
enum trap bulk_table_fill(struct instance *, uint32_t table, uint64_t dst, ref value,
                          uint64_t n);
enum trap bulk_table_get(struct instance *, uint32_t table, uint64_t i, ref *out);
enum trap bulk_table_set(struct instance *, uint32_t table, uint64_t i, ref value);
void bulk_elem_drop(struct instance *, uint32_t elem);

#endif
