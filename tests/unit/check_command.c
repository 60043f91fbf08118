/*
 * check_command.c - a program runs with what it is given and nothing else,
 * and all that it says arrives.
 */
#include "queue-format/command.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

static struct qf_buffer output;
static struct qf_buffer said;

static void
end(void)
{
	qf_buffer_free(&output);
	qf_buffer_free(&said);
}

/* Run to the end; returns the exit status. */
static int
run(const char *const argv[])
{
	struct qf_command *command = NULL;
	struct qf_error err = { .text = "" };
	FILE *out = NULL;
	int exit_status = -1;
	char piece[1000];
	size_t got;
	enum qf_status status = qf_command_start(argv, &command, &out, &err);

	ck_assert_msg(status == QF_OK, "status %d: %s", (int)status, err.text);
	while ((got = fread(piece, 1, sizeof(piece), out)) > 0)
		qf_buffer_add(&output, piece, got);
	ck_assert_int_eq(qf_command_end(command, &exit_status, &said, &err),
			 QF_OK);
	return exit_status;
}

static int
run_shell(const char *script)
{
	return run((const char *const[]){ "/bin/sh", "-c", script, NULL });
}

static const struct {
	const char *script;
	int exit_status;
	const char *output;
	const char *said;
} scripts[] = {
	{ "exit 0", 0, "", "" },
	{ "echo a; echo b", 0, "a\nb\n", "" },
	{ "printf 'no newline'", 0, "no newline", "" },
	{ "echo out; echo bad >&2; exit 3", 3, "out\n", "bad" },
	/* What ended it comes last, or says so. */
	{ "printf 'first\\nsecond\\n' >&2; exit 75", 75, "", "second" },
	{ "printf '\\nsecond\\n' >&2", 0, "", "second" },
	{ "printf 'warning: a\\nx: fatal: b\\nx: c\\n' >&2; exit 1", 1, "",
	  "x: fatal: b" },
	{ "printf 'cut off' >&2; exit 255", 255, "", "cut off" },
	{ "kill -KILL $$", 128 + SIGKILL, "", "" },
	{ "echo a; kill -TERM $$", 128 + SIGTERM, "a\n", "" },
	{ "cat; echo end of input", 0, "end of input\n", "" },
};

START_TEST(runs_a_script)
{
	ck_assert_int_eq(run_shell(scripts[_i].script),
			 scripts[_i].exit_status);
	ck_assert_str_eq(qf_buffer_text(&output), scripts[_i].output);
	ck_assert_str_eq(qf_buffer_text(&said), scripts[_i].said);
}
END_TEST

START_TEST(no_shell_reads_the_arguments)
{
	const char *const argv[] = { "/bin/echo", "a  b", "$(id)", "*;`id`",
				     "'\"\\",	  "",	  NULL };

	ck_assert_int_eq(run(argv), 0);
	ck_assert_str_eq(qf_buffer_text(&output), "a  b $(id) *;`id` '\"\\ \n");
}
END_TEST

static const struct {
	const char *tz;
	const char *output;
} environments[] = {
	{ NULL, "PATH=/usr/bin:/usr/sbin:/bin:/sbin\nLC_ALL=C\n" },
	{ "EST5EDT",
	  "PATH=/usr/bin:/usr/sbin:/bin:/sbin\nLC_ALL=C\nTZ=EST5EDT\n" },
};

START_TEST(the_environment_is_made_anew)
{
	const char *const argv[] = { "/usr/bin/env", NULL };

	setenv("MAIL_CONFIG", "/nowhere", 1);
	setenv("LD_PRELOAD_NOT", "x", 1);
	if (environments[_i].tz == NULL)
		unsetenv("TZ");
	else
		setenv("TZ", environments[_i].tz, 1);
	ck_assert_int_eq(run(argv), 0);
	ck_assert_str_eq(qf_buffer_text(&output), environments[_i].output);
}
END_TEST

/* A TZ that is too long to be one is left out, and not cut. */
START_TEST(a_monstrous_time_zone_is_left_out)
{
	const char *const argv[] = { "/usr/bin/env", NULL };
	char tz[1000];

	memset(tz, 'x', sizeof(tz) - 1);
	tz[sizeof(tz) - 1] = '\0';
	setenv("TZ", tz, 1);
	ck_assert_int_eq(run(argv), 0);
	ck_assert_str_eq(qf_buffer_text(&output),
			 "PATH=/usr/bin:/usr/sbin:/bin:/sbin\nLC_ALL=C\n");
}
END_TEST

START_TEST(no_descriptor_is_inherited)
{
	int fd = open("/dev/null", O_RDONLY);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(dup2(fd, 77), 77);
	ck_assert_int_eq(run_shell("for n in 3 4 5 6 7 8 9 77; do "
				   "[ ! -e /proc/$$/fd/$n ] || echo $n; done"),
			 0);
	ck_assert_str_eq(qf_buffer_text(&output), "");
	close(77);
	close(fd);
}
END_TEST

START_TEST(signals_are_as_at_login)
{
	sigset_t all;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	ck_assert_int_eq(run_shell("kill -TERM $$; echo survived"),
			 128 + SIGTERM);
	ck_assert_str_eq(qf_buffer_text(&output), "");
	ck_assert_int_eq(run_shell("kill -PIPE $$; echo survived"),
			 128 + SIGPIPE);
	ck_assert_str_eq(qf_buffer_text(&output), "");
}
END_TEST

START_TEST(much_output_blocks_nothing)
{
	ck_assert_int_eq(
		run_shell("head -c 1000000 /dev/zero >&2;"
			  "head -c 1000000 /dev/zero; echo x >&2; exit 4"),
		4);
	ck_assert_uint_eq(output.len, 1000000);
}
END_TEST

/*
 * Who stops reading ends the program, and does not wait for it for ever: one
 * that writes on, and one that does not.
 */
START_TEST(an_early_end_stops_the_program)
{
	static const char *const scripts_without_end[] = {
		"exec yes", "echo y; exec sleep 1000"
	};
	const char *const argv[] = { "/bin/sh", "-c", scripts_without_end[_i],
				     NULL };
	struct qf_command *command = NULL;
	struct qf_error err;
	FILE *out = NULL;
	int exit_status = -1;

	signal(SIGPIPE, SIG_IGN);
	ck_assert_int_eq(qf_command_start(argv, &command, &out, &err), QF_OK);
	ck_assert_int_eq(getc(out), 'y');
	ck_assert_int_eq(qf_command_end(command, &exit_status, NULL, &err),
			 QF_OK);
	ck_assert_msg(exit_status == 128 + SIGTERM ||
			      exit_status == 128 + SIGPIPE,
		      "exit status %d", exit_status);
}
END_TEST

START_TEST(nothing_needs_to_be_asked_for)
{
	const char *const argv[] = { "/bin/true", NULL };
	struct qf_command *command = NULL;
	FILE *out = NULL;

	ck_assert_int_eq(qf_command_start(argv, &command, &out, NULL), QF_OK);
	ck_assert_int_eq(qf_command_end(command, NULL, NULL, NULL), QF_OK);
	errno = 0;
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
	ck_assert_int_eq(errno, ECHILD);
}
END_TEST

static void
expect_refused(const char *program, enum qf_status wanted, const char *says)
{
	const char *const argv[] = { program, NULL };
	struct qf_command *command = NULL;
	struct qf_error err = { .text = "" };
	FILE *out = NULL;

	ck_assert_int_eq(qf_command_start(argv, &command, &out, &err), wanted);
	unit_says(err.text, says);
	unit_says(err.text, program);
	ck_assert_ptr_null(command);
	ck_assert_ptr_null(out);
}

static int
open_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int count = 0;

	ck_assert_ptr_nonnull(dir);
	while (readdir(dir) != NULL)
		count++;
	closedir(dir);
	return count;
}

START_TEST(tells_why_nothing_runs)
{
	int before = open_descriptors();

	expect_refused("/nonexistent/program", QF_ABSENT, "no such program");
	scratch_text("data", "echo hello\n", 0644);
	expect_refused(scratch_path("data"), QF_DENIED, "Permission denied");
	expect_refused(scratch_path(""), QF_DENIED, "Permission denied");
	scratch_text("noise", "\x01\x02\x03", 0755);
	expect_refused(scratch_path("noise"), QF_SYSTEM, "Exec format error");
	ck_assert_int_eq(open_descriptors(), before);
}
END_TEST

START_TEST(descriptors_do_not_leak)
{
	int before = open_descriptors();

	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(run_shell("echo x >&2"), 0);
	ck_assert_int_eq(open_descriptors(), before);
}
END_TEST

/* A service that was started with standard descriptors closed. */
START_TEST(runs_without_standard_descriptors)
{
	for (int fd = 0; fd < 3; fd++) {
		if ((_i & 1 << fd) != 0)
			close(fd);
	}
	ck_assert_int_eq(run_shell("cat; echo out; echo bad >&2; exit 5"), 5);
	ck_assert_str_eq(qf_buffer_text(&output), "out\n");
	ck_assert_str_eq(qf_buffer_text(&said), "bad");
}
END_TEST

/* Lines go to it, and not what a terminal sends to our process group. */
START_TEST(feeds_a_program)
{
	const char *argv[] = { "/bin/sh", "-c",
			       "read a; read b; echo \"$a $b\" >&2; "
			       "cut -d\" \" -f5 </proc/$$/stat >&2 && exit 7",
			       NULL };
	struct qf_command *command = NULL;
	struct qf_error err;
	int exit_status = -1;
	int in = -1;

	ck_assert_int_eq(qf_command_feed(argv, &command, &in, &err), QF_OK);
	ck_assert_int_eq(write(in, "one\ntwo\n", 8), 8);
	ck_assert_int_eq(qf_command_end(command, &exit_status, &said, &err),
			 QF_OK);
	ck_assert_int_eq(exit_status, 7);
	ck_assert_int_ne(atoi(qf_buffer_text(&said)), getpgrp());
	ck_assert_int_gt(atoi(qf_buffer_text(&said)), 1);
}
END_TEST

START_TEST(feeds_no_program)
{
	const char *argv[] = { "/nonexistent/program", NULL };
	struct qf_command *command = NULL;
	struct qf_error err;
	int in = -1;

	ck_assert_int_eq(qf_command_feed(argv, &command, &in, &err), QF_ABSENT);
	ck_assert_str_eq(err.text, "/nonexistent/program: no such program");
}
END_TEST

/* One that does not end by itself is not waited for. */
START_TEST(what_is_fed_is_killed_in_the_end)
{
	const char *argv[] = { "/bin/sleep", "300", NULL };
	struct qf_command *command = NULL;
	struct qf_error err;
	int exit_status = -1;
	int in = -1;

	ck_assert_int_eq(qf_command_feed(argv, &command, &in, &err), QF_OK);
	ck_assert_int_eq(qf_command_end(command, &exit_status, NULL, &err),
			 QF_OK);
	ck_assert_int_eq(exit_status, 128 + SIGKILL);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("command");
	TCase *tc = tcase_create("command");

	tcase_add_unchecked_fixture(tc, scratch_begin, scratch_end);
	tcase_add_checked_fixture(tc, scratch_new, end);
	tcase_set_timeout(tc, 30);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, feeds_a_program);
	tcase_add_test(tc, feeds_no_program);
	tcase_add_test(tc, what_is_fed_is_killed_in_the_end);
	tcase_add_loop_test(tc, runs_a_script, 0, COUNT(scripts));
	tcase_add_test(tc, no_shell_reads_the_arguments);
	tcase_add_loop_test(tc, the_environment_is_made_anew, 0,
			    COUNT(environments));
	tcase_add_test(tc, a_monstrous_time_zone_is_left_out);
	tcase_add_test(tc, no_descriptor_is_inherited);
	tcase_add_test(tc, signals_are_as_at_login);
	tcase_add_test(tc, much_output_blocks_nothing);
	tcase_add_loop_test(tc, an_early_end_stops_the_program, 0, 2);
	tcase_add_test(tc, nothing_needs_to_be_asked_for);
	tcase_add_test(tc, tells_why_nothing_runs);
	tcase_add_test(tc, descriptors_do_not_leak);
	tcase_add_loop_test(tc, runs_without_standard_descriptors, 0, 8);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
