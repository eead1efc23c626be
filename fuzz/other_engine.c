/* other_engine.c - linked into targets that another engine than libFuzzer drives. */
#include "engine_flags.h"

const char engine_changes_bytes = 1;
