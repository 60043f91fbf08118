/*
 * check_plan_restore.c - what comes back from the trash is where it was, with
 * its logs, under an id that nobody remembers, and when nobody works on it.
 */
#include "queue-format/plan/plan.h"

#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "journal_sample.h"
#include "letter.h"
#include "plan_rig.h"
#include "unit.h"

#define ID "AB1C2D3"

static struct plan_rig rig;
static ino_t inode;
static ino_t log_inode;
static char trashed[300];
static struct qf_chosen chosen;
static int later; /* seconds, by our clock */

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

time_t
time(time_t *result)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	if (result != NULL)
		*result = now.tv_sec + later;
	return now.tv_sec + later;
}

static void
begin(void)
{
	later = 0;
	plan_rig_begin(&rig);
	rig.plan.wait_ms = 100;
}

static void
end(void)
{
	plan_rig_end(&rig);
}

enum qmgr { NEVER, SAME, ANOTHER, GONE, NOT_KNOWN, QMGRS };

static void
change_qmgr(enum qmgr qmgr)
{
	if (qmgr == ANOTHER)
		plan_rig_new_qmgr(&rig);
	else if (qmgr == GONE)
		plan_rig_end_qmgr(&rig);
	else if (qmgr == NOT_KNOWN)
		ck_assert_int_eq(unlink(scratch_path("pid/master.pid")), 0);
}

static bool
is_down(enum qmgr qmgr)
{
	return qmgr == NEVER || qmgr == GONE;
}

/* By its name alone. */
static void
choose_trashed(void)
{
	snprintf(trashed, sizeof(trashed), "%s", plan_rig_in_trash());
	chosen = (struct qf_chosen){ .id = trashed, .in_trash = true };
}

static void
start(enum qmgr qmgr)
{
	plan_rig_start(&rig, 0);
	if (qmgr != NEVER)
		plan_rig_new_qmgr(&rig);
}

/* It is deleted from this queue, with a delay log. */
static void
delete_from(enum qf_queue queue, const struct letter *letter, enum qmgr qmgr)
{
	const char *place = plan_rig_place(qf_spool_queue(queue), ID);

	letter_post(place, letter);
	inode = inode_of(place);
	scratch_text("defer/" ID, LETTER_LOG, 0600);
	log_inode = inode_of("defer/" ID);
	start(qmgr);
	ck_assert_int_eq(plan_rig_do(&rig, QF_DELETE, queue, ID)->outcome,
			 QF_OUTCOME_DONE);
	choose_trashed();
}

static const struct told *
restore(void)
{
	return plan_rig_do_chosen(&rig, QF_RESTORE, &chosen);
}

static void
expect_in_trash(void)
{
	ck_assert_uint_eq(inode_of(plan_rig_place(QF_TRASH, trashed)), inode);
	ck_assert_uint_eq(rig.renaming_count, 0);
}

/* It is back, with its log. */
static void
expect_back(const struct told *told, const char *folder, bool same_id)
{
	struct qf_journal_item item = plan_rig_item(&rig, &rig.job.id, 0);
	const char *place = plan_rig_place(folder, told->now);

	ck_assert_int_eq(plan_rig_count_files(QF_TRASH), 0);
	ck_assert_uint_eq(inode_of(place), inode);
	ck_assert_int_eq(strcmp(told->now, ID) == 0, same_id);
	if (!same_id)
		ck_assert(plan_rig_is_made_of(told->now, false, inode));
	ck_assert_str_eq(told->from, QF_TRASH);
	ck_assert_str_eq(told->to, folder);
	ck_assert_uint_eq(rig.renaming_count, same_id ? 0 : 1);
	ck_assert_uint_eq(inode_of(plan_rig_place("defer", told->now)),
			  log_inode);
	ck_assert_int_eq(plan_rig_count_files("defer"), 1);
	ck_assert_str_eq(item.from_folder, QF_TRASH);
	ck_assert_str_eq(item.from_id, trashed);
	ck_assert_str_eq(item.to_folder, folder);
	ck_assert_str_eq(item.to_id, told->now);
	ck_assert_int_eq(item.changed, changed_of(place));
	ck_assert_str_eq(plan_rig_resolve(&rig, ID), told->now);
}

enum since { NOTHING, TOUCHED, JOURNAL_LOST, SINCES };

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	return remove(path);
}

static void
lose_journal(void)
{
	qf_journal_close(rig.journal);
	ck_assert_int_eq(nftw(sample_journal_path(), remove_one, 8,
			      FTW_DEPTH | FTW_PHYS),
			 0);
	plan_rig_open_journal(&rig);
}

static void
let_it_happen(enum since since)
{
	if (since == TOUCHED)
		ck_assert_int_eq(
			chmod(scratch_path(plan_rig_place(QF_TRASH, trashed)),
			      0740),
			0);
	else if (since == JOURNAL_LOST)
		lose_journal();
}

static const struct {
	enum qf_queue queue;
	const char *to;
} origins[] = {
	{ QF_QUEUE_DEFERRED, "deferred" },
	{ QF_QUEUE_ACTIVE, "deferred" },
	{ QF_QUEUE_INCOMING, "deferred" },
	{ QF_QUEUE_HOLD, "hold" },
};

/* Every origin, whoever runs then, whatever has happened to it. */
START_TEST(back_to_where_it_was)
{
	int which = _i % COUNT(origins);
	enum qmgr qmgr = (enum qmgr)(_i / COUNT(origins) % QMGRS);
	enum since since = (enum since)(_i / COUNT(origins) / QMGRS);
	enum qf_queue queue = origins[which].queue;
	bool keeps_id = queue == QF_QUEUE_HOLD || is_down(qmgr) ||
			(queue == QF_QUEUE_DEFERRED && since == NOTHING);
	const struct told *told;

	delete_from(queue, &(struct letter){ .modified = 1234567 }, qmgr);
	change_qmgr(qmgr);
	let_it_happen(since);
	told = restore();
	plan_rig_expect(told, QF_OUTCOME_DONE, "");
	if (since != JOURNAL_LOST || keeps_id || queue == QF_QUEUE_HOLD) {
		expect_back(told, origins[which].to, keeps_id);
	} else {
		ck_assert_str_ne(told->now, ID);
		ck_assert_uint_eq(
			inode_of(plan_rig_place("deferred", told->now)), inode);
		ck_assert_uint_eq(inode_of(plan_rig_place("defer", told->now)),
				  log_inode);
	}
	ck_assert_int_eq(modified_of(plan_rig_place(told->to, told->now)),
			 1234567);
}
END_TEST

START_TEST(back_to_maildrop)
{
	bool with_qmgr = _i > 0;
	const struct told *told;

	delete_from(QF_QUEUE_MAILDROP, &(struct letter){ .modified = 1234567 },
		    with_qmgr ? SAME : NEVER);
	later = _i == 1 ? 0 : _i == 2 ? 50 : 61;
	told = restore();
	if (_i == 1 || _i == 2) {
		plan_rig_expect(told, QF_OUTCOME_BUSY,
				"pickup(8) may still be reading it: restore "
				"it in ");
		unit_says(told->text, " seconds");
		ck_assert_str_eq(told->to, QF_TRASH);
		expect_in_trash();
		return;
	}
	plan_rig_expect(told, QF_OUTCOME_DONE, "");
	expect_back(told, "maildrop", true);
	ck_assert_int_eq(modified_of("maildrop/" ID), 1234567);
}
END_TEST

/*
 * On hold under a new id, in the trash, on hold again: its logs stand under
 * the first one all the time.  The id on hold is known to who saw it there.
 */
START_TEST(a_long_way)
{
	bool with_qmgr = _i == 1;
	char held[300];
	const struct told *told;

	letter_post("active/" ID, NULL);
	inode = inode_of("active/" ID);
	scratch_text("defer/" ID, LETTER_LOG, 0600);
	log_inode = inode_of("defer/" ID);
	start(with_qmgr ? SAME : NEVER);
	told = plan_rig_do(&rig, QF_HOLD, QF_QUEUE_ACTIVE, ID);
	snprintf(held, sizeof(held), "%s", told->now);
	plan_rig_do(&rig, QF_DELETE, QF_QUEUE_HOLD, held);
	choose_trashed();
	told = restore();
	plan_rig_expect(told, QF_OUTCOME_DONE, "");
	ck_assert_str_eq(told->now, held);
	ck_assert_str_eq(told->to, "hold");
	ck_assert_uint_eq(inode_of("defer/" ID), log_inode);
	told = plan_rig_do(&rig, QF_RELEASE, QF_QUEUE_HOLD, held);
	plan_rig_expect(told, QF_OUTCOME_DONE, "");
	ck_assert_int_eq(strcmp(told->now, held) != 0, with_qmgr);
	ck_assert_str_ne(told->now, ID);
	ck_assert_uint_eq(inode_of(plan_rig_place("deferred", told->now)),
			  inode);
	ck_assert_uint_eq(inode_of(plan_rig_place("defer", told->now)),
			  log_inode);
	ck_assert_str_eq(plan_rig_resolve(&rig, ID), told->now);
}
END_TEST

/* Another message of this name, with a log of its own. */
START_TEST(the_name_is_taken)
{
	static const enum qf_queue queues[] = { QF_QUEUE_DEFERRED,
						QF_QUEUE_HOLD,
						QF_QUEUE_MAILDROP };
	const char *folder = qf_spool_queue(queues[_i]);
	const struct told *told;
	ino_t other;

	delete_from(queues[_i], NULL, NEVER);
	letter_post(plan_rig_place(folder, ID), NULL);
	other = inode_of(plan_rig_place(folder, ID));
	told = restore();
	ck_assert_uint_eq(inode_of(plan_rig_place(folder, ID)), other);
	if (_i == 0) {
		plan_rig_expect(told, QF_OUTCOME_DONE, "");
		ck_assert_str_ne(told->now, ID);
		ck_assert_uint_eq(
			inode_of(plan_rig_place("deferred", told->now)), inode);
		ck_assert_uint_eq(inode_of("defer/" ID), log_inode);
		ck_assert_str_eq(plan_rig_resolve(&rig, ID), told->now);
		return;
	}
	plan_rig_expect(told, QF_OUTCOME_REFUSED,
			"another message has this name in ");
	unit_says(told->text, folder);
	ck_assert_str_eq(told->to, QF_TRASH);
	expect_in_trash();
	ck_assert_ptr_null(plan_rig_item(&rig, &rig.job.id, 0).to_folder);
}
END_TEST

static void
let_go(struct plan_rig *r)
{
	if (r->idles == 3)
		plan_rig_order(r, "c");
}

/* Open for writing, and locked; it waits, or comes to nothing. */
START_TEST(somebody_works_on_it)
{
	const char *work = _i % 2 == 0 ? "w" : "wx";
	bool ends = _i >= 2;
	const struct told *told;
	int64_t changed;

	delete_from(QF_QUEUE_ACTIVE, NULL, SAME);
	plan_rig_agent(&rig, plan_rig_place(QF_TRASH, trashed));
	plan_rig_order(&rig, work);
	changed = changed_of(plan_rig_place(QF_TRASH, trashed));
	if (ends) {
		rig.plan.wait_ms = 30000;
		rig.on_idle = let_go;
	}
	told = restore();
	if (ends) {
		plan_rig_expect(told, QF_OUTCOME_DONE, "");
		ck_assert_int_ge(rig.idles, 3);
		expect_back(told, "deferred", false);
		return;
	}
	plan_rig_expect(told, QF_OUTCOME_BUSY,
			"still being delivered: left in the trash");
	ck_assert_str_eq(told->to, QF_TRASH);
	ck_assert_str_eq(told->now, ID);
	expect_in_trash();
	ck_assert_int_eq(changed_of(plan_rig_place(QF_TRASH, trashed)),
			 changed);
	ck_assert_uint_eq(inode_of("defer/" ID), log_inode);
}
END_TEST

/* The agent went on: Postfix removes it, and sends what it owes. */
START_TEST(delivered_meanwhile)
{
	const struct told *told;
	const char *place;

	delete_from(QF_QUEUE_ACTIVE, &(struct letter){ .modified = 1234567 },
		    SAME);
	plan_rig_agent(&rig, plan_rig_place(QF_TRASH, trashed));
	plan_rig_order(&rig, "wdc");
	told = restore();
	plan_rig_expect(told, QF_OUTCOME_GONE,
			"delivered or returned meanwhile");
	ck_assert_str_eq(told->to, "deferred");
	expect_back(told, "deferred", false);
	place = plan_rig_place("deferred", told->now);
	ck_assert_int_gt(modified_of(place), 1234567);
}
END_TEST

static void
be_tried(struct plan_rig *r)
{
	r->before_rename = NULL;
	scratch_text("defer/" ID, LETTER_LOG, 0600);
}

static const struct {
	int64_t created;
	bool has_log; /* when it was taken */
	bool is_sent; /* and is not there now */
	bool was_returned;
} returns[] = {
	{ 1000, true, true, true },
	{ 1000, true, false, false },
	{ 1000, false, false, false },
	{ 0, true, true, false },
};

/* bounce(8) was about to: its log was there when we took it. */
START_TEST(returned_meanwhile)
{
	const struct told *told;

	letter_post("active/" ID,
		    &(struct letter){ .created = returns[_i].created });
	inode = inode_of("active/" ID);
	start(SAME);
	if (returns[_i].has_log)
		rig.before_rename = be_tried;
	plan_rig_do(&rig, QF_DELETE, QF_QUEUE_ACTIVE, ID);
	choose_trashed();
	if (returns[_i].is_sent)
		ck_assert_int_eq(unlink(scratch_path("defer/" ID)), 0);
	for (int i = 0; i < 2; i++) {
		told = restore();
		if (!returns[_i].was_returned) {
			plan_rig_expect(told, QF_OUTCOME_DONE, "");
			ck_assert_str_eq(told->to, "deferred");
			return;
		}
		plan_rig_expect(told, QF_OUTCOME_RETURNED,
				"returned to its sender meanwhile: stays in "
				"the trash");
		ck_assert_str_eq(told->to, QF_TRASH);
		expect_in_trash();
	}
}
END_TEST

/* A mark that it got on hold says nothing about the time when it was taken. */
START_TEST(marked_since_it_was_taken)
{
	const struct told *told;
	char held[300];

	letter_post("active/" ID, NULL);
	scratch_text("defer/" ID, LETTER_LOG, 0600);
	start(SAME);
	told = plan_rig_do(&rig, QF_HOLD, QF_QUEUE_ACTIVE, ID);
	snprintf(held, sizeof(held), "%s", told->now);
	plan_rig_do(&rig, QF_EXPIRE, QF_QUEUE_HOLD, held);
	ck_assert_int_eq(unlink(scratch_path("defer/" ID)), 0);
	told = plan_rig_do(&rig, QF_RELEASE, QF_QUEUE_HOLD, held);
	plan_rig_expect(told, QF_OUTCOME_DONE, "");
	ck_assert_str_eq(told->to, "deferred");
}
END_TEST

static const struct {
	enum qf_queue queue;
	enum qmgr qmgr;
	bool journal_lost;
	bool waits;
} owed[] = {
	{ QF_QUEUE_ACTIVE, SAME, false, true },
	{ QF_QUEUE_ACTIVE, ANOTHER, false, false },
	{ QF_QUEUE_ACTIVE, GONE, false, false },
	{ QF_QUEUE_ACTIVE, NOT_KNOWN, false, true },
	{ QF_QUEUE_DEFERRED, SAME, false, false },
	{ QF_QUEUE_DEFERRED, SAME, true, true },
	{ QF_QUEUE_ACTIVE, ANOTHER, true, true },
};

START_TEST(a_report_is_owed)
{
	static const char *const logs[] = { "bounce", "trace" };
	const char *log = logs[_i / COUNT(owed)];
	const struct told *told;
	int i = _i % COUNT(owed);
	ino_t owed_inode;

	delete_from(owed[i].queue, NULL, owed[i].qmgr);
	scratch_text(plan_rig_place(log, ID), "x", 0600);
	owed_inode = inode_of(plan_rig_place(log, ID));
	change_qmgr(owed[i].qmgr);
	if (owed[i].journal_lost)
		lose_journal();
	told = restore();
	if (owed[i].waits) {
		plan_rig_expect(told, QF_OUTCOME_BUSY,
				"qmgr still has to send a report about it (a "
				"reload of Postfix makes it forget): left in "
				"the trash");
		expect_in_trash();
		ck_assert_uint_eq(inode_of(plan_rig_place(log, ID)),
				  owed_inode);
		return;
	}
	plan_rig_expect(told, QF_OUTCOME_DONE, "");
	ck_assert_uint_eq(inode_of(plan_rig_place(log, told->now)), owed_inode);
	ck_assert_int_eq(plan_rig_count_files(log), 1);
}
END_TEST

/*
 * Between two moves of ours somebody else has had it tried, and held it: that
 * it came from deferred once does not help.
 */
START_TEST(a_report_is_owed_after_a_long_way)
{
	letter_post("deferred/" ID, NULL);
	start(SAME);
	plan_rig_do(&rig, QF_HOLD, QF_QUEUE_DEFERRED, ID);
	give_name("hold/" ID, "active/" ID);
	scratch_text("bounce/" ID, "x", 0600);
	give_name("active/" ID, "hold/" ID);
	plan_rig_do(&rig, QF_DELETE, QF_QUEUE_HOLD, ID);
	choose_trashed();
	plan_rig_expect(restore(), QF_OUTCOME_DONE, "");
	plan_rig_expect(plan_rig_do(&rig, QF_RELEASE, QF_QUEUE_HOLD, ID),
			QF_OUTCOME_BUSY, "qmgr still has to send a report");
	ck_assert(exists("hold/" ID));
	ck_assert(exists("bounce/" ID));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("plan_restore");
	TCase *tc = tcase_create("plan_restore");

	tcase_add_unchecked_fixture(tc, scratch_begin, scratch_end);
	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_loop_test(tc, back_to_where_it_was, 0,
			    COUNT(origins) * QMGRS * SINCES);
	tcase_add_loop_test(tc, back_to_maildrop, 0, 4);
	tcase_add_loop_test(tc, a_long_way, 0, 2);
	tcase_add_loop_test(tc, the_name_is_taken, 0, 3);
	tcase_add_loop_test(tc, somebody_works_on_it, 0, 4);
	tcase_add_test(tc, delivered_meanwhile);
	tcase_add_loop_test(tc, returned_meanwhile, 0, COUNT(returns));
	tcase_add_test(tc, marked_since_it_was_taken);
	tcase_add_loop_test(tc, a_report_is_owed, 0, 2 * COUNT(owed));
	tcase_add_test(tc, a_report_is_owed_after_a_long_way);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
