/* wx.h - the public face of the engine: load, link, call, free.
 *
 * The only header an embedder includes; everything in it starts with wx_ or WX_.
 *
 * Ownership  An engine owns nothing you did not make from it: free stores and modules before the
 *            engine (wx_store_free, wx_module_free), in any order among themselves: a store keeps
 *            the modules of its instances alive.  A store owns its instances, functions, tables,
 *            memories, globals and references; pointers to them are valid until wx_store_free.
 * Threads    Engine and module: any thread.  A store and all in it: one thread at a time.
 * Errors     Functions that can fail return a wx_status and describe the failure in *err unless
 *            err is NULL.  Out-parameters are written only on WX_OK.  A trap is a status, never a
 *            crash.  WX_MISUSE says that the call itself was wrong (types, counts, foreign
 *            objects); nothing has happened then.
 * Signals    The first instance installs handlers for SIGSEGV, SIGBUS, SIGILL and SIGFPE that keep
 *            and call those that were there before.  They act only on faults of Wasm code. */
#ifndef WX_H
#define WX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define WX_API __attribute__((visibility("default")))
#else
#define WX_API
#endif

#define WX_VERSION "0.1.0"

typedef struct wx_engine wx_engine;
typedef struct wx_module wx_module;
typedef struct wx_store wx_store;
typedef struct wx_instance wx_instance;
typedef struct wx_func wx_func;
typedef struct wx_table wx_table;
typedef struct wx_memory wx_memory;
typedef struct wx_global wx_global;
typedef struct wx_ref wx_ref; /* a reference that is not null; NULL is the null one */
typedef struct wx_linker wx_linker;
typedef struct wx_caller wx_caller; /* valid during one host call */

/* The version of the library, "0.1.0". */
WX_API const char *wx_version(void);

/* ---- errors -------------------------------------------------------------------------------- */

typedef enum wx_status {
    WX_OK = 0,
    WX_MALFORMED,  /* the bytes are not a module               spec: binary-module */
    WX_INVALID,    /* well formed, but does not validate       spec: valid-module */
    WX_UNLINKABLE, /* an import is missing or mistyped         spec: exec-instantiation */
    WX_TRAP,       /* execution trapped; see wx_error.trap     spec: trap */
    WX_EXCEPTION,  /* an exception left the outermost call */
    WX_EXHAUSTED,  /* memory or an implementation limit, while loading or instantiating */
    WX_MISUSE,     /* the embedder's call was wrong */
} wx_status;

/* Traps, numbered as in wasm/traps.def. */
typedef enum wx_trap {
    WX_TRAP_NONE,
    WX_TRAP_UNREACHABLE,
    WX_TRAP_MEMORY_BOUNDS,
    WX_TRAP_TABLE_BOUNDS,
    WX_TRAP_TABLE_INDEX,
    WX_TRAP_NULL_FUNC,
    WX_TRAP_SIGNATURE,
    WX_TRAP_DIV_ZERO,
    WX_TRAP_INT_OVERFLOW,
    WX_TRAP_CONVERSION,
    WX_TRAP_STACK,
    WX_TRAP_FUEL,
    WX_TRAP_INTERRUPT,
    WX_TRAP_HOST,
    WX_TRAP_OUT_OF_MEMORY,
} wx_trap;

#define WX_NO_OFFSET   SIZE_MAX
#define WX_NO_FUNCTION UINT32_MAX
enum { WX_MAX_FRAMES = 32, WX_MAX_TEXT = 256, WX_MAX_NAME = 64 };

/* One Wasm frame of a backtrace. */
typedef struct wx_frame {
    uint32_t func_index; /* in its module, imports included */
    size_t offset;       /* of the instruction, bytes from the start of the module */
    size_t func_offset;  /* the same from the start of the function's code */
    char func_name[WX_MAX_NAME]; /* name section, else an export's; "" if none; cut */
    char module_name[WX_MAX_NAME];
} wx_frame;

typedef struct wx_error {
    wx_status status;
    wx_trap trap;           /* when status is WX_TRAP */
    uint32_t func_index;    /* WX_MALFORMED, WX_INVALID: the function, or WX_NO_FUNCTION */
    size_t offset;          /* bytes from the start of the module, or WX_NO_OFFSET */
    char text[WX_MAX_TEXT]; /* one line, no newline */
    uint32_t nframes;       /* WX_TRAP: all frames; frames[] holds the innermost */
    wx_frame frames[WX_MAX_FRAMES];
} wx_error;

/* The standard text of a trap, "integer divide by zero". */
WX_API const char *wx_trap_text(wx_trap trap);

/* ---- values and types ---------------------------------------------------------------------- */

typedef uint32_t wx_valtype;
#define WX_I32       ((wx_valtype)0x7F)
#define WX_I64       ((wx_valtype)0x7E)
#define WX_F32       ((wx_valtype)0x7D)
#define WX_F64       ((wx_valtype)0x7C)
#define WX_V128      ((wx_valtype)0x7B)
#define WX_FUNCREF   ((wx_valtype)0x164)
#define WX_EXTERNREF ((wx_valtype)0x364)

/* A value carries its type.  Floats are also reachable as bits, so that NaN payloads survive. */
typedef struct wx_value {
    wx_valtype type;
    union {
        int32_t i32;
        int64_t i64;
        float f32;
        double f64;
        uint32_t f32_bits;
        uint64_t f64_bits;
        uint8_t v128[16];
        wx_ref *ref;
    } of;
} wx_value;

typedef struct wx_functype {
    const wx_valtype *params;
    size_t nparams;
    const wx_valtype *results;
    size_t nresults;
} wx_functype;

typedef struct wx_limits {
    uint64_t min, max;
    bool has_max;
} wx_limits;

typedef struct wx_tabletype {
    wx_valtype elem;
    wx_limits limits;
} wx_tabletype;
typedef struct wx_memorytype {
    wx_limits limits; /* in pages */
} wx_memorytype;
typedef struct wx_globaltype {
    wx_valtype type;
    bool mut;
} wx_globaltype;

typedef enum wx_kind {
    WX_KIND_FUNC,
    WX_KIND_TABLE,
    WX_KIND_MEMORY,
    WX_KIND_GLOBAL,
} wx_kind;

/* Something that can be imported or exported. */
typedef struct wx_extern {
    wx_kind kind;
    union {
        wx_func *func;
        wx_table *table;
        wx_memory *memory;
        wx_global *global;
    } of;
} wx_extern;

/* A name: UTF-8, may contain NUL, not terminated. */
typedef struct wx_name {
    const char *at;
    size_t len;
} wx_name;

/* ---- engine -------------------------------------------------------------------------------- */

typedef enum wx_tier {
    WX_TIER_DEFAULT, /* tiered when the library has all tiers, else the one it has */
    WX_TIER_INTERP,
    WX_TIER_BASELINE, /* every function compiled at its first call */
    WX_TIER_TIERED,   /* interpreted first, hot functions compiled */
    WX_TIER_MASK,     /* function i compiled when bit i % 64 of tier_mask is set */
} wx_tier;

typedef enum wx_memory_strategy {
    WX_MEMORY_AUTO,  /* guard, or check when address space cannot be reserved */
    WX_MEMORY_GUARD, /* out-of-bounds accesses fault in reserved address space */
    WX_MEMORY_CHECK, /* explicit bounds checks */
} wx_memory_strategy;

typedef enum wx_dispatch {
    WX_DISPATCH_AUTO,
    WX_DISPATCH_TAIL,
    WX_DISPATCH_LOOP
} wx_dispatch;

/* Start from wx_config_init. */
typedef struct wx_config {
    wx_tier tier;
    uint64_t tier_mask;
    uint32_t call_threshold; /* WX_TIER_TIERED: calls until compiled; 0: 3 */
    uint32_t loop_threshold; /* loop iterations until compiled; 0: 1000 */
    /* WX_TIER_TIERED: a thread of the engine's own compiles; callers do not wait for it.  The
     * thread starts with the first hot function and ends with the engine; it takes no signals. */
    bool background;
    /* Compiled functions are named in /tmp/perf-PID.map, for the profiler perf of Linux. */
    bool perf_map;
    wx_memory_strategy memory;
    wx_dispatch dispatch;        /* of the interpreter */
    uint64_t features;           /* bit set, see wx_features_parse */
    bool fuel;                   /* charge fuel; wx_store_set_fuel */
    bool logical_stack;          /* stack exhaustion at the same call in every tier */
    bool interruptible;          /* wx_store_interrupt works */
    uint64_t cpu_mask;           /* CPU features that compilers may use; all */
    size_t native_stack;         /* bytes of native stack for compiled code; 0: 1 MiB */
    size_t value_stack;          /* bytes of interpreter stack per store; 0: 8 MiB */
    size_t heap_limit;           /* bytes of engine-side memory; 0: none */
    uint64_t max_memory_bytes;   /* per linear memory; 0: none */
    uint64_t max_table_elements; /* per table; 0: none */
} wx_config;

WX_API void wx_config_init(wx_config *c);

/* Changes *features by a list such as "wasm1", "wasm2", "wasm3", "all", "+bulk-memory,-simd".
 * WX_MISUSE on an unknown name. */
WX_API wx_status wx_features_parse(const char *list, uint64_t *features, wx_error *err);

/* config NULL: defaults.  WX_MISUSE when the library lacks the tier asked for. */
WX_API wx_status wx_engine_new(const wx_config *config, wx_engine **out, wx_error *err);
WX_API void wx_engine_free(wx_engine *e); /* NULL is allowed, as for every free */

/* ---- module -------------------------------------------------------------------------------- */

/* Decodes and validates bytes[0..len), which may be freed on return.  Linear in len.
 * WX_MALFORMED, WX_INVALID, WX_EXHAUSTED.  spec: binary-module, valid-module */
WX_API wx_status wx_module_new(wx_engine *e, const uint8_t *bytes, size_t len,
                               wx_module **out, wx_error *err);
WX_API void wx_module_free(wx_module *m);

typedef struct wx_import_info {
    wx_name module, name;
    wx_kind kind;
} wx_import_info;

typedef struct wx_export_info {
    wx_name name;
    wx_kind kind;
} wx_export_info;

WX_API size_t wx_module_nimports(const wx_module *m);
WX_API wx_import_info wx_module_import(const wx_module *m, size_t i);
/* Valid while the module lives.  WX_MISUSE when import i is not a function. */
WX_API wx_status wx_module_import_functype(const wx_module *m, size_t i, wx_functype *out);
WX_API size_t wx_module_nexports(const wx_module *m);
WX_API wx_export_info wx_module_export(const wx_module *m, size_t i);

typedef struct wx_stats {
    uint64_t functions;  /* defined functions */
    uint64_t translated; /* translated for the interpreter */
    uint64_t compiled;
    uint64_t declined;    /* the compiler declined them */
    uint64_t bytes_in;    /* Wasm bytes compiled */
    uint64_t bytes_out;   /* machine code bytes */
    uint64_t nanoseconds; /* CPU time spent compiling */
    uint64_t
        loops_entered; /* calls that went on in compiled code in the middle, at a loop */
} wx_stats;

WX_API wx_stats wx_module_stats(const wx_module *m);

/* Compiles (or translates) every function now instead of at its first call. */
WX_API wx_status wx_module_prepare(wx_module *m, wx_error *err);

/* ---- store --------------------------------------------------------------------------------- */

WX_API wx_status wx_store_new(wx_engine *e, wx_store **out, wx_error *err);
WX_API void wx_store_free(wx_store *s);

/* Fuel left; meaningful when config.fuel.  A new store has 0. */
WX_API void wx_store_set_fuel(wx_store *s, uint64_t fuel);
WX_API uint64_t wx_store_fuel(const wx_store *s);
/* Bytes of logical stack; meaningful when config.logical_stack.  A new store has 1 MiB, or half of
 * the smaller stack when the configuration gives stacks of less than 2 MiB. */
WX_API void wx_store_set_logical_stack(wx_store *s, uint64_t bytes);
/* Makes running Wasm trap with WX_TRAP_INTERRUPT at its next charge point (config.interruptible).
 * Any thread.  Stays set until wx_store_clear_interrupt. */
WX_API void wx_store_interrupt(wx_store *s);
WX_API void wx_store_clear_interrupt(wx_store *s);

/* Asked before a memory (bytes) or table (elements) of the store is made or grows; false refuses.
 * Must not call Wasm.  Either function may be NULL. */
typedef struct wx_limiter {
    void *env;
    bool (*memory)(void *env, uint64_t current_bytes, uint64_t desired_bytes);
    bool (*table)(void *env, uint64_t current_elements, uint64_t desired_elements);
} wx_limiter;

WX_API void wx_store_set_limiter(wx_store *s, wx_limiter limiter);

/* ---- instance ------------------------------------------------------------------------------ */

/* imports[0..n) in the order of the module's imports, all of this store.  Runs the start function.
 * WX_UNLINKABLE, WX_TRAP, WX_EXHAUSTED, WX_MISUSE.  spec: exec-instantiation */
WX_API wx_status wx_instance_new(wx_store *s, wx_module *m, const wx_extern *imports,
                                 size_t n, wx_instance **out, wx_error *err);
/* The export of that name; false if there is none. */
WX_API bool wx_instance_export(wx_instance *i, const char *name, size_t len,
                               wx_extern *out);
/* Export number n, in the order of wx_module_export. */
WX_API bool wx_instance_export_at(wx_instance *i, size_t n, wx_extern *out);
WX_API wx_module *wx_instance_module(wx_instance *i);

/* Links by name.  Owned by the caller; names are copied. */
WX_API wx_status wx_linker_new(wx_store *s, wx_linker **out, wx_error *err);
WX_API void wx_linker_free(wx_linker *l);
/* A later definition of the same name replaces an earlier one. */
WX_API wx_status wx_linker_define(wx_linker *l, wx_name module, wx_name name,
                                  wx_extern value, wx_error *err);
/* All exports of i under a module name. */
WX_API wx_status wx_linker_define_instance(wx_linker *l, wx_name module, wx_instance *i,
                                           wx_error *err);
WX_API bool wx_linker_get(const wx_linker *l, wx_name module, wx_name name, wx_extern *out);
WX_API wx_status wx_linker_instantiate(wx_linker *l, wx_module *m, wx_instance **out,
                                       wx_error *err);

/* ---- functions ----------------------------------------------------------------------------- */

/* Valid while the store lives. */
WX_API wx_functype wx_func_type(const wx_func *f);

/* args[0..nargs) must match the parameters; results[0..nresults) receives exactly the results.
 * WX_TRAP, WX_EXCEPTION, WX_MISUSE.  May be called from host functions. */
WX_API wx_status wx_func_call(wx_func *f, const wx_value *args, size_t nargs,
                              wx_value *results, size_t nresults, wx_error *err);

/* A host function: args and results typed as declared; it writes all results (type and value).
 * Returns WX_OK, or WX_TRAP after writing a message to err->text (and a trap other than
 * WX_TRAP_HOST to err->trap if it wants one), or WX_EXCEPTION.  err is never NULL.  A failed
 * wx_func_call inside may be returned as it is, with its err. */
typedef wx_status wx_host_func(void *env, wx_caller *caller, const wx_value *args,
                               size_t nargs, wx_value *results, size_t nresults,
                               wx_error *err);

/* finalizer(env), unless NULL, runs when the store is freed. */
WX_API wx_status wx_func_new(wx_store *s, wx_functype type, wx_host_func *fn, void *env,
                             void (*finalizer)(void *env), wx_func **out, wx_error *err);

WX_API wx_store *wx_caller_store(wx_caller *c);
/* The calling instance, or NULL when the call came from C. */
WX_API wx_instance *wx_caller_instance(wx_caller *c);

/* ---- memories, tables, globals ------------------------------------------------------------- */

WX_API wx_status wx_memory_new(wx_store *s, wx_memorytype type, wx_memory **out,
                               wx_error *err);
WX_API wx_memorytype wx_memory_type(const wx_memory *m);
/* The bytes: the address stays the same while the store lives; the size changes when it grows. */
WX_API uint8_t *wx_memory_data(wx_memory *m);
WX_API size_t wx_memory_size(const wx_memory *m);
WX_API uint64_t wx_memory_pages(const wx_memory *m);
/* false when refused.  *old_pages may be NULL. */
WX_API bool wx_memory_grow(wx_memory *m, uint64_t delta_pages, uint64_t *old_pages);

WX_API wx_status wx_table_new(wx_store *s, wx_tabletype type, wx_value init, wx_table **out,
                              wx_error *err);
WX_API wx_tabletype wx_table_type(const wx_table *t);
WX_API uint64_t wx_table_size(const wx_table *t);
WX_API wx_status wx_table_get(wx_table *t, uint64_t i, wx_value *out, wx_error *err);
WX_API wx_status wx_table_set(wx_table *t, uint64_t i, wx_value v, wx_error *err);
WX_API bool wx_table_grow(wx_table *t, uint64_t delta, wx_value init, uint64_t *old_size);

WX_API wx_status wx_global_new(wx_store *s, wx_globaltype type, wx_value init,
                               wx_global **out, wx_error *err);
WX_API wx_globaltype wx_global_type(const wx_global *g);
WX_API wx_value wx_global_get(wx_global *g);
WX_API wx_status wx_global_set(wx_global *g, wx_value v, wx_error *err);

/* ---- references ---------------------------------------------------------------------------- */

WX_API wx_ref *wx_ref_from_func(wx_func *f);
/* NULL when r is not a function. */
WX_API wx_func *wx_ref_func(wx_ref *r);
/* A host reference around data; finalizer(data), unless NULL, runs at the latest with the store. */
WX_API wx_status wx_ref_extern_new(wx_store *s, void *data, void (*finalizer)(void *),
                                   wx_ref **out, wx_error *err);
/* NULL when r is not a host reference. */
WX_API void *wx_ref_extern_data(wx_ref *r);
/* Do both name the same object? */
WX_API bool wx_ref_same(const wx_ref *a, const wx_ref *b);

/* ---- WASI preview 1 ------------------------------------------------------------------------ */

typedef struct wx_wasi_config {
    const char *const *args; /* NULL-terminated, args[0] is the program */
    const char *const *env;  /* NULL-terminated, NAME=value; NULL: none */
    int in, out, err;        /* file descriptors for 0, 1, 2 */
} wx_wasi_config;

/* Defines wasi_snapshot_preview1 in l.  proc_exit ends the program: the call returns WX_TRAP with
 * trap WX_TRAP_HOST, and wx_wasi_exit_code tells the code. */
WX_API wx_status wx_wasi_define(wx_linker *l, const wx_wasi_config *c, wx_error *err);
/* true when a program on this linker's store has called proc_exit; *code is what it passed. */
WX_API bool wx_wasi_exit_code(const wx_linker *l, uint32_t *code);

#ifdef __cplusplus
}
#endif

#endif
