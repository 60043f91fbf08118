/*
 * die-at.c - to be loaded into a program: of its calls that change a file, the
 * one with the number $DIE_AT is its last, as if it had been killed there; or
 * from there on the disk is full ($DIE_FULL).  Children do not count.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static pid_t pid;
static long calls;
static long at;
static int full;

static __attribute__((constructor)) void
start(void)
{
	const char *text = getenv("DIE_AT");

	pid = getpid();
	at = text == NULL ? 0 : atol(text);
	full = getenv("DIE_FULL") != NULL;
}

/* True: there is no space. */
static int
count(int takes_space)
{
	if (at == 0 || getpid() != pid || ++calls < at)
		return 0;
	if (!full)
		syscall(SYS_kill, pid, SIGKILL);
	errno = ENOSPC;
	return takes_space;
}

ssize_t
write(int fd, const void *data, size_t len)
{
	if (fd > 2 && count(1))
		return -1;
	return syscall(SYS_write, fd, data, len);
}

int
openat(int dir, const char *path, int flags, ...)
{
	va_list args;
	mode_t mode;

	va_start(args, flags);
	mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(args, mode_t) : 0;
	va_end(args);
	if ((flags & O_CREAT) != 0 && count(1))
		return -1;
	return (int)syscall(SYS_openat, dir, path, flags, mode);
}

int
fchmod(int fd, mode_t mode)
{
	(void)count(0);
	return (int)syscall(SYS_fchmod, fd, mode);
}

int
renameat2(int from_dir, const char *from, int to_dir, const char *to,
	  unsigned flags)
{
	int result;

	(void)count(0);
	result = (int)syscall(SYS_renameat2, from_dir, from, to_dir, to, flags);
	(void)count(0);
	return result;
}

int
unlinkat(int dir, const char *path, int flags)
{
	(void)count(0);
	return (int)syscall(SYS_unlinkat, dir, path, flags);
}

int
fsync(int fd)
{
	(void)count(0);
	return (int)syscall(SYS_fsync, fd);
}

int
syncfs(int fd)
{
	(void)count(0);
	return (int)syscall(SYS_syncfs, fd);
}
