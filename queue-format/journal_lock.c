/*
 * journal_lock.c - who is at work: locks that end with their process.
 */
#include "journal_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"

/* The file says who has it; only for people, so it may fail. */
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

/* QF_BUSY without a text: another one has it. */
static enum qf_status
try(int fd, short type, struct qf_error *err)
{
	struct flock lock = { .l_type = type, .l_whence = SEEK_SET };

	while (fcntl(fd, F_OFD_SETLK, &lock) != 0) {
		if (errno == EAGAIN || errno == EACCES)
			return QF_BUSY;
		if (errno != EINTR)
			return qf_system(err, "cannot lock a file");
	}
	if (type == F_WRLCK)
		sign(fd);
	return QF_OK;
}

enum qf_status
qf_lock_wait(int fd, int milliseconds, struct qf_error *err)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	enum qf_status status;
	int64_t deadline = 0;

	while ((status = try(fd, F_WRLCK, err)) == QF_BUSY) {
		int64_t time;

		time = qf_clock_ms();
		if (deadline == 0)
			deadline = time + milliseconds;
		if (time >= deadline)
			return qf_fail(err, QF_BUSY,
				       "process %ld is writing the journal and "
				       "does not go on",
				       signer(fd));
		nanosleep(&pause, NULL);
	}
	return status;
}

void
qf_lock_release(int fd)
{
	/* It was there to be locked, so it can be unlocked. */
	(void)try(fd, F_UNLCK, NULL);
}

static enum qf_status
open_lock(int jobs, const struct qf_job_id *id, int flags, int *fd,
	  struct qf_error *err)
{
	char name[QF_JOB_ID_TEXT];
	struct stat st;

	qf_job_id_text(id, name);
	*fd = openat(jobs, name,
		     flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY,
		     0600);
	if (*fd < 0)
		return qf_system(err, "cannot open the lock of job %s", name);
	if (fstat(*fd, &st) == 0 && S_ISREG(st.st_mode))
		return QF_OK;
	close(*fd);
	*fd = -1;
	return qf_fail(err, QF_UNSAFE, "the lock of job %s is not a file",
		       name);
}

enum qf_status
qf_job_lock_new(int jobs, const struct qf_job_id *id, int *fd,
		struct qf_error *err)
{
	enum qf_status status =
		open_lock(jobs, id, O_RDWR | O_CREAT | O_EXCL, fd, err);

	if (status != QF_OK)
		return status;
	status = try(*fd, F_WRLCK, err);
	if (status == QF_OK)
		return QF_OK;
	qf_job_lock_remove(jobs, id);
	close(*fd);
	*fd = -1;
	return status == QF_BUSY ? qf_fail(err, status, "the job is not new")
				 : status;
}

/* The one who ends a job removes the file: is it still what one finds? */
static bool
is_in_place(int jobs, const struct qf_job_id *id, int fd)
{
	char name[QF_JOB_ID_TEXT];
	struct stat there;
	struct stat here;

	qf_job_id_text(id, name);
	return fstat(fd, &here) == 0 &&
	       fstatat(jobs, name, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
	       here.st_ino == there.st_ino && here.st_dev == there.st_dev;
}

enum qf_status
qf_job_lock_adopt(int jobs, const struct qf_job_id *id, int *fd,
		  struct qf_error *err)
{
	char name[QF_JOB_ID_TEXT];
	enum qf_status status;

	for (;;) {
		status = open_lock(jobs, id, O_RDWR | O_CREAT, fd, err);
		if (status != QF_OK)
			return status;
		status = try(*fd, F_WRLCK, err);
		if (status == QF_OK && is_in_place(jobs, id, *fd))
			return QF_OK;
		if (status == QF_BUSY) {
			qf_job_id_text(id, name);
			status = qf_fail(err, status,
					 "process %ld is at work on job %s",
					 signer(*fd), name);
		}
		close(*fd);
		*fd = -1;
		if (status != QF_OK)
			return status;
	}
}

enum qf_status
qf_job_lock_held(int jobs, const struct qf_job_id *id, bool *held,
		 struct qf_error *err)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	enum qf_status status;
	int fd;

	*held = false;
	status = open_lock(jobs, id, O_RDONLY, &fd, err);
	if (status == QF_GONE)
		return QF_OK;
	if (status != QF_OK)
		return status;
	if (fcntl(fd, F_OFD_GETLK, &lock) != 0)
		status = qf_system(err, "cannot see who has a lock");
	else
		*held = lock.l_type != F_UNLCK;
	close(fd);
	return status;
}

void
qf_job_lock_remove(int jobs, const struct qf_job_id *id)
{
	char name[QF_JOB_ID_TEXT];

	qf_job_id_text(id, name);
	unlinkat(jobs, name, 0);
}
