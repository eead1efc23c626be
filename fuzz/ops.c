/* ops.c - counts operations.  See ops.h.  Reads validated bodies only. */
#include "ops.h"
#include "wasm/code.h"
#include <inttypes.h>
#include <stdio.h>

enum { MOST_NAMES = 30, COLUMNS = 3 };

static void skip_numbers(const uint8_t **p, uint64_t n)
{
    while (n-- > 0)
        code_u64(p);
}

static void skip_valtype(const uint8_t **p)
{
    uint8_t byte = *(*p)++;
    if (byte == 0x63 || byte == 0x64) /* ref, ref null: a heap type follows */
        code_s64(p);
}

static void skip_valtypes(const uint8_t **p)
{
    for (uint32_t n = code_u32(p); n > 0; n--)
        skip_valtype(p);
}

void ops_skip_immediates(const uint8_t **p, enum op op)
{
    switch ((enum imm)op_infos[op].imm) {
    case IMM_NONE:
    case IMM_COUNT: break;
    case IMM_F32: *p += 4; break;
    case IMM_F64: *p += 8; break;
    case IMM_BR_TABLE: skip_numbers(p, code_u32(p) + UINT64_C(1)); break;
    case IMM_SELECT_T: skip_valtypes(p); break;
    case IMM_MEMARG: code_memarg(p); break;
    case IMM_CALL_INDIRECT:
    case IMM_MEMORY_MEMORY:
    case IMM_DATA_MEMORY:
    case IMM_ELEM_TABLE:
    case IMM_TABLE_TABLE: skip_numbers(p, 2); break;
    case IMM_BLOCK:
        if (**p == 0x63 || **p == 0x64)
            skip_valtype(p);
        else
            code_s64(p);
        break;
    default: code_s64(p); break;
    }
}

void ops_count(struct op_counts *counts, const struct modcode *code)
{
    const struct module *m = code->module;
    uint32_t length = 0;
    for (uint32_t i = m->nimported_funcs; i < m->nfuncs; i++) {
        bool ran = code->fns[i - m->nimported_funcs].interp != NULL;
        for (const uint8_t *p = m->funcs[i].body; p < m->funcs[i].body_end;) {
            enum op op = code_op(&p);
            counts->present[op]++;
            length++;
            if (ran && counts->ran[op]++ == 0) {
                counts->reached++;
                counts->newest = op;
            }
            ops_skip_immediates(&p, op);
        }
    }
    uint32_t class = length / OPS_LENGTH_STEP;
    counts->lengths[class < OPS_LENGTHS ? class : OPS_LENGTHS - 1]++;
}

uint32_t ops_median(const struct op_counts *counts)
{
    uint64_t modules = 0, below = 0;
    uint32_t i = 0;
    for (uint32_t k = 0; k < OPS_LENGTHS; k++)
        modules += counts->lengths[k];
    while (i + 1 < OPS_LENGTHS && below + counts->lengths[i] <= modules / 2)
        below += counts->lengths[i++];
    return i * OPS_LENGTH_STEP;
}

static void print_table(const struct op_counts *counts)
{
    fprintf(stderr, "operations: in modules, in code that ran");
    for (uint32_t op = 0; op < OP_COUNT; op++)
        fprintf(stderr, "%s%-20s %9" PRIu64 " %9" PRIu64, op % COLUMNS == 0 ? "\n" : "   ",
                op_infos[op].text, counts->present[op], counts->ran[op]);
    fprintf(stderr, "\n");
}

void ops_print(const struct op_counts *counts, bool all)
{
    uint32_t missing = OP_COUNT - counts->reached;
    fprintf(stderr, "operations in code that ran: %u of %u", counts->reached, OP_COUNT);
    if (missing > 0 && missing <= MOST_NAMES)
        fprintf(stderr, "; never:");
    for (uint32_t op = 0; op < OP_COUNT && missing <= MOST_NAMES; op++)
        if (counts->ran[op] == 0)
            fprintf(stderr, " %s", op_infos[op].text);
    fprintf(stderr, "\n");
    if (all)
        print_table(counts);
}
