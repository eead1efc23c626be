/* test_audit.c - the auditor passes what the compiler makes, and rejects what it must not.
 *
 * Right: every function of the official suite's modules and of generated ones, compiled for
 * guard and checked memories, with and without the processor's features, with budgets, with
 * junk in what is dead.
 * Wrong: code written by hand, one row for each mistake and the rule that must name it.
 * Broken: compiled code with single bits changed, which the auditor itself must survive. */
#include "api/api.h"
#include "audit.h"
#include "base/cpu.h"
#include "case.h"
#include "files.h"
#include "x64/abi.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <cmocka.h>

enum { CASES = 2000, FLIPPED_CASES = 4, CASE_BYTES = 600 };

/* ---- right: what the compiler makes -------------------------------------------------- */

struct world {
    wx_engine *engine;
    struct heap heap;
    struct arena arena;
    struct audit_stats stats;
    uint64_t modules, violations;
};

static const struct {
    const char *name;
    wx_memory_strategy memory;
    bool floor, budgets;
    uint64_t junk;
} configs[] = {
    { "guard", WX_MEMORY_AUTO, false, false, 0 },
    { "check", WX_MEMORY_CHECK, false, false, 0 },
    { "guard, x86-64-v2", WX_MEMORY_AUTO, true, false, 0 },
    { "check, x86-64-v2", WX_MEMORY_CHECK, true, false, 0 },
    { "guard, budgets", WX_MEMORY_AUTO, false, true, 0 },
    { "guard, junk", WX_MEMORY_AUTO, false, false, 0x5EED },
    { "check, budgets, junk", WX_MEMORY_CHECK, false, true, 0xBADC0DE },
};

static wx_engine *engine_for(size_t i)
{
    wx_config c;
    wx_engine *e = NULL;
    wx_config_init(&c);
    c.tier = WX_TIER_BASELINE;
    c.memory = configs[i].memory;
    c.cpu_mask = configs[i].floor ? 0 : c.cpu_mask;
    c.fuel = c.logical_stack = c.interruptible = configs[i].budgets;
    assert_int_equal(wx_engine_new(&c, &e, NULL), WX_OK);
    api_engine(e)->config.junk = configs[i].junk;
    return e;
}

static void world_begin(struct world *w, size_t config)
{
    memset(w, 0, sizeof *w);
    w->engine = engine_for(config);
    arena_init(&w->arena, &w->heap);
}

static void world_end(struct world *w, size_t config)
{
    printf("%s: %llu functions of %llu modules, %llu instructions\n", configs[config].name,
           (unsigned long long)w->stats.functions, (unsigned long long)w->modules,
           (unsigned long long)w->stats.instructions);
    arena_free(&w->arena);
    wx_engine_free(w->engine);
}

static void compile_all(struct modcode *code)
{
    const struct module *m = code->module;
    const struct tier *tier = code->engine->tiers[TIER_BASELINE];
    for (uint32_t i = 0; i < m->nfuncs - m->nimported_funcs; i++) {
        struct fail f;
        assert_true(tier->prepare(&code->fns[i], &f));
    }
}

static void audit_bytes(struct world *w, const char *name, const uint8_t *bytes, size_t n)
{
    wx_module *m;
    struct audit_finding f;
    if (wx_module_new(w->engine, bytes, n, &m, NULL) != WX_OK)
        return;
    compile_all(m->code);
    w->modules++;
    if (!audit_module(m->code, &w->arena, &w->stats, &f)) {
        fprintf(stderr, "%s: ", name);
        audit_report(&f);
        w->violations++;
    }
    wx_module_free(m);
}

static void audit_file(void *env, const char *path, const uint8_t *data, size_t size)
{
    size_t n = strlen(path);
    if (n > 5 && strcmp(path + n - 5, ".wasm") == 0)
        audit_bytes(env, path, data, size);
}

static void suite_modules_pass(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof configs / sizeof *configs; i++) {
        struct world w;
        world_begin(&w, i);
        assert_int_equal(files_each(WX_SUITE_MODULES, audit_file, &w), 0);
        assert_int_equal(w.violations, 0);
        assert_true(w.modules > 1000 && w.stats.functions > w.modules);
        world_end(&w, i);
    }
}

static void random_bytes(uint64_t seed, uint8_t *p, size_t n)
{
    p[0] = DNA_VERSION;
    for (size_t i = 1; i < n; i++)
        p[i] = (uint8_t)(case_mix(seed, i) >> 17);
}

static void generated_modules_pass(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof configs / sizeof *configs; i++) {
        struct world w;
        world_begin(&w, i);
        for (uint64_t k = 0; k < CASES; k++) {
            struct arena arena;
            struct fuzz_case c;
            uint8_t data[CASE_BYTES];
            char name[32];
            arena_init(&arena, &w.heap);
            random_bytes(k, data, sizeof data);
            snprintf(name, sizeof name, "case %u", (unsigned)k);
            assert_true(case_read(data, sizeof data, &arena, &c));
            audit_bytes(&w, name, c.wasm, c.wasm_len);
            arena_free(&arena);
        }
        assert_int_equal(w.violations, 0);
        assert_int_equal(w.modules, CASES);
        world_end(&w, i);
    }
}

/* ---- wrong: written by hand ---------------------------------------------------------- */

/* (module (type $t (func (param i32 i64) (result i32)))
 *   (func (type $t) local.get 0 i32.load
 *     drop local.get 0 local.get 1 local.get 0 call_indirect (type $t))
 *   (table 1 funcref) (memory 1) (global i32 i32.const 0)) */
static const uint8_t small[] = {
    0,    'a', 's',  'm',  1, 0,    0, 0,    1,    7,    1, 0x60, 2,    0x7F, 0x7E, 1,
    0x7F, 3,   2,    1,    0, 4,    4, 1,    0x70, 0,    1, 5,    3,    1,    0,    1,
    6,    6,   1,    0x7F, 0, 0x41, 0, 0x0B, 10,   19,   1, 17,   0,    0x20, 0,    0x28,
    2,    0,   0x1A, 0x20, 0, 0x20, 1, 0x20, 0,    0x11, 0, 0,    0x0B,
};
enum { LOAD_AT = 2, CALL_AT = 12 };

struct code {
    struct assembler a;
    struct code_site sites[4];
    struct code_body body;
    uint8_t bytes[512];
};

/* The site of the next instruction. */
static void site(struct code *c, enum trap kind, unsigned reg, unsigned flags)
{
    c->sites[c->body.nsites++] = (struct code_site){ .pc = asm_pos(&c->a),
                                                     .offset = LOAD_AT,
                                                     .kind = (uint8_t)kind,
                                                     .flags = (uint8_t)flags,
                                                     .width = 4,
                                                     .reg = (uint8_t)reg,
                                                     .reg2 = NO_REG };
}

static struct mem heap(unsigned index, int32_t disp)
{
    return mem_index(REG_MEMORY, index, 1, disp);
}

static struct mem field(size_t at) { return mem_base(REG_INSTANCE, (int32_t)at); }

static void load(struct code *c, struct mem m)
{
    site(c, TRAP_MEMORY_BOUNDS, m.index, 0);
    c->sites[c->body.nsites - 1].disp = (uint32_t)m.disp;
    asm_mov_rm(&c->a, W32, RAX, m);
}

static void ret(struct code *c) { asm_ret(&c->a); }

static void right_load(struct code *c)
{
    load(c, heap(RDI, 8));
    ret(c);
}

static void right_frame(struct code *c)
{
    asm_push_r(&c->a, RBX);
    asm_mov_rr(&c->a, W32, RBX, RDI);
    c->body.frame_bytes = 8;
    c->body.saved = 1;
    load(c, heap(RBX, 0));
    asm_pop_r(&c->a, RBX);
    ret(c);
}

static void wide_index(struct code *c)
{
    load(c, heap(RSI, 0));
    ret(c);
}

static void sign_extended_index(struct code *c)
{
    asm_movsxd_rr(&c->a, RCX, RDI);
    load(c, heap(RCX, 0));
    ret(c);
}

/* Extended on one path only. */
static void merged_index(struct code *c)
{
    struct label skip = { 0 };
    asm_mov_rr(&c->a, W32, RCX, RSI);
    asm_test_rr(&c->a, W32, RDI, RDI);
    asm_jcc_label(&c->a, CC_E, &skip);
    asm_mov_rr(&c->a, W64, RCX, RSI);
    asm_bind(&c->a, &skip);
    load(c, heap(RCX, 0));
    ret(c);
}

static void scaled_index(struct code *c)
{
    load(c, mem_index(REG_MEMORY, RDI, 8, 0));
    ret(c);
}

static void number_as_base(struct code *c)
{
    load(c, mem_index(RDI, RDI, 1, 0));
    ret(c);
}

static void instance_as_base(struct code *c)
{
    load(c, mem_index(REG_INSTANCE, RDI, 1, 0));
    ret(c);
}

static void negative_displacement(struct code *c)
{
    load(c, heap(RDI, -16));
    ret(c);
}

/* Two gigabytes behind two 32-bit offsets. */
static void beyond_guard(struct code *c)
{
    asm_mov_ri(&c->a, RCX, UINT64_C(1) << 33);
    load(c, heap(RCX, INT32_MAX));
    ret(c);
}

static void clobbers_rbx(struct code *c)
{
    asm_mov_rr(&c->a, W32, RBX, RDI);
    ret(c);
}

static void without_site(struct code *c)
{
    asm_mov_rm(&c->a, W32, RAX, heap(RDI, 0));
    ret(c);
}

static void divides_without_site(struct code *c)
{
    asm_cdq(&c->a, W32);
    asm_unary_r(&c->a, UN_IDIV, W32, RDI);
    ret(c);
}

static void site_of_other_register(struct code *c)
{
    site(c, TRAP_MEMORY_BOUNDS, RSI, 0);
    asm_mov_rm(&c->a, W32, RAX, heap(RDI, 0));
    ret(c);
}

static void stray_site(struct code *c)
{
    site(c, TRAP_UNREACHABLE, NO_REG, 0);
    asm_mov_rr(&c->a, W32, RAX, RDI);
    ret(c);
}

static void jumps_inside(struct code *c)
{
    asm_mov_ri32(&c->a, RAX, 7);
    asm_jmp(&c->a, c->a.exec + 1);
}

static void jumps_away(struct code *c) { asm_jmp(&c->a, c->a.exec + 4096); }

static void falls_off(struct code *c) { asm_mov_ri32(&c->a, RAX, 7); }

static void jumps_to_number(struct code *c) { asm_jmp_r(&c->a, RDI); }

static void calls_number(struct code *c)
{
    asm_call_m(&c->a, mem_base(RDI, 0));
    ret(c);
}

static void calls_address(struct code *c)
{
    asm_call(&c->a, c->a.exec);
    ret(c);
}

static void table_unbounded(struct code *c)
{
    struct label table = { 0 };
    asm_jump_table(&c->a, RDI, RCX, &table);
    asm_bind(&c->a, &table);
    asm_jump_table_entry(&c->a, &table);
}

/* Four entries are allowed, and the last is not an instruction. */
static void table_too_short(struct code *c)
{
    struct label table = { 0 }, out = { 0 };
    asm_alu_ri(&c->a, ALU_CMP, W32, RDI, 4);
    asm_jcc_label(&c->a, CC_AE, &out);
    asm_jump_table(&c->a, RDI, RCX, &table);
    asm_bind(&c->a, &table);
    for (int i = 0; i < 3; i++)
        asm_jump_table_entry(&c->a, &out);
    asm_bind(&c->a, &out);
    asm_zero(&c->a, RAX);
    ret(c);
}

static void stores_to_code(struct code *c)
{
    asm_mov_mr(&c->a, W32, mem_offset(0), RDI);
    ret(c);
}

static void reads_code(struct code *c)
{
    asm_mov_rm(&c->a, W32, RAX, mem_offset(0));
    ret(c);
}

static void returns_in_frame(struct code *c)
{
    asm_alu_ri(&c->a, ALU_SUB, W64, RSP, 8);
    asm_zero(&c->a, RAX);
    ret(c);
}

static void frames_differ(struct code *c)
{
    struct label skip = { 0 };
    asm_test_rr(&c->a, W32, RDI, RDI);
    asm_jcc_label(&c->a, CC_E, &skip);
    asm_alu_ri(&c->a, ALU_SUB, W64, RSP, 8);
    asm_bind(&c->a, &skip);
    asm_zero(&c->a, RAX);
    ret(c);
}

static void moves_rsp(struct code *c)
{
    asm_mov_rr(&c->a, W64, RSP, RDI);
    ret(c);
}

static void big_frame(struct code *c)
{
    asm_alu_ri(&c->a, ALU_SUB, W64, RSP, 4096);
    ret(c);
}

static void wrong_pop(struct code *c)
{
    asm_push_r(&c->a, RBX);
    asm_push_r(&c->a, RBP);
    asm_pop_r(&c->a, RBX);
    asm_pop_r(&c->a, RBP);
    ret(c);
}

static void overwrites_r15(struct code *c)
{
    asm_mov_rr(&c->a, W64, R15, RDI);
    ret(c);
}

static void overwrites_r14(struct code *c)
{
    asm_alu_ri(&c->a, ALU_ADD, W64, R14, 8);
    ret(c);
}

static void reads_return_address(struct code *c)
{
    asm_mov_rm(&c->a, W64, RCX, mem_base(RSP, 0));
    asm_zero(&c->a, RAX);
    ret(c);
}

static void writes_instance(struct code *c)
{
    asm_mov_mr(&c->a, W64, field(offsetof(struct instance, mem0)), RSI);
    ret(c);
}

static void writes_constant_global(struct code *c)
{
    asm_mov_mr(&c->a, W64, field(offsetof(struct instance, own_globals)), RDI);
    ret(c);
}

static void reads_other_global(struct code *c)
{
    asm_mov_rm(&c->a, W32, RAX, field(sizeof(struct instance) + sizeof(struct global)));
    ret(c);
}

static void reads_module(struct code *c)
{
    asm_mov_rm(&c->a, W64, RCX, field(offsetof(struct instance, module)));
    ret(c);
}

static void writes_limit(struct code *c)
{
    asm_mov_rm(&c->a, W64, RCX, field(offsetof(struct instance, exec)));
    asm_mov_mr(&c->a, W64, mem_base(RCX, offsetof(struct exec, native_limit)), RSI);
    ret(c);
}

static void leaks_pointer(struct code *c)
{
    asm_mov_rm(&c->a, W64, RCX, field(offsetof(struct instance, exec)));
    site(c, TRAP_MEMORY_BOUNDS, RDI, 0);
    c->sites[0].width = 8;
    asm_mov_mr(&c->a, W64, heap(RDI, 0), RCX);
    ret(c);
}

static void table_unchecked(struct code *c)
{
    asm_mov_rm(&c->a, W64, RCX, field(offsetof(struct instance, table0)));
    asm_mov_rm(&c->a, W64, RCX, mem_base(RCX, offsetof(struct table, elems)));
    asm_mov_rm(&c->a, W64, RCX, mem_index(RCX, RDI, 8, 0));
    ret(c);
}

/* The index changes between the check and the access. */
static void table_checked_before(struct code *c)
{
    asm_mov_rm(&c->a, W64, RCX, field(offsetof(struct instance, table0)));
    asm_alu_rm(&c->a, ALU_CMP, W64, RDI, mem_base(RCX, offsetof(struct table, size)));
    uint8_t *out = asm_jcc_skip(&c->a, CC_AE);
    asm_alu_ri(&c->a, ALU_ADD, W32, RDI, 1);
    asm_mov_rm(&c->a, W64, RCX, mem_base(RCX, offsetof(struct table, elems)));
    asm_mov_rm(&c->a, W64, RCX, mem_index(RCX, RDI, 8, 0));
    asm_skip_end(&c->a, out);
    asm_zero(&c->a, RAX);
    ret(c);
}

static void null_function(struct code *c)
{
    asm_mov_rm(&c->a, W64, RCX, field(offsetof(struct instance, table0)));
    asm_alu_rm(&c->a, ALU_CMP, W64, RDI, mem_base(RCX, offsetof(struct table, size)));
    uint8_t *out = asm_jcc_skip(&c->a, CC_AE);
    asm_mov_rm(&c->a, W64, RCX, mem_base(RCX, offsetof(struct table, elems)));
    asm_mov_rm(&c->a, W64, RCX, mem_index(RCX, RDI, 8, 0));
    asm_mov_rm(&c->a, W64, RCX, mem_base(RCX, offsetof(struct func, entry)));
    asm_skip_end(&c->a, out);
    asm_zero(&c->a, RAX);
    ret(c);
}

/* call_indirect of a record that some comparisons have made known. */
static void indirect(struct code *c, bool type, bool home)
{
    struct assembler *a = &c->a;
    uint32_t id = c->body.fn->modcode->module->types[0]->id;
    struct label out = { 0 };
    c->body.frame_bytes = 8;
    asm_mov_rm(a, W64, R11, field(offsetof(struct instance, exec)));
    asm_alu_rm(a, ALU_CMP, W64, RSP, mem_base(R11, offsetof(struct exec, native_limit)));
    uint8_t *enough = asm_jcc_skip(a, CC_AE);
    site(c, TRAP_STACK, NO_REG, SITE_PROLOGUE);
    asm_ud2(a);
    asm_skip_end(a, enough);
    asm_alu_ri(a, ALU_SUB, W64, RSP, 8);
    asm_mov_rm(a, W64, RAX, field(offsetof(struct instance, table0)));
    asm_alu_rm(a, ALU_CMP, W64, RDI, mem_base(RAX, offsetof(struct table, size)));
    asm_jcc_label(a, CC_AE, &out);
    asm_mov_rm(a, W64, RAX, mem_base(RAX, offsetof(struct table, elems)));
    asm_mov_rm(a, W64, RAX, mem_index(RAX, RDI, 8, 0));
    asm_test_rr(a, W64, RAX, RAX);
    asm_jcc_label(a, CC_E, &out);
    asm_alu_mi(a, ALU_CMP, W32, mem_base(RAX, offsetof(struct func, type_id)), (int32_t)id);
    if (type)
        asm_jcc_label(a, CC_NE, &out);
    asm_alu_rm(a, ALU_CMP, W64, R14, mem_base(RAX, offsetof(struct func, instance)));
    if (home)
        asm_jcc_label(a, CC_NE, &out);
    asm_mov_rm(a, W64, R10, mem_base(RAX, offsetof(struct func, entry)));
    asm_call_m(a, mem_base(R10, 0));
    site(c, TRAP_NONE, NO_REG, SITE_CALL);
    c->sites[1].offset = CALL_AT;
    asm_alu_ri(a, ALU_ADD, W64, RSP, 8);
    ret(c);
    asm_bind(a, &out);
    site(c, TRAP_SIGNATURE, RDI, 0);
    asm_ud2(a);
}

static void indirect_home(struct code *c) { indirect(c, true, true); }
static void indirect_untyped(struct code *c) { indirect(c, false, true); }
static void indirect_elsewhere(struct code *c) { indirect(c, true, false); }

static void wide_result(struct code *c)
{
    asm_mov_rr(&c->a, W64, RAX, RSI);
    ret(c);
}

static void raw(struct code *c, unsigned first, unsigned second)
{
    asm_put_byte(&c->a, first);
    asm_put_byte(&c->a, second);
    ret(c);
}

static void system_call(struct code *c) { raw(c, 0x0F, 0x05); }
static void string_copy(struct code *c) { raw(c, 0xF3, 0xA4); }
static void thread_local_load(struct code *c)
{
    asm_put_byte(&c->a, 0x64);
    asm_mov_rm(&c->a, W32, RAX, heap(RDI, 0));
    ret(c);
}

static void not_code(struct code *c) { raw(c, 0x06, 0x06); }

static void dead_bytes(struct code *c)
{
    uint8_t *over = asm_jmp_skip(&c->a);
    asm_mov_ri32(&c->a, RAX, 7);
    asm_skip_end(&c->a, over);
    asm_zero(&c->a, RAX);
    ret(c);
}

/* Checked memories: the sum, the comparison, the access. */
static void checked_load(struct code *c, int32_t reach, enum cc cc)
{
    asm_lea(&c->a, W64, RCX, mem_base(RDI, reach));
    asm_mov_rm(&c->a, W64, RDX, field(offsetof(struct instance, memory0)));
    asm_alu_rm(&c->a, ALU_CMP, W64, RCX, mem_base(RDX, offsetof(struct memory, bytes)));
    uint8_t *out = asm_jcc_skip(&c->a, cc);
    asm_mov_rm(&c->a, W32, RAX, heap(RDI, 8));
    ret(c);
    asm_skip_end(&c->a, out);
    site(c, TRAP_MEMORY_BOUNDS, RDI, 0);
    asm_ud2(&c->a);
}

static void check_right(struct code *c) { checked_load(c, 12, CC_A); }
static void check_one_short(struct code *c) { checked_load(c, 11, CC_A); }
static void check_inverted(struct code *c) { checked_load(c, 12, CC_BE); }
static void avx_add(struct code *c)
{
    asm_v_rrr(&c->a, SSE_ADDSS, XMM0, XMM0, XMM1);
    asm_zero(&c->a, RAX);
    ret(c);
}

/* ---- with junk ----------------------------------------------------------------------- */

/* Fills n of the frame's eight slots with a register, as many at a time as `turn` says. */
static void fill_frame(struct code *c, unsigned reg, uint32_t n, int32_t turn)
{
    enum { SLOTS = 8 };
    struct label again = { 0 };
    asm_push_r(&c->a, RBX);
    asm_alu_ri(&c->a, ALU_SUB, W64, RSP, SLOTS * 8);
    c->body.frame_bytes = 8 + SLOTS * 8;
    c->body.saved = 1;
    asm_mov_ri(&c->a, R11, UINT64_C(0xDEADBEEFDEADBEEF));
    asm_mov_ri32(&c->a, RAX, n);
    asm_bind(&c->a, &again);
    asm_mov_mr(&c->a, W64, mem_index(RSP, RAX, 8, -8), reg);
    asm_alu_ri(&c->a, ALU_SUB, W32, RAX, turn);
    asm_jcc_label(&c->a, CC_NE, &again);
    asm_alu_ri(&c->a, ALU_ADD, W64, RSP, SLOTS * 8);
    asm_pop_r(&c->a, RBX);
    ret(c);
}

static void fills_frame(struct code *c) { fill_frame(c, R11, 8, 1); }
static void fills_too_much(struct code *c) { fill_frame(c, R11, 9, 1); }
static void fills_in_twos(struct code *c) { fill_frame(c, R11, 8, 2); }
static void fills_with_instance(struct code *c) { fill_frame(c, REG_INSTANCE, 8, 1); }

static void junk_as_index(struct code *c)
{
    asm_mov_ri(&c->a, RCX, UINT64_C(0xDEADBEEFDEADBEEF));
    load(c, heap(RCX, 0));
    ret(c);
}

static void junk_as_result(struct code *c)
{
    asm_mov_ri(&c->a, RAX, UINT64_C(0xDEADBEEFDEADBEEF));
    ret(c);
}

static void junk_in_rbx(struct code *c)
{
    asm_mov_ri(&c->a, RBX, UINT64_C(0xDEADBEEFDEADBEEF));
    ret(c);
}

/* Whether the parameter is zero-extended; a trap that has a site, or none. */
static void check_extension(struct code *c, bool with_site)
{
    struct label good = { 0 };
    asm_mov_rr(&c->a, W32, R11, RDI);
    asm_alu_rr(&c->a, ALU_CMP, W64, R11, RDI);
    asm_jcc_label(&c->a, CC_E, &good);
    if (with_site)
        site(c, TRAP_UNREACHABLE, NO_REG, 0);
    asm_ud2(&c->a);
    asm_bind(&c->a, &good);
    asm_zero(&c->a, RAX);
    ret(c);
}

static void checks_extension(struct code *c) { check_extension(c, true); }
static void checks_without_site(struct code *c) { check_extension(c, false); }

enum { GUARD, CHECK, GUARD_FLOOR, JUNK = 5 };

#define ROW(config, emit, rule)           \
    {                                     \
#emit, emit, config, AUDIT_##rule \
    }

/* clang-format off */
static const struct {
    const char *name;
    void (*emit)(struct code *);
    size_t config;
    enum audit_rule rule;
} rows[] = {
    ROW(GUARD, right_load,             OK),
    ROW(GUARD, right_frame,            OK),
    ROW(CHECK, check_right,            OK),
    ROW(GUARD, wide_index,             INDEX),
    ROW(GUARD, sign_extended_index,    INDEX),
    ROW(GUARD, merged_index,           INDEX),
    ROW(GUARD, scaled_index,           INDEX),
    ROW(GUARD, number_as_base,         BASE),
    ROW(GUARD, instance_as_base,       FIELD),
    ROW(GUARD, negative_displacement,  SPAN),
    ROW(GUARD, beyond_guard,           SPAN),
    ROW(GUARD, clobbers_rbx,           PRESERVED),
    ROW(GUARD, without_site,           SITE),
    ROW(GUARD, divides_without_site,   SITE),
    ROW(GUARD, site_of_other_register, SITE_DATA),
    ROW(GUARD, stray_site,             SITE_STRAY),
    ROW(GUARD, jumps_inside,           TARGET),
    ROW(GUARD, jumps_away,             TARGET),
    ROW(GUARD, falls_off,              TARGET),
    ROW(GUARD, jumps_to_number,        INDIRECT),
    ROW(GUARD, calls_number,           INDIRECT),
    ROW(GUARD, calls_address,          INDIRECT),
    ROW(GUARD, table_unbounded,        UNCHECKED),
    ROW(GUARD, table_too_short,        RIP),
    ROW(GUARD, stores_to_code,         WRITE),
    ROW(GUARD, reads_code,             RIP),
    ROW(GUARD, returns_in_frame,       UNBALANCED),
    ROW(GUARD, frames_differ,          UNBALANCED),
    ROW(GUARD, moves_rsp,              STACK_POINTER),
    ROW(GUARD, big_frame,              STACK_CHECK),
    ROW(GUARD, wrong_pop,              RESTORE),
    ROW(GUARD, overwrites_r15,         PINNED),
    ROW(GUARD, overwrites_r14,         PINNED),
    ROW(GUARD, reads_return_address,   FRAME),
    ROW(GUARD, writes_instance,        WRITE),
    ROW(GUARD, writes_constant_global, WRITE),
    ROW(GUARD, reads_other_global,     FIELD),
    ROW(GUARD, reads_module,           FIELD),
    ROW(GUARD, writes_limit,           WRITE),
    ROW(GUARD, leaks_pointer,          LEAK),
    ROW(GUARD, table_unchecked,        UNCHECKED),
    ROW(GUARD, table_checked_before,   UNCHECKED),
    ROW(GUARD, null_function,          BASE),
    ROW(GUARD, indirect_home,          OK),
    ROW(GUARD, indirect_untyped,       CALLEE),
    ROW(GUARD, indirect_elsewhere,     CALL_STATE),
    ROW(GUARD, wide_result,            RESTORE),
    ROW(GUARD, system_call,            INSTRUCTION),
    ROW(GUARD, string_copy,            INSTRUCTION),
    ROW(GUARD, thread_local_load,      INSTRUCTION),
    ROW(GUARD, not_code,               DECODE),
    ROW(GUARD, dead_bytes,             GAP),
    ROW(CHECK, right_load,             UNCHECKED),
    ROW(CHECK, check_one_short,        UNCHECKED),
    ROW(CHECK, check_inverted,         UNCHECKED),
    ROW(GUARD_FLOOR, avx_add,          CPU),
    ROW(JUNK,  fills_frame,            OK),
    ROW(GUARD, fills_frame,            FRAME),
    ROW(JUNK,  fills_too_much,         FRAME),
    ROW(JUNK,  fills_in_twos,          FRAME),
    ROW(JUNK,  fills_with_instance,    LEAK),
    ROW(JUNK,  junk_as_index,          INDEX),
    ROW(JUNK,  junk_as_result,         RESTORE),
    ROW(JUNK,  junk_in_rbx,            PRESERVED),
    ROW(JUNK,  checks_extension,       OK),
    ROW(JUNK,  checks_without_site,    SITE),
};
/* clang-format on */

static struct code code;

static enum audit_rule audit_row(size_t row, struct fncode *fn, struct arena *arena)
{
    struct audit_stats stats = { 0 };
    struct audit_finding f;
    memset(&code, 0, sizeof code);
    asm_init(&code.a, code.bytes, sizeof code.bytes, (uint64_t)(uintptr_t)code.bytes);
    code.body.fn = fn;
    rows[row].emit(&code);
    code.body.start = code.bytes;
    code.body.size = asm_pos(&code.a);
    code.body.kind = BODY_FUNCTION;
    code.body.sites = code.sites;
    audit_body(&code.body, arena, &stats, &f);
    return f.rule;
}

static void wrong_code_is_rejected(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world w;
        wx_module *m = NULL;
        world_begin(&w, rows[i].config);
        assert_int_equal(wx_module_new(w.engine, small, sizeof small, &m, NULL), WX_OK);
        enum audit_rule rule = audit_row(i, &m->code->fns[0], &w.arena);
        if (rule != rows[i].rule)
            fail_msg("%s: %s, not %s", rows[i].name, audit_rules[rule],
                     audit_rules[rows[i].rule]);
        wx_module_free(m);
        arena_free(&w.arena);
        wx_engine_free(w.engine);
    }
}

/* ---- broken: compiled code with a bit changed ---------------------------------------- */

/* false: the auditor passes it all the same (an immediate, say). */
static bool flip_is_rejected(const struct code_body *b, uint32_t bit, struct arena *arena)
{
    struct audit_stats stats = { 0 };
    struct audit_finding f;
    struct code_body changed = *b;
    uint8_t *bytes = arena_alloc(arena, b->size);
    memcpy(bytes, b->start, b->size);
    bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
    changed.start = bytes;
    return !audit_body(&changed, arena, &stats, &f);
}

static void flip_all(struct world *w, const struct modcode *mc, uint32_t *rejected,
                     uint32_t *all)
{
    const struct module *m = mc->module;
    for (uint32_t i = 0; i < m->nfuncs - m->nimported_funcs; i++) {
        const struct code_body *b = codemap_find(mc->engine->region, mc->fns[i].compiled);
        for (uint32_t bit = 0; bit < 8 * b->size; bit += 5) {
            *rejected += flip_is_rejected(b, bit, &w->arena);
            ++*all;
            arena_reset(&w->arena);
        }
    }
}

static void changed_bits_are_survived(void **state)
{
    (void)state;
    uint32_t rejected = 0, all = 0;
    struct world w;
    world_begin(&w, CHECK);
    for (uint64_t k = 0; k < FLIPPED_CASES; k++) {
        struct fuzz_case c;
        struct arena arena;
        uint8_t data[CASE_BYTES];
        wx_module *m = NULL;
        arena_init(&arena, &w.heap);
        random_bytes(k, data, sizeof data);
        assert_true(case_read(data, sizeof data, &arena, &c));
        assert_int_equal(wx_module_new(w.engine, c.wasm, c.wasm_len, &m, NULL), WX_OK);
        compile_all(m->code);
        flip_all(&w, m->code, &rejected, &all);
        wx_module_free(m);
        arena_free(&arena);
    }
    printf("changed bits: %u of %u rejected\n", rejected, all);
    assert_true(rejected > all / 4);
    arena_free(&w.arena);
    wx_engine_free(w.engine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_code_is_rejected),
        cmocka_unit_test(changed_bits_are_survived),
        cmocka_unit_test(suite_modules_pass),
        cmocka_unit_test(generated_modules_pass),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
