/* wasm_capi.h - the part of the standard C API (wasm.h) that outside oracles use.
 *
 * Names, types and layouts are those of the standard; engines with this interface differ in
 * nothing that is declared here.  `own` in the standard's words: what a function returns or
 * fills in belongs to the caller, vectors passed to constructors belong to the callee. */
#ifndef WX_FUZZ_OUTSIDE_WASM_CAPI_H
#define WX_FUZZ_OUTSIDE_WASM_CAPI_H

#include <stddef.h>
#include <stdint.h>

typedef struct wasm_engine_t wasm_engine_t;
typedef struct wasm_store_t wasm_store_t;
typedef struct wasm_module_t wasm_module_t;
typedef struct wasm_instance_t wasm_instance_t;
typedef struct wasm_extern_t wasm_extern_t;
typedef struct wasm_func_t wasm_func_t;
typedef struct wasm_trap_t wasm_trap_t;
typedef struct wasm_functype_t wasm_functype_t;
typedef struct wasm_valtype_t wasm_valtype_t;
typedef struct wasm_exporttype_t wasm_exporttype_t;
struct wasm_ref_t;

typedef uint8_t wasm_valkind_t;
enum { WASM_I32, WASM_I64, WASM_F32, WASM_F64 };

typedef struct wasm_val_t {
    wasm_valkind_t kind;
    union {
        int32_t i32;
        int64_t i64;
        float f32;
        double f64;
        struct wasm_ref_t *ref;
    } of;
} wasm_val_t;

#define WASM_VECTOR(name, element) \
    typedef struct name {          \
        size_t size;               \
        element *data;             \
    } name
WASM_VECTOR(wasm_byte_vec_t, char);
WASM_VECTOR(wasm_val_vec_t, wasm_val_t);
WASM_VECTOR(wasm_extern_vec_t, wasm_extern_t *);
WASM_VECTOR(wasm_valtype_vec_t, wasm_valtype_t *);
WASM_VECTOR(wasm_exporttype_vec_t, wasm_exporttype_t *);

typedef wasm_trap_t *(*wasm_func_callback_t)(const wasm_val_vec_t *args,
                                             wasm_val_vec_t *results);

/* WASM_API(result, name, parameters): the functions, in rows, so that a client can declare
 * them or load them from a library. */
#define WASM_API_FUNCTIONS(WASM_API)                                                      \
    WASM_API(wasm_engine_t *, wasm_engine_new, (void))                                    \
    WASM_API(void, wasm_engine_delete, (wasm_engine_t *))                                 \
    WASM_API(wasm_store_t *, wasm_store_new, (wasm_engine_t *))                           \
    WASM_API(void, wasm_store_delete, (wasm_store_t *))                                   \
    WASM_API(void, wasm_byte_vec_new, (wasm_byte_vec_t *, size_t, const char *))          \
    WASM_API(void, wasm_byte_vec_delete, (wasm_byte_vec_t *))                             \
    WASM_API(wasm_module_t *, wasm_module_new, (wasm_store_t *, const wasm_byte_vec_t *)) \
    WASM_API(void, wasm_module_delete, (wasm_module_t *))                                 \
    WASM_API(void, wasm_module_exports, (const wasm_module_t *, wasm_exporttype_vec_t *)) \
    WASM_API(const wasm_byte_vec_t *, wasm_exporttype_name, (const wasm_exporttype_t *))  \
    WASM_API(void, wasm_exporttype_vec_delete, (wasm_exporttype_vec_t *))                 \
    WASM_API(wasm_valtype_t *, wasm_valtype_new, (wasm_valkind_t))                        \
    WASM_API(void, wasm_valtype_vec_new,                                                  \
             (wasm_valtype_vec_t *, size_t, wasm_valtype_t *const *))                     \
    WASM_API(wasm_functype_t *, wasm_functype_new,                                        \
             (wasm_valtype_vec_t *, wasm_valtype_vec_t *))                                \
    WASM_API(void, wasm_functype_delete, (wasm_functype_t *))                             \
    WASM_API(wasm_func_t *, wasm_func_new,                                                \
             (wasm_store_t *, const wasm_functype_t *, wasm_func_callback_t))             \
    WASM_API(void, wasm_func_delete, (wasm_func_t *))                                     \
    WASM_API(wasm_extern_t *, wasm_func_as_extern, (wasm_func_t *))                       \
    WASM_API(wasm_func_t *, wasm_extern_as_func, (wasm_extern_t *))                       \
    WASM_API(wasm_instance_t *, wasm_instance_new,                                        \
             (wasm_store_t *, const wasm_module_t *, const wasm_extern_vec_t *,           \
              wasm_trap_t **))                                                            \
    WASM_API(void, wasm_instance_delete, (wasm_instance_t *))                             \
    WASM_API(void, wasm_instance_exports, (const wasm_instance_t *, wasm_extern_vec_t *)) \
    WASM_API(void, wasm_extern_vec_delete, (wasm_extern_vec_t *))                         \
    WASM_API(wasm_trap_t *, wasm_func_call,                                               \
             (const wasm_func_t *, const wasm_val_vec_t *, wasm_val_vec_t *))             \
    WASM_API(void, wasm_trap_message, (const wasm_trap_t *, wasm_byte_vec_t *))           \
    WASM_API(void, wasm_trap_delete, (wasm_trap_t *))

#endif
