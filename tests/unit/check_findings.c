/*
 * check_findings.c - what is found by the looks of a file, what is said of it,
 * and what is done about it, by queue and by who works on it.
 */
#include "queue-format/check/mend_work.h"
#include "queue-format/check/work.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit.h"

START_TEST(every_kind_has_words)
{
	const struct qf_check_words *words =
		qf_check_words((enum qf_check_kind)_i);

	ck_assert_ptr_nonnull(words->name);
	ck_assert_uint_gt(strlen(words->title), 0);
	ck_assert_uint_gt(strlen(words->titles), 0);
	ck_assert_uint_gt(strlen(words->remedy), 0);
	ck_assert_int_eq(words->means[strlen(words->means) - 1], '.');
	ck_assert_uint_eq(strspn(words->name, "abcdefghijklmnopqrstuvwxyz-"),
			  strlen(words->name));
	for (int k = 0; k < _i; k++)
		ck_assert_str_ne(qf_check_words((enum qf_check_kind)k)->name,
				 words->name);
	if (words->repairs)
		ck_assert_ptr_nonnull(strstr(words->remedy, "--repair"));
}
END_TEST

static const struct {
	const char *folder;
	mode_t mode;
	enum qf_check_kind kind;
} modes[] = {
	{ "deferred", 0700, QF_CHECK_KINDS },
	{ "deferred", 0710, QF_CHECK_KINDS },
	{ "deferred", 0740, QF_CHECK_KINDS },
	{ "active", 0750, QF_CHECK_KINDS },
	{ "deferred", 0600, QF_CHECK_NOT_READY },
	{ "active", 0610, QF_CHECK_NOT_READY },
	{ "incoming", 0600, QF_CHECK_KINDS },
	{ "hold", 0600, QF_CHECK_KINDS },
	{ "active", 0400, QF_CHECK_MARKED_CORRUPT },
	{ "incoming", 0400, QF_CHECK_MARKED_CORRUPT },
	{ "hold", 0704, QF_CHECK_FILE_MODE },
	{ "hold", 0720, QF_CHECK_FILE_MODE },
	{ "incoming", 04700, QF_CHECK_FILE_MODE },
	{ "maildrop", 0744, QF_CHECK_KINDS },
	{ "maildrop", 0700, QF_CHECK_KINDS },
	{ "maildrop", 0644, QF_CHECK_KINDS },
	{ "maildrop", 0766, QF_CHECK_FILE_MODE },
};

START_TEST(modes_are_told_from_marks)
{
	ck_assert_int_eq(qf_check_mode(modes[_i].folder, modes[_i].mode),
			 modes[_i].kind);
}
END_TEST

START_TEST(far_is_further_than_any_try)
{
	const struct qf_config config = { .minimal_backoff_time = 300,
					  .maximal_backoff_time = 4000 };
	int64_t now = 1795000000;

	ck_assert(!qf_check_is_future(&config, "deferred", now + 7600, now));
	ck_assert(qf_check_is_future(&config, "deferred", now + 7601, now));
	ck_assert(!qf_check_is_future(&config, "incoming", now + 3600, now));
	ck_assert(qf_check_is_future(&config, "incoming", now + 3601, now));
	ck_assert(!qf_check_is_future(&config, "hold", now + 99999, now));
	ck_assert(!qf_check_is_future(&config, "maildrop", now + 99999, now));
}
END_TEST

/* A spool, in which nothing is but what a row needs. */
static char directory[] = "/tmp/check-findings-XXXXXX";
static struct qf_config config;
static struct qf_spool *spool;

static void
open_spool(void)
{
	static const char *const folders[] = { "",	    "/maildrop",
					       "/hold",	    "/active",
					       "/incoming", "/deferred",
					       "/defer",    "/bounce" };

	memcpy(directory + strlen(directory) - 6, "XXXXXX", 6);
	ck_assert_ptr_nonnull(mkdtemp(directory));
	for (size_t i = 1; i < sizeof(folders) / sizeof(folders[0]); i++) {
		char path[100];

		snprintf(path, sizeof(path), "%s%s", directory, folders[i]);
		ck_assert_int_eq(mkdir(path, 0700), 0);
	}
	ck_assert_int_eq(qf_config_default(directory, &config, NULL), QF_OK);
	ck_assert_int_eq(qf_spool_open(&config, &spool, NULL), QF_OK);
}

static void
close_spool(void)
{
	char command[120];

	qf_spool_close(spool);
	qf_config_free(&config);
	snprintf(command, sizeof(command), "rm -r %s", directory);
	ck_assert_int_eq(system(command), 0);
}

static const struct {
	enum qf_check_kind kind;
	const char *path;
	const char *right;
	bool remembers;
	enum qf_check_cure cure;
	const char *to;
} decisions[] = {
	/* Nobody remembers anything: as postsuper does it. */
	{ QF_CHECK_WRONG_PLACE, "deferred/A123456", "deferred/A/A123456", false,
	  QF_CURE_MOVE, "deferred/A/A123456" },
	{ QF_CHECK_WRONG_INODE, "active/A123456", "active/A123457", false,
	  QF_CURE_MOVE, "active/A123457" },
	{ QF_CHECK_FIX_LEFT, "maildrop/A123456#FIX", "maildrop/A123456", false,
	  QF_CURE_MOVE, "maildrop/A123456" },
	{ QF_CHECK_NOT_READY, "deferred/A123456", "", false, QF_CURE_MODE, "" },
	/* Somebody may. */
	{ QF_CHECK_WRONG_PLACE, "deferred/A123456", "deferred/A/A123456", true,
	  QF_CURE_MOVE, "hold/A123456" },
	{ QF_CHECK_FIX_LEFT, "active/A123456#FIX", "active/A123456", true,
	  QF_CURE_MOVE, "hold/A123456" },
	{ QF_CHECK_NOT_READY, "deferred/A123456", "", true, QF_CURE_MOVE,
	  "hold/A123456" },
	{ QF_CHECK_WRONG_INODE, "active/A123456", "active/A123457", true,
	  QF_CURE_HOLD, "" },
	{ QF_CHECK_LONG_ID, "deferred/A123456", "deferred/A123457", true,
	  QF_CURE_HOLD, "" },
	{ QF_CHECK_WRONG_INODE, "hold/A123456", "hold/A123457", true,
	  QF_CURE_MOVE, "hold/A123457" },
	{ QF_CHECK_WRONG_INODE, "maildrop/A123456", "maildrop/A123457", true,
	  QF_CURE_LATER, "" },
	{ QF_CHECK_WRONG_PLACE, "maildrop/A123456", "maildrop/A123457", true,
	  QF_CURE_LATER, "" },
	{ QF_CHECK_TWO_QUEUES, "active/00001AB", "", true, QF_CURE_LATER, "" },
	{ QF_CHECK_TWO_QUEUES, "deferred/00001AB", "", true, QF_CURE_MOVE,
	  "hold/00001FF" },
	{ QF_CHECK_TWO_QUEUES, "active/00001AB", "active/00001FF", false,
	  QF_CURE_MOVE, "hold/00001FF" },
	/* Logs. */
	{ QF_CHECK_WRONG_PLACE, "defer/A123456", "defer/A/A123456", true,
	  QF_CURE_MOVE, "defer/A/A123456" },
	{ QF_CHECK_LOG_RENAMED, "defer/A/A123456", "defer/B/B123456", true,
	  QF_CURE_MOVE, "defer/B/B123456" },
	{ QF_CHECK_LOG_RENAMED, "bounce/A123456", "bounce/B123456", true,
	  QF_CURE_LATER, "" },
	{ QF_CHECK_LOG_ORPHAN, "trace/A123456", "", true, QF_CURE_LATER, "" },
	{ QF_CHECK_LOG_ORPHAN, "trace/A123456", "", false, QF_CURE_MOVE,
	  "mailq-tools-trash/set-aside/"
	  "trace.A123456.00000000000000000000000000000000.7" },
	/* Names of strangers do not go into ours. */
	{ QF_CHECK_FOREIGN_FILE, "hold/a b\n", "", true, QF_CURE_MOVE,
	  "mailq-tools-trash/set-aside/"
	  "hold.file.00000000000000000000000000000000.7" },
	{ QF_CHECK_DEEP_FOLDER, "deferred/A/B", "", true, QF_CURE_FOLDER, "" },
	/* A person decides. */
	{ QF_CHECK_DAMAGED, "hold/A123456", "", false, QF_CURE_NONE, "" },
	{ QF_CHECK_MANY_NAMES, "hold/A123456", "", false, QF_CURE_NONE, "" },
	{ QF_CHECK_CORRUPT, "corrupt/A123456", "", false, QF_CURE_NONE, "" },
	{ QF_CHECK_FILE_OWNER, "hold/A123456", "", false, QF_CURE_NONE, "" },
};

START_TEST(decides_by_queue_and_by_who_remembers)
{
	const struct qf_check_finding finding = {
		.kind = decisions[_i].kind,
		.path = decisions[_i].path,
		.inode = 0xff,
		.right = decisions[_i].right,
		.text = "",
	};
	const struct qf_job_id job = { { 0 } };
	struct qf_check_decision decision;

	qf_check_decide(spool, &finding, decisions[_i].remembers, &job, 7,
			&decision);
	ck_assert_int_eq(decision.cure, decisions[_i].cure);
	ck_assert_str_eq(decision.to, decisions[_i].to);
}
END_TEST

/* A report of which somebody still makes use keeps a message's name. */
START_TEST(waits_for_a_report_that_is_owed)
{
	const struct qf_check_finding finding = {
		.kind = QF_CHECK_WRONG_INODE,
		.path = "hold/A123456",
		.right = "hold/A1234FF",
		.text = "",
	};
	const struct qf_job_id job = { { 0 } };
	struct qf_check_decision decision;
	char path[100];
	FILE *log;

	snprintf(path, sizeof(path), "%s/bounce/A123456", directory);
	log = fopen(path, "w");
	ck_assert_ptr_nonnull(log);
	fclose(log);
	qf_check_decide(spool, &finding, true, &job, 0, &decision);
	ck_assert_int_eq(decision.cure, QF_CURE_LATER);
	unit_says(decision.why, "report");
	qf_check_decide(spool, &finding, false, &job, 0, &decision);
	ck_assert_int_eq(decision.cure, QF_CURE_MOVE);
	ck_assert(decision.with_logs);
}
END_TEST

START_TEST(a_report_is_in_order)
{
	static const struct qf_check_finding findings[] = {
		{ QF_CHECK_STALE, "b", 1, "", "" },
		{ QF_CHECK_WRONG_PLACE, "c", 2, "", "" },
		{ QF_CHECK_STALE, "a", 3, "", "" },
	};
	struct qf_check_report report = { .count = 0 };

	for (size_t i = 0; i < 3; i++)
		ck_assert(qf_check_add(&report, &findings[i]));
	qf_check_sort(&report);
	ck_assert_str_eq(report.items[0].path, "c");
	ck_assert_str_eq(report.items[1].path, "a");
	ck_assert_str_eq(report.items[2].path, "b");
	qf_check_report_free(&report);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("findings");
	TCase *tc = tcase_create("judgement");
	TCase *in_spool = tcase_create("decisions");

	tcase_add_loop_test(tc, every_kind_has_words, 0, QF_CHECK_KINDS);
	tcase_add_loop_test(tc, modes_are_told_from_marks, 0,
			    sizeof(modes) / sizeof(modes[0]));
	tcase_add_test(tc, far_is_further_than_any_try);
	tcase_add_test(tc, a_report_is_in_order);
	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(in_spool, open_spool, close_spool);
	tcase_add_loop_test(in_spool, decides_by_queue_and_by_who_remembers, 0,
			    sizeof(decisions) / sizeof(decisions[0]));
	tcase_add_test(in_spool, waits_for_a_report_that_is_owed);
	suite_add_tcase(suite, in_spool);
	return unit_run(suite);
}
