/*
 * check_plan_active.c - what is being delivered: nothing is taken away at the
 * end of an attempt, and a mark lasts through it.
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

#define ID "AB1C2D3"

static struct plan_rig rig;

/* What happens when the journal has been written, before a move. */
static void (*when_noted)(void);

int
poll(struct pollfd *fds, nfds_t count, int timeout)
{
	return plan_rig_poll(&rig, fds, count, timeout);
}

/* LMDB's calls come here, too. */
int
fdatasync(int fd)
{
	void (*then)(void) = when_noted;

	when_noted = NULL;
	if (then != NULL)
		then();
	return (int)syscall(SYS_fdatasync, fd);
}

static void
begin(void)
{
	plan_rig_begin(&rig);
	rig.base.config.maximal_queue_lifetime = 5000;
	rig.base.config.bounce_queue_lifetime = 2000;
}

static void
end(void)
{
	plan_rig_end(&rig);
}

static const struct {
	int64_t age;
	int64_t warn; /* so many seconds ago */
	const char *sender;
	mode_t mode;
	const char *log;
	bool at_end;
} ends[] = {
	{ 6000, 0, NULL, 0, "defer", true },
	{ 4970, 0, NULL, 0, "defer", true }, /* with a margin */
	{ 4000, 0, NULL, 0, "defer", false },
	{ 4000, 0, "", 0, "defer", true }, /* a bounce has less time */
	{ 1500, 0, "", 0, "defer", false },
	{ 6000, 0, NULL, 0, NULL, false }, /* nothing deferred so far */
	{ 6000, 0, NULL, 0, "bounce", false },
	{ 1000, 0, NULL, 0710, NULL, true },
	{ 1000, 0, NULL, 0710, "defer", true },
	{ 1000, 0, NULL, 0740, "defer", false },
	{ 1000, 10, NULL, 0, "defer", true },
	{ 1000, -30, NULL, 0, "defer", true },
	{ 1000, 10, NULL, 0, NULL, false },
	{ 1000, -500, NULL, 0, "defer", false },
	{ 1000, 0, NULL, 0, "trace", true },
	{ 1000, 0, NULL, 0, "bounce", false },
};

static void
post(enum qf_queue queue, int i)
{
	time_t now = time(NULL);
	const char *place = plan_rig_place(qf_spool_queue(queue), ID);

	letter_post(place,
		    &(struct letter){
			    .sender = ends[i].sender,
			    .created = now - ends[i].age,
			    .warn = ends[i].warn == 0 ? 0 : now - ends[i].warn,
			    .mode = ends[i].mode,
		    });
	if (ends[i].log != NULL)
		scratch_text(plan_rig_place(ends[i].log, ID), "x", 0600);
	plan_rig_start(&rig, 0);
}

/* Hold, and requeue. */
#define TAKERS 2
static const enum qf_verb takers[TAKERS] = { QF_HOLD, QF_REQUEUE };

static void
expect_untouched(ino_t inode, int64_t changed)
{
	ck_assert_uint_eq(inode_of("active/" ID), inode);
	ck_assert_int_eq(changed_of("active/" ID), changed);
	ck_assert_uint_eq(rig.renaming_count, 0);
	ck_assert_str_eq(plan_rig_resolve(&rig, ID), ID);
}

START_TEST(not_at_the_end_of_an_attempt)
{
	int i = _i / TAKERS;
	enum qf_verb verb = takers[_i % TAKERS];
	const struct told *told;
	int64_t changed;
	ino_t inode;

	post(QF_QUEUE_ACTIVE, i);
	inode = inode_of("active/" ID);
	changed = changed_of("active/" ID);
	rig.plan.wait_ms = 60;
	plan_rig_new_qmgr(&rig);
	told = plan_rig_do(&rig, verb, QF_QUEUE_ACTIVE, ID);
	if (!ends[i].at_end) {
		ck_assert_ptr_null(strstr(told->text, "end of an attempt"));
		ck_assert(!exists("active/" ID));
		return;
	}
	plan_rig_expect(told, QF_OUTCOME_BUSY,
			"at the end of an attempt: left as it was");
	ck_assert_str_eq(told->to, "active");
	ck_assert(!told->was_active);
	expect_untouched(inode, changed);
}
END_TEST

/* Without a queue manager nobody writes anything. */
START_TEST(no_end_without_qmgr)
{
	post(QF_QUEUE_ACTIVE, 0);
	rig.plan.wait_ms = 0;
	plan_rig_expect(plan_rig_do(&rig, QF_HOLD, QF_QUEUE_ACTIVE, ID),
			QF_OUTCOME_DONE, "");
}
END_TEST

/* In incoming/ no attempt has begun. */
START_TEST(incoming_has_no_end)
{
	post(QF_QUEUE_INCOMING, 0);
	rig.plan.wait_ms = 0;
	plan_rig_expect(plan_rig_do(&rig, QF_HOLD, QF_QUEUE_INCOMING, ID),
			QF_OUTCOME_DONE, "");
}
END_TEST

static void
is_deferred(struct plan_rig *r)
{
	if (r->idles == 3)
		give_name("active/" ID, "deferred/" ID);
}

START_TEST(waits_until_it_has_left)
{
	const char *to = _i == 0 ? "hold" : "maildrop";
	const struct told *told;
	ino_t inode;

	post(QF_QUEUE_ACTIVE, 0);
	inode = inode_of("active/" ID);
	plan_rig_new_qmgr(&rig);
	rig.on_idle = is_deferred;
	told = plan_rig_do(&rig, takers[_i], QF_QUEUE_ACTIVE, ID);
	plan_rig_expect(told, QF_OUTCOME_DONE, "");
	ck_assert_int_ge(rig.idles, 3);
	ck_assert_str_eq(told->from, "deferred");
	ck_assert_str_eq(told->to, to);
	ck_assert_str_eq(told->now, ID);
	ck_assert_uint_eq(inode_of(plan_rig_place(to, ID)), inode);
}
END_TEST

static void
is_returned(struct plan_rig *r)
{
	if (r->idles == 3)
		ck_assert_int_eq(unlink(scratch_path("active/" ID)), 0);
}

START_TEST(it_may_be_returned_meanwhile)
{
	const struct told *told;

	post(QF_QUEUE_ACTIVE, 0);
	plan_rig_new_qmgr(&rig);
	rig.on_idle = is_returned;
	told = plan_rig_do(&rig, QF_HOLD, QF_QUEUE_ACTIVE, ID);
	plan_rig_expect(told, QF_OUTCOME_GONE,
			"delivered, returned or removed meanwhile");
}
END_TEST

static void
defer_it(void)
{
	scratch_text("defer/" ID, LETTER_LOG, 0600);
}

static void
defer_it_when_noted(struct plan_rig *r)
{
	(void)r;
	when_noted = defer_it;
}

/* The attempt comes to its end while the journal is written. */
START_TEST(looks_again_before_it_moves)
{
	bool leaves = _i == 1;
	const struct told *told;
	struct qf_journal_item item;

	letter_post("active/" ID,
		    &(struct letter){ .created = time(NULL) - 6000 });
	plan_rig_start(&rig, 0);
	plan_rig_new_qmgr(&rig);
	rig.plan.wait_ms = leaves ? 30000 : 60;
	rig.on_idle = leaves ? is_deferred : NULL;
	rig.on_begin = defer_it_when_noted;
	told = plan_rig_do(&rig, QF_HOLD, QF_QUEUE_ACTIVE, ID);
	ck_assert(exists("defer/" ID));
	item = plan_rig_item(&rig, &rig.job.id, 0);
	ck_assert_str_eq(item.from_id, ID);
	ck_assert_str_eq(told->now, ID);
	ck_assert_uint_eq(rig.renaming_count, 0);
	if (leaves) {
		plan_rig_expect(told, QF_OUTCOME_DONE, "");
		ck_assert_str_eq(item.from_folder, "deferred");
		ck_assert_str_eq(item.to_folder, "hold");
		ck_assert_str_eq(item.to_id, ID);
		return;
	}
	plan_rig_expect(told, QF_OUTCOME_BUSY, "at the end of an attempt");
	ck_assert(exists("active/" ID));
	ck_assert_int_eq(item.outcome, QF_OUTCOME_BUSY);
	ck_assert_ptr_null(item.to_folder);
	ck_assert_ptr_null(item.to_id);
	ck_assert_str_eq(plan_rig_resolve(&rig, ID), ID);
}
END_TEST

/* qmgr writes the mode that it has read before. */
static void
is_deferred_unmarked(struct plan_rig *r)
{
	if (r->idles != 3)
		return;
	ck_assert_uint_eq(mode_of("active/" ID), 0710);
	ck_assert_int_eq(chmod(scratch_path("active/" ID), 0700), 0);
	give_name("active/" ID, "deferred/" ID);
}

START_TEST(a_mark_is_read_back)
{
	bool unmarked = _i == 1;
	const struct told *told;
	struct qf_journal_item item;

	letter_post("active/" ID, NULL);
	plan_rig_start(&rig, 0);
	plan_rig_new_qmgr(&rig);
	rig.on_idle = unmarked ? is_deferred_unmarked : is_deferred;
	told = plan_rig_do(&rig, QF_EXPIRE, QF_QUEUE_ACTIVE, ID);
	plan_rig_expect(told, QF_OUTCOME_DONE, "");
	ck_assert_int_ge(rig.idles, 3);
	ck_assert_str_eq(told->from, "active");
	ck_assert_str_eq(told->to, "deferred");
	ck_assert(told->was_active);
	ck_assert_uint_eq(mode_of("deferred/" ID), 0710);
	item = plan_rig_item(&rig, &rig.job.id, 0);
	ck_assert_int_eq(item.outcome, QF_OUTCOME_DONE);
	ck_assert_uint_eq(item.mode, 0700);
	ck_assert_int_eq(item.changed, changed_of("deferred/" ID));
	ck_assert_ptr_null(item.to_folder);
}
END_TEST

START_TEST(a_mark_on_what_stays_active)
{
	const struct told *told;

	letter_post("active/" ID, NULL);
	plan_rig_start(&rig, 0);
	plan_rig_new_qmgr(&rig);
	rig.plan.wait_ms = 100;
	told = plan_rig_do(&rig, QF_EXPIRE, QF_QUEUE_ACTIVE, ID);
	plan_rig_expect(told, QF_OUTCOME_BUSY,
			"marked; takes effect after the attempt under way");
	ck_assert_uint_eq(mode_of("active/" ID), 0710);
	ck_assert_ptr_null(plan_rig_item(&rig, &rig.job.id, 0).to_folder);
}
END_TEST

/*
 * With a mark it would be returned at once, by what the log tells: whoever is
 * not in it would never be heard of.
 */
static const enum qf_queue partial[] = { QF_QUEUE_DEFERRED, QF_QUEUE_INCOMING };

START_TEST(a_log_that_leaves_out_somebody)
{
	const char *place = plan_rig_place(qf_queue_name(partial[_i]), ID);
	letter_post(place, &(struct letter){ .recipients = "RR" });
	scratch_text("defer/" ID, "<r0@y.example>: late\n\n", 0600);
	plan_rig_start(&rig, 0);
	rig.plan.wait_ms = 60;
	plan_rig_expect(plan_rig_do(&rig, QF_EXPIRE, partial[_i], ID),
			QF_OUTCOME_BUSY,
			"its last attempt was cut short, and Postfix would not "
			"tell of all recipients: not marked");
	ck_assert_uint_eq(mode_of(place), 0700);
	scratch_text("defer/" ID, LETTER_LOG, 0600);
	plan_rig_expect(plan_rig_do(&rig, QF_EXPIRE, partial[_i], ID),
			QF_OUTCOME_DONE, "");
	ck_assert_uint_eq(mode_of(place), 0710);
}
END_TEST

START_TEST(a_mark_on_what_is_returned)
{
	letter_post("active/" ID, NULL);
	plan_rig_start(&rig, 0);
	plan_rig_new_qmgr(&rig);
	rig.on_idle = is_returned;
	plan_rig_expect(plan_rig_do(&rig, QF_EXPIRE, QF_QUEUE_ACTIVE, ID),
			QF_OUTCOME_GONE,
			"delivered or returned by the attempt that was under "
			"way");
}
END_TEST

/* Tried at once: also where that is known only after the attempt. */
START_TEST(now_is_after_the_attempt)
{
	letter_post("active/" ID,
		    &(struct letter){ .modified = time(NULL) + 5000 });
	plan_rig_start(&rig, 0);
	plan_rig_new_qmgr(&rig);
	rig.on_idle = is_deferred_unmarked;
	rig.plan.now = true;
	plan_rig_expect(plan_rig_do(&rig, QF_EXPIRE, QF_QUEUE_ACTIVE, ID),
			QF_OUTCOME_DONE, "");
	ck_assert_uint_eq(mode_of("deferred/" ID), 0710);
	ck_assert_int_le(modified_of("deferred/" ID), time(NULL));
	/* Somebody was to be woken. */
	ck_assert_int_eq(rig.result.woken, QF_DOWN);
}
END_TEST

static const struct {
	enum qf_queue queue;
	mode_t mode;
	bool now;
	enum qf_outcome outcome;
	const char *text;
	mode_t mode_then;
	bool time_is_set;
} marks[] = {
	{ QF_QUEUE_DEFERRED, 0700, false, QF_OUTCOME_DONE, "", 0710, false },
	{ QF_QUEUE_DEFERRED, 0740, true, QF_OUTCOME_DONE, "", 0750, true },
	{ QF_QUEUE_DEFERRED, 0710, false, QF_OUTCOME_ALREADY, "marked already",
	  0710, false },
	{ QF_QUEUE_DEFERRED, 0710, true, QF_OUTCOME_DONE, "", 0710, true },
	{ QF_QUEUE_HOLD, 0700, true, QF_OUTCOME_DONE,
	  "takes effect when it is released", 0710, false },
	{ QF_QUEUE_HOLD, 0710, false, QF_OUTCOME_ALREADY, "marked already",
	  0710, false },
	{ QF_QUEUE_INCOMING, 0700, false, QF_OUTCOME_DONE, "", 0710, false },
	{ QF_QUEUE_ACTIVE, 0710, false, QF_OUTCOME_ALREADY, "marked already",
	  0710, false },
};

START_TEST(marks_of_expiry)
{
	const char *place = plan_rig_place(qf_spool_queue(marks[_i].queue), ID);
	const int64_t later = time(NULL) + 5000;
	const struct told *told;

	letter_post(place, &(struct letter){ .mode = marks[_i].mode,
					     .modified = later });
	plan_rig_start(&rig, 0);
	rig.plan.now = marks[_i].now;
	told = plan_rig_do(&rig, QF_EXPIRE, marks[_i].queue, ID);
	plan_rig_expect(told, marks[_i].outcome, marks[_i].text);
	ck_assert_uint_eq(mode_of(place), marks[_i].mode_then);
	if (marks[_i].time_is_set)
		ck_assert_int_le(modified_of(place), time(NULL));
	else
		ck_assert_int_eq(modified_of(place), later);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("plan_active");
	TCase *tc = tcase_create("plan_active");

	tcase_add_unchecked_fixture(tc, scratch_begin, scratch_end);
	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_loop_test(tc, not_at_the_end_of_an_attempt, 0,
			    COUNT(ends) * TAKERS);
	tcase_add_test(tc, incoming_has_no_end);
	tcase_add_loop_test(tc, waits_until_it_has_left, 0, TAKERS);
	tcase_add_test(tc, no_end_without_qmgr);
	tcase_add_test(tc, it_may_be_returned_meanwhile);
	tcase_add_loop_test(tc, looks_again_before_it_moves, 0, 2);
	tcase_add_loop_test(tc, a_mark_is_read_back, 0, 2);
	tcase_add_test(tc, a_mark_on_what_stays_active);
	tcase_add_test(tc, a_mark_on_what_is_returned);
	tcase_add_loop_test(tc, a_log_that_leaves_out_somebody, 0,
			    COUNT(partial));
	tcase_add_test(tc, now_is_after_the_attempt);
	tcase_add_loop_test(tc, marks_of_expiry, 0, COUNT(marks));
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
