/*
 * check_plan_batch.c - many messages, and plans that are stopped: what was
 * begun has an end.
 */
#include "queue-format/plan/plan.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plan_rig.h"
#include "unit.h"

#define MANY 5000

static struct plan_rig rig;
static atomic_bool cancel;

int
poll(struct pollfd *fds, nfds_t count, int timeout)
{
	return plan_rig_poll(&rig, fds, count, timeout);
}

/* The messages M0, M1 ..., as they were chosen. */
static struct qf_chosen *chosen;
static char (*ids)[16];

static void
begin(void)
{
	plan_rig_begin(&rig);
	atomic_store(&cancel, false);
	chosen = calloc(MANY, sizeof(*chosen));
	ids = calloc(MANY, sizeof(*ids));
	ck_assert(chosen != NULL && ids != NULL);
}

static void
end(void)
{
	plan_rig_end(&rig);
	free(chosen);
	free(ids);
}

static void
post(int count, enum qf_queue queue)
{
	for (int i = 0; i < count; i++) {
		snprintf(ids[i], sizeof(ids[i]), "M%d", i);
		letter_post(plan_rig_place(qf_spool_queue(queue), ids[i]),
			    NULL);
		chosen[i] = plan_rig_choose(queue, ids[i]);
	}
}

static int
count_descriptors(void)
{
	int count = 0;

	for (int fd = 0; fd < 1024; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

/* With few descriptors, or with enough for a thread beside. */
START_TEST(many_messages)
{
	bool is_deferred = _i % 2 == 0;
	enum qf_queue queue = is_deferred ? QF_QUEUE_DEFERRED : QF_QUEUE_ACTIVE;
	int count = is_deferred ? MANY : 700;
	struct qf_job job;
	int before;
	int after;

	post(count, queue);
	plan_rig_start(&rig, 0);
	plan_rig_new_qmgr(&rig);
	plan_rig_limit_files(_i < 2 ? 200 : 1000);
	before = count_descriptors();
	plan_rig_run(&rig, QF_HOLD, chosen, (size_t)count, QF_OK);
	after = count_descriptors();
	ck_assert_int_eq(after, before);
	ck_assert_uint_eq(rig.result.counts[QF_OUTCOME_DONE], (size_t)count);
	ck_assert_int_eq(plan_rig_count_files("hold"), count);
	ck_assert_int_eq(plan_rig_count_files(qf_spool_queue(queue)), 0);
	ck_assert_uint_eq(rig.renaming_count, is_deferred ? 0 : (size_t)count);
	job = plan_rig_job(&rig, &rig.job.id);
	ck_assert_uint_eq(job.counts[QF_OUTCOME_DONE], (size_t)count);
	for (int i = 0; i < count; i += 97) {
		struct qf_journal_item item;
		const char *now = plan_rig_resolve(&rig, ids[i]);

		ck_assert_uint_eq(inode_of(plan_rig_place("hold", now)),
				  chosen[i].inode);
		item = plan_rig_item(&rig, &rig.job.id, (uint32_t)i);
		ck_assert_int_eq(item.changed, changed_of(plan_rig_place(
						       "hold", item.to_id)));
	}
}
END_TEST

static void
touch_one(struct plan_rig *r)
{
	if (r->idles != 1)
		return;
	ck_assert_int_eq(chmod(scratch_path("hold/M7"), 0700), 0);
	plan_rig_order(r, "c");
}

/*
 * How they came to hold is remembered when they are fetched, and counts no
 * more for one that somebody has touched since: that one gets another id.
 */
START_TEST(touched_since_it_was_fetched)
{
	const int count = 400;

	post(count, QF_QUEUE_DEFERRED);
	plan_rig_start(&rig, 0);
	plan_rig_new_qmgr(&rig);
	plan_rig_limit_files(1000);
	plan_rig_run(&rig, QF_HOLD, chosen, (size_t)count, QF_OK);
	for (int i = 0; i < count; i++)
		chosen[i].queue = QF_QUEUE_HOLD;
	/* So that it is waited for. */
	plan_rig_agent(&rig, "hold/M7");
	plan_rig_order(&rig, "w");
	rig.plan.wait_ms = 30000;
	rig.on_idle = touch_one;
	plan_rig_run(&rig, QF_RELEASE, chosen, (size_t)count, QF_OK);
	ck_assert_uint_eq(rig.result.counts[QF_OUTCOME_DONE], (size_t)count);
	ck_assert_int_eq(plan_rig_count_files("deferred"), count);
	ck_assert_int_ge(rig.idles, 1);
	ck_assert_uint_eq(rig.renaming_count, 1);
	ck_assert_str_eq(rig.renamings[0].old, "M7");
	ck_assert(!exists("deferred/M7"));
	ck_assert(exists("deferred/M8"));
	plan_rig_end_agent(&rig);
}
END_TEST

/*
 * Who chose them by name alone need not know: it is read while they are held,
 * alone or with a thread beside.
 */
START_TEST(the_journal_knows_from_whom_they_are)
{
	int count = _i == 0 ? 3 : 600;
	struct letter letters[] = {
		{ .sender = "s@x.example", .arrival = 1700000001 },
		{ .sender = "", .arrival = 1700000002 },
		{ .sender = "two words@x.example", .arrival = 1700000003 },
	};
	static const char *const senders[] = { "s@x.example", "",
					       "\"two words\"@x.example" };

	post(count, QF_QUEUE_DEFERRED);
	for (int i = 0; i < count; i++) {
		letter_post(plan_rig_place("deferred", ids[i]),
			    &letters[i % COUNT(letters)]);
		chosen[i] = plan_rig_choose(QF_QUEUE_DEFERRED, ids[i]);
		ck_assert_int_eq(chosen[i].arrival, 0);
	}
	plan_rig_start(&rig, 0);
	plan_rig_run(&rig, QF_HOLD, chosen, (size_t)count, QF_OK);
	for (int i = 0; i < count; i++) {
		struct qf_journal_item item =
			plan_rig_item(&rig, &rig.job.id, (uint32_t)i);

		ck_assert_str_eq(item.sender, senders[i % COUNT(letters)]);
		ck_assert_int_eq(item.arrival,
				 letters[i % COUNT(letters)].arrival);
	}
}
END_TEST

static struct told ends[4];

static void
keep_end(struct plan_rig *r)
{
	const struct told *told = &r->told[(r->told_count - 1) % PLAN_RIG_MAX];
	int i = atoi(told->id + 1);

	if (i < COUNT(ends))
		ends[i] = *told;
}

/* One that fails does not stop the others, be they few or many. */
START_TEST(each_has_its_own_end)
{
	int count = _i == 0 ? 5 : 600;

	post(count, QF_QUEUE_DEFERRED);
	ck_assert_int_eq(unlink(scratch_path("deferred/M0")), 0);
	give_name("deferred/M1", "hold/M1");
	ck_assert_int_eq(chmod(scratch_path("deferred/M2"), 0600), 0);
	chosen[3].inode++;
	plan_rig_start(&rig, 0);
	rig.on_over = keep_end;
	plan_rig_run(&rig, QF_HOLD, chosen, (size_t)count, QF_OK);
	ck_assert_uint_eq(rig.result.counts[QF_OUTCOME_DONE],
			  (size_t)count - 4);
	plan_rig_expect(&ends[0], QF_OUTCOME_GONE, "removed meanwhile");
	ck_assert_str_eq(ends[0].to, "");
	plan_rig_expect(&ends[1], QF_OUTCOME_ALREADY, "on hold already");
	ck_assert_str_eq(ends[1].to, "hold");
	plan_rig_expect(&ends[2], QF_OUTCOME_WRITING, "being written");
	ck_assert_str_eq(ends[2].to, "");
	plan_rig_expect(&ends[3], QF_OUTCOME_CHANGED, "another message");
	ck_assert_str_eq(ends[3].to, "");
}
END_TEST

/* The same one twice: it is moved once. */
START_TEST(one_that_was_chosen_twice)
{
	post(1, QF_QUEUE_ACTIVE);
	chosen[1] = chosen[0];
	plan_rig_start(&rig, 0);
	plan_rig_run(&rig, QF_HOLD, chosen, 2, QF_OK);
	ck_assert_int_eq(plan_rig_count_files("hold"), 1);
	ck_assert_uint_eq(rig.result.counts[QF_OUTCOME_DONE], 1);
	ck_assert_uint_eq(rig.renaming_count, 1);
}
END_TEST

static void
cancel_after_ten(struct plan_rig *r)
{
	if (r->told_count == 10)
		atomic_store(&cancel, true);
}

START_TEST(stopped_between_messages)
{
	enum qf_queue queue = _i == 0 ? QF_QUEUE_DEFERRED : QF_QUEUE_ACTIVE;
	struct qf_job job;
	size_t done;

	post(600, queue);
	plan_rig_start(&rig, 0);
	plan_rig_limit_files(200);
	rig.plan.cancel = &cancel;
	rig.on_over = cancel_after_ten;
	plan_rig_run(&rig, QF_HOLD, chosen, 600, QF_STOPPED);
	ck_assert_str_eq(rig.err.text, "interrupted");
	done = rig.result.counts[QF_OUTCOME_DONE];
	ck_assert_uint_ge(done, 10);
	ck_assert_uint_lt(done, 600);
	ck_assert_uint_eq(rig.result.left, 600 - done);
	ck_assert_int_eq(plan_rig_count_files("hold"), (int)done);
	ck_assert_int_eq(plan_rig_count_files(qf_spool_queue(queue)),
			 (int)rig.result.left);
	/* It could be ended, so that nothing is left open. */
	job = plan_rig_job(&rig, &rig.job.id);
	ck_assert_int_eq(job.state, QF_JOB_DONE);
	ck_assert_uint_eq(job.counts[QF_OUTCOME_DONE], done);
	ck_assert_uint_eq(job.counts[QF_OUTCOME_PREPARED], 0);
}
END_TEST

START_TEST(stopped_before_it_begins)
{
	post(3, QF_QUEUE_DEFERRED);
	plan_rig_start(&rig, 0);
	atomic_store(&cancel, true);
	rig.plan.cancel = &cancel;
	plan_rig_run(&rig, QF_HOLD, chosen, 3, QF_STOPPED);
	ck_assert_uint_eq(rig.result.left, 3);
	ck_assert_int_eq(plan_rig_count_files("deferred"), 3);
}
END_TEST

static void
cancel_it(struct plan_rig *r)
{
	if (r->idles == 8)
		atomic_store(&cancel, true);
}

/* Who waits for an agent does not wait any longer. */
START_TEST(stopped_while_it_waits)
{
	bool taken = _i == 1;

	post(1, taken ? QF_QUEUE_ACTIVE : QF_QUEUE_HOLD);
	plan_rig_start(&rig, 0);
	plan_rig_agent(&rig, taken ? "active/M0" : "hold/M0");
	plan_rig_order(&rig, "ws");
	rig.plan.cancel = &cancel;
	rig.plan.wait_ms = 1000000;
	rig.on_idle = cancel_it;
	plan_rig_run(&rig, taken ? QF_HOLD : QF_RELEASE, chosen, 1, QF_OK);
	plan_rig_expect(&rig.told[0], QF_OUTCOME_BUSY, "still being delivered");
	ck_assert_int_eq(plan_rig_count_files("hold"), 1);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("plan_batch");
	TCase *tc = tcase_create("plan_batch");

	tcase_add_unchecked_fixture(tc, scratch_begin, scratch_end);
	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_loop_test(tc, many_messages, 0, 4);
	tcase_add_loop_test(tc, the_journal_knows_from_whom_they_are, 0, 2);
	tcase_add_loop_test(tc, each_has_its_own_end, 0, 2);
	tcase_add_test(tc, touched_since_it_was_fetched);
	tcase_add_test(tc, one_that_was_chosen_twice);
	tcase_add_loop_test(tc, stopped_between_messages, 0, 2);
	tcase_add_test(tc, stopped_before_it_begins);
	tcase_add_loop_test(tc, stopped_while_it_waits, 0, 2);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
