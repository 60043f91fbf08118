/*
 * check_trash_clock.c - nothing in the trash grows older than it can be
 * proved to be, whatever the clock does; and what is right is believed.
 */
#include "mailq-tools/trash_clock.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit.h"

#define HOUR  3600
#define DAY   86400
#define NOW   1795300000 /* November 2026 */
#define UP    500000
#define Y2038 2147483648

/* The machine runs on: its clock is right. */
static struct trash_moment now;
static struct trash_stamp last;
static struct trash_clock belief;

static void
begin(void)
{
	scratch_new();
	last = (struct trash_stamp){
		.moment = { .wall = NOW, .up = UP, .boot = "aaaa-1" },
		.since = NOW - 30 * DAY,
		.purged = NOW - 3 * DAY,
	};
	now = last.moment;
}

/* So much time passes, and the clock goes so much further. */
static void
pass(int64_t seconds, int64_t clock)
{
	now.up += seconds;
	now.wall += clock;
}

static void
look(void)
{
	trash_clock_look(&now, &last, &belief);
}

/* What a purge remembers that has purged all that is older than 3 days. */
static void
remember(void)
{
	last = (struct trash_stamp){
		.moment = now,
		.since = belief.since,
		.purged = now.wall - 3 * DAY > belief.purged
				  ? now.wall - 3 * DAY
				  : belief.purged,
	};
}

/* How old something is by now that was deleted at this time of the clock. */
static int64_t
age(int64_t deleted)
{
	return now.wall - trash_clock_deleted(&belief, deleted);
}

START_TEST(right_clock_is_believed)
{
	pass(DAY, DAY);
	look();
	ck_assert_int_eq(belief.belief, TRASH_BELIEVED);
	ck_assert_int_eq(age(NOW), DAY);
	ck_assert_int_eq(age(NOW - 2 * DAY), 3 * DAY);
	ck_assert_int_eq(belief.since, last.since);
	ck_assert_int_eq(belief.purged, last.purged);
}
END_TEST

START_TEST(drift_is_believed)
{
	pass(DAY, DAY + HOUR);
	look();
	ck_assert_int_eq(belief.belief, TRASH_BELIEVED);
	now = last.moment;
	pass(DAY, DAY - HOUR);
	look();
	ck_assert_int_eq(belief.belief, TRASH_BELIEVED);
	now = last.moment;
	pass(DAY, DAY + HOUR + 1);
	look();
	ck_assert_int_eq(belief.belief, TRASH_AHEAD);
	ck_assert_int_eq(belief.off, HOUR + 1);
}
END_TEST

/* How far the clock jumps while an hour passes. */
static const int64_t jumps[] = { DAY, 4 * DAY, Y2038 - NOW };

START_TEST(clock_that_jumps_ahead_ages_nothing)
{
	int64_t first;

	pass(HOUR, HOUR + jumps[_i]);
	look();
	ck_assert_int_eq(belief.belief, TRASH_AHEAD);
	ck_assert_int_eq(belief.off, jumps[_i]);
	ck_assert_int_eq(age(NOW), 0);
	ck_assert_int_eq(age(NOW - 2 * DAY), 0);
	/* It stays wrong: three days more are three days. */
	remember();
	pass(2 * DAY, 2 * DAY);
	look();
	ck_assert_int_eq(belief.belief, TRASH_BELIEVED);
	ck_assert_int_eq(age(NOW), 2 * DAY);
	/* It is set right: nothing is older than it is. */
	remember();
	pass(HOUR, HOUR - jumps[_i]);
	look();
	ck_assert_int_eq(belief.belief, TRASH_BACK);
	ck_assert_int_le(age(NOW), 2 * DAY + 2 * HOUR);
	first = age(NOW);
	remember();
	pass(DAY, DAY);
	look();
	ck_assert_int_eq(belief.belief, TRASH_BELIEVED);
	ck_assert_int_eq(age(NOW), first + DAY);
	ck_assert(!trash_clock_is_strange(&belief, NOW));
}
END_TEST

/* It was in 1970 when something was deleted, and nobody looked then. */
START_TEST(what_is_older_than_all_purges_counts_anew)
{
	pass(DAY, DAY);
	look();
	ck_assert_int_eq(belief.belief, TRASH_BELIEVED);
	ck_assert(trash_clock_is_strange(&belief, 17));
	ck_assert(!trash_clock_is_strange(&belief, last.purged + 1));
	trash_clock_distrust(&belief);
	ck_assert_int_eq(belief.belief, TRASH_STRANGE);
	ck_assert_int_eq(age(17), 0);
	/* From then on it grows old as all do. */
	for (int day = 1; day <= 3; day++) {
		remember();
		pass(DAY, DAY);
		look();
		ck_assert_int_eq(belief.belief, TRASH_BELIEVED);
		ck_assert(!trash_clock_is_strange(&belief, 17));
		ck_assert_int_eq(age(17), day * DAY);
	}
}
END_TEST

/* Somebody looks, or deletes, in 1970. */
START_TEST(clock_in_1970_ages_nothing)
{
	pass(HOUR, 100 - NOW);
	look();
	ck_assert_int_eq(belief.belief, TRASH_BACK);
	ck_assert_int_eq(age(NOW - DAY), 0);
	ck_assert_int_eq(belief.purged, 0);
	remember();
	pass(HOUR, HOUR);
	look();
	ck_assert_int_eq(belief.belief, TRASH_BELIEVED);
	ck_assert_int_eq(age(100), HOUR);
	ck_assert_int_eq(age(NOW - DAY), 0);
	remember();
	now.up += HOUR;
	now.wall = NOW + 3 * HOUR;
	look();
	ck_assert_int_eq(belief.belief, TRASH_AHEAD);
	ck_assert_int_eq(age(100), 0);
	ck_assert_int_eq(age(NOW - DAY), 0);
}
END_TEST

START_TEST(times_in_the_future_are_now)
{
	pass(DAY, DAY);
	look();
	ck_assert_int_eq(age(now.wall + 1), 0);
	ck_assert_int_eq(age(Y2038), 0);
	ck_assert_int_eq(age(INT64_MAX), 0);
	ck_assert_int_eq(belief.belief, TRASH_BELIEVED);
}
END_TEST

/* The stamp was written by a clock that was ahead. */
START_TEST(stamp_in_the_future_is_no_reason_to_wait_for_it)
{
	last.moment.wall = Y2038;
	last.since = Y2038 - HOUR;
	last.purged = Y2038 - 3 * DAY;
	pass(HOUR, HOUR);
	look();
	ck_assert_int_eq(belief.belief, TRASH_BACK);
	ck_assert_int_eq(belief.since, now.wall);
	ck_assert(!trash_clock_is_strange(&belief, NOW));
	remember();
	pass(4 * DAY, 4 * DAY);
	look();
	ck_assert_int_eq(belief.belief, TRASH_BELIEVED);
	ck_assert_int_eq(age(NOW), 4 * DAY);
}
END_TEST

/* Nothing can be compared: what is there counts from now on. */
START_TEST(missing_stamp_makes_all_young)
{
	trash_clock_look(&now, NULL, &belief);
	ck_assert_int_eq(belief.belief, TRASH_FIRST);
	ck_assert_int_eq(age(NOW - 100 * DAY), 0);
	ck_assert(!trash_clock_is_strange(&belief, 17));
	remember();
	pass(3 * DAY, 3 * DAY);
	look();
	ck_assert_int_eq(belief.belief, TRASH_BELIEVED);
	ck_assert_int_eq(age(NOW - 100 * DAY), 3 * DAY);
}
END_TEST

/* Another start of the machine, so many seconds ago. */
static void
restart(int64_t up, int64_t wall, bool synced)
{
	now = (struct trash_moment){
		.wall = wall, .up = up, .synced = synced, .boot = "bbbb-2"
	};
	look();
}

START_TEST(time_since_a_start_is_certain)
{
	/* At once: what has passed is what it runs. */
	restart(DAY, NOW + DAY + HOUR, false);
	ck_assert_int_eq(belief.belief, TRASH_BELIEVED);
	ck_assert_int_eq(age(NOW), DAY + HOUR);
	/* A month, or a wrong clock: it only has run for a day. */
	restart(DAY, NOW + 30 * DAY, false);
	ck_assert_int_eq(belief.belief, TRASH_RESTART);
	ck_assert_int_eq(age(NOW), DAY);
	ck_assert_int_eq(age(now.wall - HOUR), HOUR);
	remember();
	pass(2 * DAY, 2 * DAY);
	look();
	ck_assert_int_eq(belief.belief, TRASH_BELIEVED);
	ck_assert_int_eq(age(NOW), 3 * DAY);
}
END_TEST

START_TEST(synced_clock_is_believed_after_a_start)
{
	restart(60, NOW + 30 * DAY, true);
	ck_assert_int_eq(belief.belief, TRASH_BELIEVED);
	ck_assert_int_eq(age(NOW), 30 * DAY);
}
END_TEST

/* But not within a run: whoever steps it does not say which time was wrong. */
START_TEST(synced_clock_that_jumps_ages_nothing)
{
	pass(HOUR, DAY);
	now.synced = true;
	look();
	ck_assert_int_eq(belief.belief, TRASH_AHEAD);
	ck_assert_int_eq(age(NOW), 0);
}
END_TEST

START_TEST(start_with_a_dead_battery_ages_nothing)
{
	restart(20, 20, false);
	ck_assert_int_eq(belief.belief, TRASH_BACK);
	ck_assert_int_eq(age(NOW), 0);
	remember();
	/* NTP comes; and then it is as if it had never been otherwise. */
	now.up += HOUR;
	now.wall = NOW + DAY;
	now.synced = true;
	look();
	ck_assert_int_eq(belief.belief, TRASH_AHEAD);
	ck_assert_int_eq(age(NOW), 0);
	ck_assert_int_eq(age(30), 0);
	remember();
	pass(3 * DAY, 3 * DAY);
	look();
	ck_assert_int_eq(belief.belief, TRASH_BELIEVED);
	ck_assert_int_eq(age(NOW), 3 * DAY);
}
END_TEST

/* Where nobody knows which start it was, every look is after another one. */
START_TEST(unknown_start_is_another_one)
{
	last.moment.boot[0] = now.boot[0] = '\0';
	pass(HOUR, 10 * DAY);
	look();
	ck_assert_int_eq(belief.belief, TRASH_RESTART);
	ck_assert_int_eq(age(NOW), UP + HOUR);
}
END_TEST

START_TEST(stamp_is_read_as_it_was_written)
{
	struct trash_stamp read;
	struct qf_error err;
	struct stat st;

	scratch_directory("state");
	look();
	for (int i = 0; i < 2; i++) {
		ck_assert_msg(trash_stamp_write(scratch_path("state"), &belief,
						&err) == QF_OK,
			      "%s", err.text);
		ck_assert_int_eq(
			trash_stamp_read(scratch_path("state"), &read, &err),
			QF_OK);
		ck_assert_int_eq(read.moment.wall, now.wall);
		ck_assert_int_eq(read.moment.up, now.up);
		ck_assert_str_eq(read.moment.boot, now.boot);
		ck_assert_int_eq(read.since, belief.since);
		ck_assert_int_eq(read.purged, belief.purged);
		/* Shorter than before: nothing of that is left. */
		memcpy(belief.now.boot, "a-2", sizeof("a-2"));
		memcpy(now.boot, "a-2", sizeof("a-2"));
		belief.now.wall = now.wall = 12;
	}
	ck_assert_int_eq(stat(scratch_path("state/trash-clock"), &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
}
END_TEST

#define HEAD  "mailq-tools trash clock 1\n"
#define TIMES "wall 5\nup 5\nsince 5\npurged 5\n"

static const struct damage {
	const char *text;
	enum qf_status status;
} damages[] = {
	{ HEAD TIMES "boot ab-1\n", QF_OK },
	{ "", QF_GONE },
	{ "\n", QF_GONE },
	{ "mailq-tools trash clock 2\n" TIMES "boot ab-1\n", QF_GONE },
	{ HEAD TIMES "boot ab-1", QF_GONE },
	{ HEAD TIMES, QF_GONE },
	{ HEAD "wall 5\nup 5\npurged 5\nboot ab-1\n", QF_GONE },
	{ HEAD "wall x\nup 5\nsince 5\npurged 5\nboot ab-1\n", QF_GONE },
	{ HEAD "wall -5\nup 5\nsince 5\npurged 5\nboot ab-1\n", QF_GONE },
	{ HEAD "wall 9999999999999\nup 5\nsince 5\npurged 5\nboot a\n",
	  QF_GONE },
	{ HEAD "wall 99999999999999999999\nup 5\nsince 5\npurged 5\nboot a\n",
	  QF_GONE },
	{ HEAD TIMES "boot 0123456789012345678901234567890123456789\n",
	  QF_GONE },
};

START_TEST(damaged_stamp_is_none)
{
	struct trash_stamp read;
	struct qf_error err;

	scratch_directory("state");
	scratch_text("state/trash-clock", damages[_i].text, 0600);
	ck_assert_int_eq(trash_stamp_read(scratch_path("state"), &read, &err),
			 damages[_i].status);
}
END_TEST

START_TEST(stamp_that_is_no_file_is_none)
{
	struct trash_stamp read;
	struct qf_error err;

	ck_assert_int_eq(trash_stamp_read(scratch_path("no"), &read, &err),
			 QF_GONE);
	look();
	ck_assert_int_ne(trash_stamp_write(scratch_path("no"), &belief, &err),
			 QF_OK);
	unit_says(err.text, "trash-clock");
	scratch_directory("state");
	ck_assert_int_eq(symlink("x", scratch_path("state/trash-clock")), 0);
	ck_assert_int_ne(
		trash_stamp_write(scratch_path("state"), &belief, &err), QF_OK);
}
END_TEST

/* The clock of this machine goes on, and only that is written. */
START_TEST(deleting_keeps_the_first_stamp)
{
	struct trash_stamp first, second;
	struct qf_error err;

	scratch_directory("state");
	trash_clock_keep(scratch_path("state"));
	ck_assert_int_eq(trash_stamp_read(scratch_path("state"), &first, &err),
			 QF_OK);
	ck_assert_int_gt(first.moment.wall, 1600000000);
	ck_assert_int_gt(first.moment.up, 0);
	ck_assert_uint_eq(strlen(first.moment.boot), 36);
	ck_assert_int_eq(first.since, first.moment.wall);
	/* As if it were of an hour ago: it is left as it is. */
	trash_clock_open(scratch_path("state"), &belief);
	ck_assert_int_eq(belief.belief, TRASH_BELIEVED);
	belief.now.wall -= 60;
	belief.now.up -= 60;
	ck_assert_int_eq(
		trash_stamp_write(scratch_path("state"), &belief, &err), QF_OK);
	trash_clock_keep(scratch_path("state"));
	ck_assert_int_eq(trash_stamp_read(scratch_path("state"), &second, &err),
			 QF_OK);
	ck_assert_int_eq(second.moment.up, belief.now.up);
	/* Another clock than then: it is not. */
	belief.now.wall -= 2 * DAY;
	ck_assert_int_eq(
		trash_stamp_write(scratch_path("state"), &belief, &err), QF_OK);
	trash_clock_keep(scratch_path("state"));
	ck_assert_int_eq(trash_stamp_read(scratch_path("state"), &second, &err),
			 QF_OK);
	ck_assert_int_ge(second.since, first.moment.wall);
	ck_assert_int_eq(second.purged, 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("trash_clock");
	TCase *tc = tcase_create("all");

	tcase_add_unchecked_fixture(tc, scratch_begin, scratch_end);
	tcase_add_checked_fixture(tc, begin, NULL);
	tcase_add_test(tc, right_clock_is_believed);
	tcase_add_test(tc, drift_is_believed);
	tcase_add_loop_test(tc, clock_that_jumps_ahead_ages_nothing, 0,
			    COUNT(jumps));
	tcase_add_test(tc, what_is_older_than_all_purges_counts_anew);
	tcase_add_test(tc, clock_in_1970_ages_nothing);
	tcase_add_test(tc, times_in_the_future_are_now);
	tcase_add_test(tc, stamp_in_the_future_is_no_reason_to_wait_for_it);
	tcase_add_test(tc, missing_stamp_makes_all_young);
	tcase_add_test(tc, time_since_a_start_is_certain);
	tcase_add_test(tc, synced_clock_is_believed_after_a_start);
	tcase_add_test(tc, synced_clock_that_jumps_ages_nothing);
	tcase_add_test(tc, start_with_a_dead_battery_ages_nothing);
	tcase_add_test(tc, unknown_start_is_another_one);
	tcase_add_test(tc, stamp_is_read_as_it_was_written);
	tcase_add_loop_test(tc, damaged_stamp_is_none, 0, COUNT(damages));
	tcase_add_test(tc, stamp_that_is_no_file_is_none);
	tcase_add_test(tc, deleting_keeps_the_first_stamp);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
