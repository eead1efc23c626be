/* setjmp.h - empty: wasi-libc of Debian 12 has none, and the programs that include it here are
 * configured not to use it. */
