/* decode.h - the state of one module_load, shared by the decoder's files.  Internal to
 * wasm/.
 *
 * Two kinds of failure.  A malformed input (and an exceeded limit) ends decoding: it is
 * recorded in d->malformed through the reader, which is empty from then on.  An invalid
 * module is recorded in d->invalid and decoding goes on, since a module that is
 * malformed further on is malformed, not invalid; bodies behind an invalid point are
 * only skimmed (skim.c).  So between sections nothing may be trusted to be in range once
 * d->invalid is set.
 *
 * Memory: what survives goes to the module's arena, exactly sized; the rest to
 * d->scratch. */
#ifndef WX_WASM_DECODE_H
#define WX_WASM_DECODE_H

#include "base/reader.h"
#include "base/vec.h"
#include "wasm/module.h"
#include "wasm/section.h"
#include <setjmp.h>

struct validator;

/* Zeros behind the copy of a module's bytes (validate_run.c). */
enum { READ_AHEAD = 16 };

/* What each limit counts, for messages. */
extern const struct limit_texts {
#define WX_LIMIT(name, value, text) const char *name;
#include "wasm/limits.def"
} limit_texts;

/* Block types without a type index: [] -> [] and [] -> [one value]. */
enum { SHORT_TYPES = 8 };

/* `count` locals of one type. */
struct local_group {
    uint32_t count;
    valtype type;
};

struct decoder {
    struct module *m;
    struct reader r; /* the current section; r.fail is &malformed */
    const uint8_t *module_end;
    struct fail malformed, invalid;
    features enabled; /* also built */
    unsigned facts;   /* to find out: FACT_x */
    struct arena scratch;
    jmp_buf oom;
    unsigned last_order; /* of the last section seen but for custom ones */
    bool has_code;
    uint32_t data_count; /* of the data count section */
    const uint8_t
        *data_index;    /* first data index in a body without that section, or NULL */
    uint64_t nlocals;   /* of all functions so far */
    uint64_t *declared; /* bit set of functions that ref.func may name */
    const struct type *short_types[SHORT_TYPES];
    VEC(valtype) types;             /* scratch of one function type */
    VEC(struct local_group) groups; /* scratch of one body's local declarations */
    const uint32_t *identity_slots; /* 0, 1, 2 ...: slots of locals without a v128 */
    uint32_t nidentity;
    const uint8_t *names, *names_end; /* contents of the name section, or NULL */
    struct validator *validator;      /* its scratch lives across functions */
    uint16_t ops[256], fc_ops[32];    /* rows of enabled instructions */
};

/* ---- failures (decode.c) ------------------------------------------------------------- */

/* Records what makes the module invalid, unless there is something already. */
COLD void decode_invalid(struct decoder *d, const uint8_t *at, const char *format, ...)
    PRINTF(3, 4);

/* True when the feature is enabled; else a malformed input: "text: what requires feature
 * f". */
bool decode_needs(struct decoder *d, enum feature f, const uint8_t *at, const char *text,
                  const char *what);

/* True when count <= max; else the implementation limit is exceeded. */
bool decode_limit(struct decoder *d, const uint8_t *at, uint64_t count, uint64_t max,
                  const char *what);
#define DECODE_LIMIT(d, at, count, name) \
    decode_limit((d), (at), (count), LIMIT_##name, limit_texts.name)

/* True while neither malformed nor beyond a limit. */
static inline bool decode_ok(const struct decoder *d)
{
    return d->malformed.kind == FAIL_NONE;
}

/* ---- parts of sections (decode_types.c) ---------------------------------------------- */

/* The length of a vector whose elements take at least min_bytes each; 0 after a failure. */
uint32_t decode_count(struct decoder *d, size_t min_bytes, uint64_t max, const char *what);
#define DECODE_COUNT(d, min_bytes, name) \
    decode_count((d), (min_bytes), LIMIT_##name, limit_texts.name)

valtype decode_valtype(struct decoder *d, struct reader *r);
valtype decode_reftype(struct decoder *d, struct reader *r);
/* The type ref.null gives. */
valtype decode_heaptype(struct decoder *d, struct reader *r);
struct table_type decode_table_type(struct decoder *d);
struct memory_type decode_memory_type(struct decoder *d);
struct global_type decode_global_type(struct decoder *d);
struct name decode_name(struct reader *r);
void decode_type_section(struct decoder *d);
/* The function type of a type index, or NULL after decode_invalid. */
const struct type *decode_func_type(struct decoder *d, const uint8_t *at, uint32_t index);
/* Where short_types keeps [] -> [t], once it was asked for; SHORT_TYPES when it does not. */
static inline unsigned decode_short_index(valtype t)
{
    if (t == VT_BOTTOM)
        return 0;
    if (vt_is_num(t) || t == VT_V128)
        return 1 + (VT_I32 - t);
    return t == VT_FUNCREF ? 6 : t == VT_EXTERNREF ? 7 : SHORT_TYPES;
}
/* [] -> [t], or [] -> [] for VT_BOTTOM. */
const struct type *decode_short_type(struct decoder *d, valtype t);

/* True when index < count; else decode_invalid "unknown <what> <index>". */
bool decode_index(struct decoder *d, const uint8_t *at, const char *what, uint32_t index,
                  uint32_t count);

/* ---- sections ------------------------------------------------------------------------ */

void decode_import_section(struct decoder *d); /* decode_sections.c */
void decode_function_section(struct decoder *d);
void decode_table_section(struct decoder *d);
void decode_memory_section(struct decoder *d);
void decode_global_section(struct decoder *d);
void decode_export_section(struct decoder *d);
void decode_start_section(struct decoder *d);
void decode_element_section(struct decoder *d); /* decode_segments.c */
void decode_data_count_section(struct decoder *d);
void decode_data_section(struct decoder *d);
void decode_code_section(struct decoder *d); /* decode_code.c */

/* The whole module: d->m, d->malformed, d->invalid.  decode.c */
void decode_module(struct decoder *d);

/* ---- instructions -------------------------------------------------------------------- */

/* Reads an opcode.  OP_INVALID after recording a malformed input.  skim.c */
COLD enum op decode_rare_op(struct decoder *d, struct reader *r, const uint8_t *at,
                            uint8_t byte);
static inline enum op decode_op(struct decoder *d, struct reader *r)
{
    const uint8_t *at = r->p;
    uint8_t byte = reader_byte(r);
    uint16_t op = d->ops[byte];
    return LIKELY(op != OP_INVALID) ? (enum op)op : decode_rare_op(d, r, at, byte);
}

/* Immediates whose encoding depends on features.  skim.c */
struct memarg_bytes {
    uint64_t offset;
    uint32_t align_log2, memory;
};
struct memarg_bytes decode_memarg(struct decoder *d, struct reader *r);
uint32_t decode_memory_index(struct decoder *d, struct reader *r);
uint32_t decode_table_index(struct decoder *d, struct reader *r);
uint32_t decode_data_index(struct decoder *d, struct reader *r);

struct block_type {
    bool indexed;
    uint32_t index; /* indexed: of the module's types */
    valtype result; /* else: VT_BOTTOM for [] -> [] */
};
struct block_type decode_block_type(struct decoder *d, struct reader *r);

/* Reads instructions without judging their types until the one that closes `depth` open
 * blocks has been read.  Records only what is malformed. */
void decode_skim(struct decoder *d, struct reader *r, uint32_t depth);
/* The same for the rest of a body, which must end there. */
void decode_skim_body(struct decoder *d, struct reader *r, uint32_t depth);

/* Reads and validates a constant expression of type `type`.  const_expr.c */
struct const_expr decode_const_expr(struct decoder *d, valtype type);

/* The type of ref.func of an existing function.  const_expr.c */
valtype decode_ref_func_type(const struct decoder *d, uint32_t func);

/* Functions that ref.func may name in bodies: those that occur outside of bodies. */
void decode_declare(struct decoder *d, uint32_t func);
bool decode_declared(const struct decoder *d, uint32_t func);

/* ---- function bodies (validate.c) ---------------------------------------------------- */

/* One code entry, its local declarations read. */
struct body {
    uint32_t func;                    /* function index */
    struct reader r;                  /* the instructions */
    uint32_t nlocals;                 /* parameters included */
    const struct local_group *groups; /* without parameters */
    uint32_t ngroups;
};

/* Validates a body and makes its func_info.  Call only while the module is valid. */
void validate_body(struct decoder *d, const struct body *body);

/* Records that a body ends within a block.  decode_code.c */
void decode_missing_end(struct decoder *d, struct reader *body);

#endif
