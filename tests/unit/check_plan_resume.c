/*
 * check_plan_resume.c - a message that a dead program had taken out is dealt
 * with as if that had happened just now.
 */
#include "queue-format/plan/plan.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "journal_sample.h"
#include "plan_rig.h"
#include "unit.h"

/* The ids: old, and new. */
#define O "AB1C2D3"
#define N "EF4A5B6"

static struct plan_rig rig;
static int64_t youngest; /* ms from a change to the look at that message */

int
poll(struct pollfd *fds, nfds_t count, int timeout)
{
	return plan_rig_poll(&rig, fds, count, timeout);
}

int
fcntl(int file, int command, ...)
{
	struct timespec now;
	va_list args;
	struct stat st;
	long argument;

	va_start(args, command);
	argument = va_arg(args, long);
	va_end(args);
	if (command == F_SETLEASE && argument != F_UNLCK) {
		int64_t age;

		fstat(file, &st);
		clock_gettime(CLOCK_REALTIME_COARSE, &now);
		age = (now.tv_sec - st.st_ctim.tv_sec) * INT64_C(1000) +
		      (now.tv_nsec - st.st_ctim.tv_nsec) / 1000000;
		youngest = age < youngest ? age : youngest;
	}
	return (int)syscall(SYS_fcntl, file, command, argument);
}

static void
begin(void)
{
	plan_rig_begin(&rig);
	rig.base.config.maximal_queue_lifetime = 5000;
	youngest = INT64_MAX;
}

static void
end(void)
{
	plan_rig_end(&rig);
}

#define NOT_DONE  "not done: the program had been stopped"
#define MEANWHILE "delivered or returned meanwhile"

/* Logs that a release had taken along go back to where an earlier job left
 * them. */
START_TEST(logs_go_back_to_the_oldest_id)
{
	struct qf_journal_item item;
	struct qf_chosen chosen;
	ino_t log;

	letter_post("active/" O, NULL);
	scratch_text("defer/" O, "x", 0600);
	log = inode_of("defer/" O);
	plan_rig_start(&rig, 0);
	chosen = plan_rig_choose(QF_QUEUE_ACTIVE, O);
	plan_rig_expect(plan_rig_do_chosen(&rig, QF_HOLD, &chosen),
			QF_OUTCOME_DONE, "");
	item = plan_rig_prepared(&chosen, O, "hold", "deferred",
				 rig.told[0].now);
	item.from_id = rig.told[0].now;
	give_name("defer/" O, plan_rig_place("defer", rig.told[0].now));
	plan_rig_leave(&rig, "release", &item);
	plan_rig_recover(&rig, 1);
	plan_rig_expect(&rig.told[0], QF_OUTCOME_FAILED, NOT_DONE);
	ck_assert_uint_eq(inode_of("defer/" O), log);
}
END_TEST

/* A message that was taken out, as if that had been just now. */
static struct qf_job_id
leave_taken(const char *action, const struct letter *letter, uint64_t defer,
	    int64_t qmgr_pid, uint64_t qmgr_start)
{
	struct qf_journal_item item;
	struct qf_chosen chosen;

	letter_post("active/" O, letter);
	chosen = plan_rig_choose(QF_QUEUE_ACTIVE, O);
	plan_rig_open_journal(&rig);
	item = plan_rig_prepared(&chosen, O, "active", "hold", N);
	item.defer = defer;
	item.qmgr_pid = qmgr_pid;
	item.qmgr_start = qmgr_start;
	give_name("active/" O, "hold/" N);
	return plan_rig_leave(&rig, action, &item);
}

static const struct letter returned[] = {
	{ .mode = 0700 }, /* past its lifetime */
	{ .mode = 0710 }, /* marked */
	{ .mode = 0740 }, /* not due */
};

START_TEST(returned_while_nobody_looked)
{
	struct letter letter = returned[_i];
	bool is_due = _i < 2;
	char name[400];
	char job[QF_JOB_ID_TEXT];
	struct qf_job_id id;

	letter.created = time(NULL) - (_i == 0 ? 6000 : 1000);
	plan_rig_start_spool(&rig, 0);
	id = leave_taken("hold", &letter, 7, 0, 0);
	plan_rig_recover(&rig, 1);
	if (!is_due) {
		plan_rig_expect(&rig.told[0], QF_OUTCOME_DONE, "");
		ck_assert(exists("hold/" N));
		return;
	}
	plan_rig_expect(&rig.told[0], QF_OUTCOME_RETURNED, "returned");
	qf_job_id_text(&id, job);
	snprintf(name, sizeof(name), "returned." N ".%s", job);
	ck_assert(exists(plan_rig_place(QF_TRASH, name)));
}
END_TEST

/* Who had it may still send a report: the same qmgr, or another one. */
START_TEST(reports_that_are_owed)
{
	struct qf_process qmgr;
	bool same = _i == 0;

	plan_rig_start_spool(&rig, 0);
	plan_rig_new_qmgr(&rig);
	ck_assert_int_eq(qf_daemon_qmgr(rig.daemon, &qmgr, &rig.err), QF_OK);
	scratch_text("bounce/" O, "x", 0600);
	leave_taken("hold", &(struct letter){ .recipients = "D" }, 0, qmgr.pid,
		    qmgr.start + (same ? 0 : 1));
	rig.plan.wait_ms = 100;
	plan_rig_recover(&rig, 1);
	if (same) {
		plan_rig_expect(&rig.told[0], QF_OUTCOME_BUSY,
				"on hold, but qmgr still has to send a report");
		ck_assert(exists("hold/" N));
		ck_assert(exists("bounce/" O));
		ck_assert_str_eq(plan_rig_resolve(&rig, O), N);
		return;
	}
	plan_rig_expect(&rig.told[0], QF_OUTCOME_GONE, MEANWHILE);
	ck_assert(exists("deferred/" N));
	ck_assert(exists("bounce/" N));
}
END_TEST

START_TEST(still_being_delivered)
{
	struct qf_job_id id;
	struct qf_journal_item item;

	plan_rig_start_spool(&rig, 0);
	id = leave_taken("requeue", NULL, 0, 0, 0);
	plan_rig_agent(&rig, "hold/" N);
	plan_rig_order(&rig, "w");
	rig.plan.wait_ms = 200;
	plan_rig_recover(&rig, 1);
	plan_rig_expect(&rig.told[0], QF_OUTCOME_BUSY,
			"on hold, but still being delivered");
	item = plan_rig_item(&rig, &id, 0);
	ck_assert_int_eq(item.outcome, QF_OUTCOME_BUSY);
	ck_assert_str_eq(item.to_folder, "hold");
	ck_assert_str_eq(item.to_id, N);
	ck_assert(exists("hold/" N));
}
END_TEST

START_TEST(a_moment_after_the_rename)
{
	plan_rig_start_spool(&rig, 0);
	leave_taken("hold", NULL, 0, 0, 0);
	plan_rig_recover(&rig, 1);
	plan_rig_expect(&rig.told[0], QF_OUTCOME_DONE, "");
	ck_assert_int_ge(youngest, 90);
}
END_TEST

/* Jobs of this process, and such as have another meaning. */
START_TEST(others_are_left_alone)
{
	struct qf_job job = sample_job("hold");
	struct qf_journal_item item;
	struct qf_chosen chosen;
	uint64_t sum;

	letter_post("hold/" N, NULL);
	plan_rig_start(&rig, 0);
	chosen = plan_rig_choose(QF_QUEUE_HOLD, N);
	item = plan_rig_prepared(&chosen, O, "active", "hold", N);
	plan_rig_leave(&rig, "polish", &item);
	ck_assert_int_eq(qf_journal_begin(rig.journal, &job, &rig.err), QF_OK);
	ck_assert_int_eq(
		qf_journal_prepare(rig.journal, &job.id, &item, 1, &rig.err),
		QF_OK);
	sum = plan_rig_sum();
	plan_rig_recover(&rig, 0);
	ck_assert_uint_eq(rig.told_count, 0);
	ck_assert_uint_eq(plan_rig_sum(), sum);
	ck_assert_int_eq(plan_rig_job(&rig, &job.id).state, QF_JOB_RUNNING);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("plan_resume");
	TCase *tc = tcase_create("plan_resume");

	tcase_add_unchecked_fixture(tc, scratch_begin, scratch_end);
	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, logs_go_back_to_the_oldest_id);
	tcase_add_loop_test(tc, returned_while_nobody_looked, 0,
			    COUNT(returned));
	tcase_add_loop_test(tc, reports_that_are_owed, 0, 2);
	tcase_add_test(tc, still_being_delivered);
	tcase_add_test(tc, a_moment_after_the_rename);
	tcase_add_test(tc, others_are_left_alone);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
