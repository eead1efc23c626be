/* facts.c - the modules of a case, loaded once for all lanes that share their types.
 *
 * A lane's engine names function types by its registry, and a loaded module points into that.  So
 * the oracle has one registry for the engines of all lanes that do not poison, and loads the
 * modules of a case for the first of them.  A lane then makes code of a view: a struct module
 * of its own whose lists are those of the facts; freeing it frees nothing but itself.  Lanes
 * that poison load everything again, in their own heap, so that what is read there without
 * having been written shows.
 *
 * The facts end with the case.  Types stay, so registry and engines are replaced after many. */
#include "api/api.h"
#include "oracle.h"

enum { FACTS_AGE = 10000 }; /* cases */

bool facts_adopt(struct oracle *o, wx_engine *engine)
{
    struct engine *e = api_engine(engine);
    if (o->facts.types == NULL)
        o->facts.types = types_new(&o->heap);
    if (o->facts.types == NULL)
        return false;
    types_free(e->types);
    e->types = o->facts.types;
    return true;
}

void facts_leave(const struct oracle *o, wx_engine *engine)
{
    if (engine != NULL && api_engine(engine)->types == o->facts.types)
        api_engine(engine)->types = NULL;
}

/* Code of a module whose lists are those of m, or NULL. */
static struct modcode *code_of_view(struct engine *e, const struct module *m)
{
    struct module *view = heap_alloc(&e->heap, sizeof *view);
    if (view == NULL)
        return NULL;
    *view = *m;
    arena_init(&view->arena, &e->heap);
    struct modcode *code = modcode_new(e, view);
    if (code == NULL)
        module_free(view);
    return code;
}

/* A handle like those of wx_module_new. */
static enum run_status view_new(struct engine *e, const struct module *facts,
                                wx_module **out)
{
    wx_module *m = heap_alloc(&e->heap, sizeof *m);
    if (m == NULL)
        return RUN_UNAVAILABLE;
    *m = (wx_module){ .engine = e, .code = code_of_view(e, facts) };
    if (m->code == NULL) {
        heap_free(&e->heap, m, sizeof *m);
        return RUN_UNAVAILABLE;
    }
    atomic_init(&m->refs, 1);
    m->code->user = m;
    *out = m;
    return RUN_OK;
}

static enum run_status load_alone(wx_engine *e, const uint8_t *bytes, size_t len,
                                  wx_module **out)
{
    switch (wx_module_new(e, bytes, len, out, NULL)) {
    case WX_OK: return RUN_OK;
    case WX_EXHAUSTED: return RUN_UNAVAILABLE;
    default: return RUN_INVALID;
    }
}

enum run_status facts_load(struct run *r, enum facts_part part, wx_module **out)
{
    struct engine *e = api_engine(r->engine);
    const uint8_t *bytes = part == FACTS_FIRST ? r->c->wasm : r->c->second;
    size_t len = part == FACTS_FIRST ? r->c->wasm_len : r->c->second_len;
    if (r->facts == NULL || e->types != r->facts->types)
        return load_alone(r->engine, bytes, len, out);
    struct module **m = &r->facts->modules[part];
    struct fail f = { .kind = FAIL_NONE };
    if (*m == NULL)
        *m = module_load(&r->oracle->heap, e->types, e->config.features, bytes, len, &f);
    if (*m == NULL)
        return f.kind == FAIL_EXHAUSTED ? RUN_UNAVAILABLE : RUN_INVALID;
    return view_new(e, *m, out);
}

void facts_end_case(struct oracle *o)
{
    for (int part = 0; part < FACTS_PARTS; part++) {
        module_free(o->facts.modules[part]);
        o->facts.modules[part] = NULL;
    }
    if (++o->facts.age < FACTS_AGE)
        return;
    facts_free(o);
}

void facts_free(struct oracle *o)
{
    for (int lane = 0; lane < LANE_COUNT; lane++)
        if (o->engines[lane] != NULL &&
            api_engine(o->engines[lane])->types == o->facts.types)
            lane_drop(o, (enum lane)lane);
    types_free(o->facts.types);
    o->facts.types = NULL;
    o->facts.age = 0;
}
