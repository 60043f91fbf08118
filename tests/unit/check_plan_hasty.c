/*
 * check_plan_hasty.c - what scripts expect of postsuper(1): it does not wait
 * for anybody who is at work, keeps to the queues that were named, and can
 * leave times as they are.
 */
#include "queue-format/plan/plan.h"

#include <sys/stat.h>
#include <time.h>

#include "letter.h"
#include "plan_rig.h"
#include "unit.h"

#define ID "AB1C2D3"

static struct plan_rig rig;

int
poll(struct pollfd *fds, nfds_t count, int timeout)
{
	return plan_rig_poll(&rig, fds, count, timeout);
}

static void
begin(void)
{
	plan_rig_begin(&rig);
}

static void
end(void)
{
	plan_rig_end(&rig);
}

static void
start(const char *place)
{
	letter_post(place, NULL);
	plan_rig_start(&rig, 0);
	plan_rig_new_qmgr(&rig);
	rig.plan.wait_ms = 60000;
	rig.plan.hastens = true;
}

/* It is on hold, and nobody can lose it there; its agent goes on. */
START_TEST(hold_does_not_wait_for_an_agent)
{
	const struct told *told;

	start("active/" ID);
	plan_rig_agent(&rig, "active/" ID);
	plan_rig_order(&rig, "ws");
	told = plan_rig_do(&rig, QF_HOLD, QF_QUEUE_ACTIVE, ID);
	plan_rig_expect(told, QF_OUTCOME_BUSY, "on hold, but still being");
	ck_assert(told->changed);
	ck_assert_str_eq(told->to, "hold");
	ck_assert_str_ne(told->now, ID);
	ck_assert(!exists("active/" ID));
	ck_assert_str_eq(plan_rig_resolve(&rig, ID), told->now);
}
END_TEST

/* Others do: they would deliver it twice. */
START_TEST(release_waits_for_an_agent)
{
	const struct told *told;

	start("hold/" ID);
	rig.plan.wait_ms = 0;
	plan_rig_agent(&rig, "hold/" ID);
	plan_rig_order(&rig, "ws");
	told = plan_rig_do(&rig, QF_RELEASE, QF_QUEUE_HOLD, ID);
	plan_rig_expect(told, QF_OUTCOME_BUSY, "still being delivered");
	ck_assert(!told->changed);
	ck_assert(exists("hold/" ID));
}
END_TEST

START_TEST(expire_does_not_wait_for_the_attempt)
{
	const struct told *told;
	struct stat st;

	start("active/" ID);
	told = plan_rig_do(&rig, QF_EXPIRE, QF_QUEUE_ACTIVE, ID);
	plan_rig_expect(told, QF_OUTCOME_DONE, "");
	ck_assert(told->changed);
	ck_assert_int_eq(stat(scratch_path("active/" ID), &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0710);
}
END_TEST

START_TEST(what_has_left_the_named_queues_is_left_alone)
{
	const struct told *told;

	start("deferred/" ID);
	rig.plan.queues =
		QF_QUEUE_BIT(QF_QUEUE_ACTIVE) | QF_QUEUE_BIT(QF_QUEUE_INCOMING);
	told = plan_rig_do(&rig, QF_PURGE, QF_QUEUE_DEFERRED, ID);
	plan_rig_expect(told, QF_OUTCOME_GONE, "in deferred by now");
	ck_assert(!told->changed);
	ck_assert(exists("deferred/" ID));
	rig.plan.queues |= QF_QUEUE_BIT(QF_QUEUE_DEFERRED);
	told = plan_rig_do(&rig, QF_PURGE, QF_QUEUE_DEFERRED, ID);
	plan_rig_expect(told, QF_OUTCOME_DONE, "");
	ck_assert(told->changed);
	ck_assert(!exists("deferred/" ID));
}
END_TEST

START_TEST(requeue_may_leave_the_times)
{
	bool keeps = _i != 0;
	struct letter letter = { .modified = time(NULL) - 5000 };
	struct stat st;

	letter_post("deferred/" ID, &letter);
	plan_rig_start(&rig, 0);
	rig.plan.keeps_times = keeps;
	plan_rig_expect(plan_rig_do(&rig, QF_REQUEUE, QF_QUEUE_DEFERRED, ID),
			QF_OUTCOME_DONE, "");
	ck_assert_int_eq(stat(scratch_path("maildrop/" ID), &st), 0);
	ck_assert_int_eq(st.st_mtime == letter.modified, keeps);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("plan_hasty");
	TCase *tc = tcase_create("plan_hasty");

	tcase_add_unchecked_fixture(tc, scratch_begin, scratch_end);
	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, hold_does_not_wait_for_an_agent);
	tcase_add_test(tc, release_waits_for_an_agent);
	tcase_add_test(tc, expire_does_not_wait_for_the_attempt);
	tcase_add_test(tc, what_has_left_the_named_queues_is_left_alone);
	tcase_add_loop_test(tc, requeue_may_leave_the_times, 0, 2);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
