/* cpu.c - features from CPUID and XGETBV.  See cpu.h. */
#include "base/cpu.h"
#include "base/compiler.h"
#include "base/os.h"
#include <cpuid.h>
#include <stddef.h>

const char *const cpu_names[CPU_COUNT] = {
#define CPU_NAME(name, text) text,
    CPU_FEATURES(CPU_NAME)
#undef CPU_NAME
};

enum cpuid_register { EAX, EBX, ECX, EDX };

/* State the operating system must save (bits of XCR0). */
enum { XCR0_NONE = 0, XCR0_AVX = 0x06, XCR0_AVX512 = 0xE6 };

enum { LEAF_1, LEAF_7, LEAF_EXTENDED, LEAF_COUNT };

static const uint32_t leaf_numbers[LEAF_COUNT] = {
    [LEAF_1] = 1, [LEAF_7] = 7, [LEAF_EXTENDED] = 0x80000001
};

/* A feature is there when all bits of one register of one CPUID leaf are. */
static const struct feature_row {
    enum cpu_feature feature;
    uint32_t leaf;
    enum cpuid_register reg;
    uint32_t bits;
    uint64_t state;
} rows[] = {
    { CPU_SSE3, LEAF_1, ECX, bit_SSE3, XCR0_NONE },
    { CPU_SSSE3, LEAF_1, ECX, bit_SSSE3, XCR0_NONE },
    { CPU_SSE41, LEAF_1, ECX, bit_SSE4_1, XCR0_NONE },
    { CPU_SSE42, LEAF_1, ECX, bit_SSE4_2, XCR0_NONE },
    { CPU_POPCNT, LEAF_1, ECX, bit_POPCNT, XCR0_NONE },
    { CPU_AVX, LEAF_1, ECX, bit_AVX, XCR0_AVX },
    { CPU_FMA, LEAF_1, ECX, bit_FMA, XCR0_AVX },
    { CPU_F16C, LEAF_1, ECX, bit_F16C, XCR0_AVX },
    { CPU_AVX2, LEAF_7, EBX, bit_AVX2, XCR0_AVX },
    { CPU_BMI1, LEAF_7, EBX, bit_BMI, XCR0_NONE },
    { CPU_BMI2, LEAF_7, EBX, bit_BMI2, XCR0_NONE },
    { CPU_LZCNT, LEAF_EXTENDED, ECX, bit_LZCNT, XCR0_NONE },
    { CPU_AVX512VL, LEAF_7, EBX, bit_AVX512F | bit_AVX512DQ | bit_AVX512BW | bit_AVX512VL,
      XCR0_AVX512 },
};
_Static_assert(COUNT(rows) == CPU_COUNT, "one row a feature");

/* The state components the operating system has enabled. */
static uint64_t enabled_state(const uint32_t leaf1[4])
{
    if ((leaf1[ECX] & bit_OSXSAVE) == 0)
        return 0;
    uint32_t low, high;
    __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (uint64_t)high << 32 | low;
}

uint64_t cpu_detect(void)
{
    uint32_t leaves[LEAF_COUNT][4];
    for (size_t i = 0; i < LEAF_COUNT; i++)
        os_cpuid(leaf_numbers[i], leaves[i]);
    uint64_t state = enabled_state(leaves[LEAF_1]), set = 0;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct feature_row *row = &rows[i];
        if ((leaves[row->leaf][row->reg] & row->bits) == row->bits &&
            (state & row->state) == row->state)
            set |= UINT64_C(1) << row->feature;
    }
    return set;
}
