/*
 * check_plan_undo.c - what is taken back is as it was, times included, unless
 * somebody has touched it since.
 */
#include "queue-format/plan/plan.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "letter.h"
#include "plan_rig.h"
#include "unit.h"

#define ID   "AB1C2D3"
#define THEN 1234567 /* its time, before */

static struct plan_rig rig;
static struct qf_chosen chosen;
static char now[300];
static ino_t inode;

int
poll(struct pollfd *fds, nfds_t count, int timeout)
{
	return plan_rig_poll(&rig, fds, count, timeout);
}

/* The message is tried in the moment before it gets its mark, or loses it. */
static bool is_tried;

int
fchmod(int fd, mode_t mode)
{
	if (is_tried)
		give_name("deferred/" ID, "active/" ID);
	is_tried = false;
	return (int)syscall(SYS_fchmod, fd, mode);
}

static void
begin(void)
{
	is_tried = false;
	plan_rig_begin(&rig);
	rig.plan.wait_ms = 100;
}

static void
end(void)
{
	plan_rig_end(&rig);
}

static void
post(enum qf_queue queue, mode_t mode)
{
	const char *place = plan_rig_place(qf_spool_queue(queue), ID);

	letter_post(place, &(struct letter){ .modified = THEN, .mode = mode });
	inode = inode_of(place);
	plan_rig_start(&rig, 0);
	plan_rig_new_qmgr(&rig);
}

/* As the journal has it, to be taken back. */
static void
choose_from_journal(enum qf_queue queue)
{
	struct qf_journal_item item = plan_rig_item(&rig, &rig.job.id, 0);

	snprintf(now, sizeof(now), "%s",
		 item.to_id != NULL ? item.to_id : item.from_id);
	chosen = (struct qf_chosen){
		.id = now,
		.queue = queue,
		.in_trash = item.to_folder != NULL &&
			    strcmp(item.to_folder, QF_TRASH) == 0,
		.inode = item.inode,
		.birth = item.birth,
		.modified = item.modified,
		.changed = item.changed,
	};
	ck_assert_int_eq(item.modified, THEN);
}

/* Until the clock of the file system goes on: each change has its own time. */
static void
next_tick(void)
{
	int64_t last;

	scratch_text("tick", "", 0600);
	last = changed_of("tick");
	while (changed_of("tick") == last)
		scratch_text("tick", "", 0600);
}

static void
touch(const char *folder)
{
	next_tick();
	ck_assert_int_eq(chmod(scratch_path(plan_rig_place(folder, now)),
			       mode_of(plan_rig_place(folder, now))),
			 0);
}

START_TEST(a_release_at_once)
{
	bool touched = _i == 1;
	const struct told *told;
	int64_t tried;

	post(QF_QUEUE_DEFERRED, 0);
	plan_rig_do(&rig, QF_HOLD, QF_QUEUE_DEFERRED, ID);
	rig.plan.now = true;
	plan_rig_do(&rig, QF_RELEASE, QF_QUEUE_HOLD, ID);
	rig.plan.now = false;
	tried = modified_of("deferred/" ID);
	ck_assert_int_gt(tried, THEN);
	choose_from_journal(QF_QUEUE_DEFERRED);
	if (touched)
		touch("deferred");
	told = plan_rig_do_chosen(&rig, QF_HOLD, &chosen);
	plan_rig_expect(told, QF_OUTCOME_DONE, "");
	ck_assert_uint_eq(inode_of("hold/" ID), inode);
	ck_assert_int_eq(modified_of("hold/" ID), touched ? tried : THEN);
	ck_assert_int_eq(plan_rig_item(&rig, &rig.job.id, 0).changed,
			 changed_of("hold/" ID));
}
END_TEST

/* No time was known, and it keeps the one that it has. */
START_TEST(no_time_to_give_back)
{
	post(QF_QUEUE_DEFERRED, 0);
	chosen = plan_rig_choose(QF_QUEUE_DEFERRED, ID);
	chosen.changed = changed_of("deferred/" ID);
	plan_rig_do_chosen(&rig, QF_HOLD, &chosen);
	ck_assert_int_eq(modified_of("hold/" ID), THEN);
}
END_TEST

START_TEST(a_delete)
{
	static const enum qf_queue queues[] = { QF_QUEUE_DEFERRED,
						QF_QUEUE_HOLD };
	const char *folder = qf_spool_queue(queues[_i]);

	post(queues[_i], 0);
	plan_rig_do(&rig, QF_DELETE, queues[_i], ID);
	choose_from_journal(QF_QUEUE_DEFERRED);
	plan_rig_expect(plan_rig_do_chosen(&rig, QF_RESTORE, &chosen),
			QF_OUTCOME_DONE, "");
	ck_assert_uint_eq(inode_of(plan_rig_place(folder, ID)), inode);
	ck_assert_int_eq(modified_of(plan_rig_place(folder, ID)), THEN);
}
END_TEST

static const struct {
	enum qf_queue queue;
	bool now; /* it was to be tried at once */
	bool touched;
	int64_t then; /* its time after that; 0: that of the expiry */
} marks[] = {
	{ QF_QUEUE_DEFERRED, false, false, THEN },
	{ QF_QUEUE_DEFERRED, true, false, THEN },
	{ QF_QUEUE_DEFERRED, true, true, 0 },
	{ QF_QUEUE_HOLD, false, false, THEN },
	{ QF_QUEUE_INCOMING, false, false, THEN },
};

START_TEST(an_expiry)
{
	enum qf_queue queue = marks[_i].queue;
	const char *folder = qf_spool_queue(queue);
	const char *place = plan_rig_place(folder, ID);
	struct qf_journal_item item;
	const struct told *told;
	int64_t expired;

	post(queue, 0);
	rig.plan.now = marks[_i].now;
	plan_rig_do(&rig, QF_EXPIRE, queue, ID);
	rig.plan.now = false;
	ck_assert_uint_eq(mode_of(place), 0710);
	expired = modified_of(place);
	choose_from_journal(queue);
	if (marks[_i].touched)
		touch(folder);
	told = plan_rig_do_chosen(&rig, QF_UNEXPIRE, &chosen);
	plan_rig_expect(told, QF_OUTCOME_DONE, "");
	ck_assert_str_eq(told->to, folder);
	ck_assert_str_eq(told->now, ID);
	ck_assert_uint_eq(mode_of(place), 0700);
	ck_assert_int_eq(modified_of(place),
			 marks[_i].then == 0 ? expired : marks[_i].then);
	item = plan_rig_item(&rig, &rig.job.id, 0);
	ck_assert_int_eq(item.outcome, QF_OUTCOME_DONE);
	ck_assert_int_eq(item.changed, changed_of(place));
	ck_assert_ptr_null(item.to_folder);
}
END_TEST

START_TEST(no_expiry)
{
	static const enum qf_queue queues[] = { QF_QUEUE_DEFERRED,
						QF_QUEUE_HOLD,
						QF_QUEUE_ACTIVE };
	const char *place = plan_rig_place(qf_spool_queue(queues[_i]), ID);
	const struct told *told;

	post(queues[_i], 0740);
	told = plan_rig_do(&rig, QF_UNEXPIRE, queues[_i], ID);
	plan_rig_expect(told, QF_OUTCOME_ALREADY, "not marked");
	ck_assert_uint_eq(mode_of(place), 0740);
}
END_TEST

static void
be_deferred(struct plan_rig *r)
{
	if (r->idles == 3)
		give_name("active/" ID, "deferred/" ID);
}

enum attempt { UNDER_WAY, COMES_TO_NOTHING, NO_QMGR };

/* qmgr has read the mark, and returns it at the end. */
START_TEST(an_expiry_while_it_is_tried)
{
	const char *folder = _i == COMES_TO_NOTHING ? "deferred" : "active";
	const struct told *told;

	post(QF_QUEUE_ACTIVE, 0710);
	if (_i == NO_QMGR)
		plan_rig_end_qmgr(&rig);
	if (_i == COMES_TO_NOTHING) {
		rig.on_idle = be_deferred;
		rig.plan.wait_ms = 30000;
	}
	told = plan_rig_do(&rig, QF_UNEXPIRE, QF_QUEUE_ACTIVE, ID);
	if (_i == UNDER_WAY) {
		plan_rig_expect(told, QF_OUTCOME_BUSY,
				"an attempt is under way that returns it");
		ck_assert_uint_eq(mode_of("active/" ID), 0710);
		return;
	}
	plan_rig_expect(told, QF_OUTCOME_DONE, "");
	ck_assert_uint_eq(mode_of(plan_rig_place(folder, ID)), 0700);
	ck_assert_int_eq(modified_of(plan_rig_place(folder, ID)), THEN);
}
END_TEST

static void
is_returned(struct plan_rig *r)
{
	if (r->idles == 3)
		remove(scratch_path("active/" ID));
}

static const struct race {
	enum qf_verb verb;
	mode_t before;
	mode_t after;
	void (*then)(struct plan_rig *r); /* NULL: it stays active */
	enum qf_outcome outcome;
	const char *says;
} races[] = {
	{ QF_UNEXPIRE, 0710, 0700, NULL, QF_OUTCOME_BUSY,
	  "not marked any more, but an attempt is under way that may return "
	  "it" },
	{ QF_UNEXPIRE, 0710, 0700, be_deferred, QF_OUTCOME_DONE, "" },
	{ QF_UNEXPIRE, 0710, 0, is_returned, QF_OUTCOME_GONE,
	  "delivered or returned by the attempt that was under way" },
	{ QF_EXPIRE, 0700, 0710, NULL, QF_OUTCOME_BUSY,
	  "marked; takes effect after the attempt under way" },
	{ QF_EXPIRE, 0700, 0710, be_deferred, QF_OUTCOME_DONE, "" },
};

/* What qmgr has read nobody knows until the attempt is over. */
START_TEST(it_is_tried_meanwhile)
{
	const struct race *race = &races[_i];
	const struct told *told;

	post(QF_QUEUE_DEFERRED, race->before);
	rig.on_idle = race->then;
	if (race->then != NULL)
		rig.plan.wait_ms = 30000;
	is_tried = true;
	told = plan_rig_do(&rig, race->verb, QF_QUEUE_DEFERRED, ID);
	plan_rig_expect(told, race->outcome, race->says);
	ck_assert_int_eq(plan_rig_item(&rig, &rig.job.id, 0).outcome,
			 race->outcome);
	if (race->outcome == QF_OUTCOME_GONE)
		return;
	ck_assert_uint_eq(mode_of(plan_rig_place(told->to, ID)), race->after);
	ck_assert_str_eq(told->to, race->then == NULL ? "active" : "deferred");
}
END_TEST

START_TEST(an_expiry_in_maildrop)
{
	post(QF_QUEUE_MAILDROP, 0710);
	plan_rig_expect(plan_rig_do(&rig, QF_UNEXPIRE, QF_QUEUE_MAILDROP, ID),
			QF_OUTCOME_REFUSED, "in maildrop");
	ck_assert_uint_eq(mode_of("maildrop/" ID), 0710);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("plan_undo");
	TCase *tc = tcase_create("plan_undo");

	tcase_add_unchecked_fixture(tc, scratch_begin, scratch_end);
	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_loop_test(tc, a_release_at_once, 0, 2);
	tcase_add_test(tc, no_time_to_give_back);
	tcase_add_loop_test(tc, a_delete, 0, 2);
	tcase_add_loop_test(tc, an_expiry, 0, COUNT(marks));
	tcase_add_loop_test(tc, no_expiry, 0, 3);
	tcase_add_loop_test(tc, an_expiry_while_it_is_tried, 0, 3);
	tcase_add_loop_test(tc, it_is_tried_meanwhile, 0, COUNT(races));
	tcase_add_test(tc, an_expiry_in_maildrop);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
