/* recipe.h - the modules of fuzz_api: functions whose effect is known, in several shapes.
 *
 * Every module has the functions of prims.def, exported by their names, and one memory, table
 * (funcref) and mutable i64 global, each its own or imported, and exported again. */
#ifndef WX_FUZZ_API_RECIPE_H
#define WX_FUZZ_API_RECIPE_H

#include "base/arena.h"
#include "dna.h"
#include "gen/gen.h"

enum prim {
#define PRIM(name, params, results) PRIM_##name,
#include "api/prims.def"
    PRIM_COUNT,
    PRIM_NONE = PRIM_COUNT /* a function of the host */
};

struct prim_info {
    const char *name, *params, *results;
};
extern const struct prim_info prim_infos[PRIM_COUNT];

enum recipe_start { START_NONE, START_FAIL, START_POKE, START_KINDS };
enum {
    RECIPE_DATA = 4,
    RECIPE_MANY = 20
}; /* bytes of its data segment; values of `many` */

struct recipe {
    bool import_func, import_table, import_memory, import_global;
    bool has_table_max, has_memory_max;
    uint8_t table_min, table_max, memory_min, memory_max;
    uint8_t elems;   /* in its active segment: constant, self, constant ... */
    uint8_t elem_at; /* where they go */
    uint32_t data_at;
    enum recipe_start start;
    int64_t k; /* what `constant` returns, `poke` stores at 0, and its global begins with */
};

struct recipe recipe_pick(struct dna *d);
/* Number of imports; their kinds in order: func, table, memory, global. */
uint32_t recipe_imports(const struct recipe *r);
/* The function index of a prim. */
uint32_t recipe_index(const struct recipe *r, enum prim prim);
/* The module's bytes, in a. */
struct bytes recipe_module(const struct recipe *r, struct arena *a);

#endif
