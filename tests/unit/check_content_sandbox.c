/*
 * check_content_sandbox.c - a parser of messages that does what it must not
 * is stopped each time, and the next message is read.
 */
#include "queue-format/content.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "queue-format/content/worker.h"
#include "unit.h"

#define CHANNEL 3
#define TEN_GB	((size_t)10 << 30)

static struct qf_content_reader *reader;

/* ---- what a parser that a message has taken over could do */

static enum qf_status
do_open(struct qf_error *err)
{
	int fd = open("/etc/passwd", O_RDONLY);

	if (fd < 0)
		return qf_system(err, "open");
	close(fd);
	return QF_OK;
}

static enum qf_status
do_connect(struct qf_error *err)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(9),
				  .sin_addr = { htonl(INADDR_LOOPBACK) } };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0)
		return qf_system(err, "connect");
	return QF_OK;
}

static enum qf_status
do_fork(struct qf_error *err)
{
	pid_t pid = fork();

	if (pid < 0)
		return qf_system(err, "fork");
	if (pid == 0)
		_exit(0);
	(void)waitpid(pid, NULL, 0);
	return QF_OK;
}

static enum qf_status
do_exec(struct qf_error *err)
{
	char *const argv[] = { (char *)(uintptr_t) "true", NULL };

	execv("/bin/true", argv);
	return qf_system(err, "exec");
}

static enum qf_status
do_kill(struct qf_error *err)
{
	if (kill(getppid(), 0) < 0)
		return qf_system(err, "kill");
	return QF_OK;
}

static enum qf_status
do_allocate(struct qf_error *err)
{
	char *bytes = mmap(NULL, TEN_GB, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (bytes == MAP_FAILED)
		return qf_system(err, "10 GB");
	return QF_OK;
}

static enum qf_status
do_run_memory(struct qf_error *err)
{
	void *code = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return code == MAP_FAILED ? qf_system(err, "code") : QF_OK;
}

static enum qf_status
do_loop(struct qf_error *err)
{
	volatile bool on = true;

	(void)err;
	while (on)
		continue;
	return QF_OK;
}

static enum qf_status
do_crash(struct qf_error *err)
{
	(void)err;
	(void)raise(SIGSEGV);
	return QF_OK;
}

static enum qf_status
do_lie(struct qf_error *err)
{
	char lies[4096];

	(void)err;
	memset(lies, 'x', sizeof(lies));
	if (write(CHANNEL, lies, sizeof(lies)) < 0)
		_exit(2);
	return QF_OK;
}

static enum qf_status
do_end(struct qf_error *err)
{
	(void)err;
	_exit(0);
}

/* To what the message is open on, though it was opened for both. */
static int message_fd;

static enum qf_status
do_write(struct qf_error *err)
{
	if (write(message_fd, "x", 1) < 0)
		return qf_system(err, "write");
	return QF_OK;
}

/* A message that begins with one of these letters makes it do that. */
static enum qf_status
misbehave(int fd, struct qf_error *err)
{
	static const struct {
		char letter;
		enum qf_status (*what)(struct qf_error *err);
	} all[] = {
		{ 'o', do_open },	{ 'c', do_connect },
		{ 'f', do_fork },	{ 'e', do_exec },
		{ 'k', do_kill },	{ 'a', do_allocate },
		{ 'm', do_run_memory }, { 'l', do_loop },
		{ 's', do_crash },	{ 'x', do_lie },
		{ 'q', do_end },	{ 'w', do_write },
	};
	char letter = 0;

	message_fd = fd;
	if (pread(fd, &letter, 1, 0) != 1)
		return QF_OK;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i].letter == letter)
			return all[i].what(err);
	return QF_OK;
}

/* ---- */

static void
begin_with(const struct qf_sandbox_walls *walls)
{
	static struct qf_content_tests tests;
	struct qf_content_settings settings = {
		.limits = { .seconds = 1 },
		.tests = &tests,
	};
	struct qf_error err;

	tests = (struct qf_content_tests){ .walls = walls,
					   .misbehave = misbehave };
	ck_assert_int_eq(qf_content_open(&settings, &reader, &err), QF_OK);
}

static void
end(void)
{
	qf_content_close(reader);
	reader = NULL;
}

static enum qf_status
look(const char *text, struct qf_content *content, struct qf_error *err)
{
	int fd = bytes_fd(text, strlen(text));
	enum qf_status status;

	(void)lseek(fd, 0, SEEK_SET);
	status = qf_content_read(reader, fd, QF_WANT_ALL, content, err);
	close(fd);
	return status;
}

/* An honest message is read. */
static void
is_well(void)
{
	struct qf_content content;
	struct qf_error err;

	ck_assert_int_eq(look("Subject: well\n\nbody\n", &content, &err),
			 QF_OK);
	ck_assert_str_eq(qf_content_header(&content, "subject")->value, "well");
	ck_assert_uint_eq(content.text_count, 1);
	ck_assert_str_eq(content.texts[0].text, "body\n");
}

static const struct {
	const char *message;
	const char *says;
} stopped[] = {
	{ "open\n", "open: Permission denied" },
	{ "connect\n", "it tried what it may not do" },
	{ "fork\n", "it tried what it may not do" },
	{ "exec\n", "it tried what it may not do" },
	{ "kill\n", "it tried what it may not do" },
	{ "memory that can be run\n", "it tried what it may not do" },
	{ "write\n", "it tried what it may not do" },
	{ "loop\n", "it takes more than 1 seconds" },
	{ "x: lies\n", "does not say what it should" },
	{ "quit\n", "its reader has ended" },
#if !QF_SANDBOX_REPORTS
	{ "allocate\n", "10 GB: Cannot allocate memory" },
	{ "segmentation fault\n", "its reader ended with signal 11" },
#endif
};

START_TEST(stops_who_misbehaves)
{
	struct qf_content content;
	struct qf_error err = { .text = "" };

	begin_with(NULL);
	ck_assert_msg(qf_content_sandbox(reader) == NULL, "%s",
		      qf_content_sandbox(reader));
	is_well();
	ck_assert_int_ne(look(stopped[_i].message, &content, &err), QF_OK);
	unit_says(err.text, stopped[_i].says);
	is_well();
	end();
}
END_TEST

START_TEST(survives_many_deaths)
{
	struct qf_content content;
	struct qf_error err;

	begin_with(NULL);
	for (int i = 0; i < 20; i++)
		ck_assert_int_eq(look("quit\n", &content, &err), QF_CORRUPT);
	is_well();
	end();
}
END_TEST

/* What breaks it only sometimes costs the parts, and not the headers. */
static enum qf_status
dies_once(int fd, struct qf_error *err)
{
	(void)err;
	/* The position of the file is shared, and says whether we were here. */
	if (lseek(fd, 0, SEEK_CUR) != 0)
		return QF_OK;
	(void)lseek(fd, 1, SEEK_SET);
	_exit(0);
}

START_TEST(shows_headers_when_parts_fail)
{
	static const struct qf_content_tests tests = { .misbehave = dies_once };
	struct qf_content_settings settings = { .tests = &tests };
	struct qf_content content;
	struct qf_error err;

	ck_assert_int_eq(qf_content_open(&settings, &reader, &err), QF_OK);
	ck_assert_int_eq(look("Subject: well\n\nbody\n", &content, &err),
			 QF_OK);
	ck_assert_str_eq(qf_content_header(&content, "subject")->value, "well");
	ck_assert_uint_eq(content.part_count, 0);
	ck_assert_uint_eq(content.notice_count, 1);
	ck_assert_int_eq(content.notices[0].kind, QF_NOTICE_FAILED);
	ck_assert_str_eq(content.notices[0].text,
			 "only the headers are shown: its reader has ended");
	end();
}
END_TEST

/* ---- a kernel that has not got it all */

static int
no_landlock(void)
{
	return ENOSYS;
}

static int
failing_landlock(void)
{
	return EOPNOTSUPP;
}

static int
no_seccomp(int channel)
{
	(void)channel;
	return ENOSYS;
}

static int
failing_seccomp(int channel)
{
	(void)channel;
	return EPERM;
}

static int
real_landlock(void)
{
	return qf_sandbox_walls.landlock();
}

static int
real_seccomp(int channel)
{
	return qf_sandbox_walls.seccomp(channel);
}

static const struct {
	struct qf_sandbox_walls walls;
	const char *says;
	bool opens; /* files */
} holes[] = {
	{ { no_landlock, real_seccomp },
	  "no Landlock: Function not implemented",
	  false },
	{ { failing_landlock, real_seccomp },
	  "no Landlock: Operation not supported",
	  false },
	{ { real_landlock, no_seccomp },
	  "no seccomp: Function not implemented",
	  false },
	{ { real_landlock, failing_seccomp },
	  "no seccomp: Operation not permitted",
	  false },
	{ { no_landlock, no_seccomp },
	  "no Landlock: Function not implemented; "
	  "no seccomp: Function not implemented",
	  true },
};

START_TEST(goes_on_with_holes)
{
	struct qf_content content;
	struct qf_error err;

	begin_with(&holes[_i].walls);
	ck_assert_str_eq(qf_content_sandbox(reader), holes[_i].says);
	is_well();
	/* The other wall holds; without both there are limits. */
	if (!holes[_i].opens) {
		ck_assert_int_eq(look("open\n", &content, &err), QF_DENIED);
		ck_assert_str_eq(err.text, "open: Permission denied");
	} else {
		/* The control: this message does get at a file. */
		ck_assert_int_eq(look("open\n", &content, &err), QF_OK);
		ck_assert_int_eq(look("loop\n", &content, &err), QF_CORRUPT);
		ck_assert_str_eq(err.text, "it takes more than 1 seconds");
	}
	is_well();
	end();
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("content_sandbox");
	TCase *tc = tcase_create("sandbox");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, stops_who_misbehaves, 0, COUNT(stopped));
	tcase_add_test(tc, survives_many_deaths);
	tcase_add_test(tc, shows_headers_when_parts_fail);
	tcase_add_loop_test(tc, goes_on_with_holes, 0, COUNT(holes));
	suite_add_tcase(s, tc);
	return s;
}

int
main(void)
{
	return unit_run(suite());
}
