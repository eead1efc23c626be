/* Every function of preview 1 is imported with the type that wasi-libc gives it; those that need
 * files answer ENOSYS or EBADF. */
#include <stdio.h>
#include <wasi/api.h>

typedef void any(void);

static any *volatile const all[] = {
    (any *)__wasi_args_get,
    (any *)__wasi_args_sizes_get,
    (any *)__wasi_clock_res_get,
    (any *)__wasi_clock_time_get,
    (any *)__wasi_environ_get,
    (any *)__wasi_environ_sizes_get,
    (any *)__wasi_fd_advise,
    (any *)__wasi_fd_allocate,
    (any *)__wasi_fd_close,
    (any *)__wasi_fd_datasync,
    (any *)__wasi_fd_fdstat_get,
    (any *)__wasi_fd_fdstat_set_flags,
    (any *)__wasi_fd_fdstat_set_rights,
    (any *)__wasi_fd_filestat_get,
    (any *)__wasi_fd_filestat_set_size,
    (any *)__wasi_fd_filestat_set_times,
    (any *)__wasi_fd_pread,
    (any *)__wasi_fd_prestat_dir_name,
    (any *)__wasi_fd_prestat_get,
    (any *)__wasi_fd_pwrite,
    (any *)__wasi_fd_read,
    (any *)__wasi_fd_readdir,
    (any *)__wasi_fd_renumber,
    (any *)__wasi_fd_seek,
    (any *)__wasi_fd_sync,
    (any *)__wasi_fd_tell,
    (any *)__wasi_fd_write,
    (any *)__wasi_path_create_directory,
    (any *)__wasi_path_filestat_get,
    (any *)__wasi_path_filestat_set_times,
    (any *)__wasi_path_link,
    (any *)__wasi_path_open,
    (any *)__wasi_path_readlink,
    (any *)__wasi_path_remove_directory,
    (any *)__wasi_path_rename,
    (any *)__wasi_path_symlink,
    (any *)__wasi_path_unlink_file,
    (any *)__wasi_poll_oneoff,
    (any *)__wasi_proc_exit,
    (any *)__wasi_random_get,
    (any *)__wasi_sched_yield,
    (any *)__wasi_sock_accept,
    (any *)__wasi_sock_recv,
    (any *)__wasi_sock_send,
    (any *)__wasi_sock_shutdown,
};

int main(void)
{
    __wasi_fd_t fd;
    __wasi_fdstat_t stat;
    int n = 0;
    for (unsigned i = 0; i < sizeof all / sizeof *all; i++)
        n += all[i] != NULL;
    printf("%d\n", n);
    printf("%d %d %d\n", __wasi_path_create_directory(3, "x"), __wasi_fd_sync(1),
           __wasi_path_open(3, 0, "x", 0, 0, 0, 0, &fd));
    printf("%d %d %d\n", __wasi_fd_fdstat_get(3, &stat), __wasi_fd_close(9),
           __wasi_fd_close(2));
    printf("%d %d\n", __wasi_fd_close(2), __wasi_fd_fdstat_get(2, &stat));
    printf("%d %d\n", __wasi_fd_fdstat_get(1, (__wasi_fdstat_t *)0xFFFFFFF0),
           __wasi_random_get((uint8_t *)0xFFFFFF00, 0x200));
    return 0;
}
