/* sqlite.c - a database in memory: filled in a transaction, indexed, queried, changed.
 *
 * The file system of sqlite3 is left out (SQLITE_OS_OTHER); the one here opens nothing, always
 * has the same time, and the same random numbers. */
#include "bench.h"
#include "sqlite3.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- a file system without files ------------------------------------------------------------ */

static int no_open(sqlite3_vfs *v, const char *name, sqlite3_file *f, int flags, int *out)
{
    (void)v, (void)name, (void)flags, (void)out;
    f->pMethods = NULL;
    return SQLITE_CANTOPEN;
}

static int no_delete(sqlite3_vfs *v, const char *name, int sync)
{
    (void)v, (void)name, (void)sync;
    return SQLITE_IOERR_DELETE;
}

static int no_access(sqlite3_vfs *v, const char *name, int flags, int *out)
{
    (void)v, (void)name, (void)flags;
    *out = 0;
    return SQLITE_OK;
}

static int same_name(sqlite3_vfs *v, const char *name, int size, char *out)
{
    (void)v;
    sqlite3_snprintf(size, out, "%s", name);
    return SQLITE_OK;
}

static int same_random(sqlite3_vfs *v, int size, char *out)
{
    (void)v;
    memset(out, 7, (size_t)size);
    return size;
}

static int no_sleep(sqlite3_vfs *v, int microseconds)
{
    (void)v;
    return microseconds;
}

static int same_time(sqlite3_vfs *v, double *day)
{
    (void)v;
    *day = 2460000.5;
    return SQLITE_OK;
}

int sqlite3_os_init(void)
{
    static sqlite3_vfs vfs = { .iVersion = 1,
                               .szOsFile = sizeof(sqlite3_file),
                               .mxPathname = 64,
                               .zName = "none",
                               .xOpen = no_open,
                               .xDelete = no_delete,
                               .xAccess = no_access,
                               .xFullPathname = same_name,
                               .xRandomness = same_random,
                               .xSleep = no_sleep,
                               .xCurrentTime = same_time };
    return sqlite3_vfs_register(&vfs, 1);
}

int sqlite3_os_end(void) { return SQLITE_OK; }

/* ---- statements ----------------------------------------------------------------------------- */

static sqlite3 *db;

static void check(int code)
{
    if (code == SQLITE_OK || code == SQLITE_ROW || code == SQLITE_DONE)
        return;
    fprintf(stderr, "sqlite: %s\n", sqlite3_errmsg(db));
    exit(1);
}

static void run(const char *sql) { check(sqlite3_exec(db, sql, NULL, NULL, NULL)); }

static uint64_t fold_value(sqlite3_stmt *s, int column, uint64_t sum)
{
    const unsigned char *text = sqlite3_column_text(s, column);
    for (int n = sqlite3_column_bytes(s, column); n > 0; n--)
        sum = bench_mix(sum, *text++);
    return bench_mix(sum, (uint64_t)sqlite3_column_type(s, column));
}

/* The checksum of all rows. */
static uint64_t query(const char *sql, uint64_t sum)
{
    sqlite3_stmt *s;
    check(sqlite3_prepare_v2(db, sql, -1, &s, NULL));
    int code;
    while ((code = sqlite3_step(s)) == SQLITE_ROW)
        for (int i = 0; i < sqlite3_column_count(s); i++)
            sum = fold_value(s, i, sum);
    check(code);
    check(sqlite3_finalize(s));
    return sum;
}

/* ---- the work ------------------------------------------------------------------------------- */

static void fill(void)
{
    static const char *const towns[] = { "Aachen", "Bremen", "Celle", "Dessau", "Erfurt" };
    uint32_t seed = 17;
    sqlite3_stmt *s;
    run("create table person(id integer primary key, name text, town text, born integer);"
        "create table sale(id integer primary key, person integer, cents integer, note "
        "text);"
        "begin");
    check(sqlite3_prepare_v2(db, "insert into person values(?, ?, ?, ?)", -1, &s, NULL));
    for (int i = 1; i <= 400; i++) {
        char name[32];
        sqlite3_snprintf(sizeof name, name, "name%u-%d", bench_random(&seed) % 300, i % 7);
        check(sqlite3_bind_int(s, 1, i));
        check(sqlite3_bind_text(s, 2, name, -1, SQLITE_TRANSIENT));
        check(sqlite3_bind_text(s, 3, towns[bench_random(&seed) % 5], -1, SQLITE_STATIC));
        check(sqlite3_bind_int(s, 4, 1930 + (int)(bench_random(&seed) % 80)));
        check(sqlite3_step(s));
        check(sqlite3_reset(s));
    }
    check(sqlite3_finalize(s));
    check(sqlite3_prepare_v2(db, "insert into sale values(null, ?, ?, ?)", -1, &s, NULL));
    for (int i = 0; i < 2500; i++) {
        check(sqlite3_bind_int(s, 1, 1 + (int)(bench_random(&seed) % 400)));
        check(sqlite3_bind_int(s, 2, (int)(bench_random(&seed) % 20000)));
        check(
            sqlite3_bind_text(s, 3, i % 9 ? "paid" : "open, see file", -1, SQLITE_STATIC));
        check(sqlite3_step(s));
        check(sqlite3_reset(s));
    }
    check(sqlite3_finalize(s));
    run("commit; create index by_person on sale(person); create index by_town on "
        "person(town, born)");
}

uint64_t kernel(void)
{
    check(sqlite3_open(":memory:", &db));
    fill();
    uint64_t sum =
        query("select town, count(*), sum(cents), min(born), max(note) from person"
              " join sale on sale.person = person.id group by town order by 3 desc",
              1);
    sum = query(
        "select name, (select count(*) from sale where person = p.id and cents > 5000)"
        " from person p where town in ('Celle', 'Erfurt') order by 2 desc, name limit 60",
        sum);
    sum = query(
        "with recursive n(i) as (select 1 union all select i + 1 from n where i < 1500)"
        " select sum(i * i % 97), group_concat(case when i % 250 = 0 then hex(i) end) from "
        "n",
        sum);
    run("update sale set cents = cents + 7, note = upper(note) where cents % 3 = 0");
    run("delete from sale where person % 10 = 4");
    sum = query(
        "select count(*), sum(cents), avg(cents) > 9000 from sale where note like '%OPEN%'",
        sum);
    sum =
        query("select substr(name, 5, 2) k, count(distinct town), printf('%05d', sum(born))"
              " from person group by k having count(*) > 2 order by k",
              sum);
    sum =
        query("select json_extract(j, '$.a[1]'), json_array_length(j, '$.a') from (select"
              " json_object('a', json_array(id, born, name)) j from person where id < 120)",
              sum);
    check(sqlite3_close(db));
    return sum;
}
