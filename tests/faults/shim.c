/*
 * shim.c - to be loaded into a program: its calls fail as orders.h says.
 *
 * Calls count from the moment that the program's own code begins: what the
 * dynamic linker does comes before that (see serve.c).  Only that process
 * counts, with all of its threads; a process that it starts does not.
 *
 * What is called inside of the C library cannot be seen from here.  So a
 * function that makes several system calls, such as opendir(3), fails as a
 * whole, as the most telling of them would.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <pwd.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "orders.h"

/* NULL: nobody has told this process what to do. */
static struct orders **
place(void)
{
	static struct orders *orders;

	return &orders;
}

static void
forget(void)
{
	*place() = NULL;
}

void
shim_obey(void)
{
	const char *path = getenv(ORDERS_FILE);
	int fd = path == NULL ? -1 : open(path, O_RDWR | O_CLOEXEC);
	struct orders *orders;

	if (fd < 0)
		_exit(127);
	orders = mmap(NULL, sizeof(*orders), PROT_READ | PROT_WRITE, MAP_SHARED,
		      fd, 0);
	close(fd);
	if (orders == MAP_FAILED)
		_exit(127);
	pthread_atfork(NULL, NULL, forget);
	*place() = orders;
}

static _Noreturn void
die(void)
{
	syscall(SYS_kill, getpid(), SIGKILL);
	for (;;)
		pause();
}

static struct call
call_of(enum kind kind, const char *path)
{
	struct call call = { .kind = (uint8_t)kind };
	size_t len = path == NULL ? 0 : strlen(path);

	if (len >= CALL_PATH)
		path += len - (CALL_PATH - 1);
	if (len > 0)
		strcpy(call.path, path);
	return call;
}

/* The n-th of its kind; but what is broken stays so, whatever is called. */
static bool
is_hit(const struct orders *orders, enum kind kind, uint64_t n)
{
	switch (orders->mode) {
	case MODE_FAIL:
	case MODE_KILL_BEFORE:
	case MODE_KILL_AFTER:
	case MODE_LIE:
		return kind == orders->kind && n == orders->at;
	case MODE_FAIL_ON:
		return orders->hits > 0 ||
		       (kind == orders->kind && n == orders->at);
	default:
		return false;
	}
}

/* What is to become of a call. */
enum fate { PASS, FAIL, LIE, LAST };

static enum fate
enter(enum kind kind, const char *path)
{
	struct orders *orders = *place();
	uint64_t call;
	uint64_t n;

	if (orders == NULL)
		return PASS;
	call = atomic_fetch_add(&orders->calls, 1);
	n = atomic_fetch_add(&orders->kinds[kind], 1) + 1;
	if (orders->keep && call < CALLS_MAX)
		orders->log[call] = call_of(kind, path);
	if (!is_hit(orders, kind, n))
		return PASS;
	if (atomic_fetch_add(&orders->hits, 1) == 0)
		orders->hit = call_of(kind, path);
	if (orders->mode == MODE_KILL_BEFORE)
		die();
	if (orders->mode == MODE_KILL_AFTER)
		return LAST;
	if (orders->mode == MODE_LIE)
		return LIE;
	errno = orders->error;
	return FAIL;
}

/* The function that is meant, in the library behind this one. */
#define REAL(name, type, params)                                               \
	static type(*real) params;                                             \
	if (real == NULL)                                                      \
		*(void **)&real = dlsym(RTLD_NEXT, #name);

#define CALL(type, failed, kind, path, args)                                   \
	enum fate fate = enter(KIND_##kind, path);                             \
	type result;                                                           \
	if (fate == FAIL)                                                      \
		return failed;                                                 \
	if (fate == LIE)                                                       \
		return (type)0;                                                \
	result = real args;                                                    \
	if (fate == LAST)                                                      \
		die();                                                         \
	return result;

/* A function that is one system call. */
#define WRAP(type, failed, kind, name, params, args, path)                     \
	type name params                                                       \
	{                                                                      \
		REAL(name, type, params)                                       \
		CALL(type, failed, kind, path, args)                           \
	}

/* With a descriptor, or what stands for one, which is given back anyway. */
#define WRAP_CLOSE(name, params, args)                                         \
	int name params                                                        \
	{                                                                      \
		REAL(name, int, params)                                        \
		enum fate fate = enter(KIND_close, NULL);                      \
		int error = errno;                                             \
		int result = real args;                                        \
		if (fate == LAST)                                              \
			die();                                                 \
		if (fate != FAIL)                                              \
			return result;                                         \
		errno = error;                                                 \
		return -1;                                                     \
	}

WRAP(int, -1, openat, __openat_2, (int fd, const char *path, int flags),
     (fd, path, flags), path)
WRAP(int, -1, openat, __open_2, (const char *path, int flags), (path, flags),
     path)
WRAP(DIR *, NULL, openat, opendir, (const char *path), (path), path)
WRAP(DIR *, NULL, newfstatat, fdopendir, (int fd), (fd), NULL)
WRAP_CLOSE(close, (int fd), (fd))
WRAP_CLOSE(closedir, (DIR * dir), (dir))

WRAP(ssize_t, -1, read, read, (int fd, void *to, size_t len), (fd, to, len),
     NULL)
WRAP(ssize_t, -1, pread64, pread, (int fd, void *to, size_t len, off_t at),
     (fd, to, len, at), NULL)
WRAP(ssize_t, -1, write, write, (int fd, const void *from, size_t len),
     (fd, from, len),
     fd == 1   ? "stdout"
     : fd == 2 ? "stderr"
	       : NULL)
WRAP(ssize_t, -1, pwrite64, pwrite,
     (int fd, const void *from, size_t len, off_t at), (fd, from, len, at),
     NULL)
WRAP(ssize_t, -1, writev, writev, (int fd, const struct iovec *list, int count),
     (fd, list, count), NULL)
WRAP(off_t, -1, lseek, lseek, (int fd, off_t at, int whence), (fd, at, whence),
     NULL)
WRAP(int, -1, fallocate, fallocate, (int fd, int mode, off_t at, off_t len),
     (fd, mode, at, len), NULL)
WRAP(int, -1, ftruncate, ftruncate, (int fd, off_t len), (fd, len), NULL)
WRAP(int, -1, fsync, fsync, (int fd), (fd), NULL)
WRAP(int, -1, fdatasync, fdatasync, (int fd), (fd), NULL)
WRAP(int, -1, syncfs, syncfs, (int fd), (fd), NULL)

WRAP(int, -1, newfstatat, stat, (const char *path, struct stat *st), (path, st),
     path)
WRAP(int, -1, newfstatat, lstat, (const char *path, struct stat *st),
     (path, st), path)
WRAP(int, -1, newfstatat, fstat, (int fd, struct stat *st), (fd, st), NULL)
WRAP(int, -1, newfstatat, __fxstat, (int version, int fd, struct stat *st),
     (version, fd, st), NULL)
WRAP(int, -1, newfstatat, fstatat,
     (int fd, const char *path, struct stat *st, int flags),
     (fd, path, st, flags), path)
WRAP(int, -1, statx, statx,
     (int fd, const char *path, int flags, unsigned mask, struct statx *st),
     (fd, path, flags, mask, st), path)
WRAP(int, -1, fstatfs, fstatfs, (int fd, struct statfs *fs), (fd, fs), NULL)
WRAP(int, -1, fstatfs, fstatvfs, (int fd, struct statvfs *fs), (fd, fs), NULL)
WRAP(int, -1, access, access, (const char *path, int mode), (path, mode), path)
WRAP(char *, NULL, readlink, realpath, (const char *path, char *to), (path, to),
     path)

WRAP(int, -1, renameat, rename, (const char *from, const char *to), (from, to),
     from)
WRAP(int, -1, renameat, renameat,
     (int fd, const char *from, int to_fd, const char *to),
     (fd, from, to_fd, to), from)
WRAP(int, -1, renameat2, renameat2,
     (int fd, const char *from, int to_fd, const char *to, unsigned flags),
     (fd, from, to_fd, to, flags), from)
WRAP(int, -1, unlinkat, unlink, (const char *path), (path), path)
WRAP(int, -1, unlinkat, unlinkat, (int fd, const char *path, int flags),
     (fd, path, flags), path)
WRAP(int, -1, mkdir, mkdir, (const char *path, mode_t mode), (path, mode), path)
WRAP(int, -1, mkdirat, mkdirat, (int fd, const char *path, mode_t mode),
     (fd, path, mode), path)
WRAP(int, -1, utimensat, futimens, (int fd, const struct timespec times[2]),
     (fd, times), NULL)
WRAP(int, -1, utimensat, utimensat,
     (int fd, const char *path, const struct timespec times[2], int flags),
     (fd, path, times, flags), path)
WRAP(int, -1, fchmod, fchmod, (int fd, mode_t mode), (fd, mode), NULL)
WRAP(int, -1, fchown, fchown, (int fd, uid_t uid, gid_t gid), (fd, uid, gid),
     NULL)
WRAP(int, -1, flock, flock, (int fd, int what), (fd, what), NULL)

WRAP(void *, MAP_FAILED, mmap, mmap,
     (void *where, size_t len, int rights, int flags, int fd, off_t at),
     (where, len, rights, flags, fd, at), NULL)
WRAP(int, -1, munmap, munmap, (void *where, size_t len), (where, len), NULL)
WRAP(int, -1, msync, msync, (void *where, size_t len, int flags),
     (where, len, flags), NULL)
WRAP(int, -1, madvise, madvise, (void *where, size_t len, int advice),
     (where, len, advice), NULL)
WRAP(int, -1, memfd_create, memfd_create, (const char *name, unsigned flags),
     (name, flags), name)

WRAP(int, -1, socket, socket, (int family, int type, int protocol),
     (family, type, protocol), NULL)
WRAP(int, -1, connect, connect,
     (int fd, const struct sockaddr *to, socklen_t len), (fd, to, len), NULL)
WRAP(int, -1, setsockopt, setsockopt,
     (int fd, int level, int name, const void *value, socklen_t len),
     (fd, level, name, value, len), NULL)
WRAP(ssize_t, -1, sendto, send,
     (int fd, const void *from, size_t len, int flags), (fd, from, len, flags),
     NULL)
WRAP(int, -1, poll, poll, (struct pollfd * list, nfds_t count, int ms),
     (list, count, ms), NULL)
WRAP(int, -1, clock_nanosleep, nanosleep,
     (const struct timespec *time, struct timespec *left), (time, left), NULL)
WRAP(int, -1, pipe2, pipe2, (int ends[2], int flags), (ends, flags), NULL)
WRAP(int, -1, dup2, dup2, (int from, int to), (from, to), NULL)

WRAP(pid_t, -1, clone, fork, (void), (), NULL)
WRAP(pid_t, -1, wait4, waitpid, (pid_t pid, int *end, int flags),
     (pid, end, flags), NULL)
WRAP(int, errno, clone3, pthread_create,
     (pthread_t * thread, const pthread_attr_t *how, void *(*run)(void *),
      void *context),
     (thread, how, run, context), NULL)
WRAP(int, -1, setgroups, setgroups, (size_t count, const gid_t *list),
     (count, list), NULL)
WRAP(int, -1, setresgid, setresgid, (gid_t a, gid_t b, gid_t c), (a, b, c),
     NULL)
WRAP(int, -1, setresuid, setresuid, (uid_t a, uid_t b, uid_t c), (a, b, c),
     NULL)
WRAP(int, -1, prlimit64, getrlimit,
     (__rlimit_resource_t what, struct rlimit *limit), (what, limit), NULL)
WRAP(int, -1, prlimit64, setrlimit,
     (__rlimit_resource_t what, const struct rlimit *limit), (what, limit),
     NULL)
WRAP(ssize_t, -1, getrandom, getrandom, (void *to, size_t len, unsigned flags),
     (to, len, flags), NULL)
WRAP(int, 0, ioctl, isatty, (int fd), (fd), NULL)
WRAP(int, -1, uname, gethostname, (char *to, size_t len), (to, len), NULL)

static off_t
place_in(DIR *dir)
{
	return syscall(SYS_lseek, dirfd(dir), 0, SEEK_CUR);
}

/*
 * Most entries were read with those before them: there was a call where the
 * place in the directory has moved, or where it has ended.  Made or not, it
 * has changed nothing.
 */
struct dirent *
readdir(DIR *dir)
{
	REAL(readdir, struct dirent *, (DIR *))
	off_t before = *place() == NULL ? 0 : place_in(dir);
	struct dirent *entry = real(dir);
	enum fate fate = PASS;

	if (*place() == NULL)
		return entry;
	if (entry == NULL || place_in(dir) != before)
		fate = enter(KIND_getdents64, NULL);
	if (fate == LAST)
		die();
	return fate == FAIL ? NULL : entry;
}

/* With one more argument, or without: it is of no harm to pass it on. */
#define MORE(type, last)                                                       \
	type more;                                                             \
	va_list ap;                                                            \
	va_start(ap, last);                                                    \
	more = va_arg(ap, type);                                               \
	va_end(ap);

int
open(const char *path, int flags, ...)
{
	REAL(open, int, (const char *, int, ...))
	MORE(unsigned, flags)
	CALL(int, -1, openat, path, (path, flags, more))
}

int
openat(int fd, const char *path, int flags, ...)
{
	REAL(openat, int, (int, const char *, int, ...))
	MORE(unsigned, flags)
	CALL(int, -1, openat, path, (fd, path, flags, more))
}

int
fcntl(int fd, int what, ...)
{
	REAL(fcntl, int, (int, int, ...))
	MORE(void *, what)
	CALL(int, -1, fcntl, NULL, (fd, what, more))
}

int
ioctl(int fd, unsigned long what, ...)
{
	REAL(ioctl, int, (int, unsigned long, ...))
	MORE(void *, what)
	CALL(int, -1, ioctl, NULL, (fd, what, more))
}

int
prctl(int what, ...)
{
	REAL(prctl, int, (int, ...))
	unsigned long a[4];
	va_list ap;

	va_start(ap, what);
	for (size_t i = 0; i < 4; i++)
		a[i] = va_arg(ap, unsigned long);
	va_end(ap);
	CALL(int, -1, prctl, NULL, (what, a[0], a[1], a[2], a[3]))
}

/* openat2(2) has no function of its own; other calls are left alone. */
long
syscall(long number, ...)
{
	REAL(syscall, long, (long, ...))
	long a[6];
	va_list ap;

	va_start(ap, number);
	for (size_t i = 0; i < 6; i++)
		a[i] = va_arg(ap, long);
	va_end(ap);
	if (number != SYS_openat2)
		return real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
	CALL(long, -1, openat2, (const char *)a[1],
	     (number, a[0], a[1], a[2], a[3], a[4], a[5]))
}

/* What the C library has under these names, too. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t align, size_t size);

/*
 * The C library ends a program for which it cannot read who is who
 * (nss_database.c: an assertion): that is not the program's.
 */
static bool *
is_in_library(void)
{
	static _Thread_local bool inside;

	return &inside;
}

#define WRAP_INSIDE(type, name, params, args)                                  \
	type name params                                                       \
	{                                                                      \
		REAL(name, type, params)                                       \
		type result;                                                   \
		*is_in_library() = true;                                       \
		result = real args;                                            \
		*is_in_library() = false;                                      \
		return result;                                                 \
	}

WRAP_INSIDE(struct passwd *, getpwnam, (const char *name), (name))
WRAP_INSIDE(struct passwd *, getpwuid, (uid_t uid), (uid))

static bool
has_memory(void)
{
	struct orders *orders = *place();
	uint64_t n;

	if (orders == NULL || *is_in_library())
		return true;
	n = atomic_fetch_add(&orders->allocations, 1) + 1;
	if (!(orders->mode == MODE_NO_MEMORY && n == orders->at) &&
	    !(orders->mode == MODE_NO_MEMORY_ON && n >= orders->at))
		return true;
	atomic_fetch_add(&orders->hits, 1);
	errno = ENOMEM;
	return false;
}

void *
malloc(size_t size)
{
	return has_memory() ? __libc_malloc(size) : NULL;
}

void *
calloc(size_t count, size_t size)
{
	return has_memory() ? __libc_calloc(count, size) : NULL;
}

void *
realloc(void *old, size_t size)
{
	return has_memory() ? __libc_realloc(old, size) : NULL;
}

int
posix_memalign(void **to, size_t align, size_t size)
{
	void *room = has_memory() ? __libc_memalign(align, size) : NULL;

	if (room == NULL)
		return ENOMEM;
	*to = room;
	return 0;
}
