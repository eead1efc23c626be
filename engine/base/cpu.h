/* cpu.h - what the processor can do beyond x86-64-v2, the engine's floor, as a bit set.
 *
 * A set is what the processor has and the operating system saves (AVX needs both).  Compilers ask
 * engine.config.cpu_mask, which is what the configuration allows of this set. */
#ifndef WX_BASE_CPU_H
#define WX_BASE_CPU_H

#include <stdbool.h>
#include <stdint.h>

/* X(NAME, "name") */
#define CPU_FEATURES(X) \
    X(SSE3, "sse3")     \
    X(SSSE3, "ssse3")   \
    X(SSE41, "sse4.1")  \
    X(SSE42, "sse4.2")  \
    X(POPCNT, "popcnt") \
    X(AVX, "avx")       \
    X(FMA, "fma")       \
    X(F16C, "f16c")     \
    X(AVX2, "avx2")     \
    X(BMI1, "bmi1")     \
    X(BMI2, "bmi2")     \
    X(LZCNT, "lzcnt")   \
    X(AVX512VL, "avx512vl") /* with F, DQ and BW */

enum cpu_feature {
#define CPU_ENUM(name, text) CPU_##name,
    CPU_FEATURES(CPU_ENUM)
#undef CPU_ENUM
        CPU_COUNT,
};

#define CPU_BIT(name) (UINT64_C(1) << CPU_##name)

/* The floor: without these no code is generated. */
#define CPU_V2 \
    (CPU_BIT(SSE3) | CPU_BIT(SSSE3) | CPU_BIT(SSE41) | CPU_BIT(SSE42) | CPU_BIT(POPCNT))

/* The features of this processor. */
uint64_t cpu_detect(void);

extern const char *const cpu_names[CPU_COUNT];

#endif
