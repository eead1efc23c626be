/* replay_main.c - runs a fuzz target over files and folders, without a fuzzing engine.
 *
 *     fuzz_diff_replay FILE|FOLDER...
 *
 * A finding aborts, as under a fuzzing engine; the name of the file at hand is printed then. */
#include "files.h"
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

static const char *current = "";

/* Says which input it was and lets the signal take its course. */
static void on_death(int number)
{
    signal(number, SIG_DFL);
    if (write(STDERR_FILENO, "died on ", 8) > 0 &&
        write(STDERR_FILENO, current, strlen(current)) > 0)
        (void)!write(STDERR_FILENO, "\n", 1);
}

/* Signals that nobody else (a sanitizer) has taken. */
static void watch_signals(void)
{
    static const int numbers[] = { SIGABRT, SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGALRM };
    struct sigaction old;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (sigaction(numbers[i], NULL, &old) == 0 && old.sa_handler == SIG_DFL)
            signal(numbers[i], on_death);
}

static void replay(void *env, const char *path, const uint8_t *data, size_t size)
{
    unsigned long *inputs = env;
    current = path;
    LLVMFuzzerTestOneInput(data, size);
    ++*inputs;
}

int main(int argc, char **argv)
{
    int failed = argc < 2;
    unsigned long inputs = 0;
    watch_signals();
    LLVMFuzzerInitialize(&argc, &argv);
    for (int i = 1; i < argc; i++)
        failed |= files_each(argv[i], replay, &inputs);
    printf("%lu inputs replayed\n", inputs);
    return failed;
}
