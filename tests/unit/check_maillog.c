/*
 * check_maillog.c - lines reach Postfix's postlog, safe and whole, and one
 * that dies, hangs or is missing stops nobody.
 */
#include "mailq-tools/maillog.h"

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "apart.h"
#include "unit.h"

#define LINES 200000

static struct tool tool;
static struct qf_config config;
static struct maillog logger;
static struct qf_error err;
static struct apart apart;

static void
begin(void)
{
	scratch_new();
	tool = (struct tool){ .name = "mqtest" };
	ck_assert_int_eq(
		qf_config_parse("syslog_name = mail-out\n", &config, &err),
		QF_OK);
	config.directory = strdup("/etc/of/mine");
	free(config.command_directory);
	config.command_directory = strdup(scratch_path(""));
	signal(SIGPIPE, SIG_IGN);
}

static void
end(void)
{
	qf_config_free(&config);
	apart_free(&apart);
}

/* In place of postlog, for who looks in "said" and "got". */
static void
put_postlog(const char *script)
{
	char text[1000];

	snprintf(text, sizeof(text), "#!/bin/sh\ncd '%s' || exit 9\n%s\n",
		 scratch_path(""), script);
	scratch_text("postlog", text, 0755);
}

static void
expect_file(const char *name, const char *wanted)
{
	char text[5000] = "";
	FILE *file = fopen(scratch_path(name), "r");

	ck_assert_ptr_nonnull(file);
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	ck_assert_str_eq(text, wanted);
}

static const char good[] = "echo \"$@\" >said; cat >got";

static int
write_lines(void *context)
{
	(void)context;
	maillog_open(&logger, &tool, &config);
	maillog_renamed(&logger, "A1", "B2");
	maillog_line(&logger, "%s", "two\nlines \x1b[31m \xff \xe2\x80\xae .");
	maillog_removed(&logger, "C3", " to the trash");
	maillog_restored(&logger, "C3");
	maillog_close(&logger);
	return tool.exit;
}

START_TEST(lines_are_written_and_safe)
{
	put_postlog(good);
	apart_run(&apart, write_lines, NULL);
	ck_assert_str_eq(apart.err, "");
	ck_assert_int_eq(apart.status, 0);
	expect_file("said", "-c /etc/of/mine -i -t mail-out/mqtest\n");
	expect_file("got", "A1: renamed to B2\n"
			   "two^Jlines ^[[31m <FF> <U+202E> .\n"
			   "C3: removed to the trash\n"
			   "C3: restored from the trash\n");
}
END_TEST

START_TEST(default_instance_needs_no_directory)
{
	put_postlog(good);
	config.directory[0] = '\0';
	free(config.syslog_name);
	config.syslog_name = strdup("${unknown}");
	apart_run(&apart, write_lines, NULL);
	ck_assert_str_eq(apart.err, "");
	expect_file("said", "-i -t postfix/mqtest\n");
}
END_TEST

static int
write_job(void *context)
{
	struct qf_job job = {
		.id = { { 0, 1, 2 } },
		.state = QF_JOB_INTERRUPTED,
		.user = "root",
		.sudo_user = "alice",
		.action = "hold",
		.reason = "a\nb",
		.counts = { [QF_OUTCOME_DONE] = 12, [QF_OUTCOME_BUSY] = 1 },
	};

	(void)context;
	maillog_open(&logger, &tool, &config);
	maillog_job(&logger, &job);
	maillog_close(&logger);
	return tool.exit;
}

START_TEST(job_is_one_line)
{
	put_postlog(good);
	apart_run(&apart, write_job, NULL);
	expect_file("got",
		    "hold: job=00010200000000000000000000000000, 12 done, "
		    "1 busy, user=root, sudo_user=alice, interrupted, "
		    "reason: a^Jb\n");
}
END_TEST

static int
write_long(void *context)
{
	char text[5000];

	(void)context;
	memset(text, 'x', sizeof(text));
	for (size_t i = 1; i + 2 < sizeof(text); i += 2)
		memcpy(text + i, "\xc3\xa4", 2);
	text[4999] = '\0';
	maillog_open(&logger, &tool, &config);
	maillog_line(&logger, "%s", text);
	maillog_close(&logger);
	return tool.exit;
}

START_TEST(long_line_is_cut_between_characters)
{
	put_postlog("cat >got; wc -c <got >said; "
		    "iconv -f UTF-8 -t UTF-16 <got >/dev/null || echo bad");
	apart_run(&apart, write_long, NULL);
	expect_file("said", "900\n");
}
END_TEST

START_TEST(nothing_is_run_for_no_line)
{
	put_postlog(good);
	maillog_open(&logger, &tool, &config);
	maillog_close(&logger);
	ck_assert_int_ne(access(scratch_path("said"), F_OK), 0);
}
END_TEST

START_TEST(spool_without_postfix_has_no_log)
{
	put_postlog(good);
	free(config.directory);
	config.directory = NULL;
	apart_run(&apart, write_lines, NULL);
	ck_assert_str_eq(apart.err, "");
	ck_assert_int_ne(access(scratch_path("said"), F_OK), 0);
}
END_TEST

static int
write_many(void *context)
{
	(void)context;
	maillog_open(&logger, &tool, &config);
	logger.patience = 100;
	for (int i = 0; i < LINES; i++)
		maillog_removed(&logger, "0123456789", " to the trash");
	maillog_close(&logger);
	return tool.exit;
}

START_TEST(all_of_many_arrive)
{
	put_postlog("wc -l >got");
	apart_run(&apart, write_many, NULL);
	ck_assert_str_eq(apart.err, "");
	expect_file("got", "200000\n");
}
END_TEST

/* Lines go together, but none waits for ever; a renaming does not wait. */
START_TEST(lines_wait_for_others)
{
	put_postlog(good);
	maillog_open(&logger, &tool, &config);
	maillog_removed(&logger, "A1", "");
	maillog_removed(&logger, "B2", "");
	ck_assert_uint_eq(logger.lines, 2);
	maillog_flush(&logger);
	ck_assert_uint_eq(logger.lines, 0);
	maillog_flush(&logger);
	maillog_restored(&logger, "A1");
	maillog_renamed(&logger, "A1", "C3");
	ck_assert_uint_eq(logger.lines, 0);
	for (int i = 0; i < 1000; i++) {
		maillog_removed(&logger, "0123456789", "");
		ck_assert_uint_le(logger.waiting.len, PIPE_BUF);
	}
	maillog_close(&logger);
	ck_assert_uint_eq(logger.lost, 0);
}
END_TEST

#define LOSS "mqtest: Postfix's log does not have all lines about this: "

/* Programs that fail, and what is said of it, once. */
static const struct {
	const char *script; /* NULL: there is none */
	const char *says;
} failures[] = {
	{ NULL, "no such program" },
	{ "exec <&-; echo 'postlog: fatal: no service' >&2; exit 1",
	  "postlog: fatal: no service" },
	{ "read x; exit 3", "postlog ended with status 3" },
	{ "read x; kill -TERM $$", "postlog ended with status 143" },
	/* It takes no lines, and does not go away. */
	{ "exec sleep 300", "postlog did not take them" },
};

START_TEST(failure_is_told_and_stops_nothing)
{
	if (failures[_i].script != NULL)
		put_postlog(failures[_i].script);
	apart_run(&apart, write_many, NULL);
	ck_assert_int_eq(strncmp(apart.err, LOSS, strlen(LOSS)), 0);
	unit_says(apart.err, failures[_i].says);
	ck_assert_ptr_eq(strchr(apart.err, '\n'),
			 apart.err + strlen(apart.err) - 1);
	ck_assert_int_eq(apart.status, 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("maillog");
	TCase *tc = tcase_create("all");

	tcase_set_timeout(tc, 60);
	tcase_add_unchecked_fixture(tc, scratch_begin, scratch_end);
	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, lines_are_written_and_safe);
	tcase_add_test(tc, default_instance_needs_no_directory);
	tcase_add_test(tc, job_is_one_line);
	tcase_add_test(tc, long_line_is_cut_between_characters);
	tcase_add_test(tc, nothing_is_run_for_no_line);
	tcase_add_test(tc, spool_without_postfix_has_no_log);
	tcase_add_test(tc, all_of_many_arrive);
	tcase_add_test(tc, lines_wait_for_others);
	tcase_add_loop_test(tc, failure_is_told_and_stops_nothing, 0,
			    COUNT(failures));
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
