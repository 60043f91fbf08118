/*
 * check_plan_delete.c - what is deleted is in the trash, whole and under a
 * name that says where it was; and if it cannot be, nothing has happened.
 */
#include "queue-format/plan/plan.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "letter.h"
#include "plan_rig.h"
#include "unit.h"

#define ID "AB1C2D3"

static struct plan_rig rig;
static ino_t inode;

/* From this rename on they fail with `error'; 0: none does. */
static int fail_from;
static int fail_with;

int
poll(struct pollfd *fds, nfds_t count, int timeout)
{
	return plan_rig_poll(&rig, fds, count, timeout);
}

int
renameat2(int from_fd, const char *from, int to_fd, const char *to,
	  unsigned flags)
{
	if (fail_from > 0 && rig.renames + 1 >= fail_from) {
		errno = fail_with;
		return -1;
	}
	return plan_rig_rename(&rig, from_fd, from, to_fd, to, flags);
}

static void
begin(void)
{
	fail_from = 0;
	plan_rig_begin(&rig);
	rig.plan.wait_ms = 100;
}

static void
end(void)
{
	plan_rig_end(&rig);
}

static const enum qf_queue queues[] = { QF_QUEUE_MAILDROP, QF_QUEUE_INCOMING,
					QF_QUEUE_ACTIVE, QF_QUEUE_DEFERRED,
					QF_QUEUE_HOLD };
static const char *const logs[] = { "defer", "bounce" };

START_TEST(goes_to_the_trash)
{
	enum qf_queue queue = queues[_i % COUNT(queues)];
	bool with_qmgr = _i >= COUNT(queues);
	const char *from = qf_spool_queue(queue);
	const char *place = plan_rig_place(from, ID);
	const char *name;
	const struct told *told;
	struct qf_journal_item item;
	ino_t log_inodes[COUNT(logs)];

	letter_post(place, &(struct letter){ .recipients = "RDD",
					     .modified = 1234567,
					     .mode = 0740 });
	inode = inode_of(place);
	for (int i = 0; i < COUNT(logs); i++) {
		scratch_text(plan_rig_place(logs[i], ID), "x", 0600);
		log_inodes[i] = inode_of(plan_rig_place(logs[i], ID));
	}
	plan_rig_start(&rig, 0);
	if (with_qmgr)
		plan_rig_new_qmgr(&rig);
	told = plan_rig_do(&rig, QF_DELETE, queue, ID);
	plan_rig_expect(told, QF_OUTCOME_DONE,
			queue == QF_QUEUE_MAILDROP && with_qmgr
				? "may have been picked up"
				: "");
	ck_assert_str_eq(told->from, from);
	ck_assert_str_eq(told->to, QF_TRASH);
	ck_assert_str_eq(told->now, ID);
	ck_assert_int_eq(told->was_active, queue == QF_QUEUE_ACTIVE);
	ck_assert_uint_eq(told->done, queue == QF_QUEUE_ACTIVE ? 2 : 0);
	ck_assert_uint_eq(rig.renaming_count, 0);
	name = plan_rig_trashed(&rig.job.id, from, ID);
	place = plan_rig_place(QF_TRASH, name);
	ck_assert_uint_eq(inode_of(place), inode);
	ck_assert_int_eq(modified_of(place), 1234567);
	ck_assert_uint_eq(mode_of(place), 0740);
	ck_assert(!exists(plan_rig_place(from, ID)));
	/* Until it is restored or purged. */
	for (int i = 0; i < COUNT(logs); i++)
		ck_assert_uint_eq(inode_of(plan_rig_place(logs[i], ID)),
				  log_inodes[i]);
	item = plan_rig_item(&rig, &rig.job.id, 0);
	ck_assert_int_eq(item.outcome, QF_OUTCOME_DONE);
	ck_assert_str_eq(item.from_folder, from);
	ck_assert_str_eq(item.from_id, ID);
	ck_assert_str_eq(item.to_folder, QF_TRASH);
	ck_assert_str_eq(item.to_id, name);
	ck_assert_int_eq(item.changed, changed_of(place));
	ck_assert_int_eq(item.modified, 1234567);
	if (queue == QF_QUEUE_ACTIVE) {
		ck_assert_uint_eq(item.defer, log_inodes[0]);
		ck_assert_uint_eq(item.bounce, log_inodes[1]);
	}
	ck_assert_int_eq(item.qmgr_pid, with_qmgr ? rig.qmgr : 0);
	ck_assert_int_eq(rig.result.trash_full, false);
}
END_TEST

START_TEST(there_is_no_trash)
{
	const struct told *told;

	letter_post("deferred/" ID, NULL);
	inode = inode_of("deferred/" ID);
	ck_assert_int_eq(rmdir(scratch_path(QF_TRASH)), 0);
	plan_rig_start(&rig, 0);
	told = plan_rig_do(&rig, QF_DELETE, QF_QUEUE_DEFERRED, ID);
	plan_rig_expect(told, QF_OUTCOME_FAILED, "there is no such folder");
	ck_assert_str_eq(told->to, "deferred");
	ck_assert_uint_eq(inode_of("deferred/" ID), inode);
	ck_assert_ptr_null(plan_rig_item(&rig, &rig.job.id, 0).to_folder);
	ck_assert(!exists(QF_TRASH));
}
END_TEST

#define MANY 80

static char ids[MANY][12];
static struct qf_chosen many[MANY];

static void
post_many(void)
{
	for (int i = 0; i < MANY; i++) {
		snprintf(ids[i], sizeof(ids[i]), "AB%03d", i);
		letter_post(plan_rig_place("deferred", ids[i]), NULL);
	}
	plan_rig_start(&rig, 0);
	plan_rig_new_qmgr(&rig);
	for (int i = 0; i < MANY; i++)
		many[i] = plan_rig_choose(QF_QUEUE_DEFERRED, ids[i]);
}

static const struct {
	int error;
	bool is_full;
} failures[] = {
	{ ENOSPC, true },
	{ EDQUOT, true },
	{ EROFS, true },
	{ EIO, false },
};

/* Some were moved before; the others are where they were. */
START_TEST(the_trash_is_full)
{
	bool is_full = failures[_i].is_full;
	const uint64_t *counts = rig.result.counts;

	post_many();
	plan_rig_limit_files(96 + 4 * 16);
	fail_from = 4;
	fail_with = failures[_i].error;
	plan_rig_run(&rig, QF_DELETE, many, MANY, is_full ? QF_STOPPED : QF_OK);
	ck_assert_int_eq(rig.result.trash_full, is_full);
	ck_assert_uint_eq(counts[QF_OUTCOME_DONE], 3);
	ck_assert_int_eq(plan_rig_count_files(QF_TRASH), 3);
	ck_assert_int_eq(plan_rig_count_files("deferred"), MANY - 3);
	ck_assert_uint_eq(counts[QF_OUTCOME_FAILED] + rig.result.left,
			  MANY - 3);
	plan_rig_expect(&rig.told[3], QF_OUTCOME_FAILED,
			strerror(failures[_i].error));
	if (!is_full) {
		ck_assert_uint_eq(rig.result.left, 0);
		return;
	}
	ck_assert_uint_gt(rig.result.left, MANY / 2);
	plan_rig_expect(&rig.told[4], QF_OUTCOME_FAILED,
			"the trash takes no more");
	ck_assert_str_eq(rig.told[4].to, "deferred");
	/* And when there is room again. */
	fail_from = 0;
	plan_rig_run(&rig, QF_DELETE, many + 3, MANY - 3, QF_OK);
	ck_assert_uint_eq(counts[QF_OUTCOME_DONE], MANY - 3);
	ck_assert_int_eq(rig.result.trash_full, false);
	ck_assert_int_eq(plan_rig_count_files(QF_TRASH), MANY);
}
END_TEST

/* Nobody is left; but who has more for another trash is to stop. */
START_TEST(the_trash_is_full_for_the_only_one)
{
	struct qf_chosen chosen;

	letter_post("deferred/" ID, NULL);
	inode = inode_of("deferred/" ID);
	plan_rig_start(&rig, 0);
	fail_from = 1;
	fail_with = ENOSPC;
	chosen = plan_rig_choose(QF_QUEUE_DEFERRED, ID);
	plan_rig_run(&rig, QF_DELETE, &chosen, 1, QF_STOPPED);
	plan_rig_expect(&rig.told[0], QF_OUTCOME_FAILED, "No space left");
	ck_assert_str_eq(rig.err.text, "the trash takes no more");
	ck_assert_uint_eq(rig.result.left, 0);
	ck_assert(rig.result.trash_full);
	ck_assert_uint_eq(inode_of("deferred/" ID), inode);
}
END_TEST

/* While we wait: the trash is full from then on. */
static void
be_returned(struct plan_rig *r)
{
	if (r->idles != 1)
		return;
	ck_assert_int_eq(unlink(scratch_path("defer/A1")), 0);
	fail_from = 1;
}

/* That one message of many was returned does not stop who is held. */
START_TEST(a_full_trash_does_not_stop_a_hold)
{
	struct qf_chosen chosen[2];
	const char *held;

	letter_post("active/A1", &(struct letter){ .created = 1000 });
	scratch_text("defer/A1", LETTER_LOG, 0600);
	letter_post("deferred/A2", NULL);
	plan_rig_start(&rig, 0);
	chosen[0] = plan_rig_choose(QF_QUEUE_ACTIVE, "A1");
	chosen[1] = plan_rig_choose(QF_QUEUE_DEFERRED, "A2");
	rig.on_idle = be_returned;
	fail_with = ENOSPC;
	plan_rig_run(&rig, QF_HOLD, chosen, 1, QF_OK);
	plan_rig_expect(&rig.told[0], QF_OUTCOME_FAILED, "No space left");
	ck_assert_int_eq(rig.result.trash_full, false);
	held = plan_rig_place("hold", rig.told[0].now);
	ck_assert_uint_eq(inode_of(held), chosen[0].inode);
	fail_from = 0;
	plan_rig_run(&rig, QF_HOLD, chosen + 1, 1, QF_OK);
	plan_rig_expect(&rig.told[0], QF_OUTCOME_DONE, "");
}
END_TEST

static void
be_deferred(struct plan_rig *r)
{
	if (r->idles == 3)
		give_name("active/" ID, "deferred/" ID);
}

enum end { LEFT_ALONE, DEFERRED_THEN, NO_QMGR };

START_TEST(not_at_the_end_of_an_attempt)
{
	const char *origin = _i == DEFERRED_THEN ? "deferred" : "active";
	const struct told *told;

	letter_post("active/" ID, &(struct letter){ .mode = 0710 });
	scratch_text("defer/" ID, LETTER_LOG, 0600);
	inode = inode_of("active/" ID);
	plan_rig_start(&rig, 0);
	if (_i != NO_QMGR)
		plan_rig_new_qmgr(&rig);
	if (_i == DEFERRED_THEN) {
		rig.on_idle = be_deferred;
		rig.plan.wait_ms = 30000;
	}
	told = plan_rig_do(&rig, QF_DELETE, QF_QUEUE_ACTIVE, ID);
	if (_i == LEFT_ALONE) {
		plan_rig_expect(told, QF_OUTCOME_BUSY,
				"at the end of an attempt: left as it was");
		ck_assert_uint_eq(inode_of("active/" ID), inode);
		return;
	}
	plan_rig_expect(told, QF_OUTCOME_DONE, "");
	ck_assert_str_eq(told->from, origin);
	ck_assert_uint_eq(
		inode_of(plan_rig_place(
			QF_TRASH, plan_rig_trashed(&rig.job.id, origin, ID))),
		inode);
}
END_TEST

static void
become_active(struct plan_rig *r)
{
	r->before_rename = NULL;
	give_name("deferred/" ID, "active/" ID);
}

/* Its name says where it was in the end: what qmgr remembers then. */
START_TEST(a_lost_race)
{
	const struct told *told;
	struct qf_journal_item item;

	letter_post("deferred/" ID, NULL);
	inode = inode_of("deferred/" ID);
	plan_rig_start(&rig, 0);
	plan_rig_new_qmgr(&rig);
	rig.before_rename = become_active;
	told = plan_rig_do(&rig, QF_DELETE, QF_QUEUE_DEFERRED, ID);
	plan_rig_expect(told, QF_OUTCOME_DONE, "");
	ck_assert(told->was_active);
	ck_assert_str_eq(plan_rig_in_trash(),
			 plan_rig_trashed(&rig.job.id, "active", ID));
	item = plan_rig_item(&rig, &rig.job.id, 0);
	ck_assert_str_eq(item.from_folder, "active");
	ck_assert_str_eq(item.to_id, plan_rig_in_trash());
}
END_TEST

static void
be_delivered(struct plan_rig *r)
{
	r->before_rename = NULL;
	ck_assert_int_eq(unlink(scratch_path("deferred/" ID)), 0);
}

START_TEST(delivered_in_the_last_moment)
{
	const struct told *told;

	letter_post("deferred/" ID, NULL);
	plan_rig_start(&rig, 0);
	rig.before_rename = be_delivered;
	told = plan_rig_do(&rig, QF_DELETE, QF_QUEUE_DEFERRED, ID);
	plan_rig_expect(told, QF_OUTCOME_GONE,
			"delivered, returned or removed");
	ck_assert_str_eq(told->now, ID);
	ck_assert_str_eq(told->to, "");
	ck_assert_int_eq(plan_rig_count_files(QF_TRASH), 0);
}
END_TEST

/* By somebody of us: it is not in any queue, and has no queue id. */
START_TEST(deleted_by_somebody_else)
{
	static const enum qf_verb verbs[] = { QF_HOLD,	 QF_RELEASE, QF_REQUEUE,
					      QF_EXPIRE, QF_DELETE,  QF_PURGE };
	struct qf_chosen chosen;
	const struct told *told;

	letter_post("deferred/" ID, NULL);
	plan_rig_start(&rig, 0);
	chosen = plan_rig_choose(QF_QUEUE_DEFERRED, ID);
	plan_rig_do_chosen(&rig, QF_DELETE, &chosen);
	told = plan_rig_do_chosen(&rig, verbs[_i], &chosen);
	plan_rig_expect(told, QF_OUTCOME_GONE,
			"delivered, returned or removed");
	ck_assert_str_eq(told->now, ID);
	ck_assert_str_eq(told->to, "");
	ck_assert_int_eq(plan_rig_count_files(QF_TRASH), 1);
}
END_TEST

START_TEST(what_is_in_the_trash_stays_there)
{
	static const enum qf_verb verbs[] = { QF_HOLD,	   QF_RELEASE,
					      QF_REQUEUE,  QF_EXPIRE,
					      QF_UNEXPIRE, QF_DELETE };
	struct qf_chosen chosen;

	letter_post("deferred/" ID, NULL);
	plan_rig_start(&rig, 0);
	plan_rig_do(&rig, QF_DELETE, QF_QUEUE_DEFERRED, ID);
	chosen = plan_rig_choose_trashed(plan_rig_in_trash());
	plan_rig_expect(plan_rig_do_chosen(&rig, verbs[_i], &chosen),
			QF_OUTCOME_REFUSED, "in the trash");
	ck_assert(exists(plan_rig_place(QF_TRASH, chosen.id)));
}
END_TEST

START_TEST(another_message_stays)
{
	struct qf_chosen chosen;

	letter_post("deferred/" ID, NULL);
	plan_rig_start(&rig, 0);
	chosen = plan_rig_choose(QF_QUEUE_DEFERRED, ID);
	give_name("deferred/" ID, "X");
	letter_post("deferred/" ID, NULL);
	inode = inode_of("deferred/" ID);
	plan_rig_expect(plan_rig_do_chosen(&rig, QF_DELETE, &chosen),
			QF_OUTCOME_CHANGED, "another message has this id now");
	ck_assert_uint_eq(inode_of("deferred/" ID), inode);
}
END_TEST

/* Put aside by Postfix, or with a name for which there is no room. */
START_TEST(what_cannot_be_deleted)
{
	char id[240] = { 0 };
	struct qf_chosen chosen;
	const struct told *told;

	if (_i == 0)
		memset(id, 'A', sizeof(id) - 1);
	else
		memcpy(id, ID, sizeof(ID));
	letter_post(plan_rig_place(_i == 0 ? "hold" : "corrupt", id), NULL);
	plan_rig_start(&rig, 0);
	chosen =
		plan_rig_choose(_i == 0 ? QF_QUEUE_HOLD : QF_QUEUE_CORRUPT, id);
	told = plan_rig_do_chosen(&rig, QF_DELETE, &chosen);
	if (_i == 0)
		plan_rig_expect(told, QF_OUTCOME_FAILED,
				"its id is too long for the trash");
	else
		plan_rig_expect(told, QF_OUTCOME_REFUSED, "damaged");
	ck_assert_int_eq(plan_rig_count_files(QF_TRASH), 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("plan_delete");
	TCase *tc = tcase_create("plan_delete");

	tcase_add_unchecked_fixture(tc, scratch_begin, scratch_end);
	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_loop_test(tc, goes_to_the_trash, 0, 2 * COUNT(queues));
	tcase_add_test(tc, there_is_no_trash);
	tcase_add_loop_test(tc, the_trash_is_full, 0, COUNT(failures));
	tcase_add_test(tc, the_trash_is_full_for_the_only_one);
	tcase_add_test(tc, a_full_trash_does_not_stop_a_hold);
	tcase_add_loop_test(tc, not_at_the_end_of_an_attempt, 0, 3);
	tcase_add_test(tc, a_lost_race);
	tcase_add_test(tc, delivered_in_the_last_moment);
	tcase_add_loop_test(tc, deleted_by_somebody_else, 0, 6);
	tcase_add_loop_test(tc, what_is_in_the_trash_stays_there, 0, 6);
	tcase_add_test(tc, another_message_stays);
	tcase_add_loop_test(tc, what_cannot_be_deleted, 0, 2);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
