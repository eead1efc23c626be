/* wxgen.h - libwxgen: bytes or a seed -> a WebAssembly module that is always valid, and a script.
 *
 * For fuzzing any engine.  The library needs no other; it opens no files, keeps no state between
 * calls, and may be used from several threads as long as each case has one user at a time.
 *
 *     wxgen_case *c = wxgen_from_seed(7, NULL);
 *     size_t len;
 *     const uint8_t *wasm = wxgen_module(c, 0, &len);
 *     ... instantiate it, call what the actions say, compare two engines ...
 *     wxgen_free(c);
 *
 * A module exports everything: functions f0, f1, ..., memory m0, tables t0 ..., globals g0 ....
 * Its imports have the module name "h" (functions f<i>, globals g<i>: the host's, any behaviour
 * will do that is the same in every engine) or, in a second module, "a": the first module's export
 * of that name.  Loops may be endless: run with fuel, a time limit, or both.
 *
 * Promise: the same version, bytes and configuration make the same case on every machine.
 * Whenever that changes, wxgen_version() grows. */
#ifndef WXGEN_H
#define WXGEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define WXGEN_API __attribute__((visibility("default")))

/* The first byte of inputs: see wxgen_from_bytes. */
WXGEN_API unsigned wxgen_version(void);

/* ---- configuration ------------------------------------------------------------------------- */

typedef enum wxgen_traps {
    WXGEN_TRAPS_NONE, /* no instruction traps: any trap but exhaustion is a bug */
    WXGEN_TRAPS_RARE,
    WXGEN_TRAPS_NATURAL,
    WXGEN_TRAPS_DENSE, /* half of the addresses lie on an edge or beyond */
    WXGEN_TRAPS_ANY,   /* the seed decides */
} wxgen_traps;

typedef struct wxgen_config {
    wxgen_traps traps;
    /* Features that must not be used, by names as in `wx --features`; others are switched off at
     * random when swarm is set.  NULL or a comma-separated list. */
    const char *without;
    /* The mode of every function, by name, or NULL: a mixture.  wxgen_mode_name lists them. */
    const char *mode;
    bool swarm;      /* the seed switches features and kinds of operations off */
    bool one_module; /* never a second module */
} wxgen_config;

/* Any traps, all features, a mixture of modes, swarm. */
WXGEN_API void wxgen_config_init(wxgen_config *c);

/* Names of modes and of features, i = 0, 1, ... until NULL. */
WXGEN_API const char *wxgen_mode_name(unsigned i);
WXGEN_API const char *wxgen_feature_name(unsigned i);

/* ---- cases --------------------------------------------------------------------------------- */

typedef struct wxgen_case wxgen_case;

/* NULL: no memory, or a name in the configuration that is unknown.  c may be NULL. */
WXGEN_API wxgen_case *wxgen_from_seed(uint64_t seed, const wxgen_config *c);

/* From a fuzzer's input, which is copied.  Byte 0 must be wxgen_version(); everything else may
 * have any value, and missing bytes read as zero.  A changed byte changes a part of the module;
 * truncation makes it smaller.  NULL: no memory, or another version. */
WXGEN_API wxgen_case *wxgen_from_bytes(const uint8_t *data, size_t size);

WXGEN_API void wxgen_free(wxgen_case *c);

/* What follows belongs to the case and lives as long. */

/* One or two. */
WXGEN_API size_t wxgen_nmodules(const wxgen_case *c);
WXGEN_API const uint8_t *wxgen_module(const wxgen_case *c, size_t i, size_t *len);

/* Made with WXGEN_TRAPS_NONE. */
WXGEN_API bool wxgen_is_trap_free(const wxgen_case *c);

/* The first module with everything else in custom sections: what fuzz_diff_replay reads. */
WXGEN_API const uint8_t *wxgen_file(const wxgen_case *c, size_t *len);

/* The bytes that wxgen_from_bytes makes the same case from. */
WXGEN_API const uint8_t *wxgen_bytes(const wxgen_case *c, size_t *len);

/* ---- the script ---------------------------------------------------------------------------- */

typedef enum wxgen_action_kind {
    WXGEN_CALL,         /* an exported function */
    WXGEN_GROW_MEMORY,  /* an exported memory, by seed % 3 pages */
    WXGEN_GROW_TABLE,   /* an exported table, by seed % 5 null elements */
    WXGEN_SET_GLOBAL,   /* an exported mutable global, to argument 0 */
    WXGEN_SET_TABLE,    /* element seed % (size + 1) of an exported table, to argument 1 */
    WXGEN_WRITE_MEMORY, /* the 8 bytes of seed at seed % 65536 % (size - 7) */
    WXGEN_LINK,         /* instantiate the second module */
} wxgen_action_kind;

/* index is to be taken modulo the number of exports of that kind, in the order of the export
 * section, the first module's before the second's. */
typedef struct wxgen_action {
    wxgen_action_kind kind;
    uint32_t index;
    uint64_t seed;
} wxgen_action;

WXGEN_API size_t wxgen_nactions(const wxgen_case *c);
WXGEN_API wxgen_action wxgen_action_at(const wxgen_case *c, size_t i);

typedef enum wxgen_type { WXGEN_I32, WXGEN_I64, WXGEN_F32, WXGEN_F64 } wxgen_type;

/* The bits of argument i of an action: half of them from a table of interesting values. */
WXGEN_API uint64_t wxgen_argument(uint64_t seed, uint32_t i, wxgen_type type);

#ifdef __cplusplus
}
#endif

#endif
