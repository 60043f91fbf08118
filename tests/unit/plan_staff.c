/*
 * plan_staff.c - the queue manager and the agent of a plan_rig: processes
 * that do what a test tells them.
 */
#include "plan_rig.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

static void
wait_end(pid_t child)
{
	int status;

	while (waitpid(child, &status, 0) < 0)
		ck_assert_int_eq(errno, EINTR);
}

void
plan_rig_end_agent(struct plan_rig *rig)
{
	if (rig->agent == 0)
		return;
	close(rig->to_agent);
	close(rig->from_agent);
	wait_end(rig->agent);
	rig->agent = 0;
}

static _Noreturn void
be_qmgr(const struct plan_rig *rig, int ready)
{
	if (getuid() == 0 && (seteuid(0) < 0 || setuid(rig->owner) < 0))
		_exit(1);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 ||
	    prctl(PR_SET_NAME, "qmgr") < 0 || write(ready, "q", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

void
plan_rig_new_qmgr(struct plan_rig *rig)
{
	int ready[2];
	char byte;

	plan_rig_end_qmgr(rig);
	ck_assert_int_eq(pipe2(ready, O_CLOEXEC), 0);
	fflush(NULL);
	rig->qmgr = fork();
	ck_assert_int_ge(rig->qmgr, 0);
	if (rig->qmgr == 0)
		be_qmgr(rig, ready[1]);
	ck_assert_int_eq(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	close(ready[1]);
}

void
plan_rig_end_qmgr(struct plan_rig *rig)
{
	if (rig->qmgr == 0)
		return;
	ck_assert_int_eq(kill(rig->qmgr, SIGKILL), 0);
	wait_end(rig->qmgr);
	rig->qmgr = 0;
}

/* As Postfix marks a recipient: the letter, where it stands. */
static bool
mark_done(int file)
{
	char data[4096];
	ssize_t len = pread(file, data, sizeof(data), 0);

	for (ssize_t i = 0; i + 2 < len; i += 2 + (unsigned char)data[i + 1]) {
		if (data[i] == 'R')
			return pwrite(file, "D", 1, i) == 1;
	}
	return false;
}

static char
work(char what, const char *path, int *file)
{
	switch (what) {
	case 'r':
		*file = open(path, O_RDONLY | O_CLOEXEC);
		return *file >= 0;
	case 'w':
		*file = open(path, O_RDWR | O_CLOEXEC);
		return *file >= 0;
	case 's':
		return flock(*file, LOCK_SH | LOCK_NB) == 0;
	case 'x':
		return flock(*file, LOCK_EX | LOCK_NB) == 0;
	case 'd':
		return mark_done(*file);
	case 'c':
		return close(*file) == 0;
	default:
		_exit(1);
	}
}

static _Noreturn void
work_on(const char *path, int in, int out)
{
	int file = -1;
	char what;

	while (read(in, &what, 1) == 1) {
		char done = work(what, path, &file);

		if (write(out, &done, 1) != 1)
			break;
	}
	_exit(0);
}

void
plan_rig_agent(struct plan_rig *rig, const char *place)
{
	const char *path = scratch_path(place);
	int in[2];
	int out[2];

	plan_rig_end_agent(rig);
	ck_assert_int_eq(pipe2(in, O_CLOEXEC), 0);
	ck_assert_int_eq(pipe2(out, O_CLOEXEC), 0);
	fflush(NULL);
	rig->agent = fork();
	ck_assert_int_ge(rig->agent, 0);
	if (rig->agent == 0) {
		close(in[1]);
		close(out[0]);
		work_on(path, in[0], out[1]);
	}
	close(in[0]);
	close(out[1]);
	rig->to_agent = in[1];
	rig->from_agent = out[0];
}

void
plan_rig_order(struct plan_rig *rig, const char *whats)
{
	for (; *whats != '\0'; whats++) {
		char done = 0;

		ck_assert_int_eq(write(rig->to_agent, whats, 1), 1);
		ck_assert_int_eq(read(rig->from_agent, &done, 1), 1);
		ck_assert_msg(done != 0, "the agent cannot do %c", *whats);
	}
}
