/* engine_flags.h - a fuzzing engine's default flags, where one with flags is linked. */
#ifndef WX_FUZZ_ENGINE_FLAGS_H
#define WX_FUZZ_ENGINE_FLAGS_H

/* Puts them before the user's.  Absent in programs without such an engine. */
void engine_flags(int *argc, char ***argv) __attribute__((weak));

#endif
