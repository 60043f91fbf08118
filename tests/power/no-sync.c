/*
 * no-sync.c - a disk that says it has what it does not have yet.
 *
 * To be preloaded: whoever asks for something to be on the disk is told that
 * it is.  Shows that the tests of power cuts would notice.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <unistd.h>

int
fsync(int fd)
{
	(void)fd;
	return 0;
}

int
fdatasync(int fd)
{
	(void)fd;
	return 0;
}

int
msync(void *start, size_t len, int flags)
{
	(void)start;
	(void)len;
	(void)flags;
	return 0;
}

/* LMDB has a descriptor of which each write waits for the disk. */
int
open(const char *path, int flags, ...)
{
	int (*next)(const char *, int, ...) =
		(int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open");
	mode_t mode = 0;

	if ((flags & (O_CREAT | O_TMPFILE)) != 0) {
		va_list args;

		va_start(args, flags);
		mode = va_arg(args, mode_t);
		va_end(args);
	}
	return next(path, flags & ~(O_SYNC | O_DSYNC), mode);
}
