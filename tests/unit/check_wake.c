/*
 * check_wake.c - a program of Postfix that waits for a request gets it, byte
 * by byte as Postfix sends it, and one that does not keeps nobody waiting.
 */
#include "queue-format/postfix/wake.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "unit.h"

static struct qf_config config;
static struct qf_spool *spool;
static struct qf_error err;

/* A service that ends before the next write.  -1: none. */
static int ends_before_write = -1;

/* The library is linked statically, so it calls ours. */
ssize_t
write(int fd, const void *data, size_t len)
{
	if (ends_before_write >= 0)
		close(ends_before_write);
	ends_before_write = -1;
	return (ssize_t)syscall(SYS_write, fd, data, len);
}

static void
begin(void)
{
	scratch_new();
	scratch_directory("deferred");
	scratch_directory("public");
	ck_assert_int_eq(qf_config_default(scratch_path(""), &config, &err),
			 QF_OK);
	ck_assert_int_eq(qf_spool_open(&config, &spool, &err), QF_OK);
}

static void
end(void)
{
	unit_regain_root();
	qf_spool_close(spool);
	qf_config_free(&config);
}

static int64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int
listen_at(const char *name, int backlog)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const char *path = scratch_path(name);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_uint_lt(strlen(path), sizeof(address.sun_path));
	strcpy(address.sun_path, path);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)),
			 0);
	ck_assert_int_eq(listen(fd, backlog), 0);
	return fd;
}

/* A service, which takes one request. */
struct service {
	int fd; /* where it listens */
	char got[40];
	ssize_t len;
	bool still_there; /* the client, after it had sent its request */
	pthread_t thread;
};

static void *
serve(void *context)
{
	struct service *service = context;
	struct pollfd client = { .events = POLLIN };

	client.fd = accept(service->fd, NULL, NULL);
	service->len = read(client.fd, service->got, sizeof(service->got));
	/* It would hang up at once, if it did at all. */
	service->still_there = poll(&client, 1, 100) == 0;
	close(client.fd);
	return NULL;
}

static void
run_service(struct service *service, const char *name)
{
	service->fd = listen_at(name, 5);
	ck_assert_int_eq(pthread_create(&service->thread, NULL, serve, service),
			 0);
}

static void
expect(enum qf_status status, enum qf_status wanted, const char *says)
{
	ck_assert_msg(status == wanted, "status %d and not %d: %s", (int)status,
		      (int)wanted, status == QF_OK ? "" : err.text);
	if (status != QF_OK)
		ck_assert_str_eq(err.text, says);
}

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

/* With a NUL behind; and the connection stays until the service closes it. */
START_TEST(wakes_a_socket)
{
	struct service service = { .fd = -1 };

	run_service(&service, "public/qmgr");
	if (_i == 1)
		signal_often();
	expect(qf_wake(spool, "qmgr", "FAD", &err), QF_OK, "");
	ck_assert_int_eq(pthread_join(service.thread, NULL), 0);
	ck_assert_int_eq(service.len, 4);
	ck_assert_mem_eq(service.got, "FAD", 4);
	ck_assert(service.still_there);
	close(service.fd);
}
END_TEST

/* However long the name of the queue directory is. */
START_TEST(wakes_a_socket_far_away)
{
	struct service service = { .fd = -1 };
	char name[200];

	run_service(&service, "public/pickup");
	qf_spool_close(spool);
	memset(name, 'a', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	free(config.queue_directory);
	ck_assert_int_gt(asprintf(&config.queue_directory, "%s.%s",
				  scratch_path(""), name),
			 0);
	ck_assert_int_eq(rename(scratch_path(""), config.queue_directory), 0);
	ck_assert_int_eq(qf_spool_open(&config, &spool, &err), QF_OK);
	expect(qf_wake(spool, "pickup", "W", &err), QF_OK, "");
	ck_assert_int_eq(pthread_join(service.thread, NULL), 0);
	ck_assert_int_eq(service.len, 2);
	ck_assert_mem_eq(service.got, "W", 2);
	close(service.fd);
}
END_TEST

/* A named pipe gets the bytes alone. */
START_TEST(wakes_a_pipe)
{
	char got[10];
	int fd;

	ck_assert_int_eq(mkfifo(scratch_path("public/qmgr"), 0600), 0);
	fd = open(scratch_path("public/qmgr"), O_RDONLY | O_NONBLOCK);
	ck_assert_int_ge(fd, 0);
	expect(qf_wake(spool, "qmgr", "ID", &err), QF_OK, "");
	ck_assert_int_eq(read(fd, got, sizeof(got)), 2);
	ck_assert_mem_eq(got, "ID", 2);
	ck_assert_int_eq(read(fd, got, sizeof(got)), 0);
	close(fd);
	expect(qf_wake(spool, "qmgr", "ID", &err), QF_DOWN,
	       "public/qmgr: nobody listens: the mail system is down");
}
END_TEST

/* SIGPIPE would end us. */
START_TEST(a_pipe_that_is_closed_meanwhile)
{
	enum qf_status status;

	ck_assert_int_eq(mkfifo(scratch_path("public/qmgr"), 0600), 0);
	ends_before_write =
		open(scratch_path("public/qmgr"), O_RDONLY | O_NONBLOCK);
	ck_assert_int_ge(ends_before_write, 0);
	status = qf_wake(spool, "qmgr", "ID", &err);
	ck_assert_int_eq(ends_before_write, -1);
	expect(status, QF_OK, "");
}
END_TEST

START_TEST(a_pipe_that_is_full)
{
	char bytes[4096] = "";
	int fd;

	ck_assert_int_eq(mkfifo(scratch_path("public/qmgr"), 0600), 0);
	fd = open(scratch_path("public/qmgr"), O_RDWR | O_NONBLOCK);
	while (write(fd, bytes, sizeof(bytes)) > 0)
		continue;
	expect(qf_wake(spool, "qmgr", "D", &err), QF_DOWN,
	       "public/qmgr: the mail system does not answer");
	close(fd);
}
END_TEST

START_TEST(nobody_listens)
{
	expect(qf_wake(spool, "qmgr", "D", &err), QF_DOWN,
	       "public/qmgr: nobody listens: the mail system is down");
	close(listen_at("public/qmgr", 5));
	expect(qf_wake(spool, "qmgr", "D", &err), QF_DOWN,
	       "public/qmgr: nobody listens: the mail system is down");
}
END_TEST

/* A hanging service has as many connections as it takes. */
START_TEST(a_service_that_hangs)
{
	int64_t begin_ms = now_ms();
	int fd = listen_at("public/qmgr", 0);

	expect(qf_wake(spool, "qmgr", "D", &err), QF_OK, "");
	ck_assert_int_ge(now_ms() - begin_ms, 2000);
	/* Its request is in the queue, and so takes the only place. */
	if (_i == 1)
		signal_often();
	expect(qf_wake(spool, "qmgr", "D", &err), QF_DOWN,
	       "public/qmgr: the mail system does not answer");
	close(fd);
}
END_TEST

/* It closes the connection before it has read anything. */
static void *
hang_up(void *context)
{
	int fd = *(int *)context;

	close(accept(fd, NULL, NULL));
	return NULL;
}

START_TEST(a_service_that_hangs_up)
{
	int fd = listen_at("public/qmgr", 5);
	pthread_t thread;
	enum qf_status status;

	ck_assert_int_eq(pthread_create(&thread, NULL, hang_up, &fd), 0);
	status = qf_wake(spool, "qmgr", "D", &err);
	/* As it may be before or after our request. */
	ck_assert(status == QF_OK || status == QF_DOWN);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	close(fd);
}
END_TEST

START_TEST(wakes_nothing_else)
{
	struct service service = { .fd = -1 };

	ck_assert_int_eq(symlink("qmgr", scratch_path("public/pickup")), 0);
	scratch_text("public/file", "x", 0600);
	scratch_directory("public/folder");
	service.fd = listen_at("public/qmgr", 5);
	expect(qf_wake(spool, "pickup", "D", &err), QF_UNSAFE,
	       "public/pickup: no socket and no named pipe");
	expect(qf_wake(spool, "file", "D", &err), QF_UNSAFE,
	       "public/file: no socket and no named pipe");
	expect(qf_wake(spool, "folder", "D", &err), QF_UNSAFE,
	       "public/folder: no socket and no named pipe");
	close(service.fd);
}
END_TEST

START_TEST(a_service_for_others)
{
	int fd;

	if (geteuid() != 0)
		return; /* only root can make one */
	fd = listen_at("public/qmgr", 5);
	ck_assert_int_eq(chmod(scratch_path("public/qmgr"), 0600), 0);
	unit_drop_root();
	expect(qf_wake(spool, "qmgr", "D", &err), QF_DENIED,
	       "public/qmgr: Permission denied");
	close(fd);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("wake");
	TCase *tc = tcase_create("wake");

	tcase_add_unchecked_fixture(tc, scratch_begin, scratch_end);
	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_loop_test(tc, wakes_a_socket, 0, 2);
	tcase_add_test(tc, wakes_a_socket_far_away);
	tcase_add_test(tc, wakes_a_pipe);
	tcase_add_test(tc, a_pipe_that_is_closed_meanwhile);
	tcase_add_test(tc, a_pipe_that_is_full);
	tcase_add_test(tc, nobody_listens);
	tcase_add_loop_test(tc, a_service_that_hangs, 0, 2);
	tcase_add_test(tc, a_service_that_hangs_up);
	tcase_add_test(tc, wakes_nothing_else);
	tcase_add_test(tc, a_service_for_others);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
