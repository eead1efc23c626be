/* compiled_world.c - see compiled_world.h. */
#include "compiled_world.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- the compiler -------------------------------------------------------------------- */

static struct world *world_of(const struct engine *e)
{
    return e->tier_state[TIER_BASELINE];
}

static const struct function *function_of(const struct fncode *fn)
{
    const struct spec *spec = fn->modcode->user;
    return &spec->functions[fn->func - fn->modcode->module->nimported_funcs];
}

struct code_site *site_here(struct emission *e, uint32_t offset, enum trap kind,
                            uint8_t flags)
{
    assert_true(e->body.nsites < MAX_SITES);
    struct code_site *s = &e->sites[e->body.nsites++];
    *s = (struct code_site){
        .pc = asm_pos(&e->a),
        .offset = offset,
        .kind = (uint8_t)kind,
        .flags = flags,
        .reg = NO_REG,
        .reg2 = NO_REG,
    };
    return s;
}

static bool publish(struct fncode *fn, const struct code_space *space, struct emission *e)
{
    struct modcode *c = fn->modcode;
    struct code_site *sites = arena_try(&c->arena, sizeof e->sites);
    if (sites == NULL)
        return false;
    memcpy(sites, e->sites, sizeof e->sites);
    e->body.start = space->rx;
    e->body.size = asm_pos(&e->a);
    e->body.fn = fn;
    e->body.sites = sites;
    return code_commit(c->chunk, space, e->body.size) && compiled_publish(fn, &e->body);
}

static bool compile(struct fncode *fn)
{
    enum { ROOM = 1024 };
    struct code_space space;
    struct emission e = { .code = fn->modcode };
    if (!code_reserve(fn->modcode->chunk, ROOM, &space))
        return false;
    asm_init(&e.a, space.rw, space.size, (uint64_t)space.rx);
    function_of(fn)->emit(&e);
    world_of(fn->modcode->engine)->prepared++;
    return publish(fn, &space, &e);
}

static bool prepare(struct fncode *fn, struct fail *f)
{
    struct world *w = world_of(fn->modcode->engine);
    if (w->refuse != FAIL_NONE) {
        fn->declined = w->refuse == FAIL_USAGE;
        return fail_at(f, w->refuse, FAIL_NO_OFFSET, "refused by the test");
    }
    pthread_mutex_lock(&fn->modcode->lock);
    bool ok = fn->compiled != NULL || compile(fn);
    pthread_mutex_unlock(&fn->modcode->lock);
    return ok || fail_at(f, FAIL_EXHAUSTED, FAIL_NO_OFFSET, "no memory");
}

static const struct tier test_compiler = {
    .name = "test compiler",
    .id = TIER_BASELINE,
    .engine_init = compiled_engine_init,
    .engine_free = compiled_engine_free,
    .module_init = compiled_module_init,
    .module_free = compiled_module_free,
    .func_init = compiled_func_init,
    .prepare = prepare,
    .call = compiled_call,
    .fault = compiled_fault,
    .walk = compiled_walk,
};

/* ---- the interpreter ----------------------------------------------------------------- */

/* The frame of an activation is that of its function, at the first byte of the body; pc says
 * which function. */
static void interp_walk(const struct activation *a, struct trap_info *t)
{
    const struct func *f = (const void *)a->pc;
    trap_push_frame(t, f->instance, f->index, BODY_OFFSET(f->index));
}

static enum trap interp_call(struct func *f, uint64_t *slots)
{
    struct exec *x = f->instance->exec;
    struct activation a;
    activation_push(&a, x, ACTIVATION_INTERP);
    a.pc = (const void *)f;
    enum trap trap = world_of(f->store->engine)->interp(f, slots);
    if (trap != TRAP_NONE && (x->trap.kind != trap || x->trap.nframes == 0)) {
        trap_begin(x, trap);
        interp_walk(&a, &x->trap);
        trap_walk_outer(&a);
    }
    activation_pop(&a);
    return trap;
}

static const struct tier test_interp = {
    .name = "test interpreter",
    .id = TIER_INTERP,
    .call = interp_call,
    .walk = interp_walk,
};

/* ---- engine and store ---------------------------------------------------------------- */

static struct world *world_with(struct config config, const struct tier *const *tiers)
{
    struct fail f = { .kind = FAIL_NONE };
    struct world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    w->engine = engine_new(&config, tiers, &f);
    assert_non_null(w->engine);
    w->engine->tier_state[TIER_BASELINE] = w;
    w->store = store_new(w->engine);
    assert_non_null(w->store);
    return w;
}

struct world *world_new(struct config config)
{
    static const struct tier *const tiers[TIER_COUNT] = { &test_interp, &test_compiler };
    return world_with(config, tiers);
}

struct world *world_new_without_interp(struct config config)
{
    static const struct tier *const tiers[TIER_COUNT] = { NULL, &test_compiler };
    return world_with(config, tiers);
}

void world_free(struct world *w)
{
    store_free(w->store);
    engine_free(w->engine);
    free(w);
}

/* ---- modules ------------------------------------------------------------------------- */

static valtype letter_type(char c)
{
    switch (c) {
    case 'i': return VT_I32;
    case 'I': return VT_I64;
    case 'f': return VT_F32;
    case 'F': return VT_F64;
    case 'v': return VT_V128;
    default: return VT_FUNCREF;
    }
}

const struct type *type_new(struct engine *e, const char *signature)
{
    valtype types[2048];
    uint32_t nparams = (uint32_t)strcspn(signature, ":"), n = 0;
    for (const char *p = signature; *p != '\0'; p++)
        if (*p != ':')
            types[n++] = letter_type(*p);
    const struct type *t =
        types_func(e->types, types, nparams, types + nparams, n - nparams);
    assert_non_null(t);
    return t;
}

static void set_functions(struct module *m, const struct spec *spec)
{
    static const uint8_t bytes[4096];
    m->bytes = bytes;
    m->len = sizeof bytes;
    m->nimported_funcs = m->nimports = spec->nimports;
    m->nfuncs = spec->nimports + spec->nfunctions;
    m->funcs = arena_zarray(&m->arena, struct func_decl, m->nfuncs);
    m->imports = arena_zarray(&m->arena, struct import, m->nimports);
    for (uint32_t k = 0; k < spec->nimports; k++) {
        m->imports[k] = (struct import){ .kind = EXTERN_FUNC, .index = k };
        m->funcs[k].type = spec->imports[k];
    }
    for (uint32_t k = 0; k < spec->nfunctions; k++) {
        struct func_decl *d = &m->funcs[spec->nimports + k];
        d->type = spec->functions[k].type;
        d->body = bytes + BODY_OFFSET(spec->nimports + k);
    }
}

static void set_memory(struct module *m, uint64_t pages)
{
    m->nmemories = pages != 0;
    m->memories = arena_zarray(&m->arena, struct memory_decl, 1);
    m->memories[0].type =
        (struct memory_type){ .limits = { .min = pages }, .page_log2 = 16 };
}

static void set_table(struct module *m, uint64_t elements)
{
    m->ntables = elements != 0;
    m->tables = arena_zarray(&m->arena, struct table_decl, 1);
    m->tables[0].type = (struct table_type){ VT_FUNCREF, { .min = elements } };
}

struct modcode *module_new(struct world *w, const struct spec *spec)
{
    struct module *m = heap_alloc(&w->engine->heap, sizeof *m);
    assert_non_null(m);
    *m = (struct module){ .registry = w->engine->types };
    arena_init(&m->arena, &w->engine->heap);
    set_functions(m, spec);
    set_memory(m, spec->pages);
    set_table(m, spec->elements);
    struct modcode *c = modcode_new(w->engine, m);
    assert_non_null(c);
    c->user = (void *)spec;
    return c;
}

struct instance *instantiate(struct store *s, struct modcode *c,
                             struct func *const *imports)
{
    struct extern_val values[4];
    struct fail f = { .kind = FAIL_NONE };
    for (uint32_t k = 0; k < c->module->nimports; k++)
        values[k] = (struct extern_val){ .kind = EXTERN_FUNC, .u.func = imports[k] };
    struct instance *i = instance_new(s, c, values, &f);
    assert_non_null(i);
    return i;
}

struct func *host_new(struct store *s, const struct type *type, host_fn *fn, void *env)
{
    struct func *f = func_new_host(s, type, fn, env, NULL);
    assert_non_null(f);
    return f;
}

/* ---- pieces of code ------------------------------------------------------------------ */

void emit_frame(struct emission *e, uint32_t bytes)
{
    assert_true(bytes % 16 == 8);
    asm_alu_ri(&e->a, ALU_SUB, W64, RSP, (int32_t)bytes);
    asm_mov_mr(&e->a, W64, mem_base(RSP, 8), REG_INSTANCE);
    e->body.frame_bytes = bytes;
    e->body.instance_at = 8;
}

void emit_return(struct emission *e)
{
    if (e->body.frame_bytes != 0)
        asm_alu_ri(&e->a, ALU_ADD, W64, RSP, (int32_t)e->body.frame_bytes);
    asm_ret(&e->a);
}

static void load_memory_base(struct assembler *a)
{
    asm_mov_rm(a, W64, REG_MEMORY, mem_base(REG_INSTANCE, 0));
}

void emit_call_import(struct emission *e, uint32_t import, uint32_t offset)
{
    struct assembler *a = &e->a;
    asm_mov_rm(a, W64, REG_FUNC, mem_base(REG_INSTANCE, offsetof(struct instance, funcs)));
    asm_mov_rm(a, W64, REG_FUNC, mem_base(REG_FUNC, (int32_t)(8 * import)));
    asm_mov_rr(a, W64, REG_CALLER, REG_INSTANCE);
    asm_mov_rm(a, W64, REG_INSTANCE, mem_base(REG_FUNC, offsetof(struct func, instance)));
    load_memory_base(a);
    asm_mov_rm(a, W64, R10, mem_base(REG_FUNC, offsetof(struct func, entry)));
    asm_call_m(a, mem_base(R10, 0));
    site_here(e, offset, TRAP_NONE, SITE_CALL);
    asm_mov_rm(a, W64, REG_INSTANCE, mem_base(RSP, (int32_t)e->body.instance_at));
    load_memory_base(a);
}

void emit_call_defined(struct emission *e, uint32_t defined, uint32_t offset)
{
    asm_call_m(&e->a, mem_exec(&e->a, (uint64_t)&e->code->entries[defined]));
    site_here(e, offset, TRAP_NONE, SITE_CALL);
}

void emit_to_import(struct emission *e)
{
    emit_frame(e, 24);
    emit_call_import(e, 0, 3);
    emit_return(e);
}

void emit_to_next(struct emission *e)
{
    asm_alu_ri(&e->a, ALU_SUB, W64, RSP, 8);
    e->body.frame_bytes = 8;
    emit_call_defined(e, 1, 5);
    emit_return(e);
}

void emit_add(struct emission *e)
{
    asm_lea(&e->a, W32, RAX, mem_index(RDI, RSI, 1, 0));
    asm_ret(&e->a);
}

void emit_unreachable(struct emission *e)
{
    site_here(e, 7, TRAP_UNREACHABLE, 0);
    asm_ud2(&e->a);
}
