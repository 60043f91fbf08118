/*
 * slow.c - to be loaded into Postfix's daemons: makes moments long that take
 * microseconds otherwise, so that what goes wrong in them does so.
 *
 *	SLOW_FLOCK=MS	smtp(8) opens a message, and locks it so much later
 *	SLOW_BOUNCE=MS	bounce(8) opens the message that it reports on so
 *			much later than it was asked to
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <unistd.h>

static void
wait_in(const char *daemon, const char *variable)
{
	const char *ms = getenv(variable);

	if (ms != NULL && strcmp(program_invocation_short_name, daemon) == 0)
		usleep((useconds_t)strtoul(ms, NULL, 10) * 1000);
}

int
flock(int fd, int operation)
{
	/* Agents share a lock on a message; on their socket they do not. */
	if ((operation & LOCK_SH) != 0)
		wait_in("smtp", "SLOW_FLOCK");
	return (int)syscall(SYS_flock, fd, operation);
}

int
open(const char *path, int flags, ...)
{
	mode_t mode = 0;

	if ((flags & O_CREAT) != 0) {
		va_list ap;

		va_start(ap, flags);
		mode = va_arg(ap, mode_t);
		va_end(ap);
	}
	if (strncmp(path, "active/", 7) == 0 && (flags & O_RDWR) != 0)
		wait_in("bounce", "SLOW_BOUNCE");
	return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

int open64(const char *path, int flags, ...) __attribute__((alias("open")));
