/*
 * check_daemon.c - the queue manager of a spool is told from all others; and
 * where it cannot be told, that is said, and never that there is none.
 */
#include "queue-format/postfix/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

static struct qf_config config;
static struct qf_spool *spool;
static struct qf_daemon *daemon_;
static struct qf_error err;
static pid_t children[8];
static int child_count;

/*
 * Who owns the queue.  One of our own, where we may, so that what runs at
 * the same time does not matter.
 */
static uid_t owner;

/* The test itself is the master. */
static void
begin(void)
{
	scratch_new();
	scratch_directory("deferred");
	owner = geteuid();
	if (owner == 0) {
		owner = 3000000 + (uid_t)getpid();
		ck_assert_int_eq(chown(scratch_path("deferred"), owner, owner),
				 0);
	}
	ck_assert_int_eq(qf_config_default(scratch_path(""), &config, &err),
			 QF_OK);
	ck_assert_int_eq(qf_spool_open(&config, &spool, &err), QF_OK);
	ck_assert_int_eq(prctl(PR_SET_NAME, "master"), 0);
}

static void
end_child(pid_t child)
{
	int status;

	ck_assert_int_eq(kill(child, SIGKILL), 0);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
}

static void
end(void)
{
	unit_regain_root();
	while (child_count > 0)
		end_child(children[--child_count]);
	qf_daemon_close(daemon_);
	daemon_ = NULL;
	qf_spool_close(spool);
	qf_config_free(&config);
}

static void
write_pid(const char *text)
{
	scratch_text("pid/master.pid", text, 0600);
}

static void
write_own_pid(void)
{
	char text[40];

	/* As Postfix writes it. */
	snprintf(text, sizeof(text), "%*ld\n", 10, (long)getpid());
	write_pid(text);
}

static void
start(void)
{
	enum qf_status status = qf_daemon_open(spool, &daemon_, &err);

	ck_assert_msg(status == QF_OK, "%s", err.text);
}

/* The child's part: have that name until it is killed. */
static _Noreturn void
live_as(const char *name, uid_t uid, int ready)
{
	pid_t self = getpid();

	if ((uid != geteuid() && setuid(uid) < 0) ||
	    prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 ||
	    prctl(PR_SET_NAME, name) < 0 ||
	    write(ready, &self, sizeof(self)) != sizeof(self))
		_exit(1);
	for (;;)
		pause();
}

/*
 * A child with this name, or one of a child with the name `parent'.  Returns
 * the process of that name.
 */
static pid_t
run(const char *name, uid_t uid, const char *parent)
{
	int ready[2];
	pid_t child;
	pid_t named;

	ck_assert_int_eq(pipe(ready), 0);
	fflush(NULL);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0 && parent != NULL && fork() != 0) {
		prctl(PR_SET_NAME, parent);
		live_as(parent, geteuid(), ready[1]);
	}
	if (child == 0)
		live_as(name, uid, ready[1]);
	children[child_count++] = child;
	ck_assert_int_eq(read(ready[0], &named, sizeof(named)), sizeof(named));
	if (parent != NULL) {
		pid_t other;

		ck_assert_int_eq(read(ready[0], &other, sizeof(other)),
				 sizeof(other));
		if (named == child)
			named = other;
	}
	close(ready[0]);
	close(ready[1]);
	return named;
}

static void
expect_pid(pid_t pid)
{
	struct qf_process qmgr = { 77, 77 };
	enum qf_status status = qf_daemon_qmgr(daemon_, &qmgr, &err);

	ck_assert_msg(status == QF_OK, "status %d: %s", (int)status, err.text);
	ck_assert_int_eq(qmgr.pid, pid);
}

static void
expect_unknown(const char *why)
{
	struct qf_process qmgr = { 77, 78 };

	ck_assert_int_eq(qf_daemon_qmgr(daemon_, &qmgr, &err), QF_DENIED);
	unit_says(err.text, "cannot tell which queue manager runs: ");
	unit_says(err.text, why);
	ck_assert_int_eq(qmgr.pid, 77);
	ck_assert_uint_eq(qmgr.start, 78);
}

static const struct {
	const char *text;
	const char *name; /* NULL: not to be understood */
	pid_t parent;
	uint64_t start;
} stats[] = {
	{ "12 (qmgr) S 11 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 "
	  "23\n",
	  "qmgr", 11, 22 },
	{ "12 (a) S 1 (qmgr) R 11 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 "
	  "21 18446744073709551615 23",
	  "a) S 1 (qmgr", 11, UINT64_MAX },
	{ "12 (()) ) S 11 -5 -6 -7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22",
	  "()) ", 11, 22 },
	{ "12 (a\nb) R 11 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22",
	  "a\nb", 11, 22 },
	{ "12 () S 11 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22", "", 11,
	  22 },
	{ "12 (0123456789012345678901234567890123456789) S 11 5 6 7 8 9 10 11 "
	  "12 13 14 15 16 17 18 19 20 21 22",
	  "0123456789012345678901234567890", 11, 22 },
	{ "12 (qmgr) S 11 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21", NULL,
	  0, 0 },
	{ "12 (qmgr)", NULL, 0, 0 },
	{ "12 qmgr S 11", NULL, 0, 0 },
	{ "12 )qmgr( S 11", NULL, 0, 0 },
	{ "", NULL, 0, 0 },
};

START_TEST(takes_a_process_apart)
{
	struct qf_daemon_stat stat = { "before", '?', 5, 6 };
	char text[300];

	snprintf(text, sizeof(text), "%s", stats[_i].text);
	ck_assert_int_eq(qf_daemon_parse_stat(text, &stat),
			 stats[_i].name != NULL);
	ck_assert_str_eq(stat.name,
			 stats[_i].name == NULL ? "before" : stats[_i].name);
	if (stats[_i].name == NULL)
		return;
	ck_assert_int_eq(stat.state, stats[_i].name[0] == 'a' ? 'R' : 'S');
	ck_assert_int_eq(stat.parent, stats[_i].parent);
	ck_assert_uint_eq(stat.start, stats[_i].start);
}
END_TEST

/* The time of its start, read in another way. */
static uint64_t
start_of(pid_t pid)
{
	char command[100];
	unsigned long long value = 0;
	FILE *pipe;

	snprintf(command, sizeof(command),
		 "sed 's/.*) //' /proc/%ld/stat | cut -d ' ' -f 20", (long)pid);
	pipe = popen(command, "r");
	ck_assert_ptr_nonnull(pipe);
	ck_assert_int_eq(fscanf(pipe, "%llu", &value), 1);
	pclose(pipe);
	return value;
}

static const struct {
	const char *name;
	bool is_one;
} names[] = {
	{ "qmgr", true },   { "oqmgr", true }, { "nqmgr", true },
	{ "qmgr2", false }, { "QMGR", false }, { "a) S 1 (qmgr", false },
	{ "", false },
};

START_TEST(finds_the_child_of_the_master)
{
	struct qf_process qmgr;
	pid_t child;

	write_own_pid();
	start();
	expect_pid(0);
	run("smtp", owner, NULL);
	child = run(names[_i].name, owner, NULL);
	run("pickup", owner, NULL);
	expect_pid(names[_i].is_one ? child : 0);
	ck_assert_int_eq(qf_daemon_qmgr(daemon_, &qmgr, &err), QF_OK);
	if (names[_i].is_one)
		ck_assert_uint_eq(qmgr.start, start_of(child));
}
END_TEST

START_TEST(a_new_one_is_not_the_old_one)
{
	struct qf_process old;
	struct qf_process new;
	struct qf_process none = { 0 };

	write_own_pid();
	start();
	run("qmgr", owner, NULL);
	ck_assert_int_eq(qf_daemon_qmgr(daemon_, &old, &err), QF_OK);
	ck_assert_int_eq(qf_daemon_qmgr(daemon_, &new, &err), QF_OK);
	ck_assert(qf_process_is_same(&old, &new));
	end_child(children[--child_count]);
	expect_pid(0);
	run("qmgr", owner, NULL);
	ck_assert_int_eq(qf_daemon_qmgr(daemon_, &new, &err), QF_OK);
	ck_assert(!qf_process_is_same(&old, &new));

	/* The same number, given to another one. */
	new = old;
	ck_assert(qf_process_is_same(&old, &new));
	new.start++;
	ck_assert(!qf_process_is_same(&old, &new));
	ck_assert(!qf_process_is_same(&none, &none));
}
END_TEST

/* It is still listed, as nobody has asked how it ended. */
START_TEST(one_that_has_ended)
{
	siginfo_t how;

	write_own_pid();
	start();
	run("qmgr", owner, NULL);
	ck_assert_int_eq(kill(children[0], SIGKILL), 0);
	ck_assert_int_eq(
		waitid(P_PID, (id_t)children[0], &how, WEXITED | WNOWAIT), 0);
	expect_pid(0);
}
END_TEST

START_TEST(another_master_has_its_own)
{
	pid_t ours;

	write_own_pid();
	start();
	run("qmgr", owner, "master");
	expect_pid(0);
	ours = run("qmgr", owner, NULL);
	expect_pid(ours);
}
END_TEST

/* It goes on for a while when its master was killed. */
START_TEST(one_without_a_master)
{
	write_own_pid();
	start();
	run("qmgr", owner, "sh");
	expect_unknown("there is one that belongs to no known master");
	run("qmgr", owner, NULL);
	expect_unknown("there is one that belongs to no known master");
}
END_TEST

/* Anybody can have that name; only Postfix's own user counts. */
START_TEST(one_of_another_user)
{
	if (geteuid() != 0)
		return; /* only root can make one */
	write_own_pid();
	start();
	run("qmgr", owner + 1, "sh");
	expect_pid(0);
}
END_TEST

START_TEST(a_spool_where_no_master_ever_was)
{
	if (_i == 1)
		scratch_directory("pid");
	start();
	expect_pid(0);
	run("qmgr", owner, NULL);
	expect_unknown("there is one that belongs to no known master");
}
END_TEST

START_TEST(a_master_that_starts_later)
{
	start();
	write_own_pid();
	expect_unknown("pid/master.pid cannot be read");
}
END_TEST

START_TEST(the_file_is_for_root)
{
	pid_t child;

	if (geteuid() != 0)
		return;
	write_own_pid();
	child = run("qmgr", owner, NULL);
	start();
	unit_drop_root();
	expect_pid(child);
	qf_daemon_close(daemon_);
	start();
	expect_unknown("pid/master.pid cannot be read");
}
END_TEST

/* Somebody tidied up: a new master has a new file. */
START_TEST(the_file_may_be_another_one)
{
	write_own_pid();
	start();
	ck_assert_int_eq(
		rename(scratch_path("pid/master.pid"), scratch_path("pid/old")),
		0);
	expect_unknown("pid/master.pid cannot be found");
	write_own_pid();
	expect_unknown("pid/master.pid is another file now");
}
END_TEST

static const char *const no_pids[] = { "",	    "\n",
				       "x",	    "1\n",
				       "0",	    "-5",
				       "12x",	    "99999999999999999999999",
				       "4294967298" };

START_TEST(the_file_may_have_no_number)
{
	write_pid(no_pids[_i]);
	start();
	expect_unknown("pid/master.pid has no process id");
}
END_TEST

START_TEST(the_file_may_be_no_file)
{
	scratch_directory("pid/master.pid");
	ck_assert_int_eq(qf_daemon_open(spool, &daemon_, &err), QF_UNSAFE);
	unit_says(err.text, "pid/master.pid: a directory");
	ck_assert_ptr_null(daemon_);
}
END_TEST

/* The process id of somebody who has ended. */
static void
write_old_pid(void)
{
	char text[40];
	pid_t child = fork();
	int status;

	ck_assert_int_ge(child, 0);
	if (child == 0)
		_exit(0);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	snprintf(text, sizeof(text), "%10ld\n", (long)child);
	write_pid(text);
}

/* The lock tells a master whose processes cannot be seen. */
START_TEST(a_master_that_has_ended)
{
	int fd;

	write_old_pid();
	start();
	expect_pid(0);
	fd = open(scratch_path("pid/master.pid"), O_RDWR | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(flock(fd, LOCK_EX | LOCK_NB), 0);
	expect_unknown("Postfix runs where its processes cannot be seen");
	ck_assert_int_eq(flock(fd, LOCK_UN), 0);
	expect_pid(0);
	/* Nothing is kept, so that a master can start. */
	ck_assert_int_eq(flock(fd, LOCK_EX | LOCK_NB), 0);
	close(fd);
}
END_TEST

/* Too few descriptors make no queue manager go away. */
START_TEST(without_descriptors)
{
	struct rlimit limit;
	struct rlimit old;
	pid_t child;
	int fd;

	write_own_pid();
	start();
	child = run("qmgr", owner, NULL);
	fd = dup(0);
	close(fd);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &old), 0);
	limit = old;
	limit.rlim_cur = (rlim_t)(fd + _i);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	if (_i < 2)
		expect_unknown("");
	else
		expect_pid(child);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &old), 0);
}
END_TEST

/*
 * The first process in a world of its own, where /proc hides the processes
 * of others, or does not.  Exits with 99 where this may not be done.
 */
static _Noreturn void
look_in_own_world(const char *options)
{
	pid_t child;
	int status;

	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("proc", "/proc", "proc", 0, options) < 0)
		_exit(99);
	child = fork();
	if (child == 0) {
		struct qf_process qmgr;

		/* What is hidden is not from the group of root. */
		if (setgroups(0, NULL) < 0 || setegid(65534) < 0 ||
		    seteuid(65534) < 0)
			_exit(99);
		_exit((int)qf_daemon_qmgr(daemon_, &qmgr, &err));
	}
	if (waitpid(child, &status, 0) != child || !WIFEXITED(status))
		_exit(99);
	_exit(WEXITSTATUS(status));
}

static const struct {
	const char *options;
	enum qf_status status;
} worlds[] = {
	{ "hidepid=0", QF_OK },
	{ "hidepid=1", QF_DENIED },
	{ "hidepid=2", QF_DENIED },
};

START_TEST(processes_may_be_hidden)
{
	pid_t child;
	int status;

	if (geteuid() != 0)
		return;
	write_old_pid();
	start();
	fflush(NULL);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0) {
		pid_t first;

		if (unshare(CLONE_NEWNS | CLONE_NEWPID) < 0)
			_exit(99);
		first = fork();
		if (first == 0)
			look_in_own_world(worlds[_i].options);
		if (first < 0 || waitpid(first, &status, 0) != first)
			_exit(99);
		_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 99);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFEXITED(status));
	if (WEXITSTATUS(status) != 99) /* not even root may do all that */
		ck_assert_int_eq(WEXITSTATUS(status), worlds[_i].status);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("daemon");
	TCase *tc = tcase_create("daemon");

	tcase_add_unchecked_fixture(tc, scratch_begin, scratch_end);
	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_loop_test(tc, takes_a_process_apart, 0, COUNT(stats));
	tcase_add_loop_test(tc, finds_the_child_of_the_master, 0, COUNT(names));
	tcase_add_test(tc, a_new_one_is_not_the_old_one);
	tcase_add_test(tc, one_that_has_ended);
	tcase_add_test(tc, another_master_has_its_own);
	tcase_add_test(tc, one_without_a_master);
	tcase_add_test(tc, one_of_another_user);
	tcase_add_loop_test(tc, a_spool_where_no_master_ever_was, 0, 2);
	tcase_add_test(tc, a_master_that_starts_later);
	tcase_add_test(tc, the_file_is_for_root);
	tcase_add_test(tc, the_file_may_be_another_one);
	tcase_add_loop_test(tc, the_file_may_have_no_number, 0, COUNT(no_pids));
	tcase_add_test(tc, the_file_may_be_no_file);
	tcase_add_test(tc, a_master_that_has_ended);
	tcase_add_loop_test(tc, without_descriptors, 0, 3);
	tcase_add_loop_test(tc, processes_may_be_hidden, 0, COUNT(worlds));
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
