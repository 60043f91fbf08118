/*
 * check_postqueue_columns.c - ids, sizes and times of `postqueue -p', also
 * where they are wider than their column.
 *
 * The texts were taken from real ones; docs/COMPATIBILITY.md has the versions.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "list_as.h"
#include "unit.h"

/* Sun Nov 22 10:18:20 2026, UTC */
#define ARRIVAL 1795342700

static void
set_zone(const char *zone)
{
	ck_assert_int_eq(setenv("TZ", zone, 1), 0);
	tzset();
}

static void
begin(void)
{
	set_zone("UTC0");
}

/* The second line: the message's own. */
static void
expect_line(const char *version, bool long_ids, const struct qf_message *m,
	    const char *wanted)
{
	const char *text = strchr(list_mailq(version, long_ids, m, 1), '\n');
	char line[100] = "";

	ck_assert_ptr_nonnull(text);
	strncat(line, text + 1, strcspn(text + 1, "\n"));
	ck_assert_str_eq(line, wanted);
}

/* Ids and marks, and what of the rest they push to the right. */
static const struct mark_case {
	const char *version;
	bool long_ids;
	const char *id;
	enum qf_queue queue;
	bool forced_expire;
	const char *line;
} marks[] = {
#define REST	  "       1 Sun Nov 22 10:18:20  a@b"
#define LONG_REST "        1 Sun Nov 22 10:18:20 a@b"
	{ "3.4.0", false, "0123456789", QF_QUEUE_DEFERRED, false,
	  "0123456789 " REST },
	{ "3.4.0", false, "0123456789A", QF_QUEUE_DEFERRED, false,
	  "0123456789A " REST },
	{ "3.5.0", false, "0123456789A", QF_QUEUE_DEFERRED, false,
	  "0123456789A" REST },
	{ "3.4.0", false, "0123456789AB", QF_QUEUE_INCOMING, false,
	  "0123456789AB " REST },
	{ "3.5.0", false, "0123456789AB", QF_QUEUE_INCOMING, false,
	  "0123456789AB" REST },
	{ "3.4.0", false, "0123456789A", QF_QUEUE_ACTIVE, false,
	  "0123456789A*" REST },
	{ "3.5.0", false, "0123456789A", QF_QUEUE_ACTIVE, false,
	  "0123456789A*" REST },
	{ "3.4.0", false, "0123456789", QF_QUEUE_HOLD, false,
	  "0123456789!" REST },
	{ "3.6.0", false, "0123456789", QF_QUEUE_HOLD, false,
	  "0123456789!" REST },
	/* Nobody knew of # before 3.5, whatever the bit is. */
	{ "3.4.29", false, "0123456789", QF_QUEUE_ACTIVE, true,
	  "0123456789*" REST },
	{ "3.4.29", false, "0123456789", QF_QUEUE_DEFERRED, true,
	  "0123456789 " REST },
	{ "3.5.0", false, "0123456789", QF_QUEUE_DEFERRED, true,
	  "0123456789#" REST },
	{ "3.5.0", false, "012345678", QF_QUEUE_ACTIVE, true,
	  "012345678*#" REST },
	{ "3.5.0", false, "0123456789", QF_QUEUE_HOLD, true,
	  "0123456789!#" REST },
	{ "3.11.6", false, "0", QF_QUEUE_MAILDROP, true, "0#         " REST },
	{ "3.4.29", true, "4jXQyk6zNkz1bblD", QF_QUEUE_DEFERRED, false,
	  "4jXQyk6zNkz1bblD " LONG_REST },
	{ "3.4.29", true, "4jXQyk6zNkz1bblDx", QF_QUEUE_MAILDROP, false,
	  "4jXQyk6zNkz1bblDx " LONG_REST },
	{ "3.9.14", true, "4jXQyk6zNkz1bblDx", QF_QUEUE_MAILDROP, false,
	  "4jXQyk6zNkz1bblDx" LONG_REST },
	{ "3.5.27", true, "4jXQyk6zNkz1bblD", QF_QUEUE_ACTIVE, true,
	  "4jXQyk6zNkz1bblD*#" LONG_REST },
	{ "3.10.13", true, "0123456789", QF_QUEUE_HOLD, true,
	  "0123456789!#     " LONG_REST },
};

START_TEST(ids_and_marks)
{
	const struct mark_case *c = &marks[_i];
	struct qf_message m = { .id = c->id,
				.queue = c->queue,
				.forced_expire = c->forced_expire,
				.size = 1,
				.arrival = ARRIVAL,
				.sender = "a@b" };

	expect_line(c->version, c->long_ids, &m, c->line);
}
END_TEST

/* The column is 7 or 8 wide. */
static const struct size_case {
	int64_t size;
	const char *narrow;
	const char *wide;
} sizes[] = {
	{ 0, "      0", "       0" },
	{ 999999, " 999999", "  999999" },
	{ 9999999, "9999999", " 9999999" },
	{ 10000000, "10000000", "10000000" },
	{ 99999999, "99999999", "99999999" },
	{ 100000000, "100000000", "100000000" },
	{ 4294967296, "4294967296", "4294967296" },
	{ 99999999999, "99999999999", "99999999999" },
};

START_TEST(sizes_wider_than_their_column)
{
	struct qf_message m = { .id = "A",
				.queue = QF_QUEUE_DEFERRED,
				.size = sizes[_i].size,
				.arrival = ARRIVAL,
				.sender = "a@b" };
	char wanted[100];

	snprintf(wanted, sizeof(wanted),
		 "A           %s Sun Nov 22 10:18:20  a@b", sizes[_i].narrow);
	expect_line("3.7.11", false, &m, wanted);
	snprintf(wanted, sizeof(wanted),
		 "A                 %s Sun Nov 22 10:18:20 a@b",
		 sizes[_i].wide);
	expect_line("3.7.11", true, &m, wanted);
}
END_TEST

/* Local time of the caller, days below ten padded, no year. */
static const struct time_case {
	const char *zone;
	int64_t when;
	const char *time;
} times[] = {
	{ "UTC0", ARRIVAL, "Sun Nov 22 10:18:20" },
	{ "UTC0", 0, "Thu Jan  1 00:00:00" },
	{ "UTC0", 951782400, "Tue Feb 29 00:00:00" },
	{ "UTC0", 1793491200, "Sun Nov  1 00:00:00" },
	{ "UTC0", 1794268799, "Mon Nov  9 23:59:59" },
	{ "UTC0", 1794268800, "Tue Nov 10 00:00:00" },
	{ "UTC0", 1798761599, "Thu Dec 31 23:59:59" },
	{ "UTC0", 4102444800, "Fri Jan  1 00:00:00" },
	{ "EST5", 1793491200, "Sat Oct 31 19:00:00" },
	{ "<+0545>-5:45", ARRIVAL, "Sun Nov 22 16:03:20" },
	/* The second before summer time and the one after. */
	{ "CET-1CEST,M3.5.0,M10.5.0/3", 1774745999, "Sun Mar 29 01:59:59" },
	{ "CET-1CEST,M3.5.0,M10.5.0/3", 1774746000, "Sun Mar 29 03:00:00" },
	{ "CET-1CEST,M3.5.0,M10.5.0/3", 1792889999, "Sun Oct 25 02:59:59" },
	{ "CET-1CEST,M3.5.0,M10.5.0/3", 1792890000, "Sun Oct 25 02:00:00" },
};

START_TEST(times_are_those_of_the_caller)
{
	struct qf_message m = { .id = "A",
				.queue = QF_QUEUE_DEFERRED,
				.arrival = times[_i].when,
				.sender = "a@b" };
	char wanted[100];

	set_zone(times[_i].zone);
	snprintf(wanted, sizeof(wanted), "A                 0 %s  a@b",
		 times[_i].time);
	expect_line("3.2.0", false, &m, wanted);
}
END_TEST

START_TEST(or_times_are_in_utc)
{
	struct postqueue_format format;
	struct qf_message m = { .id = "A",
				.arrival = ARRIVAL,
				.sender = "a@b" };
	struct qf_buffer out = { 0 };

	set_zone("EST5");
	list_as("3.7.11", true, &format);
	format.utc = true;
	postqueue_format_mailq(&format, &m, &out);
	unit_says(qf_buffer_text(&out), " 0 Sun Nov 22 10:18:20 a@b\n");
	qf_buffer_free(&out);
}
END_TEST

/* No calendar has that year. */
START_TEST(a_time_that_is_none)
{
	struct qf_message m = { .id = "A",
				.arrival = INT64_MAX,
				.sender = "a@b" };

	expect_line("3.7.11", false, &m,
		    "A                 0 ??? ??? ?? ??:??:??  a@b");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("postqueue_columns");
	TCase *tc = tcase_create("postqueue_columns");

	tcase_add_checked_fixture(tc, begin, NULL);
	tcase_add_loop_test(tc, ids_and_marks, 0, COUNT(marks));
	tcase_add_loop_test(tc, sizes_wider_than_their_column, 0, COUNT(sizes));
	tcase_add_loop_test(tc, times_are_those_of_the_caller, 0, COUNT(times));
	tcase_add_test(tc, or_times_are_in_utc);
	tcase_add_test(tc, a_time_that_is_none);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
