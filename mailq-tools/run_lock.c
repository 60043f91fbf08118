/*
 * run_lock.c - one run of a program at a time, for each instance.
 */
#include "run_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

/* Only for people, so it may fail. */
static void
sign(int fd)
{
	char text[24];
	int len = snprintf(text, sizeof(text), "%-20ld\n", (long)getpid());
	ssize_t written = pwrite(fd, text, (size_t)len, 0);

	(void)written;
}

static long
signer(int fd)
{
	char text[24] = "";
	ssize_t len = pread(fd, text, sizeof(text) - 1, 0);

	return len <= 0 ? 0 : strtol(text, NULL, 10);
}

static enum qf_status
lock_file(struct run_lock *lock, int fd, bool wait, struct qf_error *err)
{
	while (flock(fd, LOCK_EX | (wait ? 0 : LOCK_NB)) < 0) {
		if (errno == EINTR)
			continue;
		if (errno != EWOULDBLOCK)
			return qf_system(err, "cannot lock a file");
		lock->pid = signer(fd);
		return qf_fail(err, QF_BUSY, "another process has the lock");
	}
	sign(fd);
	lock->fd = fd;
	return QF_OK;
}

enum qf_status
run_lock_take(struct run_lock *lock, const char *state, const char *name,
	      bool wait, struct qf_error *err)
{
	char path[PATH_MAX];
	enum qf_status status;
	int fd;

	*lock = (struct run_lock){ 0 };
	snprintf(path, sizeof(path), "%s/%s", state, name);
	fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY,
		  0600);
	if (fd < 0)
		return qf_system(err, "%s", path);
	status = lock_file(lock, fd, wait, err);
	if (status != QF_OK)
		close(fd);
	return status;
}

void
run_lock_give(struct run_lock *lock)
{
	if (lock->fd > 0)
		close(lock->fd);
	*lock = (struct run_lock){ 0 };
}
