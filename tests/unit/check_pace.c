/*
 * check_pace.c - so many messages in so much time, and in no span of time
 * more; the clock is made here.
 */
#include "queue-format/plan/pace.h"

#include <stdlib.h>

#include "unit.h"

#define S   QF_PACE_SECOND
#define MIN (60 * S)
#define H   (3600 * S)
#define MS  (S / 1000)

static struct qf_pace pace;

static void
start(uint64_t count, int64_t span)
{
	ck_assert(qf_pace_start(&pace, count, span));
}

START_TEST(sixty_a_minute_are_one_a_second)
{
	int64_t now = 7 * S;

	start(60, MIN);
	for (int i = 0; i < 200; i++) {
		ck_assert_uint_eq(qf_pace_may(&pace, now), 1);
		qf_pace_spend(&pace, 1, now);
		ck_assert_uint_eq(qf_pace_may(&pace, now), 0);
		ck_assert_int_eq(qf_pace_wait(&pace, 1, now), S);
		ck_assert_uint_eq(qf_pace_may(&pace, now + S - 1), 0);
		ck_assert_int_eq(qf_pace_wait(&pace, 1, now + S - 1), 1);
		now += S;
	}
}
END_TEST

/* Not what was not used for an hour. */
START_TEST(a_delay_is_made_up_for_by_one_second)
{
	start(10, S);
	ck_assert_uint_eq(qf_pace_may(&pace, 0), 1);
	qf_pace_spend(&pace, 1, 0);
	ck_assert_uint_eq(qf_pace_may(&pace, H), 10);
	qf_pace_spend(&pace, 10, H);
	ck_assert_uint_eq(qf_pace_may(&pace, H + 99 * MS), 0);
	ck_assert_uint_eq(qf_pace_may(&pace, H + 100 * MS), 1);

	start(2, H);
	ck_assert_uint_eq(qf_pace_may(&pace, 0), 1);
	ck_assert_uint_eq(qf_pace_may(&pace, 100 * H), 1);
	qf_pace_spend(&pace, 1, 100 * H);
	ck_assert_int_eq(qf_pace_wait(&pace, 1, 100 * H), H / 2);
	ck_assert_int_eq(qf_pace_wait(&pace, 3, 100 * H), 3 * H / 2);
}
END_TEST

/* A clock that nobody sets does not go back; if it did, nothing is given. */
START_TEST(a_clock_that_goes_back)
{
	start(1, S);
	ck_assert_uint_eq(qf_pace_may(&pace, 5 * S), 1);
	qf_pace_spend(&pace, 1, 5 * S);
	ck_assert_uint_eq(qf_pace_may(&pace, 0), 0);
	ck_assert_uint_eq(qf_pace_may(&pace, 5 * S), 0);
	ck_assert_uint_eq(qf_pace_may(&pace, 6 * S), 1);
}
END_TEST

START_TEST(what_is_no_rate)
{
	ck_assert(!qf_pace_start(&pace, 0, S));
	ck_assert(!qf_pace_start(&pace, QF_PACE_MAX + 1, S));
	ck_assert(!qf_pace_start(&pace, UINT64_MAX, H));
	ck_assert(qf_pace_start(&pace, QF_PACE_MAX, S));
	ck_assert_int_eq(pace.each, 1000);
}
END_TEST

static const struct {
	uint64_t count;
	int64_t span;
	uint64_t messages;
	int64_t seconds;
} durations[] = {
	{ 60, MIN, 0, 0 },
	{ 60, MIN, 1, 0 },
	{ 60, MIN, 61, 60 },
	{ 600, MIN, 101, 10 },
	{ 1, H, 25, 24 * 3600 },
	{ 1, H, UINT64_MAX, INT64_MAX / QF_PACE_SECOND },
};

START_TEST(how_long_it_takes)
{
	start(durations[_i].count, durations[_i].span);
	ck_assert_int_eq(qf_pace_duration(&pace, durations[_i].messages),
			 durations[_i].seconds);
}
END_TEST

#define TIMES 3000

static int64_t times[TIMES];

/*
 * Somebody who takes what there is, whenever he happens to come: often, late,
 * and after long absences.
 */
static void
take_at_random(unsigned *seed)
{
	int64_t now = 1;

	for (int i = 0; i < TIMES;) {
		size_t may = qf_pace_may(&pace, now);
		size_t some = may == 0 ? 0 : (size_t)rand_r(seed) % (may + 1);

		qf_pace_spend(&pace, some, now);
		for (; some > 0 && i < TIMES; some--)
			times[i++] = now;
		now += rand_r(seed) % 50 == 0 ? rand_r(seed) % 20 * S
					      : rand_r(seed) % (5 * MS);
		if (rand_r(seed) % 4 == 0)
			now += qf_pace_wait(&pace, 1, now);
	}
}

/*
 * In the time from one message to another, no more than it gives, and what
 * the bucket holds: a second's worth, or one.
 */
static int
count_excess(void)
{
	int64_t most = pace.each > S ? 1 : S / pace.each;
	int count = 0;

	for (int i = 0; i < TIMES; i++) {
		for (int k = i; k < TIMES; k++) {
			int64_t span = times[k] - times[i];

			count += k - i + 1 > span / pace.each + 1 + most;
		}
	}
	return count;
}

static const struct {
	uint64_t count;
	int64_t span;
} rates[] = {
	{ 1, S }, { 7, MIN }, { 60, MIN }, { 600, MIN }, { 1000, S }, { 50, H },
};

START_TEST(in_no_span_of_time_more)
{
	for (unsigned seed = 1; seed <= 10; seed++) {
		unsigned state = seed * 7919;

		start(rates[_i].count, rates[_i].span);
		take_at_random(&state);
		ck_assert_int_eq(count_excess(), 0);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("pace");
	TCase *tc = tcase_create("pace");

	tcase_add_test(tc, sixty_a_minute_are_one_a_second);
	tcase_add_test(tc, a_delay_is_made_up_for_by_one_second);
	tcase_add_test(tc, a_clock_that_goes_back);
	tcase_add_test(tc, what_is_no_rate);
	tcase_add_loop_test(tc, how_long_it_takes, 0, COUNT(durations));
	tcase_add_loop_test(tc, in_no_span_of_time_more, 0, COUNT(rates));
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
