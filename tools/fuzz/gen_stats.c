/* gen_stats.c - counts what generated modules contain.  See gen_stats.h. */
#include "tools/fuzz/gen_stats.h"
#include "wasm/code.h"
#include "wasm/module.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static uint32_t count_module(struct gen_stats *s, const struct module *m)
{
    uint32_t instructions = 0;
    for (uint32_t i = m->nimported_funcs; i < m->nfuncs; i++, s->functions++) {
        for (const uint8_t *p = m->funcs[i].body; p < m->funcs[i].body_end;
             instructions++) {
            enum op op = code_op(&p);
            s->ops.present[op]++;
            ops_skip_immediates(&p, op);
        }
    }
    return instructions;
}

/* Instructions of a module; what imports functions counts as such. */
static uint32_t add_module(struct gen_stats *s, const uint8_t *wasm, size_t len,
                           bool *imports)
{
    struct heap heap = { 0 };
    struct fail fail;
    struct type_registry *types = types_new(&heap);
    struct module *m =
        types == NULL ? NULL
                      : module_load(&heap, types, features_of_level(9), wasm, len, &fail);
    uint32_t n = 0;
    if (m != NULL) {
        n = count_module(s, m);
        *imports |= m->nimported_funcs > 0;
        module_free(m);
    } else {
        s->invalid++;
    }
    if (types != NULL)
        types_free(types);
    s->bytes += len;
    return n;
}

void gen_stats_add(struct gen_stats *s, const struct fuzz_case *c)
{
    bool imports = false;
    uint32_t n = add_module(s, c->wasm, c->wasm_len, &imports);
    if (c->second != NULL)
        n += add_module(s, c->second, c->second_len, &imports);
    s->with_second += c->second != NULL;
    s->with_imports += imports;
    s->trap_free += c->trap_free;
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

void gen_stats_print(struct gen_stats *s)
{
    static const uint32_t parts[] = { 0, 10, 25, 50, 75, 90, 99, 100 };
    qsort(s->sizes, s->cases, sizeof *s->sizes, compare);
    printf("cases %u, invalid %u, functions %" PRIu64 ", bytes %" PRIu64 "\n", s->cases,
           s->invalid, s->functions, s->bytes);
    printf("with a second module %.1f %%, with host functions %.1f %%, trap-free %.1f %%\n",
           percent(s->with_second, s->cases), percent(s->with_imports, s->cases),
           percent(s->trap_free, s->cases));
    printf("instructions:");
    for (size_t i = 0; s->cases > 0 && i < COUNT(parts); i++)
        printf(" p%u %u", parts[i], s->sizes[(uint64_t)parts[i] * (s->cases - 1) / 100]);
    printf("\n");
    for (uint32_t op = 0; op < OP_COUNT; op++)
        printf("%-24s %10" PRIu64 "\n", op_infos[op].text, s->ops.present[op]);
}
