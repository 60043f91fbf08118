/*
 * late-flock.c - to be loaded into smtp(8): it opens a message, and locks it
 * only when a file "open" is in the folder $LATE_FLOCK.  Before that it says
 * that it waits, with a file "waiting".
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <unistd.h>

static int
exists(const char *folder, const char *name)
{
	char path[1000];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return access(path, F_OK) == 0;
}

static void
say(const char *folder, const char *name)
{
	char path[1000];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	if (fd >= 0)
		close(fd);
}

int
flock(int fd, int operation)
{
	const char *folder = getenv("LATE_FLOCK");

	/* Agents share a lock on a message; on their socket they do not. */
	if (folder != NULL && (operation & LOCK_SH) != 0 &&
	    strcmp(program_invocation_short_name, "smtp") == 0) {
		say(folder, "waiting");
		for (int i = 0; i < 3000 && !exists(folder, "open"); i++)
			usleep(20000);
	}
	return (int)syscall(SYS_flock, fd, operation);
}
