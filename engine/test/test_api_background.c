/* test_api_background.c - the thread that compiles: callers on several threads, modules and
 * engines that end while it works, fork.  In tiers without it the same calls must work too. */
#include "api_fixture.h"
#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { THREADS = 4, ROUNDS = 30, N = 40 };

static void background(wx_config *c)
{
    c->background = true;
    c->call_threshold = 2;
    c->loop_threshold = 3;
}

/* ---- calls whose results are known --------------------------------------------------- */

static const struct known {
    const char *func;
    int32_t n;
    int64_t want;
} calls[] = {
    { "below", N, 1000 + 3 * N + N *(N - 1) / 2 },
    { "nested", N, (int64_t)(N *(N - 1) / 2) * (N * (N - 1) / 2) + 7 * N },
    { "rotate", N, 1000 * (N - 1) - (N - 12) },
    { "deep", 30, 30 * 45 + 1 },
};

static bool call_known(wx_instance *i, const struct known *k)
{
    wx_extern e;
    wx_value arg = v_i32(k->n), result;
    return wx_instance_export(i, k->func, strlen(k->func), &e) &&
           wx_func_call(e.of.func, &arg, 1, &result, 1, NULL) == WX_OK &&
           result.of.i64 == k->want;
}

static bool call_trap(wx_instance *i)
{
    wx_extern e;
    wx_error err;
    wx_value arg = v_i32(N), result;
    return wx_instance_export(i, "call_div", 8, &e) &&
           wx_func_call(e.of.func, &arg, 1, &result, 1, &err) == WX_TRAP &&
           err.trap == WX_TRAP_DIV_ZERO && err.nframes == 2 &&
           strcmp(err.frames[0].func_name, "div") == 0 && err.frames[0].func_offset == 13;
}

static bool call_all(wx_instance *i)
{
    for (size_t k = 0; k < sizeof calls / sizeof *calls; k++)
        if (!call_known(i, &calls[k]))
            return false;
    return call_trap(i);
}

static bool use_store(wx_engine *e, const wx_module *m)
{
    wx_store *s = NULL;
    wx_instance *i = NULL;
    bool ok = wx_store_new(e, &s, NULL) == WX_OK &&
              wx_instance_new(s, (wx_module *)m, NULL, 0, &i, NULL) == WX_OK;
    for (int round = 0; ok && round < 3; round++)
        ok = call_all(i);
    wx_store_free(s);
    return ok;
}

/* Calls until a function has been compiled, at most for 20 s. */
static bool use_until_compiled(struct api *t, const wx_module *m)
{
    time_t end = time(NULL) + 20;
    while (wx_module_stats(m).compiled == 0)
        if (!use_store(t->engine, m) || time(NULL) > end)
            return false;
    return use_store(t->engine, m);
}

/* ---- tests --------------------------------------------------------------------------- */

static void hot_functions_are_compiled_beside_their_callers(struct api *t)
{
    struct api u = { .test = t->test };
    api_open(&u, t->tier, background);
    wx_module *m = api_module(&u, "loops");
    if (t->tier == WX_TIER_INTERP)
        assert_true(use_store(u.engine, m));
    else
        assert_true(use_until_compiled(&u, m));
    wx_module_free(m);
    api_close(&u);
}

struct job {
    pthread_t thread;
    wx_engine *engine;
    const wx_module *shared; /* or one of its own for each round */
    int good;
};

static struct bytes loops;

static bool use_own_module(wx_engine *e)
{
    wx_module *m = NULL;
    bool ok = wx_module_new(e, loops.at, loops.len, &m, NULL) == WX_OK && use_store(e, m);
    wx_module_free(m);
    return ok;
}

static void *work(void *arg)
{
    struct job *job = arg;
    for (int n = 0; n < ROUNDS; n++)
        job->good += job->shared != NULL ? use_store(job->engine, job->shared)
                                         : use_own_module(job->engine);
    return NULL;
}

/* Half of the threads share a module, the others free theirs while its functions are wanted. */
static void stores_and_modules_come_and_go_beside_it(struct api *t)
{
    loops = api_bytes("loops");
    struct api u = { .test = t->test };
    struct job jobs[THREADS];
    api_open(&u, t->tier, background);
    wx_module *m = api_module(&u, "loops");
    for (int i = 0; i < THREADS; i++) {
        jobs[i] = (struct job){ .engine = u.engine, .shared = i % 2 ? m : NULL };
        assert_int_equal(pthread_create(&jobs[i].thread, NULL, work, &jobs[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(jobs[i].thread, NULL), 0);
        assert_int_equal(jobs[i].good, ROUNDS);
    }
    wx_module_free(m);
    api_close(&u);
}

static void engines_end_while_it_works(struct api *t)
{
    loops = api_bytes("loops");
    for (int n = 0; n < ROUNDS; n++) {
        struct api u = { .test = t->test };
        api_open(&u, t->tier, background);
        assert_true(use_own_module(u.engine));
        api_close(&u);
    }
}

/* ---- signals ------------------------------------------------------------------------- */

/* The signals that a thread of the process blocks. */
static uint64_t blocked_by(const char *thread)
{
    char path[300], line[256];
    unsigned long long set = 0;
    snprintf(path, sizeof path, "/proc/self/task/%s/status", thread);
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    while (fgets(line, sizeof line, f) != NULL)
        sscanf(line, "SigBlk: %llx", &set);
    fclose(f);
    return set;
}

static uint64_t bit_of(int signal) { return UINT64_C(1) << (signal - 1); }

/* The embedder's signals are not the thread's; a crash in it reaches their handler. */
static void the_thread_takes_its_own_signals_alone(struct api *t)
{
    struct api u = { .test = t->test };
    const struct dirent *entry;
    uint32_t threads = 0;
    if (t->tier != WX_TIER_TIERED)
        return;
    loops = api_bytes("loops");
    api_open(&u, t->tier, background);
    wx_module *m = api_module(&u, "loops");
    assert_true(use_until_compiled(&u, m));
    DIR *tasks = opendir("/proc/self/task");
    assert_non_null(tasks);
    while ((entry = readdir(tasks)) != NULL) {
        if (entry->d_name[0] == '.' || atoi(entry->d_name) == getpid())
            continue;
        uint64_t set = blocked_by(entry->d_name);
        assert_true((set & bit_of(SIGUSR1)) != 0 && (set & bit_of(SIGINT)) != 0);
        assert_true((set & bit_of(SIGSEGV)) == 0 && (set & bit_of(SIGABRT)) == 0);
        threads++;
    }
    closedir(tasks);
    assert_int_equal(threads, 1);
    wx_module_free(m);
    api_close(&u);
}

static struct api forked;
static wx_module *forked_module;

static void in_the_child(struct api *t)
{
    assert_true(use_store(forked.engine, forked_module));
    if (t->tier == WX_TIER_TIERED)
        assert_true(use_until_compiled(&forked, forked_module));
    assert_true(use_own_module(forked.engine));
}

/* The child has no thread at first, at whatever moment the parent's was. */
static void forked_children_start_their_own(struct api *t)
{
    loops = api_bytes("loops");
    for (int n = 0; n < 10; n++) {
        forked = (struct api){ .test = t->test };
        api_open(&forked, t->tier, background);
        forked_module = api_module(&forked, "loops");
        assert_true(use_store(forked.engine, forked_module));
        api_in_child(t, in_the_child);
        assert_true(use_store(forked.engine, forked_module));
        wx_module_free(forked_module);
        api_close(&forked);
    }
}

static const struct api_test tests[] = {
    API_TEST(hot_functions_are_compiled_beside_their_callers),
    API_TEST(stores_and_modules_come_and_go_beside_it),
    API_TEST(engines_end_while_it_works),
    API_TEST(the_thread_takes_its_own_signals_alone),
    API_TEST(forked_children_start_their_own),
};

API_MAIN(tests)
