/* test_wasi.c - WASI through the API: descriptors of the embedder, bad addresses, waiting. */
#include "api_fixture.h"
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { SUCCESS = 0, AGAIN = 6, BADF = 8, FAULT = 21, INVAL = 28 };
enum { IOV = 64, TEXT = 128, COUNT_AT = 256, IN = 512, OUT = 1024 };

struct program {
    wx_linker *linker;
    wx_instance *i;
    uint8_t *memory;
    int in[2], out[2]; /* pipes: [0] reads, [1] writes */
};

static struct program start(struct api *t)
{
    struct program p;
    static const char *const args[] = { "program", "", "three", NULL };
    assert_int_equal(pipe(p.in), 0);
    assert_int_equal(pipe(p.out), 0);
    wx_wasi_config config = { .args = args, .in = p.in[0], .out = p.out[1], .err = -1 };
    wx_module *m = api_module(t, "wasi");
    api_ok(t, wx_linker_new(t->store, &p.linker, &t->err));
    api_ok(t, wx_wasi_define(p.linker, &config, &t->err));
    api_ok(t, wx_linker_instantiate(p.linker, m, &p.i, &t->err));
    wx_module_free(m);
    p.memory = wx_memory_data(api_memory(p.i, "memory"));
    return p;
}

static void end(struct program *p)
{
    wx_linker_free(p->linker);
    for (int i = 0; i < 2; i++) {
        close(p->in[i]);
        close(p->out[i]);
    }
}

static void put32(struct program *p, size_t at, uint32_t value)
{
    memcpy(p->memory + at, &value, sizeof value);
}

static uint32_t get32(const struct program *p, size_t at)
{
    uint32_t value;
    memcpy(&value, p->memory + at, sizeof value);
    return value;
}

static void put64(struct program *p, size_t at, uint64_t value)
{
    memcpy(p->memory + at, &value, sizeof value);
}

#define CALL(p, name, ...) api_call(t, api_func((p).i, name), __VA_ARGS__)
#define I                  v_i32

static void writes_go_to_the_descriptor_given(struct api *t)
{
    struct program p = start(t);
    char got[20] = "";
    memcpy(p.memory + TEXT, "hello, world", 12);
    uint32_t vectors[] = { TEXT, 5, TEXT, 0, TEXT + 5, 7 };
    memcpy(p.memory + IOV, vectors, sizeof vectors);
    assert_int_equal(CALL(p, "write", I(1), I(IOV), I(3), I(COUNT_AT)), SUCCESS);
    assert_int_equal(get32(&p, COUNT_AT), 12);
    assert_int_equal(read(p.out[0], got, sizeof got), 12);
    assert_string_equal(got, "hello, world");
    assert_int_equal(CALL(p, "write", I(2), I(IOV), I(1), I(COUNT_AT)), BADF);
    assert_int_equal(CALL(p, "write", I(3), I(IOV), I(1), I(COUNT_AT)), BADF);
    end(&p);
}

static void bad_addresses_are_faults_and_nothing_happens(struct api *t)
{
    struct program p = start(t);
    char byte;
    put32(&p, IOV, TEXT);
    put32(&p, IOV + 4, 65536 - TEXT + 1);
    assert_int_equal(CALL(p, "write", I(1), I(IOV), I(1), I(COUNT_AT)), FAULT);
    put32(&p, IOV + 4, 65536 - TEXT);
    assert_int_equal(CALL(p, "write", I(1), I(IOV), I(1), I(65533)), FAULT);
    assert_int_equal(CALL(p, "write", I(1), I(65529), I(1), I(COUNT_AT)), FAULT);
    assert_int_equal(CALL(p, "write", I(1), I(IOV), I(-1), I(COUNT_AT)), FAULT);
    put32(&p, IOV, (uint32_t)-8);
    assert_int_equal(CALL(p, "write", I(1), I(IOV), I(1), I(COUNT_AT)), FAULT);
    assert_int_equal(CALL(p, "args", I(65530), I(0)), FAULT);
    assert_int_equal(CALL(p, "args", I(0), I(65530)), FAULT);
    assert_int_equal(CALL(p, "poll", I(65500), I(OUT), I(1), I(COUNT_AT)), FAULT);
    assert_int_equal(CALL(p, "poll", I(IN), I(OUT), I(0x7FFFFFFF), I(COUNT_AT)), FAULT);
    assert_int_equal(fcntl(p.out[0], F_SETFL, O_NONBLOCK), 0);
    assert_int_equal(read(p.out[0], &byte, 1), -1);
    end(&p);
}

static void arguments_are_laid_out(struct api *t)
{
    struct program p = start(t);
    assert_int_equal(CALL(p, "args", I(OUT), I(TEXT)), SUCCESS);
    assert_int_equal(get32(&p, OUT), TEXT);
    assert_int_equal(get32(&p, OUT + 4), TEXT + 8);
    assert_int_equal(get32(&p, OUT + 8), TEXT + 9);
    assert_memory_equal(p.memory + TEXT, "program\0\0three", 15);
    end(&p);
}

static void non_blocking_reads_say_again(struct api *t)
{
    struct program p = start(t);
    put32(&p, IOV, TEXT);
    put32(&p, IOV + 4, 100);
    assert_int_equal(CALL(p, "set_flags", I(0), I(4)), SUCCESS);
    assert_int_equal(CALL(p, "read", I(0), I(IOV), I(1), I(COUNT_AT)), AGAIN);
    assert_int_equal(write(p.in[1], "abc", 3), 3);
    assert_int_equal(CALL(p, "read", I(0), I(IOV), I(1), I(COUNT_AT)), SUCCESS);
    assert_int_equal(get32(&p, COUNT_AT), 3);
    assert_memory_equal(p.memory + TEXT, "abc", 3);
    assert_int_equal(fcntl(p.in[0], F_GETFL) & O_NONBLOCK, 0);
    end(&p);
}

static void subscribe(struct program *p, size_t at, uint64_t userdata, uint8_t kind,
                      uint32_t id, uint64_t timeout)
{
    memset(p->memory + at, 0, 48);
    put64(p, at, userdata);
    p->memory[at + 8] = kind;
    put32(p, at + 16, id);
    put64(p, at + 24, timeout);
}

static void waits_for_clocks_and_descriptors(struct api *t)
{
    struct program p = start(t);
    subscribe(&p, IN, 11, 0, 1, 5000000);         /* monotonic, 5 ms */
    subscribe(&p, IN + 48, 22, 1, 0, 0);          /* standard input */
    subscribe(&p, IN + 96, 33, 0, 0, UINT64_MAX); /* realtime, for ever */
    assert_int_equal(CALL(p, "poll", I(IN), I(OUT), I(3), I(COUNT_AT)), SUCCESS);
    assert_int_equal(get32(&p, COUNT_AT), 1);
    assert_int_equal(get32(&p, OUT), 11);

    assert_int_equal(write(p.in[1], "abcd", 4), 4);
    put64(&p, IN + 24, UINT64_C(3600000000000));
    assert_int_equal(CALL(p, "poll", I(IN), I(OUT), I(3), I(COUNT_AT)), SUCCESS);
    assert_int_equal(get32(&p, COUNT_AT), 1);
    assert_int_equal(get32(&p, OUT), 22);
    assert_int_equal(p.memory[OUT + 10], 1);
    assert_int_equal(get32(&p, OUT + 16), 4);
    end(&p);
}

static void bad_subscriptions_are_told(struct api *t)
{
    struct program p = start(t);
    subscribe(&p, IN, 1, 1, 7, 0);      /* no such descriptor */
    subscribe(&p, IN + 48, 2, 0, 9, 0); /* no such clock */
    assert_int_equal(CALL(p, "poll", I(IN), I(OUT), I(2), I(COUNT_AT)), SUCCESS);
    assert_int_equal(get32(&p, COUNT_AT), 2);
    assert_int_equal(p.memory[OUT + 8], BADF);
    assert_int_equal(p.memory[OUT + 32 + 8], INVAL);
    assert_int_equal(CALL(p, "poll", I(IN), I(OUT), I(0), I(COUNT_AT)), INVAL);
    subscribe(&p, IN, 1, 3, 0, 0);
    assert_int_equal(CALL(p, "poll", I(IN), I(OUT), I(1), I(COUNT_AT)), INVAL);
    end(&p);
}

static void exit_ends_the_call_and_tells_the_code(struct api *t)
{
    struct program p = start(t);
    uint32_t code = 77;
    wx_value arg = v_i32(-3);
    assert_false(wx_wasi_exit_code(p.linker, &code));
    api_expect(t, WX_TRAP, wx_func_call(api_func(p.i, "exit"), &arg, 1, NULL, 0, &t->err));
    assert_int_equal(t->err.trap, WX_TRAP_HOST);
    assert_true(wx_wasi_exit_code(p.linker, &code));
    assert_int_equal(code, (uint32_t)-3);
    end(&p);
}

static void without_a_caller_there_is_no_memory(struct api *t)
{
    struct program p = start(t);
    wx_extern e;
    wx_value result, args[] = { v_i32(0), v_i32(0) };
    assert_true(wx_linker_get(p.linker, api_name("wasi_snapshot_preview1"),
                              api_name("args_sizes_get"), &e));
    api_ok(t, wx_func_call(e.of.func, args, 2, &result, 1, &t->err));
    assert_value(result, v_i32(FAULT));
    end(&p);
}

static const struct api_test tests[] = {
    API_TEST(writes_go_to_the_descriptor_given),
    API_TEST(bad_addresses_are_faults_and_nothing_happens),
    API_TEST(arguments_are_laid_out),
    API_TEST(non_blocking_reads_say_again),
    API_TEST(waits_for_clocks_and_descriptors),
    API_TEST(bad_subscriptions_are_told),
    API_TEST(exit_ends_the_call_and_tells_the_code),
    API_TEST(without_a_caller_there_is_no_memory),
};

API_MAIN(tests)
