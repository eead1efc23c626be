/* test_api_process.c - the engine in its process: threads, signals of others, fork, mappings.
 *
 * Each test runs in a child, so that it finds no handlers installed.  Threads report, the main
 * thread asserts: cmocka knows one thread. */
#include "api_fixture.h"
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGE = 4096, THREADS = 8 };

static void assert_out_of_bounds(struct api *t, wx_func *peek)
{
    wx_value result, arg = v_i32(65536);
    api_expect(t, WX_TRAP, wx_func_call(peek, &arg, 1, &result, 1, &t->err));
    assert_int_equal(t->err.trap, WX_TRAP_MEMORY_BOUNDS);
}

/* ---- another library's signal handler ------------------------------------------------ */

/* A library that lets its page fault to learn of the first access. */
static struct {
    volatile uint8_t *page;
    struct sigaction before;
    volatile int faults;
} lib;

static void lib_protect(void) { mprotect((void *)(uintptr_t)lib.page, PAGE, PROT_NONE); }

static bool lib_handles(const siginfo_t *info)
{
    uint8_t *at = info->si_addr;
    if (at < lib.page || at >= lib.page + PAGE)
        return false;
    lib.faults++;
    return mprotect((void *)(uintptr_t)lib.page, PAGE, PROT_READ | PROT_WRITE) == 0;
}

static void lib_on_signal(int signal, siginfo_t *info, void *context)
{
    if (lib_handles(info))
        return;
    if ((lib.before.sa_flags & SA_SIGINFO) == 0)
        _exit(99); /* nobody before us: this fault should have been the engine's */
    lib.before.sa_sigaction(signal, info, context);
}

static void lib_init(void)
{
    struct sigaction action = { .sa_sigaction = lib_on_signal, .sa_flags = SA_SIGINFO };
    lib.page = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(lib.page != MAP_FAILED);
    lib.faults = 0;
    assert_int_equal(sigaction(SIGSEGV, &action, &lib.before), 0);
    lib.before = lib.before.sa_handler == SIG_DFL ? (struct sigaction){ 0 } : lib.before;
}

static void lib_use(int faults)
{
    lib_protect();
    lib.page[5] = 7;
    assert_int_equal(lib.faults, faults);
}

static wx_status touch(void *env, wx_caller *c, const wx_value *args, size_t nargs,
                       wx_value *results, size_t nresults, wx_error *err)
{
    (void)env, (void)c, (void)nargs, (void)nresults, (void)err;
    lib_protect();
    lib.page[9] = 1;
    results[0] = args[0];
    return WX_OK;
}

/* Wasm traps and the library's faults in turn, the library's inside a host function too. */
static void both_work(struct api *t)
{
    wx_instance *i = api_instance(t, "fib");
    wx_func *peek = api_func(i, "peek");
    wx_extern imports[] = { api_host(t, "ii:i", touch, NULL),
                            api_host(t, "i:i", touch, NULL) };
    wx_instance *guest = api_instance_with(t, "host", imports, 2);
    for (int n = 0; n < 3; n++) {
        assert_out_of_bounds(t, peek);
        lib_use(2 * n + 1);
        assert_int_equal(api_call(t, api_func(guest, "act"), v_i32(6)), 7);
        assert_int_equal(lib.faults, 2 * n + 2);
    }
}

static void handler_installed_before_ours_works(struct api *t)
{
    lib_init();
    lib_use(1);
    lib.faults = 0;
    both_work(t);
}

static void handler_installed_after_ours_works(struct api *t)
{
    assert_out_of_bounds(t, api_func(api_instance(t, "fib"), "peek"));
    lib_init();
    both_work(t);
}

static void crash_in_a_host_function(struct api *t)
{
    struct sigaction standard = { .sa_handler = SIG_DFL };
    sigaction(SIGSEGV, &standard, NULL);
    lib.page = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    wx_extern imports[] = { api_host(t, "ii:i", touch, NULL),
                            api_host(t, "i:i", touch, NULL) };
    api_call(t, api_func(api_instance_with(t, "host", imports, 2), "act"), v_i32(6));
}

/* A crash of the embedder's code stays a crash, even when Wasm called it. */
static void a_crash_of_the_host_ends_the_process(struct api *t)
{
    int status = -1;
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        crash_in_a_host_function(t);
        _exit(0);
    }
    waitpid(pid, &status, 0);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGSEGV);
}

/* ---- mappings ------------------------------------------------------------------------ */

/* Executable mappings that come from no file. */
static int executable_mappings(void)
{
    char line[600], access[8], path[500];
    int n = 0;
    FILE *maps = fopen("/proc/self/maps", "r");
    assert_non_null(maps);
    while (fgets(line, sizeof line, maps) != NULL) {
        path[0] = 0;
        if (sscanf(line, "%*s %7s %*s %*s %*s %499s", access, path) < 1)
            continue;
        bool ours = path[0] == 0 || strncmp(path, "/memfd:", 7) == 0;
        n += access[2] == 'x' && ours;
        assert_false(access[1] == 'w' && access[2] == 'x');
    }
    fclose(maps);
    return n;
}

static void executable_memory_is_there_for_compiled_code_only(struct api *t)
{
    int before = executable_mappings();
    struct api other;
    api_open(&other, t->tier, NULL);
    wx_instance *i = api_instance(&other, "fib");
    assert_int_equal(api_call(&other, api_func(i, "fib"), v_i32(15)), 610);
    if (strcmp(WX_TEST_FLAVOUR, "wx_interp") == 0)
        assert_int_equal(executable_mappings(), before);
    else if (t->tier != WX_TIER_INTERP)
        assert_true(executable_mappings() > before);
    api_close(&other);
    assert_int_equal(executable_mappings(), before);
}

/* ---- fork ---------------------------------------------------------------------------- */

static void use_all(struct api *t, wx_instance *i, const char *fresh, int32_t want)
{
    for (int n = 0; n < 5; n++) {
        assert_int_equal(api_call(t, api_func(i, "fib"), v_i32(15)), 610);
        assert_int_equal(api_call(t, api_func(i, fresh), v_i32(9)), want);
        assert_out_of_bounds(t, api_func(i, "peek"));
    }
    wx_instance *other = api_instance(t, "types");
    assert_int_equal(api_call(t, api_func(other, "add"), v_i32(4), v_i32(5)), 9);
}

static wx_instance *forked;

static void use_triple(struct api *t) { use_all(t, forked, "triple", 27); }

static void use_in_grandchild(struct api *t)
{
    use_triple(t);
    api_in_child(t, use_triple);
    use_triple(t);
}

/* Parent and child compile different functions after the fork. */
static void forked_children_keep_compiling(struct api *t)
{
    forked = api_instance(t, "fib");
    assert_int_equal(api_call(t, api_func(forked, "fib"), v_i32(15)), 610);
    api_in_child(t, use_triple);
    use_all(t, forked, "square", 81);
    api_in_child(t, use_in_grandchild);
    use_all(t, forked, "square", 81);
}

/* ---- threads ------------------------------------------------------------------------- */

struct job {
    pthread_t thread;
    wx_tier tier;
    wx_engine *engine; /* NULL: one of its own each time */
    wx_module *module;
    int rounds;
    int good;
};

static struct bytes fib_bytes;

static bool trap_ten_times(wx_instance *i)
{
    wx_extern peek;
    wx_error err;
    wx_value result, arg = v_i32(-1);
    int n = 0;
    if (!wx_instance_export(i, "peek", 4, &peek))
        return false;
    while (n < 10 && wx_func_call(peek.of.func, &arg, 1, &result, 1, &err) == WX_TRAP &&
           err.trap == WX_TRAP_MEMORY_BOUNDS && err.nframes == 1)
        n++;
    return n == 10;
}

static bool compute(wx_instance *i)
{
    wx_extern fib;
    wx_value result, arg = v_i32(12);
    return wx_instance_export(i, "fib", 3, &fib) &&
           wx_func_call(fib.of.func, &arg, 1, &result, 1, NULL) == WX_OK &&
           result.of.i32 == 144;
}

static bool one_store(wx_engine *e, wx_module *m)
{
    wx_store *s = NULL;
    wx_instance *i = NULL;
    bool ok = wx_store_new(e, &s, NULL) == WX_OK &&
              wx_instance_new(s, m, NULL, 0, &i, NULL) == WX_OK && trap_ten_times(i) &&
              compute(i) && trap_ten_times(i);
    wx_store_free(s);
    return ok;
}

static bool one_engine(wx_tier tier)
{
    wx_config config;
    wx_engine *e = NULL;
    wx_module *m = NULL;
    wx_config_init(&config);
    config.tier = tier;
    bool ok = wx_engine_new(&config, &e, NULL) == WX_OK &&
              wx_module_new(e, fib_bytes.at, fib_bytes.len, &m, NULL) == WX_OK &&
              one_store(e, m);
    wx_module_free(m);
    wx_engine_free(e);
    return ok;
}

static void *work(void *arg)
{
    struct job *job = arg;
    for (int n = 0; n < job->rounds; n++)
        job->good += job->engine != NULL ? one_store(job->engine, job->module)
                                         : one_engine(job->tier);
    return NULL;
}

static void run_jobs(struct job *jobs, int n)
{
    for (int i = 0; i < n; i++)
        assert_int_equal(pthread_create(&jobs[i].thread, NULL, work, &jobs[i]), 0);
    for (int i = 0; i < n; i++)
        assert_int_equal(pthread_join(jobs[i].thread, NULL), 0);
    for (int i = 0; i < n; i++)
        assert_int_equal(jobs[i].good, jobs[i].rounds);
}

/* One thread makes and frees engines while the other keeps trapping in its own. */
static void engines_come_and_go_beside_a_running_one(struct api *t)
{
    fib_bytes = api_bytes("fib");
    wx_module *m = api_module(t, "fib");
    struct job jobs[] = { { .tier = t->tier, .rounds = 50 },
                          { .engine = t->engine, .module = m, .rounds = 200 } };
    run_jobs(jobs, 2);
    wx_module_free(m);
}

/* The same functions become hot, and are compiled, on several threads. */
static void threads_share_a_module(struct api *t)
{
    struct job jobs[THREADS];
    for (int round = 0; round < 5; round++) {
        wx_module *m = api_module(t, "fib");
        for (int i = 0; i < THREADS; i++)
            jobs[i] = (struct job){ .engine = t->engine, .module = m, .rounds = 5 };
        run_jobs(jobs, THREADS);
        wx_module_free(m);
    }
}

static void one_engine_out_of_memory_leaves_the_other_alone(struct api *t)
{
    wx_config config = t->config;
    wx_engine *small = NULL;
    wx_store *s = NULL;
    wx_module *m = NULL;
    wx_instance *mine = api_instance(t, "fib");
    config.heap_limit = 1 << 20;
    api_ok(t, wx_engine_new(&config, &small, &t->err));
    fib_bytes = api_bytes("fib");
    wx_status status = wx_store_new(small, &s, &t->err);
    assert_true(status == WX_OK);
    while (status == WX_OK) {
        wx_instance *i;
        wx_module_free(m);
        m = NULL;
        status = wx_module_new(small, fib_bytes.at, fib_bytes.len, &m, &t->err);
        if (status == WX_OK)
            status = wx_instance_new(s, m, NULL, 0, &i, &t->err);
    }
    assert_int_equal(status, WX_EXHAUSTED);
    assert_int_equal(api_call(t, api_func(mine, "fib"), v_i32(15)), 610);
    assert_out_of_bounds(t, api_func(mine, "peek"));
    wx_store_free(s);
    wx_module_free(m);
    wx_engine_free(small);
}

static const struct api_test tests[] = {
    API_TEST_IN_CHILD(handler_installed_before_ours_works),
    API_TEST_IN_CHILD(handler_installed_after_ours_works),
    API_TEST_IN_CHILD(a_crash_of_the_host_ends_the_process),
    API_TEST_IN_CHILD(executable_memory_is_there_for_compiled_code_only),
    API_TEST_IN_CHILD(forked_children_keep_compiling),
    API_TEST_IN_CHILD(engines_come_and_go_beside_a_running_one),
    API_TEST_IN_CHILD(threads_share_a_module),
    API_TEST_IN_CHILD(one_engine_out_of_memory_leaves_the_other_alone),
};

API_MAIN(tests)
