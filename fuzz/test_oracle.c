/* test_oracle.c - each compared field is noticed, alone, and after every outcome.
 *
 * Two lanes run the same case; behind the back of the second something is changed before the
 * step is recorded (struct meddle).  The finding must name the field, and no other may differ. */
#include "api/api.h"
#include "base/cpu.h"
#include "oracle.h"
#include "resident.h"
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

/* Exports of wat/fields.wat. */
enum { VALUE, NOTHING, TRAP, SPIN, DEEP };

struct call {
    wx_status *status;
    wx_error *err;
    wx_value *results;
};

struct row {
    const char *name;
    enum finding_kind kind;
    uint32_t export;
    void (*call)(const struct call *c);
    void (*state)(struct run *r);
};

static const struct row *current;

/* ---- the changes --------------------------------------------------------------------------- */

static struct instance *instance_of(const struct run *r)
{
    return api_instance(r->instance);
}

static void other_status(const struct call *c)
{
    memset(c->err, 0, sizeof *c->err);
    *c->status = WX_MISUSE;
}
static void other_trap(const struct call *c) { c->err->trap = WX_TRAP_DIV_ZERO; }
static void other_text(const struct call *c) { c->err->text[0]++; }
static void other_offset(const struct call *c) { c->err->frames[0].offset++; }
static void other_func(const struct call *c) { c->err->frames[0].func_index++; }
static void other_depth(const struct call *c) { c->err->nframes++; }
static void other_result(const struct call *c) { c->results[0].of.f64_bits = 0; }
static void other_payload(const struct call *c) { c->results[0].of.f64_bits ^= 2; }

static void host_called(struct run *r) { r->host_hash++; }
static void global_set(struct run *r) { instance_of(r)->globals[0]->value[0] ^= 1; }
static void global_upper(struct run *r)
{
    instance_of(r)->globals[0]->value[0] ^= UINT64_C(1) << 63;
}
static void global_payload(struct run *r) { instance_of(r)->globals[1]->value[0] ^= 2; }
static void first_byte(struct run *r) { instance_of(r)->memories[0]->base[0] ^= 1; }
static void last_byte(struct run *r) { instance_of(r)->memories[0]->base[65535] ^= 0x80; }
/* Of a page that no lane has touched before. */
static void far_byte(struct run *r)
{
    instance_of(r)->memories[0]->base[3 * 65536 - 1] = 1;
}
static void memory_grown(struct run *r)
{
    assert_int_equal(memory_grow(instance_of(r)->memories[0], 1), 3);
}
static void table_nulled(struct run *r) { instance_of(r)->tables[0]->elems[1] = 0; }
/* A function of the same type in place of another. */
static void table_other(struct run *r)
{
    const struct table *t = instance_of(r)->tables[0];
    t->elems[1] = t->elems[2];
}
static void table_grown(struct run *r)
{
    assert_int_equal(table_grow(instance_of(r)->tables[0], 1, 0), 4);
}
static void data_dropped(struct run *r) { instance_of(r)->datas[0].len = 0; }
static void elem_dropped(struct run *r)
{
    const struct module *m = instance_of(r)->module;
    instance_of(r)->elems[m->nelems - 1].len = 0;
}
static void fuel_used(struct run *r) { api_store(r->store)->exec.fuel--; }
static void budgets_changed(struct run *r) { r->budgets++; }
static void stack_leaked(struct run *r) { api_store(r->store)->exec.stack_left -= 8; }

static const struct row rows[] = {
    { "another status", FINDING_status, NOTHING, other_status, NULL },
    { "another trap", FINDING_trap, TRAP, other_trap, NULL },
    { "another text", FINDING_text, TRAP, other_text, NULL },
    { "another offset", FINDING_frames, TRAP, other_offset, NULL },
    { "another function", FINDING_frames, TRAP, other_func, NULL },
    { "one more frame", FINDING_frames, DEEP, other_depth, NULL },
    { "another result", FINDING_results, VALUE, other_result, NULL },
    { "another payload", FINDING_nan, VALUE, other_payload, NULL },
    { "one more host call", FINDING_host, NOTHING, NULL, host_called },
    { "another global", FINDING_globals, NOTHING, NULL, global_set },
    { "another global, upper half", FINDING_globals, SPIN, NULL, global_upper },
    { "another payload in a global", FINDING_nan, NOTHING, NULL, global_payload },
    { "another first byte", FINDING_memories, VALUE, NULL, first_byte },
    { "another byte after a trap", FINDING_memories, TRAP, NULL, last_byte },
    { "another byte without fuel", FINDING_memories, SPIN, NULL, last_byte },
    { "another byte without stack", FINDING_memories, DEEP, NULL, last_byte },
    { "another byte far away", FINDING_memories, VALUE, NULL, far_byte },
    { "a larger memory", FINDING_memories, NOTHING, NULL, memory_grown },
    { "a null in a table", FINDING_tables, NOTHING, NULL, table_nulled },
    { "another function in a table", FINDING_tables, DEEP, NULL, table_other },
    { "a larger table", FINDING_tables, NOTHING, NULL, table_grown },
    { "a dropped data segment", FINDING_segments, NOTHING, NULL, data_dropped },
    { "a dropped element segment", FINDING_segments, TRAP, NULL, elem_dropped },
    { "other budgets at a host call", FINDING_budgets, NOTHING, NULL, budgets_changed },
    { "less fuel", FINDING_fuel, VALUE, NULL, fuel_used },
    { "less fuel after a trap", FINDING_fuel, TRAP, NULL, fuel_used },
    { "less stack", FINDING_stack, VALUE, NULL, stack_leaked },
    { "less stack after exhaustion", FINDING_stack, DEEP, NULL, stack_leaked },
};

/* ---- two runs ------------------------------------------------------------------------------ */

static bool is_target(const struct run *r)
{
    return current != NULL && r->nsteps == 2 &&
           (r->lane == LANE_BASELINE_FUEL || r->lane == LANE_BASELINE);
}

static void meddle_call(const struct run *r, wx_status *status, wx_error *err,
                        wx_value *results)
{
    if (is_target(r) && current->call != NULL)
        current->call(&(struct call){ status, err, results });
}

static void meddle_state(struct run *r)
{
    if (is_target(r) && current->state != NULL)
        current->state(r);
}

static struct oracle oracle;
static uint8_t wasm[4096];

static struct fuzz_case case_calling(uint32_t export)
{
    struct fuzz_case c = { .wasm = wasm, .fuel = 1000, .nactions = 1 };
    FILE *f = fopen(WX_FIELDS_WASM, "rb");
    assert_non_null(f);
    c.wasm_len = fread(wasm, 1, sizeof wasm, f);
    fclose(f);
    c.actions[0] = (struct action){ ACTION_CALL, export, 1 };
    return c;
}

static struct run run_of(const struct fuzz_case *c, enum lane lane)
{
    struct run r = { .oracle = &oracle, .c = c, .lane = lane };
    r.steps = arena_zarray(&oracle.arena, struct step, 1 + CASE_MAX_ACTIONS);
    assert_int_equal(run_case(&r), RUN_OK);
    return r;
}

/* Whether two lanes do the same with the case of a row; if not, *f says what differs. */
static bool same(const struct row *row, enum lane first, enum lane second,
                 struct finding *f)
{
    jmp_buf oom;
    struct fuzz_case c = case_calling(row->export);
    oracle.arena.oom = &oom;
    assert_int_equal(setjmp(oom), 0);
    struct run a = run_of(&c, first), b = run_of(&c, second);
    memset(f, 0, sizeof *f);
    bool result = oracle_compare(&a, &b, f);
    arena_reset(&oracle.arena);
    return result;
}

static uint32_t differing_fields(const struct finding *f)
{
    uint32_t n = 0;
#define WX_FIELD(member, text, deterministic) n += f->a.member != f->b.member;
#include "fields.def"
    return n;
}

/* ---- the tests ----------------------------------------------------------------------------- */

static void without_a_change_nothing_differs(void **state)
{
    (void)state;
    struct finding f;
    current = NULL;
    for (size_t i = 0; i < COUNT(rows); i++) {
        if (!same(&rows[i], LANE_INTERP_FUEL, LANE_BASELINE_FUEL, &f))
            fail_msg("%s: the lanes differ in field %d", rows[i].name, (int)f.kind);
        assert_true(same(&rows[i], LANE_REF_FUEL, LANE_MIXED_FUEL, &f));
    }
}

static void each_field_is_noticed_alone(void **state)
{
    (void)state;
    struct finding f;
    for (size_t i = 0; i < COUNT(rows); i++) {
        current = &rows[i];
        if (same(current, LANE_INTERP_FUEL, LANE_BASELINE_FUEL, &f))
            fail_msg("%s: not noticed", current->name);
        if (f.kind != current->kind || f.step != 1 || differing_fields(&f) != 1)
            fail_msg("%s: found kind %d at step %u, %u fields differ", current->name,
                     (int)f.kind, f.step, differing_fields(&f));
        assert_int_equal(f.first, LANE_INTERP_FUEL);
        assert_int_equal(f.second, LANE_BASELINE_FUEL);
    }
    current = NULL;
}

static void every_field_has_a_row(void **state)
{
    (void)state;
    for (int kind = 0; kind < FINDING_FIELDS; kind++) {
        size_t i = 0;
        while (i < COUNT(rows) && rows[i].kind != (enum finding_kind)kind)
            i++;
        if (i == COUNT(rows))
            fail_msg("no row changes field %d", kind);
    }
}

/* Budgets say nothing where a lane does not charge them; all else does. */
static void budgets_are_compared_where_they_are_charged(void **state)
{
    (void)state;
    struct finding f;
    for (size_t i = 0; i < COUNT(rows); i++) {
        current = &rows[i];
        if (current->export == SPIN || current->export == DEEP)
            continue; /* these do not end without a budget */
        bool budget = current->kind == FINDING_fuel || current->kind == FINDING_stack ||
                      current->kind == FINDING_budgets;
        assert_int_equal(same(current, LANE_INTERP, LANE_BASELINE, &f), budget);
    }
    current = NULL;
}

/* ---- junk and poison ----------------------------------------------------------------------- */

static uint64_t code_bytes;

static void note_code(struct run *r) { code_bytes = wx_module_stats(r->module).bytes_out; }

static uint64_t code_bytes_in(enum lane lane)
{
    jmp_buf oom;
    struct fuzz_case c = case_calling(VALUE);
    oracle.arena.oom = &oom;
    assert_int_equal(setjmp(oom), 0);
    oracle.meddle.state = note_code;
    run_of(&c, lane);
    oracle.meddle.state = meddle_state;
    arena_reset(&oracle.arena);
    return code_bytes;
}

/* The code has it, WX_FUZZ_JUNK=0 leaves it out, and nobody can tell by what the case does. */
static void junk_is_there_and_changes_nothing(void **state)
{
    (void)state;
    struct finding f;
    uint64_t plain = code_bytes_in(LANE_BASELINE);
    assert_true(code_bytes_in(LANE_BASELINE_JUNK) > 2 * plain);
    oracle.no_junk = true;
    assert_int_equal(code_bytes_in(LANE_BASELINE_JUNK), plain);
    oracle.no_junk = false;
    for (size_t i = 0; i < COUNT(rows); i++) {
        if (rows[i].export == SPIN || rows[i].export == DEEP)
            continue;
        assert_true(same(&rows[i], LANE_INTERP, LANE_BASELINE_JUNK, &f));
        assert_true(same(&rows[i], LANE_INTERP_JUNK, LANE_MIXED_JUNK, &f));
        assert_true(same(&rows[i], LANE_TIERED_POISON, LANE_TIERED_CHECK, &f));
    }
}

/* What a draw of the case can make of a lane. */
static void a_case_draws_the_mask_and_the_processor(void **state)
{
    (void)state;
    struct fuzz_case c = { .baseline_cpu = true };
    const struct config *config = &api_engine(lane_engine(&oracle, LANE_MIXED))->config;
    uint64_t all = 0, any = 0;
    for (c.host_seed = 0; c.host_seed < 64; c.host_seed++) {
        c.tier_mask = ~c.host_seed;
        lane_tune(&oracle, LANE_MIXED, &c);
        assert_int_equal(config->tier_mask, c.tier_mask);
        assert_int_equal(config->cpu_mask & ~cpu_detect(), 0);
        assert_in_range(config->call_threshold, 1, 12);
        any |= config->cpu_mask;
        all |= ~config->cpu_mask & cpu_detect();
    }
    assert_int_equal(any, cpu_detect()); /* each feature was on at times, */
    assert_int_equal(all, cpu_detect()); /* and off at times */
    c.baseline_cpu = false;
    lane_tune(&oracle, LANE_MIXED, &c);
    assert_int_equal(config->cpu_mask, cpu_detect());
}

/* ---- a thread that compiles ---------------------------------------------------------------- */

/* Whatever the moment at which code is ready: in some cases in time, and nothing differs. */
static void a_thread_compiles_beside_the_interpreter(void **state)
{
    enum { CASES = 300, MOST_CASES = 20000 };
    struct oracle o;
    struct finding f;
    (void)state;
    oracle_init(&o);
    for (uint64_t k = 0; k < MOST_CASES && (k < CASES || o.stats.later_mixed == 0); k++) {
        uint64_t words[2] = { case_mix(k, 1), case_mix(k, 2) };
        uint8_t data[sizeof words];
        memcpy(data, words, sizeof words);
        data[0] = DNA_VERSION;
        data[1] |= CASE_EXPAND;
        assert_int_equal(oracle_run(&o, data, sizeof data, &f), VERDICT_SAME);
    }
    assert_true(o.stats.later_mixed > 0);
    assert_true(o.stats.lanes[LANE_LATER] > 0);
    assert_true(o.stats.lanes[LANE_LATER_CHECK] > 0);
    assert_true(o.stats.lanes[LANE_LATER_FUEL] > 0);
    oracle_free(&o);
}

/* ---- statistics ---------------------------------------------------------------------------- */

/* What a tick prints, in text[0..size). */
static void tick_into(char *text, size_t size)
{
    FILE *f = tmpfile();
    int saved = dup(STDERR_FILENO);
    assert_non_null(f);
    fflush(stderr);
    dup2(fileno(f), STDERR_FILENO);
    stats_tick();
    fflush(stderr);
    dup2(saved, STDERR_FILENO);
    close(saved);
    rewind(f);
    text[fread(text, 1, size - 1, f)] = '\0';
    fclose(f);
}

/* Once a signal, not by the handler. */
static void sigusr1_prints_the_table(void **state)
{
    static char text[65536];
    (void)state;
    stats_begin(&oracle);
    tick_into(text, sizeof text);
    assert_string_equal(text, "");
    raise(SIGUSR1);
    tick_into(text, sizeof text);
    assert_non_null(strstr(text, "valid, linkable cases"));
    assert_non_null(strstr(text, "cannot tell: "));
    for (int lane = 0; lane < LANE_COUNT; lane++)
        assert_non_null(strstr(text, lane_name((enum lane)lane)));
    assert_non_null(strstr(text, "operations in code that ran: 0 of "));
    assert_non_null(strstr(text, "i64.trunc_sat_f64_u"));
    tick_into(text, sizeof text);
    assert_string_equal(text, "");
}

/* The kernel's map is that of the process that asks, also in a child. */
static void pages_that_were_touched_are_known(void **state)
{
    enum { TOUCHED = 2, LATER = 5, COUNT = 8 };
    struct resident r;
    int status;
    (void)state;
    uint8_t *p = mmap(NULL, COUNT * RESIDENT_PAGE, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(p, MAP_FAILED);
    p[TOUCHED * RESIDENT_PAGE] = 1;
    assert_true(resident_ask(&r, p, COUNT));
    for (size_t i = 0; i < COUNT; i++)
        assert_int_equal(resident_has(&r, i), i == TOUCHED);
    pid_t child = fork();
    if (child == 0) {
        p[LATER * RESIDENT_PAGE] = 1;
        _exit(resident_ask(&r, p, COUNT) && resident_has(&r, LATER) ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    munmap(p, COUNT * RESIDENT_PAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_change_nothing_differs),
        cmocka_unit_test(each_field_is_noticed_alone),
        cmocka_unit_test(every_field_has_a_row),
        cmocka_unit_test(budgets_are_compared_where_they_are_charged),
        cmocka_unit_test(junk_is_there_and_changes_nothing),
        cmocka_unit_test(a_case_draws_the_mask_and_the_processor),
        cmocka_unit_test(a_thread_compiles_beside_the_interpreter),
        cmocka_unit_test(sigusr1_prints_the_table),
        cmocka_unit_test(pages_that_were_touched_are_known),
    };
    oracle_init(&oracle);
    oracle.meddle = (struct meddle){ meddle_call, meddle_state };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    oracle_free(&oracle);
    return failed;
}
