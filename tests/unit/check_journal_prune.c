/*
 * check_journal_prune.c - the age of a job is not what a clock says alone:
 * whatever it does, nothing is forgotten too early.
 */
#include "queue-format/journal.h"

#include <time.h>

#include "journal_sample.h"
#include "queue-format/journal_table.h"
#include "unit.h"

#define DAY 86400

static struct qf_journal *journal;
static struct qf_error err;

static void
begin(void)
{
	scratch_new();
	journal = sample_journal();
}

static void
end(void)
{
	qf_journal_close(journal);
}

static enum qf_status
put_job(struct qf_journal_txn *txn, void *context, struct qf_error *error)
{
	return qf_journal_put_job(txn, context, error);
}

static enum qf_status
count_job(void *context, const struct qf_job *job, bool is_alive)
{
	size_t *count = context;

	(void)job;
	(void)is_alive;
	++*count;
	return QF_OK;
}

/* As many are left when all that ended before are forgotten. */
static size_t
left_of(int64_t before)
{
	size_t count = 0;

	ck_assert_int_eq(qf_journal_prune(journal, before, 0, &err), QF_OK);
	ck_assert_int_eq(qf_journal_jobs(journal, count_job, &count, &err),
			 QF_OK);
	return count;
}

/* A job of long ago; the lower the number, the older. */
static void
put_past(unsigned number, int64_t begun, int64_t ended)
{
	struct qf_job job = sample_job("hold");

	job.id.bytes[6] = (unsigned char)(number >> 8);
	job.id.bytes[7] = (unsigned char)number;
	job.begun = begun;
	job.ended = ended;
	job.state = QF_JOB_DONE;
	ck_assert_int_eq(qf_journal_update(journal, put_job, &job, &err),
			 QF_OK);
}

/* One a day, the last one today; `shift': so many days too late. */
static void
put_days(unsigned count, int64_t shift)
{
	int64_t now = time(NULL);

	for (unsigned i = 0; i < count; i++) {
		int64_t day = now - (int64_t)i * DAY + shift * DAY;

		put_past(count - i, day, day);
	}
}

static size_t
left_of_ninety_days(void)
{
	return left_of(time(NULL) - 90 * DAY);
}

START_TEST(jobs_stay_a_week_longer)
{
	put_days(120, 0);
	ck_assert_uint_eq(left_of_ninety_days(), 97);
}
END_TEST

/* By a day, to 2038, from 1970: each the other way round, too. */
static const int64_t jumps[] = { 1, -1, 12 * 365, -12 * 365, 20000, -20000 };

START_TEST(jump_of_the_clock_forgets_nothing)
{
	put_days(90, jumps[_i]);
	ck_assert_uint_eq(left_of_ninety_days(), 90);
}
END_TEST

/* It was wrong when some were noted: one more is as if there were no jump. */
START_TEST(jump_that_is_over_forgets_nothing)
{
	int64_t now = time(NULL);

	put_days(90, 0);
	for (unsigned i = 40; i < 43; i++) {
		int64_t day = now - (90 - i + jumps[_i]) * DAY;

		put_past(i, day, day);
	}
	ck_assert_uint_eq(left_of_ninety_days(), 90);
}
END_TEST

/* Nor do those stay for ever that were noted then. */
START_TEST(job_of_the_future_is_forgotten)
{
	int64_t now = time(NULL);

	put_days(200, 0);
	put_past(50, now + 12 * 365 * DAY, now + 12 * 365 * DAY);
	ck_assert_uint_eq(left_of_ninety_days(), 97);
}
END_TEST

START_TEST(job_that_took_long_is_as_old_as_its_end)
{
	int64_t now = time(NULL);

	put_days(200, 0);
	put_past(1, now - 199 * DAY, now - 10 * DAY);
	ck_assert_uint_eq(left_of_ninety_days(), 98);
	/* All that are over. */
	ck_assert_uint_eq(left_of(now + DAY), 0);
}
END_TEST

/* One a month: each counts as a week. */
START_TEST(rare_jobs_stay_longer)
{
	int64_t now = time(NULL);

	for (unsigned i = 0; i < 20; i++)
		put_past(20 - i, now - i * 30 * DAY, now - i * 30 * DAY);
	ck_assert_uint_eq(left_of_ninety_days(), 14);
}
END_TEST

int
main(void)
{
	const int all = sizeof(jumps) / sizeof(jumps[0]);
	Suite *suite = suite_create("journal_prune");
	TCase *tc = tcase_create("all");

	tcase_add_unchecked_fixture(tc, scratch_begin, scratch_end);
	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, jobs_stay_a_week_longer);
	tcase_add_loop_test(tc, jump_of_the_clock_forgets_nothing, 0, all);
	tcase_add_loop_test(tc, jump_that_is_over_forgets_nothing, 0, all);
	tcase_add_test(tc, job_of_the_future_is_forgotten);
	tcase_add_test(tc, job_that_took_long_is_as_old_as_its_end);
	tcase_add_test(tc, rare_jobs_stay_longer);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
