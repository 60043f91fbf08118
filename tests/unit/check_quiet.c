/*
 * check_quiet.c - who works on a file is noticed, whatever step it has come
 * to, and nobody notices that we looked.
 */
#include "queue-format/postfix/quiet.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "apart.h"
#include "unit.h"

static struct qf_error err;
static int fd;

/* The library is linked statically, so it calls ours. */
static int leases;		 /* how often one was asked for */
static int lease_error;		 /* of asking for one; 0: the kernel's answer */
static bool ignore_signal;	 /* as if F_SETSIG were not used */
static void (*on_lease)(void);	 /* when one was asked for, whatever came */
static void (*with_lease)(void); /* while we have one */

int
fcntl(int file, int command, ...)
{
	va_list args;
	long argument;
	int result;
	int error;

	va_start(args, command);
	argument = va_arg(args, long);
	va_end(args);
	if (command == F_SETSIG && ignore_signal)
		return 0;
	if (command != F_SETLEASE || argument == F_UNLCK)
		return (int)syscall(SYS_fcntl, file, command, argument);
	leases++;
	errno = lease_error;
	result = lease_error != 0
			 ? -1
			 : (int)syscall(SYS_fcntl, file, command, argument);
	error = errno;
	if (on_lease != NULL)
		on_lease();
	if (result == 0 && with_lease != NULL)
		with_lease();
	errno = error;
	return result;
}

/* Another process, which does what it is told. */
static pid_t worker;
static int to_worker;
static int from_worker;
static char path[1024];

static char
work(char what, int *file)
{
	switch (what) {
	case 'r':
		*file = open(path, O_RDONLY);
		return *file >= 0;
	case 'w':
		*file = open(path, O_RDWR);
		return *file >= 0;
	case 'n': /* without waiting */
		*file = open(path, O_RDWR | O_NONBLOCK);
		return *file >= 0;
	case 's':
		return flock(*file, LOCK_SH | LOCK_NB) == 0;
	case 'x':
		return flock(*file, LOCK_EX | LOCK_NB) == 0;
	case 'c':
		return close(*file) == 0;
	default:
		_exit(1);
	}
}

static _Noreturn void
work_on(int in, int out)
{
	int file = -1;
	char what;

	while (read(in, &what, 1) == 1) {
		char done = work(what, &file);

		if (write(out, &done, 1) != 1)
			break;
	}
	_exit(0);
}

static void
hire(void)
{
	int in[2];
	int out[2];

	ck_assert_int_eq(pipe2(in, O_CLOEXEC), 0);
	ck_assert_int_eq(pipe2(out, O_CLOEXEC), 0);
	fflush(NULL);
	worker = fork();
	ck_assert_int_ge(worker, 0);
	if (worker == 0) {
		close(in[1]);
		close(out[0]);
		work_on(in[0], out[1]);
	}
	close(in[0]);
	close(out[1]);
	to_worker = in[1];
	from_worker = out[0];
}

static void
begin(void)
{
	scratch_new();
	scratch_text("A", "x", 0700);
	snprintf(path, sizeof(path), "%s", scratch_path("A"));
	fd = open(path, O_RDONLY | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	hire();
}

static void
end(void)
{
	int status;

	unit_regain_root();
	close(to_worker);
	close(from_worker);
	close(fd);
	while (waitpid(worker, &status, 0) < 0)
		ck_assert_int_eq(errno, EINTR);
}

static void
tell(char what)
{
	ck_assert_int_eq(write(to_worker, &what, 1), 1);
}

static bool
answer(void)
{
	char done;

	ck_assert_int_eq(read(from_worker, &done, 1), 1);
	return done != 0;
}

/* Let the worker do all of these. */
static void
order(const char *whats)
{
	for (; *whats != '\0'; whats++) {
		tell(*whats);
		ck_assert_msg(answer(), "the worker cannot do %c", *whats);
	}
}

static void
expect(enum qf_status status, enum qf_status wanted, const char *says)
{
	ck_assert_msg(status == wanted, "status %d and not %d: %s", (int)status,
		      (int)wanted, status == QF_OK ? "" : err.text);
	if (status != QF_OK)
		unit_says(err.text, says);
}

/* Is there a line of this kind about our file? */
static bool
is_in_proc_locks(const char *kind)
{
	FILE *file = fopen("/proc/locks", "re");
	char inode[40];
	char line[300];
	struct stat st;
	bool found = false;

	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(fstat(fd, &st), 0);
	snprintf(inode, sizeof(inode), ":%lu ", (unsigned long)st.st_ino);
	while (fgets(line, sizeof(line), file) != NULL)
		found = found || (strstr(line, inode) != NULL &&
				  strstr(line, kind) != NULL);
	fclose(file);
	return found;
}

static const struct {
	const char *work;
	enum qf_status status;
} works[] = {
	{ "", QF_OK },	   { "r", QF_OK },
	{ "w", QF_BUSY },  /* has opened it, and not locked yet */
	{ "ws", QF_BUSY }, /* a delivery agent */
	{ "wx", QF_BUSY }, /* qmgr */
	{ "rs", QF_BUSY }, /* a lock alone */
	{ "rx", QF_BUSY }, { "wsc", QF_OK }, /* has finished */
};

START_TEST(notices_who_works_on_it)
{
	order(works[_i].work);
	expect(qf_quiet_look(fd, &err), works[_i].status,
	       "still being delivered");
	expect(qf_quiet_wait(fd, 0, NULL, &err), works[_i].status,
	       "still being delivered");
}
END_TEST

START_TEST(nothing_is_kept)
{
	expect(qf_quiet_look(fd, &err), QF_OK, "");
	ck_assert(!is_in_proc_locks("LEASE"));
	ck_assert(!is_in_proc_locks("FLOCK"));
	order("nxc");
	expect(qf_quiet_wait(fd, 10, NULL, &err), QF_OK, "");
	ck_assert(!is_in_proc_locks(""));
	order("nx");
	expect(qf_quiet_look(fd, &err), QF_BUSY, "");
	ck_assert(!is_in_proc_locks("LEASE"));
}
END_TEST

START_TEST(the_owner_needs_no_rights)
{
	if (geteuid() != 0)
		return; /* the other tests have shown it */
	ck_assert_int_eq(chown(path, 65534, 65534), 0);
	unit_drop_root();
	expect(qf_quiet_look(fd, &err), QF_OK, "");
	order("w");
	expect(qf_quiet_look(fd, &err), QF_BUSY, "");
}
END_TEST

/* An answer without the lease would be none. */
START_TEST(the_file_of_somebody_else)
{
	if (geteuid() != 0)
		return;
	unit_drop_root();
	expect(qf_quiet_look(fd, &err), QF_DENIED,
	       "cannot tell whether it is being delivered: Permission denied");
	expect(qf_quiet_wait(fd, 10, NULL, &err), QF_DENIED, "cannot tell");
}
END_TEST

/* In the moment in which we have the lease, somebody opens it for writing. */
static void
somebody_opens_it(void)
{
	with_lease = NULL;
	tell('n');
	if (answer())
		_exit(70);
}

static int
look_apart(void *context)
{
	ignore_signal = *(bool *)context;
	with_lease = somebody_opens_it;
	return qf_quiet_look(fd, &err) == QF_OK ? 0 : 1;
}

START_TEST(nobody_can_end_us)
{
	bool without = _i == 1;
	struct apart apart;

	apart_run(&apart, look_apart, &without);
	/* The control: SIGIO ends who does not expect it. */
	ck_assert_int_eq(apart.status, without ? 128 + SIGIO : 0);
	apart_free(&apart);
}
END_TEST

static void
somebody_waits_for_it(void)
{
	with_lease = NULL;
	tell('w');
	while (!is_in_proc_locks("BREAKING"))
		usleep(1000);
}

START_TEST(nobody_has_to_wait_for_us)
{
	struct sigaction action;

	with_lease = somebody_waits_for_it;
	expect(qf_quiet_look(fd, &err), QF_OK, "");
	ck_assert(answer());
	order("s");
	expect(qf_quiet_look(fd, &err), QF_BUSY, "");
	ck_assert_int_eq(sigaction(SIGIO, NULL, &action), 0);
	ck_assert_ptr_eq(action.sa_handler, SIG_DFL);
	ck_assert_int_eq(sigaction(SIGURG, NULL, &action), 0);
	ck_assert_ptr_eq(action.sa_handler, SIG_DFL);
}
END_TEST

static const char *then_work;
static int then_at;

static void
then(void)
{
	if (leases == then_at)
		order(then_work);
}

START_TEST(waits_until_it_is_released)
{
	order("ws");
	then_work = "c";
	then_at = 6;
	on_lease = then;
	expect(qf_quiet_wait(fd, 50000, NULL, &err), QF_OK, "");
	ck_assert_int_eq(leases, 7);
}
END_TEST

static int64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

START_TEST(waits_no_longer_than_it_may)
{
	int64_t begin_ms = now_ms();

	order("w");
	expect(qf_quiet_wait(fd, 30, NULL, &err), QF_BUSY,
	       "still being delivered");
	ck_assert_int_ge(now_ms() - begin_ms, 30);
	leases = 0;
	expect(qf_quiet_wait(fd, 0, NULL, &err), QF_BUSY, "");
	expect(qf_quiet_wait(fd, -5, NULL, &err), QF_BUSY, "");
	ck_assert_int_eq(leases, 2);
}
END_TEST

static atomic_bool cancel;

static void
cancel_it(void)
{
	if (leases == 3)
		atomic_store(&cancel, true);
}

START_TEST(can_be_cancelled)
{
	order("w");
	atomic_store(&cancel, false);
	on_lease = cancel_it;
	expect(qf_quiet_wait(fd, INT64_MAX, &cancel, &err), QF_STOPPED,
	       "interrupted");
	ck_assert_int_eq(leases, 3);
}
END_TEST

static void
nothing(int signal)
{
	(void)signal;
}

static void
signal_often(void)
{
	const struct sigaction action = { .sa_handler = nothing };
	const struct itimerval often = { .it_interval = { .tv_usec = 3000 },
					 .it_value = { .tv_usec = 3000 } };

	ck_assert_int_eq(sigaction(SIGALRM, &action, NULL), 0);
	ck_assert_int_eq(setitimer(ITIMER_REAL, &often, NULL), 0);
}

static void
signal_no_more(void)
{
	const struct itimerval never = { .it_value = { 0 } };

	ck_assert_int_eq(setitimer(ITIMER_REAL, &never, NULL), 0);
}

START_TEST(signals_do_not_shorten_the_wait)
{
	int64_t begin_ms = now_ms();

	order("w");
	signal_often();
	expect(qf_quiet_wait(fd, 300, NULL, &err), QF_BUSY, "");
	signal_no_more();
	ck_assert_int_ge(now_ms() - begin_ms, 300);
	ck_assert_int_ge(leases, 10);
}
END_TEST

static const int no_leases[] = { EINVAL, ENOSYS, EOPNOTSUPP };

/* One look is not enough then: an agent may be about to lock it. */
START_TEST(a_look_without_leases)
{
	lease_error = no_leases[_i];
	expect(qf_quiet_look(fd, &err), QF_ABSENT,
	       "this file system has no leases");
	order("w");
	expect(qf_quiet_look(fd, &err), QF_ABSENT, "no leases");
	order("s");
	expect(qf_quiet_look(fd, &err), QF_BUSY, "still being delivered");
	ck_assert(is_in_proc_locks("FLOCK"));
	order("c");
	ck_assert(!is_in_proc_locks("FLOCK"));
}
END_TEST

/* A second without a lock, also when signals come all the time. */
START_TEST(a_wait_without_leases)
{
	int64_t begin_ms = now_ms();

	lease_error = EINVAL;
	signal_often();
	expect(qf_quiet_wait(fd, 0, NULL, &err), QF_OK, "");
	signal_no_more();
	ck_assert_int_ge(now_ms() - begin_ms, 1000);
	order("ws");
	expect(qf_quiet_wait(fd, 0, NULL, &err), QF_BUSY, "");
}
END_TEST

static int64_t last_release;

/* At the second look it is locked, until the fourth. */
static void
lock_for_a_while(void)
{
	if (leases == 2)
		order("ws");
	if (leases == 4) {
		order("c");
		last_release = now_ms();
	}
}

START_TEST(a_lock_makes_the_second_begin_anew)
{
	lease_error = EINVAL;
	on_lease = lock_for_a_while;
	expect(qf_quiet_wait(fd, 50000, NULL, &err), QF_OK, "");
	ck_assert_int_ge(now_ms() - last_release, 1000);
}
END_TEST

START_TEST(a_wait_without_leases_can_be_cancelled)
{
	lease_error = EINVAL;
	atomic_store(&cancel, false);
	on_lease = cancel_it;
	expect(qf_quiet_wait(fd, 50000, &cancel, &err), QF_STOPPED, "");
	ck_assert_int_eq(leases, 3);
}
END_TEST

START_TEST(what_goes_wrong_is_told)
{
	lease_error = EIO;
	expect(qf_quiet_look(fd, &err), QF_SYSTEM,
	       "cannot tell whether it is being delivered: Input/output error");
	ck_assert_int_eq(err.errnum, EIO);
	expect(qf_quiet_wait(fd, 1000, NULL, &err), QF_SYSTEM, "cannot tell");
	expect(qf_quiet_look(-1, &err), QF_SYSTEM, "Bad file descriptor");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("quiet");
	TCase *tc = tcase_create("quiet");

	tcase_add_unchecked_fixture(tc, scratch_begin, scratch_end);
	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_loop_test(tc, notices_who_works_on_it, 0, COUNT(works));
	tcase_add_test(tc, nothing_is_kept);
	tcase_add_test(tc, the_owner_needs_no_rights);
	tcase_add_test(tc, the_file_of_somebody_else);
	tcase_add_loop_test(tc, nobody_can_end_us, 0, 2);
	tcase_add_test(tc, nobody_has_to_wait_for_us);
	tcase_add_test(tc, waits_until_it_is_released);
	tcase_add_test(tc, waits_no_longer_than_it_may);
	tcase_add_test(tc, can_be_cancelled);
	tcase_add_test(tc, signals_do_not_shorten_the_wait);
	tcase_add_loop_test(tc, a_look_without_leases, 0, COUNT(no_leases));
	tcase_add_test(tc, a_wait_without_leases);
	tcase_add_test(tc, a_lock_makes_the_second_begin_anew);
	tcase_add_test(tc, a_wait_without_leases_can_be_cancelled);
	tcase_add_test(tc, what_goes_wrong_is_told);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
