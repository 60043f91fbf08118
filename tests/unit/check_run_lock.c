/*
 * check_run_lock.c - one at a time has the lock, and it ends with its process.
 */
#include "mailq-tools/run_lock.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

#define NAME "a.lock"

static struct run_lock lock;
static struct qf_error err;

static void
begin(void)
{
	scratch_new();
	lock = (struct run_lock){ 0 };
}

static void
end(void)
{
	run_lock_give(&lock);
}

static enum qf_status
take(struct run_lock *one, bool wait)
{
	return run_lock_take(one, scratch_path(""), NAME, wait, &err);
}

/* A process that has the lock until it is killed. */
static pid_t
start_another(void)
{
	int ready[2];
	char byte;
	pid_t child;

	ck_assert_int_eq(pipe(ready), 0);
	child = fork();
	if (child == 0) {
		if (take(&lock, false) == QF_OK && write(ready[1], "", 1) == 1)
			pause();
		_exit(1);
	}
	ck_assert_int_gt(child, 0);
	close(ready[1]);
	ck_assert_int_eq(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return child;
}

START_TEST(one_has_it)
{
	struct run_lock second;

	ck_assert_int_eq(take(&lock, false), QF_OK);
	ck_assert_int_eq(take(&second, false), QF_BUSY);
	ck_assert_int_eq(second.pid, getpid());
	ck_assert_int_eq(second.fd, 0);
	run_lock_give(&second);
	run_lock_give(&lock);
	ck_assert_int_eq(take(&second, false), QF_OK);
	run_lock_give(&second);
}
END_TEST

START_TEST(it_ends_with_its_process)
{
	pid_t child = start_another();

	ck_assert_int_eq(take(&lock, false), QF_BUSY);
	ck_assert_int_eq(lock.pid, child);
	ck_assert_int_eq(kill(child, SIGKILL), 0);
	/* Waits for that, too. */
	ck_assert_int_eq(take(&lock, true), QF_OK);
	ck_assert_int_eq(waitpid(child, NULL, 0), child);
}
END_TEST

START_TEST(a_link_is_not_followed)
{
	ck_assert_int_eq(symlink("elsewhere", scratch_path(NAME)), 0);
	ck_assert_int_ne(take(&lock, false), QF_OK);
	ck_assert_int_ne(access(scratch_path("elsewhere"), F_OK), 0);
}
END_TEST

START_TEST(it_is_ours_alone)
{
	struct stat st;

	ck_assert_int_eq(take(&lock, false), QF_OK);
	ck_assert_int_eq(stat(scratch_path(NAME), &st), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0600);
	ck_assert_int_eq(run_lock_take(&lock, scratch_path("nowhere"), NAME,
				       false, &err),
			 QF_GONE);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("run_lock");
	TCase *tc = tcase_create("run_lock");

	tcase_add_unchecked_fixture(tc, scratch_begin, scratch_end);
	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, one_has_it);
	tcase_add_test(tc, it_ends_with_its_process);
	tcase_add_test(tc, a_link_is_not_followed);
	tcase_add_test(tc, it_is_ours_alone);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
