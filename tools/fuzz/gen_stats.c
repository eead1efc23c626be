/* gen_stats.c - counts what generated modules contain.  See gen_stats.h. */
#include "tools/fuzz/gen_stats.h"
#include "tools/find/typing.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void count_pairs(struct gen_stats *s, struct code c, const struct effect *e)
{
    for (uint32_t i = 0; i < c.len; i++) {
        s->ops.present[c.at[i].op]++;
        for (uint32_t k = 0; k < e[i].pops && k < 8; k++) {
            uint32_t producer = k + 1 < e[i].pops ? e[i].popped_start[k + 1] : i;
            if (producer > 0)
                s->pairs[c.at[producer - 1].op][c.at[i].op] |= (uint8_t)(1u << k);
        }
    }
}

/* Instructions of a module; what imports functions counts as such. */
static uint32_t add_module(struct gen_stats *s, const uint8_t *wasm, size_t len,
                           bool *imports)
{
    struct heap heap = { 0 };
    struct arena arena;
    arena_init(&arena, &heap);
    const struct tree *t = tree_read(&arena, wasm, len);
    uint32_t n = 0;
    s->bytes += len;
    if (t == NULL)
        s->invalid++;
    for (uint32_t f = 0; t != NULL && f < t->nfuncs; f++, s->functions++) {
        count_pairs(s, t->funcs[f].code, typing_of(&arena, t, f));
        n += t->funcs[f].code.len;
    }
    *imports |= t != NULL && tree_imports(t, EXTERN_FUNC) > 0;
    arena_free(&arena);
    return n;
}

void gen_stats_add(struct gen_stats *s, const wxgen_case *c)
{
    bool imports = false;
    uint32_t n = 0;
    for (size_t i = 0, len; i < wxgen_nmodules(c); i++) {
        const uint8_t *wasm = wxgen_module(c, i, &len);
        n += add_module(s, wasm, len, &imports);
    }
    s->with_second += wxgen_nmodules(c) > 1;
    s->with_imports += imports;
    s->trap_free += wxgen_is_trap_free(c);
    s->sizes[s->cases++] = n;
}

static int compare(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static double percent(uint64_t part, uint64_t whole)
{
    return whole == 0 ? 0 : 100.0 * (double)part / (double)whole;
}

static char result_of(enum op op)
{
    const char *end = op_infos[op].sig == NULL ? "v" : strrchr(op_infos[op].sig, '_') + 1;
    return *end == 'a' ? 'i' : *end;
}

uint32_t gen_stats_pairs(const struct gen_stats *s, uint32_t *seen)
{
    uint32_t all = 0;
    *seen = 0;
    for (enum op a = 0; a < OP_COUNT; a++) {
        for (enum op b = 0; b < OP_COUNT; b++) {
            const char *sig = op_infos[b].sig == NULL ? "_" : op_infos[b].sig;
            for (uint32_t k = 0; sig[k] != '_'; k++) {
                char wanted = sig[k] == 'a' ? 'i' : sig[k];
                bool fits = wanted != 'v' && result_of(a) == wanted;
                all += fits;
                *seen += fits && (s->pairs[a][b] >> k & 1);
            }
        }
    }
    return all;
}

uint32_t gen_stats_size(struct gen_stats *s, uint32_t part)
{
    qsort(s->sizes, s->cases, sizeof *s->sizes, compare);
    return s->cases == 0 ? 0 : s->sizes[(uint64_t)part * (s->cases - 1) / 100];
}

void gen_stats_print(struct gen_stats *s)
{
    static const uint32_t parts[] = { 0, 10, 25, 50, 75, 90, 99, 100 };
    uint32_t seen, pairs = gen_stats_pairs(s, &seen);
    printf("cases %u, invalid %u, functions %" PRIu64 ", bytes %" PRIu64 "\n", s->cases,
           s->invalid, s->functions, s->bytes);
    printf("with a second module %.1f %%, with host functions %.1f %%, trap-free %.1f %%\n",
           percent(s->with_second, s->cases), percent(s->with_imports, s->cases),
           percent(s->trap_free, s->cases));
    printf("pairs of operations %u of %u\ninstructions:", seen, pairs);
    for (size_t i = 0; i < COUNT(parts); i++)
        printf(" p%u %u", parts[i], gen_stats_size(s, parts[i]));
    printf("\n");
    for (uint32_t op = 0; op < OP_COUNT; op++)
        printf("%-24s %10" PRIu64 "\n", op_infos[op].text, s->ops.present[op]);
}
