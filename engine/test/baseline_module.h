/* baseline_module.h - building a module byte by byte, and running it compiled.
 *
 * For code that no text could hold: bodies of megabytes, thousands of blocks, generated
 * permutations.  Types are strings as in "iI:f": i32 i64 f32 f64 are i I f F. */
#ifndef WX_TEST_BASELINE_MODULE_H
#define WX_TEST_BASELINE_MODULE_H

#include "runtime/engine.h"
#include "runtime/store.h"

struct bytes {
    uint8_t *at;
    size_t len, cap;
};

void put(struct bytes *b, uint8_t byte);
void put_u32(struct bytes *b, uint32_t value);
void put_s64(struct bytes *b, int64_t value);
void put_bytes(struct bytes *b, const void *at, size_t n);
/* The instruction's opcode, by its row. */
void put_op(struct bytes *b, enum op op);
/* The opcode and one index. */
void put_op_u32(struct bytes *b, enum op op, uint32_t index);
void bytes_free(struct bytes *b);

/* One function: its type, its further locals, its instructions without the last `end`. */
struct body {
    const char *type;
    const char *locals; /* a letter each; "i*1000": so many of one type */
    struct bytes code;
};

/* A module of these functions, with one memory of a page and, if table is not 0, a table
 * of so many functions that repeats them in order. */
struct bytes module_bytes(const struct body *bodies, uint32_t n, uint32_t table);

/* An engine, and one module on it. */
struct running {
    struct engine *engine;
    struct modcode *code;
    struct store *store;
    struct instance *instance;
};

/* Loads the module and instantiates it; takes the bytes and the bodies' code. */
struct running run_module(struct config config, struct body *bodies, uint32_t n,
                          uint32_t table);
void running_free(struct running *r);

/* Compiles function i now. */
bool compile_now(struct running *r, uint32_t i, struct fail *f);

#endif
