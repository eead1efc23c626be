/* engine_flags.h - a fuzzing engine's default flags, where one with flags is linked. */
#ifndef WX_FUZZ_ENGINE_FLAGS_H
#define WX_FUZZ_ENGINE_FLAGS_H

/* Puts them before the user's.  Absent in programs without such an engine. */
void engine_flags(int *argc, char ***argv) __attribute__((weak));

/* Present where the engine changes any byte of an input: AFL++ and its like, which do not have
 * libFuzzer's custom mutator.  What a module says about itself (that it was generated, that
 * nothing in it traps) need not be true there. */
extern const char engine_changes_bytes __attribute__((weak));

#endif
