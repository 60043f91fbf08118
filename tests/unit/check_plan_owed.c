/*
 * check_plan_owed.c - no report that Postfix owes a sender is lost, or sent
 * twice: a message waits for the qmgr that has to send it.
 */
#include "queue-format/plan/plan.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plan_rig.h"
#include "unit.h"

#define ID "AB1C2D3"

static struct plan_rig rig;
static char held[300];
static ino_t inode;
static ino_t log_inode;

int
poll(struct pollfd *fds, nfds_t count, int timeout)
{
	return plan_rig_poll(&rig, fds, count, timeout);
}

int
renameat2(int from_fd, const char *from, int to_fd, const char *to,
	  unsigned flags)
{
	return plan_rig_rename(&rig, from_fd, from, to_fd, to, flags);
}

static const char *put_to;
static bool is_noted; /* next: what is done then */

/* LMDB's: what is about to be done is on the disk. */
int
fdatasync(int fd)
{
	if (is_noted)
		give_name(plan_rig_place("hold", held),
			  plan_rig_place(put_to, held));
	is_noted = false;
	return fsync(fd);
}

static void
begin(void)
{
	is_noted = false;
	plan_rig_begin(&rig);
	rig.plan.wait_ms = 100;
}

static void
end(void)
{
	plan_rig_end(&rig);
}

static const char *const logs[] = { "bounce", "trace" };
#define LOGS 2

enum holder { FROM_ACTIVE, FROM_DEFERRED, SOMEBODY };

/* It is on hold, and a report is owed under its old name. */
static void
set_up(enum holder holder, const char *log, const struct letter *letter,
       bool with_qmgr)
{
	static const char *const places[] = { "active/" ID, "deferred/" ID,
					      "hold/" ID };
	static const enum qf_queue queues[] = { QF_QUEUE_ACTIVE,
						QF_QUEUE_DEFERRED };

	letter_post(places[holder], letter);
	inode = inode_of(places[holder]);
	plan_rig_start(&rig, 0);
	if (with_qmgr)
		plan_rig_new_qmgr(&rig);
	snprintf(held, sizeof(held), "%s", ID);
	if (holder != SOMEBODY) {
		const struct told *told =
			plan_rig_do(&rig, QF_HOLD, queues[holder], ID);

		plan_rig_expect(told, QF_OUTCOME_DONE, "");
		snprintf(held, sizeof(held), "%s", told->now);
	}
	/* An agent has said meanwhile that it failed for good. */
	scratch_text(plan_rig_place(log, ID), "x", 0600);
	log_inode = inode_of(plan_rig_place(log, ID));
}

static void
expect_left(const char *log)
{
	ck_assert_uint_eq(inode_of(plan_rig_place("hold", held)), inode);
	ck_assert_uint_eq(inode_of(plan_rig_place(log, ID)), log_inode);
	ck_assert_uint_eq(rig.renaming_count, 0);
}

/* The same qmgr, another one, and none. */
#define LATER 3

static void
change_qmgr(int which)
{
	if (which == 1)
		plan_rig_new_qmgr(&rig);
	else if (which == 2)
		plan_rig_end_qmgr(&rig);
}

START_TEST(the_qmgr_that_had_it_sends_it)
{
	const char *log = logs[_i % LOGS];
	int which = _i / LOGS;
	const struct told *told;

	set_up(FROM_ACTIVE, log, NULL, true);
	change_qmgr(which);
	told = plan_rig_do(&rig, QF_RELEASE, QF_QUEUE_HOLD, held);
	if (which == 0) {
		plan_rig_expect(told, QF_OUTCOME_BUSY,
				"qmgr still has to send a report about it "
				"(a reload of Postfix makes it forget): left "
				"on hold");
		expect_left(log);
		return;
	}
	plan_rig_expect(told, QF_OUTCOME_DONE, "");
	ck_assert_str_eq(told->now, held);
	ck_assert_uint_eq(inode_of(plan_rig_place("deferred", held)), inode);
	ck_assert_uint_eq(inode_of(plan_rig_place(log, held)), log_inode);
	ck_assert(!exists(plan_rig_place(log, ID)));
}
END_TEST

/*
 * Between the renaming and the note of it, only the job that has held a
 * message knows whose logs it has.
 */
START_TEST(waits_for_who_has_held_it)
{
	const char *log = logs[_i % LOGS];
	struct qf_journal_item item;
	struct qf_chosen chosen;
	const struct told *told;

	letter_post("active/" ID, NULL);
	inode = inode_of("active/" ID);
	plan_rig_start(&rig, 0);
	snprintf(held, sizeof(held), "AB1C2D4");
	scratch_text(plan_rig_place(log, ID), "x", 0600);
	log_inode = inode_of(plan_rig_place(log, ID));
	chosen = plan_rig_choose(QF_QUEUE_ACTIVE, ID);
	item = plan_rig_prepared(&chosen, ID, "active", "hold", held);
	(void)plan_rig_leave(&rig, "hold", &item);
	give_name("active/" ID, plan_rig_place("hold", held));
	if (_i < LOGS)
		told = plan_rig_do(&rig, QF_RELEASE, QF_QUEUE_HOLD, held);
	else
		told = plan_rig_do(&rig, QF_PURGE, QF_QUEUE_HOLD, held);
	plan_rig_expect(told, QF_OUTCOME_BUSY,
			_i < LOGS ? "another job is at work on it: left on "
				    "hold"
				  : "another job is at work on it");
	expect_left(log);
	/* That one has died, and is brought to its end. */
	plan_rig_recover(&rig, 1);
	told = plan_rig_do(&rig, QF_RELEASE, QF_QUEUE_HOLD, held);
	plan_rig_expect(told, QF_OUTCOME_DONE, "");
	ck_assert_uint_eq(inode_of(plan_rig_place("deferred", told->now)),
			  inode);
	ck_assert_uint_eq(inode_of(plan_rig_place(log, told->now)), log_inode);
}
END_TEST

static void
is_sent(struct plan_rig *r)
{
	if (r->idles == 3)
		ck_assert_int_eq(unlink(scratch_path("bounce/" ID)), 0);
}

START_TEST(waits_until_it_is_sent)
{
	const struct told *told;

	set_up(FROM_ACTIVE, "bounce", NULL, true);
	rig.plan.wait_ms = 30000;
	rig.on_idle = is_sent;
	told = plan_rig_do(&rig, QF_RELEASE, QF_QUEUE_HOLD, held);
	plan_rig_expect(told, QF_OUTCOME_DONE, "");
	ck_assert_int_ge(rig.idles, 3);
	ck_assert_uint_eq(inode_of(plan_rig_place("deferred", held)), inode);
	ck_assert(!exists(plan_rig_place("bounce", held)));
}
END_TEST

/* No qmgr had it, so that the one that was started since will not send it. */
START_TEST(no_qmgr_had_it)
{
	const struct told *told;

	set_up(FROM_ACTIVE, "bounce", NULL, false);
	plan_rig_new_qmgr(&rig);
	told = plan_rig_do(&rig, QF_RELEASE, QF_QUEUE_HOLD, held);
	plan_rig_expect(told, QF_OUTCOME_DONE, "");
	ck_assert_uint_eq(inode_of(plan_rig_place("bounce", held)), log_inode);
}
END_TEST

START_TEST(nobody_knows_which_qmgr_runs)
{
	const char *log = logs[_i];

	set_up(FROM_ACTIVE, log, NULL, true);
	ck_assert_int_eq(unlink(scratch_path("pid/master.pid")), 0);
	plan_rig_expect(plan_rig_do(&rig, QF_RELEASE, QF_QUEUE_HOLD, held),
			QF_OUTCOME_BUSY, "qmgr still has to send a report");
	expect_left(log);
}
END_TEST

/* In deferred/ no qmgr had it any more; but somebody may have touched it. */
START_TEST(from_deferred_nothing_is_owed)
{
	bool touched = _i == 1;
	const struct told *told;

	set_up(FROM_DEFERRED, "bounce", NULL, true);
	if (touched)
		ck_assert_int_eq(chmod(scratch_path("hold/" ID), 0740), 0);
	told = plan_rig_do(&rig, QF_RELEASE, QF_QUEUE_HOLD, held);
	if (touched) {
		plan_rig_expect(told, QF_OUTCOME_BUSY, "qmgr still has to");
		expect_left("bounce");
		return;
	}
	plan_rig_expect(told, QF_OUTCOME_DONE, "");
	ck_assert_str_eq(told->now, ID);
	ck_assert_uint_eq(inode_of("bounce/" ID), log_inode);
}
END_TEST

START_TEST(somebody_else_has_held_it)
{
	bool with_qmgr = _i == 1;
	const struct told *told;

	set_up(SOMEBODY, "trace", NULL, with_qmgr);
	told = plan_rig_do(&rig, QF_RELEASE, QF_QUEUE_HOLD, held);
	if (with_qmgr) {
		plan_rig_expect(told, QF_OUTCOME_BUSY, "qmgr still has to");
		expect_left("trace");
		return;
	}
	plan_rig_expect(told, QF_OUTCOME_DONE, "");
	ck_assert_str_eq(told->now, ID);
	ck_assert_uint_eq(inode_of("trace/" ID), log_inode);
}
END_TEST

/* Nobody is left, but the failed ones are to be reported. */
START_TEST(nobody_is_left_but_a_report)
{
	static const enum qf_verb verbs[] = { QF_RELEASE, QF_REQUEUE };
	enum qf_verb verb = verbs[_i % 2];
	int which = _i / 2;
	const struct told *told;

	set_up(SOMEBODY, "bounce", &(struct letter){ .recipients = "DD" },
	       which != 2);
	told = plan_rig_do(&rig, verb, QF_QUEUE_HOLD, held);
	if (which != 2) {
		plan_rig_expect(told, QF_OUTCOME_BUSY,
				"qmgr still has to send a report about it: "
				"left on hold");
		expect_left("bounce");
		return;
	}
	plan_rig_expect(told, QF_OUTCOME_GONE,
			"delivered or returned meanwhile");
	ck_assert_str_eq(told->to, "deferred");
	ck_assert_uint_eq(inode_of(plan_rig_place("bounce", told->now)),
			  log_inode);
	ck_assert_uint_eq(inode_of(plan_rig_place("deferred", told->now)),
			  inode);
}
END_TEST

/* Held while its last recipients failed: hold waits, and so does release. */
START_TEST(held_with_nobody_left)
{
	bool same = _i == 0;
	const struct told *told;
	struct qf_chosen chosen;

	letter_post("active/" ID, &(struct letter){ .recipients = "DD" });
	scratch_text("bounce/" ID, "x", 0600);
	log_inode = inode_of("bounce/" ID);
	inode = inode_of("active/" ID);
	plan_rig_start(&rig, 0);
	plan_rig_new_qmgr(&rig);
	chosen = plan_rig_choose(QF_QUEUE_ACTIVE, ID);
	told = plan_rig_do_chosen(&rig, QF_HOLD, &chosen);
	plan_rig_expect(told, QF_OUTCOME_BUSY,
			"on hold, but qmgr still has to send a report");
	ck_assert_uint_eq(inode_of("bounce/" ID), log_inode);
	ck_assert_str_eq(plan_rig_resolve(&rig, ID), told->now);
	if (!same)
		plan_rig_new_qmgr(&rig);
	told = plan_rig_do_chosen(&rig, QF_RELEASE, &chosen);
	plan_rig_expect(told, same ? QF_OUTCOME_BUSY : QF_OUTCOME_GONE,
			same ? "qmgr still has to" : "delivered or returned");
	ck_assert_uint_eq(
		inode_of(plan_rig_place("bounce", same ? ID : told->now)),
		log_inode);
	ck_assert_uint_eq(
		inode_of(plan_rig_place(same ? "hold" : "deferred", told->now)),
		inode);
}
END_TEST

/* What pickup(8) makes of it has another id. */
START_TEST(with_a_report_it_is_not_requeued)
{
	const char *log = logs[_i % LOGS];
	int which = _i / LOGS;
	const struct told *told;

	set_up(FROM_ACTIVE, log, NULL, true);
	change_qmgr(which);
	told = plan_rig_do(&rig, QF_REQUEUE, QF_QUEUE_HOLD, held);
	if (which == 0)
		plan_rig_expect(told, QF_OUTCOME_BUSY,
				"qmgr still has to send a report about it: "
				"left on hold");
	else
		plan_rig_expect(told, QF_OUTCOME_REFUSED,
				"on hold: a report is owed to its sender, "
				"which Postfix sends if it is released");
	expect_left(log);
}
END_TEST

START_TEST(from_deferred_it_is_not_requeued)
{
	const char *log = _i < LOGS ? logs[_i] : "defer";
	const struct told *told;
	int64_t changed;

	letter_post("deferred/" ID, NULL);
	scratch_text(plan_rig_place(log, ID), "x", 0600);
	plan_rig_start(&rig, 0);
	if (_i == LOGS) {
		told = plan_rig_do(&rig, QF_REQUEUE, QF_QUEUE_DEFERRED, ID);
		plan_rig_expect(told, QF_OUTCOME_DONE, "");
		return;
	}
	changed = changed_of("deferred/" ID);
	told = plan_rig_do(&rig, QF_REQUEUE, QF_QUEUE_DEFERRED, ID);
	plan_rig_expect(told, QF_OUTCOME_REFUSED,
			"a report is owed to its sender, which nobody would "
			"send after that");
	ck_assert_str_eq(told->to, "deferred");
	ck_assert_int_eq(changed_of("deferred/" ID), changed);
}
END_TEST

/* Taken out of active/, it stays on hold, under its new id. */
START_TEST(from_active_it_is_not_requeued)
{
	bool with_qmgr = _i == 1;
	const struct told *told;
	struct qf_journal_item item;

	letter_post("active/" ID, NULL);
	scratch_text("bounce/" ID, "x", 0600);
	plan_rig_start(&rig, 0);
	if (with_qmgr)
		plan_rig_new_qmgr(&rig);
	told = plan_rig_do(&rig, QF_REQUEUE, QF_QUEUE_ACTIVE, ID);
	if (with_qmgr)
		plan_rig_expect(told, QF_OUTCOME_BUSY,
				"on hold, but qmgr still has to");
	else
		plan_rig_expect(told, QF_OUTCOME_REFUSED,
				"on hold: a report is owed to its sender");
	ck_assert_str_eq(told->to, "hold");
	ck_assert(exists(plan_rig_place("hold", told->now)));
	ck_assert(exists("bounce/" ID));
	item = plan_rig_item(&rig, &rig.job.id, 0);
	ck_assert_int_eq(item.outcome, told->outcome);
	ck_assert_str_eq(item.to_folder, "hold");
	ck_assert_str_eq(plan_rig_resolve(&rig, ID), told->now);
}
END_TEST

/* After the log and before the message. */
static void
put_it_back(struct plan_rig *r)
{
	if (r->renames != 2)
		return;
	r->before_rename = NULL;
	give_name(plan_rig_place("hold", held), plan_rig_place(put_to, held));
}

/*
 * Somebody else releases it in the moment in which we have its log: it goes
 * where the message went, and not back to where nobody would look for it.
 */
START_TEST(two_who_release_it)
{
	static const char *const places[] = { "deferred", "active" };
	const char *log = logs[_i / 2];

	set_up(FROM_ACTIVE, log, NULL, false);
	plan_rig_new_qmgr(&rig);
	put_to = places[_i % 2];
	rig.renames = 0;
	rig.before_rename = put_it_back;
	plan_rig_expect(plan_rig_do(&rig, QF_RELEASE, QF_QUEUE_HOLD, held),
			QF_OUTCOME_ALREADY, "not on hold");
	ck_assert_uint_eq(inode_of(plan_rig_place(put_to, held)), inode);
	ck_assert_uint_eq(inode_of(plan_rig_place(log, held)), log_inode);
	ck_assert(!exists(plan_rig_place(log, ID)));
}
END_TEST

static void
note_next(struct plan_rig *r)
{
	(void)r;
	is_noted = true;
}

/* And while the journal is written: then its logs are not touched at all. */
START_TEST(who_has_released_it_meanwhile)
{
	const char *log = logs[_i];

	set_up(FROM_ACTIVE, log, NULL, false);
	plan_rig_new_qmgr(&rig);
	put_to = "active";
	rig.renames = 0;
	rig.on_begin = note_next;
	plan_rig_expect(plan_rig_do(&rig, QF_RELEASE, QF_QUEUE_HOLD, held),
			QF_OUTCOME_ALREADY, "not on hold");
	ck_assert_uint_eq(inode_of(plan_rig_place("active", held)), inode);
	ck_assert_uint_eq(inode_of(plan_rig_place(log, ID)), log_inode);
	ck_assert_int_eq(rig.renames, 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("plan_owed");
	TCase *tc = tcase_create("plan_owed");

	tcase_add_unchecked_fixture(tc, scratch_begin, scratch_end);
	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_loop_test(tc, waits_for_who_has_held_it, 0, 2 * LOGS);
	tcase_add_loop_test(tc, the_qmgr_that_had_it_sends_it, 0, LOGS * LATER);
	tcase_add_test(tc, waits_until_it_is_sent);
	tcase_add_test(tc, no_qmgr_had_it);
	tcase_add_loop_test(tc, two_who_release_it, 0, 2 * LOGS);
	tcase_add_loop_test(tc, who_has_released_it_meanwhile, 0, LOGS);
	tcase_add_loop_test(tc, nobody_knows_which_qmgr_runs, 0, LOGS);
	tcase_add_loop_test(tc, from_deferred_nothing_is_owed, 0, 2);
	tcase_add_loop_test(tc, somebody_else_has_held_it, 0, 2);
	tcase_add_loop_test(tc, nobody_is_left_but_a_report, 0, 2 * LATER);
	tcase_add_loop_test(tc, held_with_nobody_left, 0, 2);
	tcase_add_loop_test(tc, with_a_report_it_is_not_requeued, 0,
			    LOGS * LATER);
	tcase_add_loop_test(tc, from_deferred_it_is_not_requeued, 0, LOGS + 1);
	tcase_add_loop_test(tc, from_active_it_is_not_requeued, 0, 2);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
