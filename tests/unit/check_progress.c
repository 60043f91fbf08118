/*
 * check_progress.c - a sign of life on a terminal, and nowhere else.
 */
#include "mailq-tools/progress.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "apart.h"
#include "unit.h"

static struct apart apart;

static void
end(void)
{
	apart_free(&apart);
}

/* As if it had been begun so many seconds ago. */
static void
was_begun(struct progress *progress, int seconds)
{
	progress->begin -= seconds * 1000 + 10;
}

static int
half_of_it(void *context)
{
	struct progress progress;

	(void)context;
	dup2(STDOUT_FILENO, STDERR_FILENO);
	progress_start_of(&progress, "messages", 10000);
	progress_tell(&progress, 1);
	was_begun(&progress, 10);
	progress_tell(&progress, 5001);
	progress_tell(&progress, 5002); /* too soon */
	progress_end(&progress);
	progress_end(&progress);
	return 0;
}

START_TEST(with_a_total_there_is_a_bar)
{
	apart_run_on_terminal(&apart, 80, half_of_it, NULL);
	ck_assert_str_eq(apart.out, "\r[##########..........] 5001 of 10000 "
				    "messages, 499/s, 10s left\033[K"
				    "\r\033[K");
}
END_TEST

static int
all_of_it(void *context)
{
	struct progress progress;

	(void)context;
	dup2(STDOUT_FILENO, STDERR_FILENO);
	progress_start_of(&progress, "messages", 3);
	was_begun(&progress, 4);
	progress_tell(&progress, 3);
	return 0;
}

START_TEST(slow_work_has_no_rate)
{
	apart_run_on_terminal(&apart, 80, all_of_it, NULL);
	ck_assert_str_eq(apart.out,
			 "\r[####################] 3 of 3 messages, 0/s\033[K");
}
END_TEST

/* 40 an hour: what is left is known before one more is done. */
static int
at_a_pace(void *context)
{
	struct progress progress;

	(void)context;
	dup2(STDOUT_FILENO, STDERR_FILENO);
	progress_start_of(&progress, "messages", 4);
	progress_pace(&progress, "40/h", 90);
	was_begun(&progress, 2);
	progress_tell(&progress, 0);
	progress.last = 0;
	progress_tell(&progress, 1);
	/* Slower than that: it takes as long as it takes. */
	progress.last = 0;
	was_begun(&progress, 1800);
	progress_tell(&progress, 3);
	return 0;
}

START_TEST(work_at_a_pace_says_so)
{
	apart_run_on_terminal(&apart, 80, at_a_pace, NULL);
	ck_assert_str_eq(apart.out,
			 "\r[....................] 0 of 4 messages, 40/h, "
			 "6m left\033[K"
			 "\r[#####...............] 1 of 4 messages, 40/h, "
			 "4m left\033[K"
			 "\r[###############.....] 3 of 4 messages, 40/h, "
			 "10m left\033[K");
}
END_TEST

static int
no_total(void *context)
{
	struct progress progress;

	(void)context;
	dup2(STDOUT_FILENO, STDERR_FILENO);
	progress_start(&progress, "messages read");
	was_begun(&progress, 2);
	progress_tell(&progress, 1023);
	progress_tell(&progress, 1024);
	return 0;
}

START_TEST(without_a_total_it_counts)
{
	apart_run_on_terminal(&apart, 80, no_total, NULL);
	ck_assert_str_eq(apart.out, "\r1024 messages read, 509/s\033[K");
}
END_TEST

START_TEST(a_file_gets_nothing)
{
	apart_run(&apart, half_of_it, NULL);
	ck_assert_str_eq(apart.out, "");
	ck_assert_str_eq(apart.err, "");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("progress");
	TCase *tc = tcase_create("progress");

	tcase_add_checked_fixture(tc, NULL, end);
	tcase_add_test(tc, with_a_total_there_is_a_bar);
	tcase_add_test(tc, slow_work_has_no_rate);
	tcase_add_test(tc, work_at_a_pace_says_so);
	tcase_add_test(tc, without_a_total_it_counts);
	tcase_add_test(tc, a_file_gets_nothing);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
