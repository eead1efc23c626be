/* api.h - what the files of the public API share: handles, values, errors.
 *
 * A public handle is the address of the internal object, so that the API costs nothing and
 * keeps no maps.  The casts below are the only place that says so.  Three handles are structs
 * of their own: wx_module (reference-counted, because stores keep modules alive), wx_linker
 * and wx_caller.
 *
 * Every function of wx.h checks its arguments before it does anything (WX_MISUSE), so the
 * layers below may assert. */
#ifndef WX_API_API_H
#define WX_API_API_H

#include "base/fail.h"
#include "runtime/code.h"
#include "runtime/engine.h"
#include "runtime/store.h"
#include "wx.h"

/* The tiers in this library, by enum tier_id; flavour_*.c. */
extern const struct tier *const wx_tiers[TIER_COUNT];

struct wx_module {
    _Atomic uint32_t refs;
    struct engine *engine;
    struct modcode *code;
};

struct wx_caller {
    struct store *store;
    struct instance *instance; /* NULL: called from C */
};

struct wasi;

/* A hash table, chained, that grows; entries keep their definition order irrelevant. */
struct linker_entry;
struct wx_linker {
    struct store *store;
    struct heap *heap;
    struct linker_entry **buckets;
    uint32_t nbuckets; /* a power of two */
    uint32_t len;
    struct wasi *wasi; /* wasi/: set by wx_wasi_define; owned by the store */
};

/* ---- handles ------------------------------------------------------------------------- */

#define API_HANDLE(public, internal)                                 \
    static inline struct internal *api_##internal(const public *p)   \
    {                                                                \
        return (struct internal *)(uintptr_t)p;                      \
    }                                                                \
    static inline public *wx_of_##internal(const struct internal *p) \
    {                                                                \
        return (public *)(uintptr_t)p;                               \
    }

API_HANDLE(wx_engine, engine)
API_HANDLE(wx_store, store)
API_HANDLE(wx_instance, instance)
API_HANDLE(wx_func, func)
API_HANDLE(wx_table, table)
API_HANDLE(wx_memory, memory)
API_HANDLE(wx_global, global)

static inline wx_ref *wx_of_ref(ref r) { return (wx_ref *)(uintptr_t)r; }
static inline ref api_ref(const wx_ref *r) { return (ref)(uintptr_t)r; }

/* ---- values: value.c ----------------------------------------------------------------- */

static inline uint32_t value_slots(const wx_value *v) { return vt_slots(v->type); }

/* Writes v to its slots and reads a value of type t from its slots. */
void value_to_slots(const wx_value *v, uint64_t *slots);
void value_from_slots(wx_value *v, valtype t, const uint64_t *slots);

/* May v be used where a value of type t of store s is expected?  Types, the kind of object a
 * reference names, and the store it belongs to. */
bool value_fits(const struct store *s, const wx_value *v, valtype t);

/* Is t a type that a C caller can name? */
bool value_type_known(wx_valtype t);

wx_functype value_functype(const struct type *t);

/* Conversions of extern values and limits; a limit that wx.h cannot say does not exist. */
wx_extern value_extern(const struct extern_val *v);
struct extern_val value_extern_val(const wx_extern *v);
wx_limits value_limits(const struct limits *l);
struct limits value_limits_of(const wx_limits *l);

/* ---- errors: error.c ----------------------------------------------------------------- */

/* A description without text, offset and frames. */
void error_clear(wx_error *err, wx_status status);

/* Each describes a failure in *err, unless err is NULL, and returns its status. */
wx_status error_misuse(wx_error *err, const char *format, ...) PRINTF(2, 3);
wx_status error_exhausted(wx_error *err, const char *what);
wx_status error_of_fail(wx_error *err, const struct fail *f);
/* The trap in x->trap, or the exception that a host function threw. */
wx_status error_of_trap(wx_error *err, const struct exec *x);

/* What a host function reported, as a trap of x. */
enum trap error_to_trap(const wx_error *err, wx_status status, struct exec *x);

/* ---- module.c ------------------------------------------------------------------------ */

void module_retain(wx_module *m);
void module_release(wx_module *m);

/* ---- store.c ------------------------------------------------------------------------- */

/* Keeps m alive as long as s; false: memory exhausted.  store_unkeep undoes the last one. */
bool store_keep(struct store *s, wx_module *m);
void store_unkeep(struct store *s);

#endif
