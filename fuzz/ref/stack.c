/* stack.c - typed values on the stack. */
#include "ref/machine.h"
#include <stdio.h>
#include <stdlib.h>

void ref_fail(const struct machine *m, const char *what)
{
    const struct frame *f = m->frame;
    if (f == NULL)
        fprintf(stderr, "reference evaluator: not so: %s\n", what);
    else
        fprintf(stderr, "reference evaluator: not so: %s; function %u, offset 0x%zx\n",
                what, f->func->index, (size_t)(f->at - f->instance->module->bytes));
    abort();
}

static uint32_t header_of(uint64_t word)
{
    return (uint32_t)((const struct func *)(uintptr_t)word)->header;
}

/* Which objects a reference of that heap type names. */
static uint32_t object_of(const struct machine *m, uint32_t heap)
{
    require(m, heap == HEAP_FUNC || heap == HEAP_EXTERN || heap >= HEAP_CONCRETE);
    return heap == HEAP_EXTERN ? OBJECT_EXTERN : OBJECT_FUNC;
}

static void require_ref(const struct machine *m, const struct value *v)
{
    if (v->bits[0] == 0)
        require(m, vt_is_nullable(v->type));
    else
        require(m, header_of(v->bits[0]) == object_of(m, vt_heap(v->type)));
}

/* That the words are ones a value of its type can have. */
static void require_form(const struct machine *m, const struct value *v)
{
    switch (v->type) {
    case VT_I32:
    case VT_F32: require(m, v->bits[0] <= UINT32_MAX); break;
    case VT_I64:
    case VT_F64:
    case VT_V128: break;
    default: require(m, vt_is_ref(v->type)); require_ref(m, v);
    }
}

void ref_require(const struct machine *m, const struct value *v, valtype type)
{
    if (v->type != type) {
        require(m, vt_is_ref(v->type) && vt_is_ref(type));
        require(m, types_match(m->exec->store->engine->types, v->type, type));
    }
    require_form(m, v);
}

struct value ref_value(const struct machine *m, valtype type, const uint64_t *words)
{
    struct value v = { .type = type, .bits = { words[0], 0 } };
    if (type == VT_V128)
        v.bits[1] = words[1];
    require_form(m, &v);
    return v;
}

void ref_push(struct machine *m, valtype type, uint64_t bits)
{
    const uint64_t words[2] = { bits, 0 };
    require(m, m->sp < m->frame->limit);
    *m->sp = ref_value(m, type, words);
    m->sp++;
}

struct value ref_pop_any(struct machine *m)
{
    require(m, m->sp > m->frame->base);
    m->sp--;
    require(m, m->sp->type != TYPE_LABEL);
    return *m->sp;
}

uint64_t ref_pop(struct machine *m, valtype type)
{
    struct value v = ref_pop_any(m);
    ref_require(m, &v, type);
    return v.bits[0];
}

struct value *ref_top(const struct machine *m, const valtype *types, uint32_t n)
{
    require(m, m->sp - m->frame->base >= (ptrdiff_t)n);
    struct value *top = m->sp - n;
    for (uint32_t i = 0; i < n; i++) {
        require(m, top[i].type != TYPE_LABEL);
        ref_require(m, &top[i], types[i]);
    }
    return top;
}
