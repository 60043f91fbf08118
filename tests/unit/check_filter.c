/*
 * check_filter.c - a filter is asked at its stages until it decides.
 */
#include "queue-format/filter.h"

#include "unit.h"

static struct {
	int calls;
	enum qf_verdict verdict;
} script;

static enum qf_verdict
ask(void *context, const struct qf_message *message)
{
	ck_assert_ptr_eq(context, &script);
	ck_assert_str_eq(message->id, "A");
	script.calls++;
	return script.verdict;
}

static const struct {
	unsigned stages;
	enum qf_part part;
	enum qf_verdict verdict;
	bool taken_before;
	enum qf_status status;
	int calls;
	bool taken;
} cases[] = {
	{ QF_PART_NAME, QF_PART_NAME, QF_TAKE, false, QF_OK, 1, true },
	{ QF_PART_NAME, QF_PART_NAME, QF_DROP, false, QF_END, 1, false },
	{ QF_PART_NAME, QF_PART_NAME, QF_UNDECIDED, false, QF_OK, 1, false },
	{ QF_PART_NAME, QF_PART_INODE, QF_DROP, false, QF_OK, 0, false },
	{ QF_PART_NAME | QF_PART_INODE, QF_PART_INODE, QF_DROP, false, QF_END,
	  1, false },
	{ 0, QF_PART_REASONS, QF_DROP, false, QF_OK, 0, false },
	{ QF_PART_NAME, QF_PART_NAME, QF_DROP, true, QF_OK, 0, true },
};

START_TEST(asks_until_it_decides)
{
	struct qf_filter filter = { .stages = cases[_i].stages,
				    .test = ask,
				    .context = &script };
	struct qf_message message = { .id = "A" };
	bool taken = cases[_i].taken_before;

	script.calls = 0;
	script.verdict = cases[_i].verdict;
	ck_assert_int_eq(
		qf_filter_ask(&filter, &message, cases[_i].part, &taken),
		cases[_i].status);
	ck_assert_int_eq(script.calls, cases[_i].calls);
	ck_assert_int_eq(taken, cases[_i].taken);
}
END_TEST

START_TEST(no_filter_takes_all)
{
	struct qf_filter filter = { .stages = QF_PART_NAME };
	struct qf_message message = { .id = "A" };
	bool taken = false;

	ck_assert_int_eq(qf_filter_ask(&filter, &message, QF_PART_NAME, &taken),
			 QF_OK);
	ck_assert(!taken);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("filter");
	TCase *tc = tcase_create("filter");

	tcase_add_loop_test(tc, asks_until_it_decides, 0, COUNT(cases));
	tcase_add_test(tc, no_filter_takes_all);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
