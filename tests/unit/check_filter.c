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

static int finds;

static bool
find_holder(void *context, struct qf_message *message, struct qf_arena *arena)
{
	(void)arena;
	finds++;
	message->holder.by = context;
	return context != NULL;
}

static struct qf_filter
with_holder(unsigned parts, unsigned stages, const char *by)
{
	static char alice[] = "alice";

	finds = 0;
	script.calls = 0;
	return (struct qf_filter){ .parts = parts,
				   .stages = stages,
				   .test = stages == 0 ? NULL : ask,
				   .context = &script,
				   .find_holder = find_holder,
				   .holder_context =
					   by == NULL ? NULL : alice };
}

#define H QF_PART_HOLDER

/* What remains to be done when a store has told all that it knows. */
static const struct {
	unsigned parts;
	unsigned stages;
	enum qf_queue queue;
	unsigned known;
	const char *by; /* NULL: nobody can know */
	enum qf_verdict verdict;
	bool taken;
	enum qf_status status;
	int finds;
	int calls;
	bool known_then;
} ends[] = {
	{ 0, 0, QF_QUEUE_HOLD, 2, "alice", QF_TAKE, false, QF_OK, 0, 0, false },
	{ H, 0, QF_QUEUE_HOLD, 2, "alice", QF_TAKE, false, QF_OK, 1, 0, true },
	{ H, 0, QF_QUEUE_HOLD, 2, NULL, QF_TAKE, false, QF_OK, 1, 0, false },
	/* Postfix's own listing does not tell which file it is. */
	{ H, 0, QF_QUEUE_HOLD, 5, "alice", QF_TAKE, false, QF_OK, 0, 0, false },
	/* Nobody holds what is elsewhere, and that is known. */
	{ H, 0, QF_QUEUE_DEFERRED, 2, NULL, QF_TAKE, false, QF_OK, 0, 0, true },
	/* A question that waits for it. */
	{ 0, H, QF_QUEUE_HOLD, 2, "alice", QF_TAKE, false, QF_OK, 1, 1, true },
	{ 0, H, QF_QUEUE_HOLD, 2, "alice", QF_DROP, false, QF_END, 1, 1, true },
	{ 0, H, QF_QUEUE_HOLD, 2, "alice", QF_UNDECIDED, false, QF_END, 1, 1,
	  true },
	{ 0, H, QF_QUEUE_HOLD, 2, NULL, QF_TAKE, false, QF_END, 1, 0, false },
	{ 0, H, QF_QUEUE_ACTIVE, 2, NULL, QF_TAKE, false, QF_OK, 0, 1, true },
	/* It has decided before. */
	{ 0, H | 1, QF_QUEUE_HOLD, 2, "alice", QF_DROP, true, QF_OK, 0, 0,
	  false },
	{ H, H | 1, QF_QUEUE_HOLD, 2, "alice", QF_DROP, true, QF_OK, 1, 0,
	  true },
	/* It will not come to that. */
	{ 0, 1, QF_QUEUE_HOLD, 2, "alice", QF_TAKE, false, QF_END, 0, 0,
	  false },
};

START_TEST(ends_with_who_holds_it)
{
	struct qf_filter filter =
		with_holder(ends[_i].parts, ends[_i].stages, ends[_i].by);
	struct qf_message message = { .id = "A",
				      .queue = ends[_i].queue,
				      .parts = ends[_i].known };
	struct qf_arena arena = { 0 };

	script.verdict = ends[_i].verdict;
	ck_assert_int_eq(
		qf_filter_finish(&filter, &message, &arena, ends[_i].taken),
		ends[_i].status);
	ck_assert_int_eq(finds, ends[_i].finds);
	ck_assert_int_eq(script.calls, ends[_i].calls);
	ck_assert_int_eq((message.parts & H) != 0, ends[_i].known_then);
}
END_TEST

/* Nobody is there who could find one. */
START_TEST(who_holds_it_may_not_be_known)
{
	struct qf_filter filter = { .parts = H };
	struct qf_message message = { .queue = QF_QUEUE_HOLD,
				      .parts = QF_PART_INODE };
	struct qf_arena arena = { 0 };

	ck_assert_int_eq(qf_filter_finish(&filter, &message, &arena, false),
			 QF_OK);
	ck_assert_uint_eq(message.parts, QF_PART_INODE);
}
END_TEST

/* To find it, the file is looked at: only of what is on hold. */
START_TEST(says_what_a_store_has_to_read)
{
	struct qf_filter filter = with_holder(QF_PART_NAME, H | 4, "alice");
	struct qf_message message = { .queue = QF_QUEUE_HOLD };

	ck_assert_uint_eq(qf_filter_parts(&filter, &message, false),
			  QF_PART_NAME | QF_PART_ENVELOPE | QF_PART_INODE |
				  QF_PART_BIRTH);
	ck_assert_uint_eq(qf_filter_parts(&filter, &message, true),
			  QF_PART_NAME);
	message.queue = QF_QUEUE_DEFERRED;
	ck_assert_uint_eq(qf_filter_parts(&filter, &message, false),
			  QF_PART_NAME | QF_PART_ENVELOPE);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("filter");
	TCase *tc = tcase_create("filter");

	tcase_add_loop_test(tc, asks_until_it_decides, 0, COUNT(cases));
	tcase_add_test(tc, no_filter_takes_all);
	tcase_add_loop_test(tc, ends_with_who_holds_it, 0, COUNT(ends));
	tcase_add_test(tc, who_holds_it_may_not_be_known);
	tcase_add_test(tc, says_what_a_store_has_to_read);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
