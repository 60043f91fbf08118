/*
 * check_plan_pace.c - a plan at a pace: in no span of time it moves more than
 * the rate gives; nothing is held while it waits, and Postfix is woken for
 * each lot.  The clock is made here.
 */
#include "queue-format/plan/plan.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "plan_rig.h"
#include "unit.h"

#define MOST 300

static struct plan_rig rig;
static struct qf_pace pace;
static atomic_bool cancel;
static struct qf_chosen chosen[MOST];
static char ids[MOST][16];

/* ns; a look at the clock takes time, and sleep more than was asked for. */
static int64_t clock_now;
static int64_t work_takes;
static unsigned seed;

/* When messages were moved, and Postfix was woken. */
static int64_t moves[2 * MOST];
static int move_count;
static int64_t wakes[MOST];
static char requests[MOST][8];
static int wake_count;

static int readers[2] = { -1, -1 };

int
clock_gettime(clockid_t clock, struct timespec *now)
{
	if (clock != CLOCK_MONOTONIC)
		return (int)syscall(SYS_clock_gettime, clock, now);
	clock_now += work_takes;
	*now = (struct timespec){ clock_now / QF_PACE_SECOND,
				  clock_now % QF_PACE_SECOND };
	return 0;
}

int
poll(struct pollfd *fds, nfds_t count, int timeout)
{
	if (count != 0)
		return plan_rig_poll(&rig, fds, count, timeout);
	clock_now += timeout * INT64_C(1000000);
	if (work_takes > 0 && rand_r(&seed) % 40 == 0)
		clock_now += rand_r(&seed) % 5 * QF_PACE_SECOND / 2;
	rig.idles++;
	if (rig.on_idle != NULL)
		rig.on_idle(&rig);
	return 0;
}

int
renameat2(int from_fd, const char *from, int to_fd, const char *to,
	  unsigned flags)
{
	return plan_rig_rename(&rig, from_fd, from, to_fd, to, flags);
}

/* What qmgr(8) gets is no longer than that. */
ssize_t
write(int fd, const void *data, size_t len)
{
	const char *text = data;

	if (len <= 2 && (*text == 'D' || *text == 'F') && wake_count < MOST) {
		snprintf(requests[wake_count], sizeof(requests[0]), "%.*s",
			 (int)len, text);
		wakes[wake_count++] = clock_now;
	}
	return (ssize_t)syscall(SYS_write, fd, data, len);
}

static void
note_move(struct plan_rig *r)
{
	(void)r;
	moves[move_count++] = clock_now;
}

static const char *const services[] = { "public/qmgr", "public/pickup" };

static void
begin(void)
{
	plan_rig_begin(&rig);
	atomic_store(&cancel, false);
	clock_now = 5 * QF_PACE_SECOND;
	work_takes = 0;
	move_count = wake_count = 0;
	rig.before_rename = note_move;
	rig.plan.pace = &pace;
	rig.plan.needs_postfix = true;
	rig.plan.now = true;
	scratch_directory("public");
	for (int i = 0; i < COUNT(services); i++)
		ck_assert_int_eq(mkfifo(scratch_path(services[i]), 0622), 0);
}

static void
end(void)
{
	for (int i = 0; i < COUNT(readers); i++) {
		if (readers[i] >= 0)
			close(readers[i]);
		readers[i] = -1;
	}
	plan_rig_end(&rig);
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

static void
start(uint64_t count, int64_t span)
{
	plan_rig_start(&rig, 0);
	for (int i = 0; i < COUNT(readers); i++) {
		readers[i] = open(scratch_path(services[i]),
				  O_RDONLY | O_NONBLOCK | O_CLOEXEC);
		ck_assert_int_ge(readers[i], 0);
	}
	ck_assert(qf_pace_start(&pace, count, span));
}

/* So many of these spans have more than they may. */
static int
count_excess(void)
{
	int64_t second = QF_PACE_SECOND;
	int64_t most = pace.each > second ? 1 : second / pace.each;
	int count = 0;

	for (int i = 0; i < move_count; i++) {
		for (int k = i; k < move_count; k++)
			count += k - i + 1 >
				 (moves[k] - moves[i]) / pace.each + 1 + most;
	}
	return count;
}

static const struct {
	enum qf_verb verb;
	enum qf_queue queue;
	int count;
	uint64_t rate; /* in a minute */
	int moves;     /* of each message */
} runs[] = {
	{ QF_RELEASE, QF_QUEUE_HOLD, 100, 600, 1 },
	{ QF_RELEASE, QF_QUEUE_HOLD, 300, 60000, 1 },
	{ QF_RELEASE, QF_QUEUE_HOLD, 40, 30, 1 },
	{ QF_HOLD, QF_QUEUE_DEFERRED, 60, 600, 1 },
	{ QF_HOLD, QF_QUEUE_ACTIVE, 40, 600, 1 },
	{ QF_REQUEUE, QF_QUEUE_DEFERRED, 40, 600, 1 },
	{ QF_DELETE, QF_QUEUE_ACTIVE, 40, 600, 1 },
	{ QF_DELETE, QF_QUEUE_HOLD, 40, 600, 1 },
	{ QF_REQUEUE, QF_QUEUE_ACTIVE, 40, 600, 2 },
	{ QF_FLUSH, QF_QUEUE_DEFERRED, 100, 600, 1 },
};

START_TEST(in_no_span_of_time_more)
{
	int count = runs[_i].count;

	post(count, runs[_i].queue);
	start(runs[_i].rate, 60 * QF_PACE_SECOND);
	work_takes = 100000;
	seed = (unsigned)_i + 1;
	plan_rig_run(&rig, runs[_i].verb, chosen, (size_t)count, QF_OK);
	ck_assert_uint_eq(rig.result.counts[QF_OUTCOME_DONE], (size_t)count);
	ck_assert_int_eq(move_count, count * runs[_i].moves);
	ck_assert_int_eq(count_excess(), 0);
}
END_TEST

/* The control: that it is counted. */
START_TEST(without_a_pace_there_are_more)
{
	post(300, QF_QUEUE_HOLD);
	start(600, 60 * QF_PACE_SECOND);
	rig.plan.pace = NULL;
	work_takes = 100000;
	plan_rig_run(&rig, QF_RELEASE, chosen, 300, QF_OK);
	ck_assert_int_eq(move_count, 300);
	ck_assert_int_gt(count_excess(), 1000);
}
END_TEST

/* One after the other, and not a lot and a break. */
START_TEST(it_is_steady)
{
	post(21, QF_QUEUE_HOLD);
	start(60, 60 * QF_PACE_SECOND);
	plan_rig_run(&rig, QF_RELEASE, chosen, 21, QF_OK);
	for (int i = 1; i < move_count; i++) {
		int64_t gap = moves[i] - moves[i - 1];

		ck_assert_int_ge(gap, QF_PACE_SECOND);
		/* What has just come to hold is left alone for a moment. */
		ck_assert_int_le(gap, 6 * QF_PACE_SECOND / 5);
	}
}
END_TEST

/* Those that are not there, or have nothing to be done, take nobody's turn. */
START_TEST(who_is_not_moved_costs_nothing)
{
	post(50, QF_QUEUE_HOLD);
	for (int i = 1; i < 49; i++) {
		if (i % 2 == 0)
			ck_assert_int_eq(unlink(scratch_path(plan_rig_place(
						 "hold", ids[i]))),
					 0);
		else
			give_name(plan_rig_place("hold", ids[i]),
				  plan_rig_place("deferred", ids[i]));
	}
	start(1, 60 * QF_PACE_SECOND);
	plan_rig_run(&rig, QF_RELEASE, chosen, 50, QF_OK);
	ck_assert_uint_eq(rig.result.counts[QF_OUTCOME_DONE], 2);
	ck_assert_uint_eq(rig.result.counts[QF_OUTCOME_GONE], 24);
	ck_assert_uint_eq(rig.result.counts[QF_OUTCOME_ALREADY], 24);
	ck_assert_int_ge(moves[1] - moves[0], 60 * QF_PACE_SECOND);
	ck_assert_int_le(moves[1] - moves[0], 62 * QF_PACE_SECOND);
}
END_TEST

/* Once in a second at most; sites that are down are forgotten only once. */
START_TEST(postfix_is_woken_for_each_lot)
{
	post(60, QF_QUEUE_HOLD);
	start(_i == 0 ? 600 : 20, 60 * QF_PACE_SECOND);
	plan_rig_run(&rig, QF_RELEASE, chosen, 60, QF_OK);
	ck_assert_str_eq(requests[0], "FD");
	for (int i = 1; i < wake_count; i++)
		ck_assert_str_eq(requests[i], "D");
	/* The last one comes with the end. */
	for (int i = 1; i < wake_count - 1; i++)
		ck_assert_int_ge(wakes[i] - wakes[i - 1], QF_PACE_SECOND);
	if (_i == 0) {
		ck_assert_int_ge(wake_count, 5);
		ck_assert_int_le(wake_count, 8);
		return;
	}
	/* Each of them before the next is moved, and soon. */
	ck_assert_int_eq(wake_count, 60);
	for (int i = 0; i < 60; i++)
		ck_assert_int_le(wakes[i] - moves[i], QF_PACE_SECOND / 5);
}
END_TEST

static int held;
static int still;

/* Is one of the messages open? */
static bool
has_message_open(void)
{
	for (int fd = 0; fd < 100; fd++) {
		char link[40];
		char path[400] = "";

		snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
		if (readlink(link, path, sizeof(path) - 1) > 0 &&
		    (strstr(path, "/hold/M") != NULL ||
		     strstr(path, "/deferred/M") != NULL))
			return true;
	}
	return false;
}

/* Well away from a move. */
static void
look_at_open(struct plan_rig *r)
{
	int64_t gone = move_count == 0 ? 0 : clock_now - moves[move_count - 1];

	(void)r;
	if (gone < QF_PACE_SECOND || gone > 2 * QF_PACE_SECOND)
		return;
	still++;
	held += has_message_open();
}

static void
see_open(struct plan_rig *r)
{
	(void)r;
	held += has_message_open();
}

static int pauses;

static void
count_pause(void *context)
{
	(void)context;
	pauses++;
}

START_TEST(nothing_is_held_while_it_waits)
{
	post(4, QF_QUEUE_HOLD);
	start(20, 60 * QF_PACE_SECOND);
	held = still = pauses = 0;
	rig.on_idle = look_at_open;
	rig.plan.pause = count_pause;
	plan_rig_run(&rig, QF_RELEASE, chosen, 4, QF_OK);
	ck_assert_int_gt(still, 10);
	ck_assert_int_eq(held, 0);
	ck_assert_int_eq(pauses, rig.idles);
	ck_assert_int_gt(pauses, 80);
}
END_TEST

/* The control: while it is moved, it is. */
START_TEST(it_is_held_while_it_is_moved)
{
	post(1, QF_QUEUE_HOLD);
	start(20, 60 * QF_PACE_SECOND);
	held = 0;
	rig.before_rename = see_open;
	plan_rig_run(&rig, QF_RELEASE, chosen, 1, QF_OK);
	ck_assert_int_eq(held, 1);
}
END_TEST

static void
stop(struct plan_rig *r)
{
	if (r->idles == 20)
		atomic_store(&cancel, true);
}

START_TEST(stopped_while_it_waits)
{
	int64_t begun;

	post(5, QF_QUEUE_HOLD);
	start(1, 3600 * QF_PACE_SECOND);
	rig.plan.cancel = &cancel;
	rig.on_idle = stop;
	begun = clock_now;
	plan_rig_run(&rig, QF_RELEASE, chosen, 5, QF_STOPPED);
	ck_assert_int_le(clock_now - begun, 3 * QF_PACE_SECOND);
	ck_assert_int_le(rig.idles, 22);
	ck_assert_uint_eq(rig.result.counts[QF_OUTCOME_DONE], 1);
	ck_assert_uint_eq(rig.result.left, 4);
	ck_assert_int_eq(rig.result.ended, QF_PLAN_TO_THE_END);
	ck_assert_int_eq(plan_rig_count_files("hold"), 4);
}
END_TEST

/* Of a queue that no Postfix uses it is not asked for. */
START_TEST(where_there_is_no_postfix)
{
	post(5, QF_QUEUE_HOLD);
	start(600, 60 * QF_PACE_SECOND);
	ck_assert_int_eq(unlink(scratch_path("public/qmgr")), 0);
	rig.plan.needs_postfix = false;
	plan_rig_run(&rig, QF_RELEASE, chosen, 5, QF_OK);
	ck_assert_uint_eq(rig.result.counts[QF_OUTCOME_DONE], 5);
}
END_TEST

/* All would be tried at once when it comes back. */
START_TEST(ended_when_postfix_is_down)
{
	post(5, QF_QUEUE_HOLD);
	start(600, 60 * QF_PACE_SECOND);
	ck_assert_int_eq(unlink(scratch_path("public/qmgr")), 0);
	plan_rig_run(&rig, QF_RELEASE, chosen, 5, QF_STOPPED);
	ck_assert_int_eq(rig.result.ended, QF_PLAN_POSTFIX_DOWN);
	ck_assert_int_eq(rig.result.woken, QF_DOWN);
	ck_assert_uint_eq(rig.result.counts[QF_OUTCOME_DONE], 1);
	ck_assert_int_eq(plan_rig_count_files("hold"), 4);
}
END_TEST

/* As long as an agent has it, others go on; it waits for its turn, then. */
static void
let_go(struct plan_rig *r)
{
	if (move_count == 20 && r->agent > 0)
		plan_rig_end_agent(r);
}

START_TEST(who_had_to_wait_waits_for_a_turn_as_well)
{
	post(25, QF_QUEUE_HOLD);
	start(60, 60 * QF_PACE_SECOND);
	plan_rig_agent(&rig, "hold/M0");
	plan_rig_order(&rig, "ws");
	rig.plan.wait_ms = 1000000;
	rig.on_idle = let_go;
	plan_rig_run(&rig, QF_RELEASE, chosen, 25, QF_OK);
	ck_assert_uint_eq(rig.result.counts[QF_OUTCOME_DONE], 25);
	ck_assert_int_eq(move_count, 25);
	ck_assert_str_ne(rig.told[0].id, "M0");
	for (int i = 1; i < move_count; i++)
		ck_assert_int_ge(moves[i] - moves[i - 1], QF_PACE_SECOND);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("plan_pace");
	TCase *tc = tcase_create("plan_pace");

	tcase_add_unchecked_fixture(tc, scratch_begin, scratch_end);
	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_loop_test(tc, in_no_span_of_time_more, 0, COUNT(runs));
	tcase_add_test(tc, without_a_pace_there_are_more);
	tcase_add_test(tc, it_is_steady);
	tcase_add_test(tc, who_is_not_moved_costs_nothing);
	tcase_add_loop_test(tc, postfix_is_woken_for_each_lot, 0, 2);
	tcase_add_test(tc, nothing_is_held_while_it_waits);
	tcase_add_test(tc, it_is_held_while_it_is_moved);
	tcase_add_test(tc, stopped_while_it_waits);
	tcase_add_test(tc, where_there_is_no_postfix);
	tcase_add_test(tc, ended_when_postfix_is_down);
	tcase_add_test(tc, who_had_to_wait_waits_for_a_turn_as_well);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
