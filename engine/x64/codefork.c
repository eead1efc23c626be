/* codefork.c - code regions across fork.
 *
 * A region mapped twice is shared memory, which a child must not write: its parent would run the
 * result.  So fork first copies what the region holds into a new file, and the child maps that at
 * the same addresses.  The copy is made before the fork, with all writers kept out, because
 * afterwards the parent goes on writing.  Where no copy can be made, the child's region is sealed:
 * the code it has keeps running, new code counts as memory exhausted.
 *
 * The list of regions is global: fork is. */
#include "x64/region.h"
#include <string.h>

static pthread_once_t registered = PTHREAD_ONCE_INIT;
static pthread_mutex_t list_lock = PTHREAD_MUTEX_INITIALIZER;
static struct code_region *list;

static void copy_pages(const struct code_region *r, uint8_t *to, uint32_t start,
                       uint32_t end)
{
    if (start != end)
        memcpy(to + start, r->rw + start, end - start);
}

/* Runs stand in granules in a row; each is copied once, at its first. */
static void copy_runs(struct code_region *r, uint8_t *to)
{
    for (uint32_t g = 0; g < GRANULES; g++) {
        if (!bits_has(r->used, g))
            continue;
        const struct code_run *run =
            atomic_load_explicit(&r->granules[g], memory_order_relaxed);
        if (run->start / GRANULE != g)
            continue;
        copy_pages(r, to, run->start, run->code_end);
        copy_pages(r, to, run->data_start, run->end);
    }
}

/* A file with the contents of the region, or -1. */
static int copy_region(struct code_region *r)
{
    int fd = r->sealed ? -1 : os_shared_new(r->size);
    uint8_t *to = fd < 0 ? NULL : os_shared_map(fd, NULL, 0, r->size, OS_READ_WRITE);
    if (to == NULL) {
        os_shared_free(fd);
        return -1;
    }
    copy_runs(r, to);
    os_release(to, r->size);
    return fd;
}

static void before(void)
{
    pthread_mutex_lock(&list_lock);
    for (struct code_region *r = list; r != NULL; r = r->next) {
        pthread_rwlock_wrlock(&r->writers);
        pthread_mutex_lock(&r->lock);
        r->child = copy_region(r);
    }
}

static void drop_copy(struct code_region *r)
{
    os_shared_free(r->child);
    r->child = -1;
}

static void in_parent(void)
{
    for (struct code_region *r = list; r != NULL; r = r->next) {
        drop_copy(r);
        pthread_mutex_unlock(&r->lock);
        pthread_rwlock_unlock(&r->writers);
    }
    pthread_mutex_unlock(&list_lock);
}

static bool map_copy(const struct code_region *r)
{
    return r->child >= 0 &&
           os_shared_map(r->child, r->rw, 0, r->size, OS_READ_WRITE) != NULL &&
           os_shared_map(r->child, r->rx, 0, r->size, OS_READ_EXEC) != NULL;
}

/* The locks are made anew: glibc knows the holder of a write lock by its thread id, which is not
 * the child's. */
static void in_child(void)
{
    for (struct code_region *r = list; r != NULL; r = r->next) {
        if (!map_copy(r))
            r->sealed = true;
        drop_copy(r);
        pthread_mutex_init(&r->lock, NULL);
        pthread_rwlock_init(&r->writers, NULL);
    }
    pthread_mutex_unlock(&list_lock);
}

static void register_once(void) { pthread_atfork(before, in_parent, in_child); }

void code_fork_add(struct code_region *r)
{
    pthread_once(&registered, register_once);
    pthread_mutex_lock(&list_lock);
    r->next = list;
    list = r;
    pthread_mutex_unlock(&list_lock);
}

void code_fork_remove(struct code_region *r)
{
    pthread_mutex_lock(&list_lock);
    struct code_region **at = &list;
    while (*at != r)
        at = &(*at)->next;
    *at = r->next;
    pthread_mutex_unlock(&list_lock);
}
