/* feedback.c - the counters of feedback.h, where libFuzzer looks for more of them. */
#include "base/feedback.h"

__attribute__((section(
    "__libfuzzer_extra_counters"))) volatile uint8_t feedback_counters[FEEDBACK_COUNTERS];
