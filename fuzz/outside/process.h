/* process.h - child processes that may crash, hang or talk nonsense. */
#ifndef WX_FUZZ_OUTSIDE_PROCESS_H
#define WX_FUZZ_OUTSIDE_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct process {
    pid_t pid; /* 0: none */
};

/* Starts argv[0], found on PATH, as leader of its own group, with these file descriptors as
 * its first three.  It ends when this process does.  false: no process could be made.  A
 * program that cannot be executed exits with PROCESS_NO_PROGRAM. */
enum { PROCESS_NO_PROGRAM = 127 };
bool process_start(struct process *p, char *const argv[], int in, int out, int err);

/* Waits for its end at most that long; true: *status as of waitpid. */
bool process_wait(struct process *p, unsigned milliseconds, int *status);
/* Kills it and its group, and waits. */
int process_kill(struct process *p);

/* "SIGSEGV" or "exit code 3". */
void process_describe(int status, char *text, size_t size);

#endif
