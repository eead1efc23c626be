/* test_compiled_fault.c - machine faults in compiled code as traps: kind, operands, frames; and those that
 * are not ours. */
#include "base/os.h"
#include "compiled_world.h"
#include <setjmp.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static const struct config guard = { .policy = POLICY_BASELINE, .memory = MEMORY_GUARD };
static const struct config check = { .policy = POLICY_BASELINE, .memory = MEMORY_CHECK };

/* A module of one function in a world of its own. */
struct single {
    struct world *world;
    struct spec spec;
    struct modcode *code;
    struct instance *instance;
};

static void single_open(struct single *s, struct config config, const char *signature,
                        emitter *emit)
{
    s->world = world_new(config);
    s->spec = (struct spec){ .nfunctions = 1, .pages = 1, .elements = 9 };
    s->spec.functions[0] = (struct function){ type_new(s->world->engine, signature), emit };
    s->code = module_new(s->world, &s->spec);
    s->instance = instantiate(s->world->store, s->code, NULL);
}

static void single_close(struct single *s)
{
    modcode_free(s->code);
    world_free(s->world);
}

static enum trap single_call(struct single *s, uint64_t x, uint64_t y)
{
    uint64_t slots[2] = { x, y };
    return func_call(own_func(s->instance, 0), slots);
}

static const struct trap_info *trap_of(const struct single *s)
{
    return &s->world->store->exec.trap;
}

static void assert_frame(const struct trap_info *t, uint32_t n, const struct instance *i,
                         uint32_t func, uint32_t offset)
{
    assert_true(n < t->nframes);
    assert_ptr_equal(t->frames[n].instance, i);
    assert_int_equal(t->frames[n].func, func);
    assert_int_equal(t->frames[n].offset, BODY_OFFSET(func) + offset);
}

/* ---- memory -------------------------------------------------------------------------- */

enum { DISP = 100 };

static void site_of_access(struct emission *e, uint8_t width)
{
    struct code_site *s = site_here(e, 33, TRAP_MEMORY_BOUNDS, 0);
    s->width = width;
    s->reg = RDI;
    s->reg2 = RSI;
    s->scale = 2;
    s->disp = DISP;
}

/* (base, index) -> 8 bytes at base + 4 * index + DISP; the guard pages check. */
static void emit_load(struct emission *e)
{
    asm_lea(&e->a, W64, RAX, mem_index(RDI, RSI, 4, DISP));
    site_of_access(e, 8);
    asm_mov_rm(&e->a, W64, RAX, mem_index(REG_MEMORY, RAX, 1, 0));
    asm_ret(&e->a);
}

/* The same, 4 bytes stored, behind a frame. */
static void emit_store(struct emission *e)
{
    emit_frame(e, 40);
    asm_lea(&e->a, W64, RAX, mem_index(RDI, RSI, 4, DISP));
    site_of_access(e, 4);
    asm_mov_mi(&e->a, W32, mem_index(REG_MEMORY, RAX, 1, 0), 7);
    emit_return(e);
}

/* The same, 4 bytes loaded after a check. */
static void emit_checked_load(struct emission *e)
{
    struct label out = { 0 };
    asm_lea(&e->a, W64, RAX, mem_index(RDI, RSI, 4, DISP + 4));
    asm_mov_rm(&e->a, W64, RDX, mem_base(REG_INSTANCE, offsetof(struct instance, memory0)));
    asm_alu_rm(&e->a, ALU_CMP, W64, RAX, mem_base(RDX, offsetof(struct memory, bytes)));
    asm_jcc_label(&e->a, CC_A, &out);
    asm_mov_rm(&e->a, W32, RAX, mem_index(REG_MEMORY, RAX, 1, -4));
    asm_ret(&e->a);
    asm_bind(&e->a, &out);
    site_of_access(e, 4);
    asm_ud2(&e->a);
}

static const struct {
    const struct config *config;
    emitter *emit;
    uint32_t width;
} accesses[] = {
    { &guard, emit_load, 8 },
    { &guard, emit_store, 4 },
    { &check, emit_checked_load, 4 },
};

/* The last address of that width in a page of memory is fine, those behind it are not. */
static void accesses_trap_at_the_edge(void **state)
{
    (void)state;
    for (size_t k = 0; k < COUNT(accesses); k++) {
        struct single s;
        single_open(&s, *accesses[k].config, "ii:", accesses[k].emit);
        uint32_t width = accesses[k].width, last = 65536 - DISP - width;
        assert_int_equal(single_call(&s, last, 0), TRAP_NONE);
        assert_int_equal(single_call(&s, last - 8, 2), TRAP_NONE);
        const uint64_t bases[] = { last + 1, last + width, 0xFFFFFFFF };
        for (size_t b = 0; b < COUNT(bases); b++) {
            assert_int_equal(single_call(&s, bases[b], 3), TRAP_MEMORY_BOUNDS);
            const struct trap_info *t = trap_of(&s);
            assert_int_equal(t->kind, TRAP_MEMORY_BOUNDS);
            assert_int_equal(t->address, bases[b] + 12 + DISP);
            assert_int_equal(t->width, width);
            assert_int_equal(t->size, 65536);
            assert_int_equal(t->nframes, 1);
            assert_frame(t, 0, s.instance, 0, 33);
        }
        assert_int_equal(single_call(&s, last, 0), TRAP_NONE);
        single_close(&s);
    }
}

static void the_message_says_what_was_accessed(void **state)
{
    (void)state;
    struct single s;
    char text[256];
    single_open(&s, guard, "ii:", emit_load);
    assert_int_equal(single_call(&s, 0x20000, 0), TRAP_MEMORY_BOUNDS);
    trap_message(trap_of(&s), text, sizeof text);
    assert_string_equal(text, "out of bounds memory access: address 0x20064, 8 bytes, "
                              "memory of 65536 bytes");
    single_close(&s);
}

/* ---- other kinds --------------------------------------------------------------------- */

/* (x, y) -> x / y */
static void emit_divide(struct emission *e)
{
    asm_mov_rr(&e->a, W32, RAX, RDI);
    asm_cdq(&e->a, W32);
    site_here(e, 21, TRAP_NONE, SITE_DIVIDE)->reg = RSI;
    asm_unary_r(&e->a, UN_IDIV, W32, RSI);
    asm_ret(&e->a);
}

static void emit_divide64(struct emission *e)
{
    asm_mov_rr(&e->a, W64, RAX, RDI);
    asm_cdq(&e->a, W64);
    struct code_site *s = site_here(e, 22, TRAP_NONE, SITE_DIVIDE);
    s->reg = RSI;
    s->wide = 1;
    asm_unary_r(&e->a, UN_IDIV, W64, RSI);
    asm_ret(&e->a);
}

static void divisions_trap_by_their_divisor(void **state)
{
    (void)state;
    struct single s;
    single_open(&s, check, "ii:i", emit_divide);
    assert_int_equal(single_call(&s, 7, 2), TRAP_NONE);
    assert_int_equal(single_call(&s, 7, 0), TRAP_DIV_ZERO);
    assert_frame(trap_of(&s), 0, s.instance, 0, 21);
    assert_int_equal(single_call(&s, 0x80000000, 0xFFFFFFFF), TRAP_INT_OVERFLOW);
    single_close(&s);
    single_open(&s, check, "II:I", emit_divide64);
    assert_int_equal(single_call(&s, 7, UINT64_C(1) << 32), TRAP_NONE);
    assert_int_equal(single_call(&s, UINT64_C(1) << 63, UINT64_MAX), TRAP_INT_OVERFLOW);
    assert_int_equal(single_call(&s, 0, 0), TRAP_DIV_ZERO);
    assert_frame(trap_of(&s), 0, s.instance, 0, 22);
    single_close(&s);
}

static void unreachable_traps_where_it_stands(void **state)
{
    (void)state;
    struct single s;
    single_open(&s, check, ":", emit_unreachable);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(single_call(&s, 0, 0), TRAP_UNREACHABLE);
        assert_int_equal(trap_of(&s)->nframes, 1);
        assert_int_equal(trap_of(&s)->address, 0);
        assert_frame(trap_of(&s), 0, s.instance, 0, 7);
    }
    single_close(&s);
}

/* (index): what call_indirect does with an index that is too large. */
static void emit_bad_index(struct emission *e)
{
    site_here(e, 5, TRAP_TABLE_INDEX, 0)->reg = RDI;
    asm_ud2(&e->a);
}

/* The same as table.get, the index a constant. */
static void emit_bad_element(struct emission *e)
{
    site_here(e, 6, TRAP_TABLE_BOUNDS, 0)->disp = 77;
    asm_ud2(&e->a);
}

static void table_traps_say_the_index(void **state)
{
    (void)state;
    struct single s;
    char text[256];
    single_open(&s, check, "i:", emit_bad_index);
    assert_int_equal(single_call(&s, 0xFFFFFFFE, 0), TRAP_TABLE_INDEX);
    assert_int_equal(trap_of(&s)->address, 0xFFFFFFFE);
    assert_int_equal(trap_of(&s)->size, 9);
    trap_message(trap_of(&s), text, sizeof text);
    assert_string_equal(text, "undefined element 4294967294");
    single_close(&s);
    single_open(&s, check, ":", emit_bad_element);
    assert_int_equal(single_call(&s, 0, 0), TRAP_TABLE_BOUNDS);
    trap_message(trap_of(&s), text, sizeof text);
    assert_string_equal(text, "out of bounds table access: index 77, table of 9");
    single_close(&s);
}

/* (at, n): memory.fill with zeros. */
static void emit_fill(struct emission *e)
{
    struct label failed = { 0 };
    emit_frame(e, 24);
    asm_mov_rr(&e->a, W32, R8, RSI);
    asm_mov_rr(&e->a, W32, RDX, RDI);
    asm_mov_rr(&e->a, W64, RDI, REG_INSTANCE);
    asm_zero(&e->a, RSI);
    asm_zero(&e->a, RCX);
    asm_mov_rm(&e->a, W64, RAX, mem_base(REG_INSTANCE, offsetof(struct instance, helpers)));
    asm_call_m(&e->a, mem_base(RAX, 8 * HELPER_memory_fill));
    asm_test_rr(&e->a, W32, RAX, RAX);
    asm_jcc_label(&e->a, CC_NE, &failed);
    emit_return(e);
    asm_bind(&e->a, &failed);
    site_here(e, 44, TRAP_NONE, 0);
    asm_ud2(&e->a);
}

static void a_helper_says_why_it_trapped(void **state)
{
    (void)state;
    struct single s;
    single_open(&s, guard, "ii:", emit_fill);
    assert_int_equal(single_call(&s, 65530, 6), TRAP_NONE);
    assert_int_equal(single_call(&s, 65530, 7), TRAP_MEMORY_BOUNDS);
    assert_int_equal(trap_of(&s)->kind, TRAP_MEMORY_BOUNDS);
    assert_int_equal(trap_of(&s)->address, 65530);
    assert_int_equal(trap_of(&s)->width, 7);
    assert_int_equal(trap_of(&s)->size, 65536);
    assert_int_equal(trap_of(&s)->nframes, 1);
    assert_frame(trap_of(&s), 0, s.instance, 0, 44);
    single_close(&s);
}

/* ---- frames -------------------------------------------------------------------------- */

/* A's function 0 calls A's function 1, which calls an import: B's function 0, which calls B's
 * function 1, which traps. */
static void frames_cross_instances(void **state)
{
    (void)state;
    struct world *w = world_new(check);
    const struct type *t = type_new(w->engine, ":");
    struct spec a = { .imports = { t },
                      .nimports = 1,
                      .functions = { { t, emit_to_next }, { t, emit_to_import } },
                      .nfunctions = 2 };
    struct spec b = { .functions = { { t, emit_to_next }, { t, emit_unreachable } },
                      .nfunctions = 2 };
    struct modcode *ca = module_new(w, &a), *cb = module_new(w, &b);
    struct instance *ib = instantiate(w->store, cb, NULL);
    struct func *import = own_func(ib, 0);
    struct instance *ia = instantiate(w->store, ca, &import);
    const struct trap_info *trap = &w->store->exec.trap;
    uint64_t slots[1];
    for (int i = 0; i < 2; i++) {
        assert_int_equal(func_call(own_func(ia, 0), slots), TRAP_UNREACHABLE);
        assert_int_equal(trap->nframes, 4);
        assert_frame(trap, 0, ib, 1, 7);
        assert_frame(trap, 1, ib, 0, 5);
        assert_frame(trap, 2, ia, 2, 3);
        assert_frame(trap, 3, ia, 1, 5);
    }
    modcode_free(ca);
    modcode_free(cb);
    world_free(w);
}

static struct func *inner;

static enum trap host_passes_on(void *env, struct func *self, struct instance *caller,
                                uint64_t *slots)
{
    (void)env;
    (void)self;
    (void)caller;
    return func_call(inner, slots);
}

static enum trap host_traps(void *env, struct func *self, struct instance *caller,
                            uint64_t *slots)
{
    (void)env;
    (void)caller;
    (void)slots;
    struct exec *x = &self->store->exec;
    trap_begin(x, TRAP_HOST);
    strcpy(x->trap.text, "no");
    return TRAP_HOST;
}

static enum trap host_catches(void *env, struct func *self, struct instance *caller,
                              uint64_t *slots)
{
    assert_int_equal(host_passes_on(env, self, caller, slots), TRAP_UNREACHABLE);
    return host_traps(env, self, caller, slots);
}

/* Function 1 calls the host, which does what `host` does; function 2 traps. */
static void frames_after_host(host_fn *host, enum trap kind, uint32_t nframes)
{
    struct world *w = world_new(check);
    const struct type *t = type_new(w->engine, ":");
    struct spec spec = { .imports = { t },
                         .nimports = 1,
                         .functions = { { t, emit_to_import }, { t, emit_unreachable } },
                         .nfunctions = 2 };
    struct modcode *c = module_new(w, &spec);
    struct func *import = host_new(w->store, t, host, NULL);
    struct instance *i = instantiate(w->store, c, &import);
    const struct trap_info *trap = &w->store->exec.trap;
    uint64_t slots[1];
    inner = own_func(i, 1);
    assert_int_equal(func_call(own_func(i, 0), slots), kind);
    assert_int_equal(trap->kind, kind);
    assert_int_equal(trap->nframes, nframes);
    if (nframes == 2)
        assert_frame(trap, 0, i, 2, 7);
    assert_frame(trap, nframes - 1, i, 1, 3);
    modcode_free(c);
    world_free(w);
}

static void host_traps_keep_the_right_frames(void **state)
{
    (void)state;
    frames_after_host(host_traps, TRAP_HOST, 1);
    frames_after_host(host_passes_on, TRAP_UNREACHABLE, 2);
    frames_after_host(host_catches, TRAP_HOST, 1);
}

static enum trap interp_traps(struct func *f, uint64_t *slots)
{
    (void)f;
    (void)slots;
    return TRAP_UNREACHABLE;
}

/* Compiled function 1 calls interpreted function 2. */
static void interpreted_frames_are_inside_compiled_ones(void **state)
{
    (void)state;
    struct world *w = world_new((struct config){ .policy = POLICY_MASK, .tier_mask = 2 });
    const struct type *t = type_new(w->engine, ":");
    struct spec spec = { .imports = { t },
                         .nimports = 1,
                         .functions = { { t, emit_to_next }, { t, NULL } },
                         .nfunctions = 2 };
    struct modcode *c = module_new(w, &spec);
    struct func *import = host_new(w->store, t, host_traps, NULL);
    struct instance *i = instantiate(w->store, c, &import);
    const struct trap_info *trap = &w->store->exec.trap;
    uint64_t slots[1];
    w->interp = interp_traps;
    assert_int_equal(func_call(own_func(i, 0), slots), TRAP_UNREACHABLE);
    assert_int_equal(trap->nframes, 2);
    assert_frame(trap, 0, i, 2, 0);
    assert_frame(trap, 1, i, 1, 5);
    modcode_free(c);
    world_free(w);
}

/* ---- the stack ----------------------------------------------------------------------- */

enum { RECURSION_FRAME = 1000 };

/* Calls itself for ever. */
static void emit_recursion(struct emission *e)
{
    struct label overflow = { 0 };
    asm_mov_rm(&e->a, W64, RAX, mem_base(REG_INSTANCE, offsetof(struct instance, exec)));
    asm_lea(&e->a, W64, RCX, mem_base(RSP, -RECURSION_FRAME));
    asm_alu_rm(&e->a, ALU_CMP, W64, RCX,
               mem_base(RAX, offsetof(struct exec, native_limit)));
    asm_jcc_label(&e->a, CC_B, &overflow);
    emit_frame(e, RECURSION_FRAME);
    emit_call_defined(e, 0, 9);
    emit_return(e);
    asm_bind(&e->a, &overflow);
    site_here(e, 0, TRAP_STACK, SITE_PROLOGUE);
    asm_ud2(&e->a);
}

static void endless_recursion_traps(void **state)
{
    (void)state;
    struct single s;
    single_open(&s, check, ":", emit_recursion);
    size_t limit = s.world->engine->config.native_stack / RECURSION_FRAME;
    for (int k = 0; k < 3; k++) {
        assert_int_equal(single_call(&s, 0, 0), TRAP_STACK);
        const struct trap_info *t = trap_of(&s);
        assert_true(t->nframes > limit / 2 && t->nframes <= limit + 1);
        assert_frame(t, 0, s.instance, 0, 0);
        for (uint32_t n = 1; n < TRAP_FRAMES; n++)
            assert_frame(t, n, s.instance, 0, 9);
    }
    single_close(&s);
}

static uint32_t depth;

static enum trap host_recurses(void *env, struct func *self, struct instance *caller,
                               uint64_t *slots)
{
    (void)self;
    (void)caller;
    struct func *const *f = env;
    depth++;
    return func_call(*f, slots);
}

/* The compiled function checks nothing; the thunk to the host, whose frame is large, does. */
static void recursion_through_the_host_traps(void **state)
{
    (void)state;
    struct world *w = world_new(check);
    char signature[LIMIT_PARAMS + 2];
    memset(signature, 'I', LIMIT_PARAMS);
    strcpy(signature + LIMIT_PARAMS, ":");
    const struct type *t = type_new(w->engine, signature);
    struct spec spec = { .imports = { t },
                         .nimports = 1,
                         .functions = { { t, emit_to_import } },
                         .nfunctions = 1 };
    struct modcode *c = module_new(w, &spec);
    struct func *f = NULL, *import = host_new(w->store, t, host_recurses, &f);
    struct instance *i = instantiate(w->store, c, &import);
    static uint64_t slots[LIMIT_PARAMS];
    f = own_func(i, 0);
    depth = 0;
    assert_int_equal(func_call(f, slots), TRAP_STACK);
    assert_int_equal(w->store->exec.trap.nframes, depth + 1);
    assert_true(depth > 10);
    for (uint32_t n = 0; n < 10; n++)
        assert_frame(&w->store->exec.trap, n, i, 1, 3);
    assert_null(activation_current());
    modcode_free(c);
    world_free(w);
}

static enum trap host_returns(void *env, struct func *self, struct instance *caller,
                              uint64_t *slots)
{
    (void)env;
    (void)self;
    (void)caller;
    (void)slots;
    return TRAP_NONE;
}

/* A host call costs STACK_HOST_COST while it lasts. */
static void host_calls_charge_the_logical_stack(void **state)
{
    (void)state;
    struct world *w =
        world_new((struct config){ .policy = POLICY_BASELINE, .logical_stack = true });
    const struct type *t = type_new(w->engine, ":");
    struct spec spec = { .imports = { t },
                         .nimports = 1,
                         .functions = { { t, emit_to_import } },
                         .nfunctions = 1 };
    struct modcode *c = module_new(w, &spec);
    struct func *import = host_new(w->store, t, host_returns, NULL);
    struct instance *i = instantiate(w->store, c, &import);
    struct exec *x = &w->store->exec;
    uint64_t slots[1];
    x->stack_left = STACK_HOST_COST;
    assert_int_equal(func_call(own_func(i, 0), slots), TRAP_NONE);
    assert_int_equal(x->stack_left, STACK_HOST_COST);
    x->stack_left--;
    assert_int_equal(func_call(own_func(i, 0), slots), TRAP_STACK);
    assert_int_equal(x->stack_left, STACK_HOST_COST - 1);
    assert_int_equal(x->trap.nframes, 1);
    assert_frame(&x->trap, 0, i, 1, 3);
    modcode_free(c);
    world_free(w);
}

static struct func *deeper;

static enum trap interp_recurses(struct func *f, uint64_t *slots)
{
    (void)f;
    depth++;
    return func_call(deeper, slots);
}

/* The thunk to the interpreter stands for the function that it was to run. */
static void recursion_through_the_interpreter_traps(void **state)
{
    (void)state;
    struct world *w = world_new((struct config){ .policy = POLICY_MASK, .tier_mask = 1 });
    char signature[LIMIT_PARAMS + 2];
    memset(signature, 'I', LIMIT_PARAMS);
    strcpy(signature + LIMIT_PARAMS, ":");
    const struct type *t = type_new(w->engine, signature);
    struct spec spec = { .functions = { { t, emit_to_next }, { t, NULL } },
                         .nfunctions = 2 };
    struct modcode *c = module_new(w, &spec);
    struct instance *i = instantiate(w->store, c, NULL);
    const struct trap_info *trap = &w->store->exec.trap;
    static uint64_t slots[LIMIT_PARAMS];
    w->interp = interp_recurses;
    deeper = own_func(i, 0);
    depth = 0;
    assert_int_equal(func_call(deeper, slots), TRAP_STACK);
    assert_true(depth > 10);
    assert_int_equal(trap->nframes, 2 * (depth + 1));
    for (uint32_t n = 0; n < 10; n++)
        assert_frame(trap, n, i, 1 - n % 2, n % 2 * 5);
    modcode_free(c);
    world_free(w);
}

/* ---- what is not ours ---------------------------------------------------------------- */

/* Reads address 8, with a site. */
static void emit_wild_load(struct emission *e)
{
    site_of_access(e, 4);
    asm_mov_rm(&e->a, W32, RAX, mem_base(NO_REG, 8));
    asm_ret(&e->a);
}

/* Reads behind the guard region, with a site. */
static void emit_load_far_behind(struct emission *e)
{
    asm_mov_ri(&e->a, RAX, UINT64_C(1) << 40);
    site_of_access(e, 4);
    asm_mov_rm(&e->a, W32, RAX, mem_index(REG_MEMORY, RAX, 1, 0));
    asm_ret(&e->a);
}

/* Reads behind the memory, without a site. */
static void emit_siteless_load(struct emission *e)
{
    asm_mov_rm(&e->a, W32, RAX, mem_base(REG_MEMORY, 65536));
    asm_ret(&e->a);
}

static void emit_siteless_ud2(struct emission *e) { asm_ud2(&e->a); }

/* A site of another fault: a load where ud2 is foreseen. */
static void emit_wrong_site(struct emission *e)
{
    site_here(e, 1, TRAP_UNREACHABLE, 0);
    asm_mov_rm(&e->a, W32, RAX, mem_base(REG_MEMORY, 65536));
    asm_ret(&e->a);
}

/* The site of a call does not foresee a fault at its pc. */
static void emit_call_site(struct emission *e)
{
    site_here(e, 1, TRAP_NONE, SITE_CALL);
    asm_ud2(&e->a);
}

static void emit_siteless_divide(struct emission *e)
{
    asm_zero(&e->a, RDX);
    asm_zero(&e->a, RCX);
    asm_unary_r(&e->a, UN_DIV, W32, RCX);
    asm_ret(&e->a);
}

static emitter *const strange[] = {
    emit_wild_load,  emit_load_far_behind, emit_siteless_load,   emit_siteless_ud2,
    emit_wrong_site, emit_call_site,       emit_siteless_divide,
};

/* Whether a child that calls the function ends in a crash. */
static bool crashes(emitter *emit)
{
    struct single s;
    int status = 0;
    single_open(&s, guard, ":", emit);
    fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        struct rlimit none = { 0, 0 };
        setrlimit(RLIMIT_CORE, &none);
        dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
        single_call(&s, 0, 0);
        _exit(42);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    single_close(&s);
    return WIFSIGNALED(status) || WEXITSTATUS(status) != 42;
}

static void bugs_crash_loudly(void **state)
{
    (void)state;
    for (size_t k = 0; k < COUNT(strange); k++)
        assert_true(crashes(strange[k]));
    assert_false(crashes(emit_unreachable));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accesses_trap_at_the_edge),
        cmocka_unit_test(the_message_says_what_was_accessed),
        cmocka_unit_test(divisions_trap_by_their_divisor),
        cmocka_unit_test(unreachable_traps_where_it_stands),
        cmocka_unit_test(table_traps_say_the_index),
        cmocka_unit_test(a_helper_says_why_it_trapped),
        cmocka_unit_test(frames_cross_instances),
        cmocka_unit_test(host_traps_keep_the_right_frames),
        cmocka_unit_test(interpreted_frames_are_inside_compiled_ones),
        cmocka_unit_test(endless_recursion_traps),
        cmocka_unit_test(recursion_through_the_host_traps),
        cmocka_unit_test(host_calls_charge_the_logical_stack),
        cmocka_unit_test(recursion_through_the_interpreter_traps),
        cmocka_unit_test(bugs_crash_loudly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
