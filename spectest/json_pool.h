/* json_pool.h - the memory of parsed scripts.
 *
 * A script's JSON is built, read and thrown away as a whole; with malloc and free, parsing takes
 * half as long again.  In a process that called json_pool_use, jansson allocates from a
 * pool instead.  Process-wide, because jansson's allocation functions are. */
#ifndef WX_SPECTEST_JSON_POOL_H
#define WX_SPECTEST_JSON_POOL_H

/* From now on jansson allocates from the pool.  Before any other use of jansson. */
void json_pool_use(void);
/* Frees all JSON of this process.  Nothing if json_pool_use was not called. */
void json_pool_reset(void);

#endif
