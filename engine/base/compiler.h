/* compiler.h - the compiler extensions the engine relies on, each named once.
 *
 * The only place that asks which compiler this is.  Beyond C11 the engine uses: GNU statement
 * attributes below, computed goto (interp/), top-level asm (x64/), __builtin_* bit operations. */
#ifndef WX_BASE_COMPILER_H
#define WX_BASE_COMPILER_H

#define LIKELY(x)     __builtin_expect(!!(x), 1)
#define UNLIKELY(x)   __builtin_expect(!!(x), 0)
#define NOINLINE      __attribute__((noinline))
#define ALWAYS_INLINE inline __attribute__((always_inline))
#define COLD          __attribute__((cold, noinline))
#define NORETURN      _Noreturn
#define PRINTF(f, a)  __attribute__((format(printf, f, a)))
#define MUST_CHECK    __attribute__((warn_unused_result))

/* A thread-local object that a signal handler may read. */
#define THREAD_LOCAL _Thread_local __attribute__((tls_model("initial-exec")))

/* A memory type that may be unaligned and may alias anything: Wasm linear memory. */
#define UNALIGNED __attribute__((packed, may_alias))

/* Number of elements of an array (not of a pointer). */
#define COUNT(a) (sizeof(a) / sizeof(*(a)))

#ifdef WX_HOSTILE
#define HOSTILE(hostile, normal) (hostile)
#else
#define HOSTILE(hostile, normal) (normal)
#endif

#endif
