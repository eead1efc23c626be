/* const_eval.c - evaluation of constant expressions.
 *
 * spec: valid-constant.  Validation has checked them; the expressions that refer to
 * globals refer to ones already initialized.  The integer arithmetic of extended-const
 * is included. */
#include "runtime/engine.h"
#include "runtime/objects.h"
#include "wasm/code.h"

struct value {
    uint64_t at[2];
};

/* Operands: an expression of n bytes never holds more than n / 2 + 1. */
enum { SHALLOW = 16 };

static uint64_t func_reference(struct instance *i, uint32_t index)
{
    return (uint64_t)(uintptr_t)i->funcs[index];
}

static uint64_t arithmetic(enum op op, uint64_t x, uint64_t y)
{
    switch (op) {
    case OP_i32_add: return (uint32_t)(x + y);
    case OP_i32_sub: return (uint32_t)(x - y);
    case OP_i32_mul: return (uint32_t)(x * y);
    case OP_i64_add: return x + y;
    case OP_i64_sub: return x - y;
    default: return x * y;
    }
}

/* Reads the immediate of a constant instruction and gives its value. */
static struct value constant(struct instance *i, enum op op, const uint8_t **p)
{
    struct value v = { { 0, 0 } };
    switch (op) {
    case OP_i32_const: v.at[0] = (uint32_t)code_s32(p); break;
    case OP_i64_const: v.at[0] = (uint64_t)code_s64(p); break;
    case OP_f32_const: v.at[0] = code_f32(p); break;
    case OP_f64_const: v.at[0] = code_f64(p); break;
    case OP_ref_func: v.at[0] = func_reference(i, code_u32(p)); break;
    case OP_global_get: {
        const struct global *g = i->globals[code_u32(p)];
        v = (struct value){ { g->value[0], g->value[1] } };
        break;
    }
    default: /* ref.null and its heap type */ (void)code_s64(p); break;
    }
    return v;
}

static bool is_arithmetic(enum op op) { return op_infos[op].imm == IMM_NONE; }

static struct value run(struct instance *i, const uint8_t *p, struct value *stack)
{
    struct value *top = stack;
    for (;;) {
        enum op op = code_op(&p);
        if (op == OP_end)
            return top[-1];
        if (!is_arithmetic(op)) {
            *top++ = constant(i, op, &p);
            continue;
        }
        top--;
        top[-1].at[0] = arithmetic(op, top[-1].at[0], top[0].at[0]);
    }
}

bool const_eval(struct instance *i, struct const_expr e, uint64_t value[2])
{
    struct value shallow[SHALLOW];
    struct value *stack = shallow;
    struct heap *heap = &i->store->engine->heap;
    size_t size = (e.len / 2 + 1) * sizeof *stack;
    if (size > sizeof shallow && (stack = heap_alloc(heap, size)) == NULL)
        return false;
    struct value v = run(i, e.at, stack);
    if (stack != shallow)
        heap_free(heap, stack, size);
    value[0] = v.at[0];
    value[1] = v.at[1];
    return true;
}
