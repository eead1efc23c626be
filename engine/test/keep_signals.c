/* keep_signals.c - part of every unit test: cmocka leaves the engine's handlers alone.
 *
 * cmocka calls signal() for SIGSEGV and its like at the start and the end of each test,
 * while the engine installs its handlers once per process.  This definition, which the
 * shared cmocka library binds to, does nothing; a crash in a test ends the process,
 * which CTest reports. */
#include <signal.h>

__attribute__((visibility("default"))) __sighandler_t signal(int number,
                                                             __sighandler_t handler)
{
    (void)number;
    (void)handler;
    return SIG_DFL;
}
