/* bench.c - clock, repetition count and report of the benchmark programs.
 *
 * Time is that of the thread, by the CPU clock, so that neither other processes nor compilation in
 * the background are counted.  An engine without that clock gets the next of the list; the report
 * says which it was. */
#include "bench.h"
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static struct {
    clockid_t clock;
    const char *clock_name;
    uint32_t reps, done;
    uint64_t start, first, best, total, sum;
} bench;

static uint64_t now(void)
{
    struct timespec t;
    clock_gettime(bench.clock, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void choose_clock(void)
{
    const struct {
        clockid_t id;
        const char *name;
    } clocks[] = {
        { CLOCK_THREAD_CPUTIME_ID, "thread" },
        { CLOCK_PROCESS_CPUTIME_ID, "process" },
        { CLOCK_MONOTONIC, "monotonic" },
    };
    struct timespec t;
    for (size_t i = 0; i < sizeof clocks / sizeof *clocks; i++) {
        bench.clock = clocks[i].id;
        bench.clock_name = clocks[i].name;
        if (clock_gettime(bench.clock, &t) == 0 && (t.tv_sec != 0 || t.tv_nsec != 0))
            return;
    }
}

static void say(int fd, const char *text)
{
    size_t left = strlen(text);
    while (left > 0) {
        ssize_t n = write(fd, text, left);
        if (n <= 0)
            exit(1);
        text += n;
        left -= (size_t)n;
    }
}

static void say_number(const char *name, uint64_t n, unsigned base, int digits)
{
    char text[24];
    int at = sizeof text;
    text[--at] = 0;
    text[--at] = '\n';
    do {
        text[--at] = "0123456789abcdef"[n % base];
        n /= base;
        digits--;
    } while (n != 0 || digits > 0);
    say(STDOUT_FILENO, name);
    say(STDOUT_FILENO, text + at);
}

void bench_begin(int argc, char **argv)
{
    bench.reps = 3;
    if (argc > 1) {
        char *end;
        unsigned long n = strtoul(argv[1], &end, 10);
        if (argc > 2 || *end != 0 || end == argv[1] || n == 0 || n > 1000000) {
            say(STDERR_FILENO, "usage: PROGRAM [REPS], with REPS from 1 to 1000000\n");
            exit(2);
        }
        bench.reps = (uint32_t)n;
    }
    bench.best = UINT64_MAX;
    choose_clock();
}

bool bench_more(void)
{
    if (bench.done == bench.reps)
        return false;
    bench.start = now();
    return true;
}

void bench_lap(uint64_t sum)
{
    uint64_t took = now() - bench.start;
    if (bench.done == 0) {
        bench.first = took;
        bench.sum = sum;
    }
    if (sum != bench.sum) {
        say(STDERR_FILENO, "error: repetitions differ in their checksum\n");
        say_number("checksum ", sum, 16, 16);
        say_number("repetition ", bench.done, 10, 1);
        exit(1);
    }
    bench.best = took < bench.best ? took : bench.best;
    bench.total += took;
    bench.done++;
}

int bench_report(void)
{
    say_number("checksum ", bench.sum, 16, 16);
    say_number("reps ", bench.reps, 10, 1);
    say(STDOUT_FILENO, "clock ");
    say(STDOUT_FILENO, bench.clock_name);
    say(STDOUT_FILENO, "\n");
    say_number("first_ns ", bench.first, 10, 1);
    say_number("best_ns ", bench.best, 10, 1);
    say_number("total_ns ", bench.total, 10, 1);
    return 0;
}
