/* reduce_entities.c - passes over what a module consists of: imports become definitions, what
 * nobody names goes, segments and limits shrink.  See reduce.h. */
#include "tools/find/reduce.h"
#include "tools/find/refs.h"
#include <string.h>

/* ---- what nobody names --------------------------------------------------------------------- */

#define REMOVE_AT(list, n, i) \
    (memmove(&(list)[i], &(list)[(i) + 1], ((n) - (i)-1) * sizeof *(list)), (n)--)

/* Import number `index` of a kind in the list of all imports. */
static uint32_t import_place(const struct tree *t, enum extern_kind kind, uint32_t index)
{
    for (uint32_t i = 0; i < t->nimports; i++)
        if (t->imports[i].kind == kind && index-- == 0)
            return i;
    return t->nimports;
}

static void remove_definition(struct tree *t, enum space space, uint32_t index)
{
    switch (space) {
    case SPACE_FUNC: REMOVE_AT(t->funcs, t->nfuncs, index); break;
    case SPACE_TABLE: REMOVE_AT(t->tables, t->ntables, index); break;
    case SPACE_MEMORY: REMOVE_AT(t->memories, t->nmemories, index); break;
    case SPACE_GLOBAL: REMOVE_AT(t->globals, t->nglobals, index); break;
    case SPACE_ELEM: REMOVE_AT(t->elems, t->nelems, index); break;
    case SPACE_DATA: REMOVE_AT(t->datas, t->ndatas, index); break;
    }
}

static enum extern_kind kind_of(enum space space)
{
    static const enum extern_kind kinds[] = { EXTERN_FUNC,   EXTERN_TABLE, EXTERN_MEMORY,
                                              EXTERN_GLOBAL, EXTERN_TAG,   EXTERN_TAG };
    return kinds[space];
}

static uint32_t space_size(const struct tree *t, enum space space)
{
    if (space == SPACE_ELEM)
        return t->nelems;
    if (space == SPACE_DATA)
        return t->ndatas;
    return tree_total(t, kind_of(space));
}

static bool try_remove(struct reducer *r, enum space space, uint32_t index)
{
    const struct tree *old = reduce_tree(r);
    if (refs_count(old, space, index) != 0)
        return false;
    struct tree *t = refs_copy(reduce_trial(r), old);
    uint32_t imports = space <= SPACE_GLOBAL ? tree_imports(t, kind_of(space)) : 0;
    if (index < imports)
        REMOVE_AT(t->imports, t->nimports, import_place(t, kind_of(space), index));
    else
        remove_definition(t, space, index - imports);
    refs_move(t, space, index, UINT32_MAX);
    return reduce_try(r, t, &r->c);
}

void reduce_unused(struct reducer *r)
{
    for (int space = SPACE_FUNC; space <= SPACE_DATA; space++)
        for (uint32_t i = space_size(reduce_tree(r), (enum space)space); i-- > 0;)
            if (i < space_size(reduce_tree(r), (enum space)space))
                try_remove(r, (enum space)space, i);
    struct tree *t = tree_copy(reduce_trial(r), reduce_tree(r));
    t->has_start = false;
    reduce_try(r, t, &r->c);
}

/* ---- imports ------------------------------------------------------------------------------- */

static struct code zero_code(struct arena *a, const valtype *types, uint32_t n)
{
    struct code c = { arena_zarray(a, struct insn, n + 1), n + 1 };
    for (uint32_t i = 0; i < n; i++)
        c.at[i] = insn_zero(types[i]);
    c.at[n].op = OP_end;
    return c;
}

#define INSERT_FIRST(a, list, n, value)                                        \
    do {                                                                       \
        __typeof__(list) copy_ = arena_alloc((a), ((n) + 1) * sizeof *(list)); \
        copy_[0] = (value);                                                    \
        memcpy(copy_ + 1, (list), (n) * sizeof *(list));                       \
        (list) = copy_;                                                        \
        (n)++;                                                                 \
    } while (0)

/* Keeps what the host was called with in new globals. */
static struct code storing_code(struct arena *a, struct tree *t, const struct signature *s)
{
    uint32_t n = s->nparams, first = tree_total(t, EXTERN_GLOBAL);
    struct tree_global *globals = arena_array(a, struct tree_global, t->nglobals + n);
    struct code zeros = zero_code(a, s->results, s->nresults);
    struct code c = { arena_zarray(a, struct insn, 2 * n + zeros.len), 2 * n + zeros.len };
    if (t->nglobals > 0)
        memcpy(globals, t->globals, t->nglobals * sizeof *globals);
    for (uint32_t k = 0; k < n; k++) {
        c.at[2 * k] = (struct insn){ .op = OP_local_get, .index = { k } };
        c.at[2 * k + 1] = (struct insn){ .op = OP_global_set, .index = { first + k } };
        globals[t->nglobals++] =
            (struct tree_global){ { s->params[k], true }, zero_code(a, &s->params[k], 1) };
    }
    memcpy(c.at + 2 * n, zeros.at, zeros.len * sizeof *c.at);
    t->globals = globals;
    return c;
}

/* A definition in the import's place, the first of its kind. */
static void define(struct arena *a, struct tree *t, const struct tree_import *i,
                   bool stores)
{
    struct tree_func func = { .type = i->type };
    struct tree_table table = { i->table };
    struct tree_global global = { .type = i->global };
    switch (i->kind) {
    case EXTERN_FUNC:
        func.code = stores ? storing_code(a, t, i->type)
                           : zero_code(a, i->type->results, i->type->nresults);
        INSERT_FIRST(a, t->funcs, t->nfuncs, func);
        break;
    case EXTERN_TABLE: INSERT_FIRST(a, t->tables, t->ntables, table); break;
    case EXTERN_MEMORY: INSERT_FIRST(a, t->memories, t->nmemories, i->memory); break;
    default:
        global.init = zero_code(a, &i->global.type, 1);
        INSERT_FIRST(a, t->globals, t->nglobals, global);
        break;
    }
}

static bool try_define(struct reducer *r, uint32_t place, bool stores)
{
    struct arena *a = reduce_trial(r);
    struct tree *t = refs_copy(a, reduce_tree(r));
    struct tree_import import = t->imports[place];
    uint32_t index = 0, last = tree_imports(t, import.kind) - 1;
    for (uint32_t i = 0; i < place; i++)
        index += t->imports[i].kind == import.kind;
    REMOVE_AT(t->imports, t->nimports, place);
    refs_move(t, (enum space)import.kind, index, last);
    define(a, t, &import, stores);
    return reduce_try(r, t, &r->c);
}

void reduce_imports(struct reducer *r)
{
    for (uint32_t i = reduce_tree(r)->nimports; i-- > 0;)
        if (i < reduce_tree(r)->nimports)
            (void)(try_define(r, i, false) || try_define(r, i, true));
}

/* ---- contents ------------------------------------------------------------------------------ */

static void shrink_data(struct reducer *r, uint32_t i)
{
    for (uint32_t len = 0; len < reduce_tree(r)->datas[i].len; len = len * 2 + 1) {
        struct tree *t = tree_copy(reduce_trial(r), reduce_tree(r));
        t->datas[i].len = len;
        if (reduce_try(r, t, &r->c))
            return;
    }
}

static void shrink_elem(struct reducer *r, uint32_t i)
{
    for (uint32_t len = 0; len < reduce_tree(r)->elems[i].len; len++) {
        struct tree *t = tree_copy(reduce_trial(r), reduce_tree(r));
        t->elems[i].len = len;
        if (reduce_try(r, t, &r->c))
            return;
    }
}

static bool try_limits(struct reducer *r, enum extern_kind kind, uint32_t i, uint64_t min,
                       bool no_max)
{
    struct tree *t = tree_copy(reduce_trial(r), reduce_tree(r));
    struct limits *l =
        kind == EXTERN_MEMORY ? &t->memories[i].limits : &t->tables[i].type.limits;
    l->min = min;
    l->has_max &= !no_max;
    return reduce_try(r, t, &r->c);
}

static void shrink_limits(struct reducer *r, enum extern_kind kind, uint32_t i,
                          uint64_t min)
{
    try_limits(r, kind, i, min, true);
    for (uint64_t less = 0; less < min && less < 64; less = less * 2 + 1)
        if (try_limits(r, kind, i, less, false))
            return;
}

void reduce_contents(struct reducer *r)
{
    for (uint32_t i = 0; i < reduce_tree(r)->ndatas; i++)
        shrink_data(r, i);
    for (uint32_t i = 0; i < reduce_tree(r)->nelems; i++)
        shrink_elem(r, i);
    for (uint32_t i = 0; i < reduce_tree(r)->nmemories; i++)
        shrink_limits(r, EXTERN_MEMORY, i, reduce_tree(r)->memories[i].limits.min);
    for (uint32_t i = 0; i < reduce_tree(r)->ntables; i++)
        shrink_limits(r, EXTERN_TABLE, i, reduce_tree(r)->tables[i].type.limits.min);
}
