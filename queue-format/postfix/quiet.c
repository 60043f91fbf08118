/*
 * quiet.c - is anybody still working on a message?
 */
#include "quiet.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/file.h>
#include <time.h>

#include "queue-format/clock.h"
#include "queue-format/rules.h"

/* Between two looks: short at first, for most are quiet at once. */
#define FIRST_PAUSE_MS 2
#define LAST_PAUSE_MS  200

/* Without leases: between the two looks that have to agree. */
#define BLIND_MS 1000

enum answer {
	QUIET,
	BUSY,
	BLIND,	/* no lock, and here are no leases that would tell more */
	FAILED, /* see errno */
};

/*
 * Is it open for writing anywhere?  Who opens it while we have the lease
 * makes the kernel send a signal, SIGIO by default, which would end a
 * program that does not expect it.  SIGURG does nothing by default.
 */
static enum answer
ask_lease(int fd)
{
	if (fcntl(fd, F_SETSIG, SIGURG) < 0)
		return FAILED;
	if (fcntl(fd, F_SETLEASE, F_RDLCK) == 0)
		return fcntl(fd, F_SETLEASE, F_UNLCK) == 0 ? QUIET : FAILED;
	switch (errno) {
	case EAGAIN:
		return BUSY;
	case EINVAL:
	case ENOSYS:
	case EOPNOTSUPP:
		return BLIND;
	default:
		/* EACCES: the file is somebody else's, and so not for us. */
		return FAILED;
	}
}

/* Has anybody locked it? */
static enum answer
ask_lock(int fd)
{
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return flock(fd, LOCK_UN) == 0 ? QUIET : FAILED;
	return errno == EWOULDBLOCK ? BUSY : FAILED;
}

/* The lease first: who has the file open may be about to lock it. */
static enum answer
look(int fd)
{
	enum answer lease = QF_RULE_LEASE ? ask_lease(fd) : QUIET;
	enum answer lock;

	if (lease != QUIET && lease != BLIND)
		return lease;
	lock = ask_lock(fd);
	return lock == QUIET ? lease : lock;
}

static enum qf_status
status_of(enum answer answer, struct qf_error *err)
{
	switch (answer) {
	case QUIET:
		return QF_OK;
	case BUSY:
		return qf_fail(err, QF_BUSY, "still being delivered");
	case BLIND:
		return qf_fail(err, QF_ABSENT,
			       "this file system has no leases: one look "
			       "cannot tell whether it is being delivered");
	case FAILED:
		break;
	}
	return qf_system(err, "cannot tell whether it is being delivered");
}

enum qf_status
qf_quiet_look(int fd, struct qf_error *err)
{
	return status_of(look(fd), err);
}

static void
pause_ms(int64_t ms)
{
	struct timespec time = { .tv_sec = ms / 1000,
				 .tv_nsec = ms % 1000 * 1000000 };

	/* A signal ends it early; then there is one look more. */
	nanosleep(&time, NULL);
}

static int64_t
smaller(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

enum qf_status
qf_quiet_wait(int fd, int64_t timeout_ms, const atomic_bool *cancel,
	      struct qf_error *err)
{
	int64_t begin = qf_clock_ms();
	int64_t pause = FIRST_PAUSE_MS;
	int64_t calm = -1; /* since when there has been no lock, when blind */

	for (;;) {
		enum answer answer = look(fd);
		int64_t now;

		if (answer == QUIET || answer == FAILED)
			return status_of(answer, err);
		now = qf_clock_ms();
		if (answer == BUSY)
			calm = -1;
		else if (calm < 0)
			calm = now;
		else if (now - calm >= BLIND_MS)
			return QF_OK;
		if (cancel != NULL && atomic_load(cancel))
			return qf_fail(err, QF_STOPPED, "interrupted");
		if (answer == BUSY && now - begin >= timeout_ms)
			return status_of(answer, err);
		pause_ms(answer == BUSY
				 ? smaller(pause, timeout_ms - (now - begin))
				 : LAST_PAUSE_MS);
		pause = smaller(pause * 2, LAST_PAUSE_MS);
	}
}
