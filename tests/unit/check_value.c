/*
 * check_value.c - columns by name, and values as people and programs read
 * them.
 */
#include "mailq-tools/value.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "apart.h"
#include "unit.h"

/* Sun Nov 22 10:18:20 2026, UTC */
#define NOW 1795342700

#define KNOWN                                                                  \
	(QF_PART_NAME | QF_PART_INODE | QF_PART_ENVELOPE |                     \
	 QF_PART_RECIPIENTS | QF_PART_REASONS | QF_PART_DONE)

static struct tool tool;
static struct columns columns;
static struct qf_buffer out;
static struct apart apart;

static void
set_zone(const char *zone)
{
	ck_assert_int_eq(setenv("TZ", zone, 1), 0);
	tzset();
}

static void
begin(void)
{
	tool = (struct tool){ .name = "mqtest", .now = NOW };
	columns = (struct columns){ 0 };
	set_zone("UTC0");
}

static void
end(void)
{
	qf_buffer_free(&out);
	apart_free(&apart);
}

/* The names, in order: "id size". */
static void
expect_columns(const char *wanted)
{
	for (size_t i = 0; i < columns.count; i++) {
		if (i > 0)
			qf_buffer_byte(&out, ' ');
		qf_buffer_string(&out, columns.items[i].name);
	}
	ck_assert_str_eq(qf_buffer_text(&out), wanted);
	qf_buffer_empty(&out);
}

START_TEST(columns_are_chosen_by_name)
{
	columns_read(&tool, "size,id,rcpts,sender.domain,id", &columns);
	expect_columns("size id rcpts sender.domain id");
	columns_read(&tool, "queue", &columns);
	expect_columns("queue");
}
END_TEST

START_TEST(columns_are_added)
{
	columns_read(&tool, "id", &columns);
	columns_read(&tool, "+size,age", &columns);
	expect_columns("id size age");
	columns_read(&tool, "+rcpts", &columns);
	expect_columns("id size age rcpts");
}
END_TEST

static const struct {
	const char *list;
	unsigned parts;
} costs[] = {
	{ "id,queue,held", QF_PART_NAME },
	{ "id,next", QF_PART_NAME | QF_PART_INODE },
	{ "sender", QF_PART_NAME | QF_PART_INODE | QF_PART_ENVELOPE },
	{ "rcpts", QF_PART_NAME | QF_PART_INODE | QF_PART_ENVELOPE |
			   QF_PART_RECIPIENTS | QF_PART_REASONS },
};

START_TEST(columns_have_a_cost)
{
	columns_read(&tool, costs[_i].list, &columns);
	ck_assert_uint_eq(columns.parts & costs[_i].parts, costs[_i].parts);
	/* Less is not needed either for those that are cheap. */
	if ((costs[_i].parts & QF_PART_RECIPIENTS) == 0)
		ck_assert_uint_eq(columns.parts, costs[_i].parts);
}
END_TEST

static int
read_columns(void *context)
{
	columns_read(&tool, context, &columns);
	return 0;
}

static const struct {
	const char *list;
	const char *says;
} mistakes[] = {
	{ "sendr", "unknown column 'sendr' (did you mean 'sender'?)\n" },
	{ "id,Size", "unknown column 'Size' (did you mean 'size'?)\n" },
	{ "xyzzy", "unknown column 'xyzzy'; \"mqtest --fields\" lists all\n" },
	{ "", "unknown column ''" },
	{ "id,,size", "unknown column ''" },
	{ "id,", "unknown column ''" },
	{ "+", "unknown column ''" },
	{ "\033[2J", "unknown column '^[[2J'" },
};

START_TEST(mistakes_are_pointed_at)
{
	char list[50];

	strcpy(list, mistakes[_i].list);
	apart_run(&apart, read_columns, list);
	ck_assert_int_eq(apart.status, 64);
	unit_says(apart.err, mistakes[_i].says);
}
END_TEST

/* As many as there is room for, and one more. */
START_TEST(columns_have_a_limit)
{
	char list[3 * (COLUMNS_MAX + 1)];

	for (size_t i = 0; i <= COLUMNS_MAX; i++)
		memcpy(list + 3 * i, "id,", 3);
	list[3 * COLUMNS_MAX - 1] = '\0';
	columns_read(&tool, list, &columns);
	ck_assert_uint_eq(columns.count, COLUMNS_MAX);
	list[3 * COLUMNS_MAX - 1] = ',';
	list[3 * COLUMNS_MAX + 2] = '\0';
	apart_run(&apart, read_columns, list);
	ck_assert_int_eq(apart.status, 64);
	ck_assert_str_eq(apart.err, "mqtest: more than 64 columns\n"
				    "Try \"mqtest --help\".\n");
}
END_TEST

static const struct {
	const char *name;
	const char *heading;
	bool number;
} headings[] = {
	{ "id", "ID", false },
	{ "mark", "Q", false },
	{ "size", "SIZE", true },
	{ "rcpts", "RCPTS", true },
	{ "reason.dsn", "REASON.DSN", false },
	{ "forced_expire", "FORCED_EXPIRE", true },
	{ "next", "NEXT", true },
};

START_TEST(columns_have_headings)
{
	char heading[COLUMN_HEADING_MAX];

	columns_read(&tool, headings[_i].name, &columns);
	ck_assert_uint_eq(column_heading(&columns.items[0], heading),
			  strlen(headings[_i].heading));
	ck_assert_str_eq(heading, headings[_i].heading);
	ck_assert_int_eq(column_is_number(&columns.items[0]),
			 headings[_i].number);
}
END_TEST

START_TEST(a_long_name_has_a_short_heading)
{
	struct column column = {
		.name = "a.name.that.is.longer.than.any.heading.may.be"
	};
	char heading[COLUMN_HEADING_MAX];

	ck_assert_uint_eq(column_heading(&column, heading), 31);
	ck_assert_str_eq(heading, "A.NAME.THAT.IS.LONGER.THAN.ANY.");
}
END_TEST

static const struct {
	int64_t bytes;
	const char *text;
} sizes[] = {
	{ 0, "0" },
	{ 1, "1" },
	{ 999, "999" },
	{ 1000, "1.0K" },
	{ 1024, "1.0K" },
	{ 10188, "9.9K" },
	{ 10189, "10K" },
	{ 10240, "10K" },
	{ 1022976, "999K" },
	{ 1023488, "1.0M" },
	{ 1048576, "1.0M" },
	{ 1572864, "1.5M" },
	{ 1047527424, "999M" },
	{ 1073741824, "1.0G" },
	{ 1099511627776, "1.0T" },
	{ 1125899906842624, "1.0P" },
	{ 1152921504606846976, "1.0E" },
	{ INT64_MAX, "8.0E" },
};

START_TEST(sizes_have_three_digits)
{
	value_size(&out, sizes[_i].bytes);
	ck_assert_str_eq(qf_buffer_text(&out), sizes[_i].text);
	ck_assert_uint_le(out.len, 4);
}
END_TEST

static const struct {
	int64_t seconds;
	const char *text;
} durations[] = {
	{ 0, "0s" },	      { 1, "1s" },
	{ 59, "59s" },	      { 60, "1m" },
	{ 119, "1m" },	      { 3599, "59m" },
	{ 3600, "1h00m" },    { 11100, "3h05m" },
	{ 86399, "23h59m" },  { 86400, "1d00h" },
	{ 446400, "5d04h" },  { 8640000, "100d00h" },
	{ -1, "-1s" },	      { -90, "-1m" },
	{ -86400, "-1d00h" }, { INT64_MAX, "106751991167300d15h" },
};

START_TEST(durations_have_two_units)
{
	value_duration(&out, durations[_i].seconds);
	ck_assert_str_eq(qf_buffer_text(&out), durations[_i].text);
}
END_TEST

static const struct qf_recipient left[] = {
	{ .state = QF_RECIPIENT_WAITING, .address = "first@example.org" },
	{ .state = QF_RECIPIENT_DEFERRED,
	  .address = "second@example.org",
	  .reason = "connection\trefused",
	  .dsn = "4.4.1",
	  .mta = "mx.example.org" },
};

static const struct qf_recipient done[] = {
	{ .state = QF_RECIPIENT_DONE, .address = "done@example.org" },
};

static const struct qf_message message = {
	.parts = KNOWN,
	.id = "6C3B5A9C049",
	.queue = QF_QUEUE_DEFERRED,
	.place = "deferred/6/6C3B5A9C049",
	.next = NOW + 11100,
	.size = 12288,
	.arrival = NOW - 446400,
	.created = NOW - 3600,
	.last = NOW - 60,
	.expires = NOW - 1,
	.sender = "alice@example.com",
	.left = left,
	.left_count = 2,
	.done = done,
	.done_count = 1,
};

/* Each field, for people and for programs. */
static const struct {
	const char *name;
	const char *people;
	const char *programs;
} values[] = {
	{ "id", "6C3B5A9C049", "6C3B5A9C049" },
	{ "queue", "deferred", "deferred" },
	{ "mark", "D", "D" },
	{ "instance", "", "" },
	{ "path", "deferred/6/6C3B5A9C049", "deferred/6/6C3B5A9C049" },
	{ "held", "no", "no" },
	{ "next", "3h05m", "2026-11-22T13:23:20+00:00" },
	{ "forced_expire", "no", "no" },
	{ "size", "12K", "12288" },
	{ "age", "5d04h", "446400" },
	{ "arrival", "11-17 06:18", "2026-11-17T06:18:20+00:00" },
	{ "created", "11-22 09:18", "2026-11-22T09:18:20+00:00" },
	{ "last", "11-22 10:17", "2026-11-22T10:17:20+00:00" },
	{ "expires", "due", "2026-11-22T10:18:19+00:00" },
	{ "sender", "alice@example.com", "alice@example.com" },
	{ "sender.local", "alice", "alice" },
	{ "sender.domain", "example.com", "example.com" },
	{ "bounce", "no", "no" },
	{ "sasl_user", "", "" },
	{ "rcpt.count", "2", "2" },
	{ "rcpt.done", "1", "1" },
	{ "rcpts", "2/3", "2/3" },
	{ "rcpt", "first@example.org", "first@example.org" },
	/* As it is in the spool: making it safe is another's work. */
	{ "reason", "connection\trefused", "connection\trefused" },
	{ "reason.dsn", "4.4.1", "4.4.1" },
	{ "reason.host", "mx.example.org", "mx.example.org" },
	{ "broken", "no", "no" },
	{ "fault", "", "" },
};

static void
expect_value(const char *name, const struct qf_message *m, const char *people,
	     const char *programs)
{
	columns_read(&tool, name, &columns);
	value_for_people(&out, &tool, &columns.items[0], m);
	ck_assert_str_eq(qf_buffer_text(&out), people);
	qf_buffer_empty(&out);
	value_for_programs(&out, &tool, &columns.items[0], m);
	ck_assert_str_eq(qf_buffer_text(&out), programs);
	qf_buffer_empty(&out);
}

START_TEST(values_are_for_people_or_programs)
{
	expect_value(values[_i].name, &message, values[_i].people,
		     values[_i].programs);
}
END_TEST

/* Nothing is known but the name: nothing is said, and above all no zero. */
START_TEST(what_is_not_known_is_empty)
{
	static const char *const names[] = {
		"next",	   "forced_expire", "size",	     "age",
		"arrival", "created",	    "last",	     "expires",
		"sender",  "sender.local",  "sender.domain", "bounce",
		"local",   "smtputf8",	    "rcpt.count",    "rcpt.done",
		"rcpts",   "rcpt",	    "reason",	     "reason.dsn",
		"broken",  "fault",
	};
	struct qf_message m = { .parts = QF_PART_NAME,
				.id = "A",
				.queue = QF_QUEUE_DEFERRED };

	for (int i = 0; i < COUNT(names); i++)
		expect_value(names[i], &m, "", "");
}
END_TEST

START_TEST(the_null_sender_is_shown)
{
	struct qf_recipient null = { .address = "" };
	struct qf_message m = message;

	m.sender = "";
	m.left = &null;
	m.left_count = 1;
	expect_value("sender", &m, "<>", "");
	expect_value("rcpt", &m, "<>", "");
	expect_value("sender.domain", &m, "", "");
	expect_value("bounce", &m, "yes", "yes");
}
END_TEST

START_TEST(next_depends_on_the_queue)
{
	struct qf_message m = message;

	m.next = NOW;
	expect_value("next", &m, "due", "2026-11-22T10:18:20+00:00");
	m.next = 0;
	expect_value("next", &m, "", "");
	m.queue = QF_QUEUE_ACTIVE;
	expect_value("next", &m, "now", "");
	m.queue = QF_QUEUE_HOLD;
	expect_value("next", &m, "held", "");
	expect_value("held", &m, "yes", "yes");
}
END_TEST

/* Postfix's own listing does not tell who is done. */
START_TEST(done_recipients_may_be_unknown)
{
	struct qf_message m = message;

	m.parts = QF_PART_NAME | QF_PART_ENVELOPE | QF_PART_RECIPIENTS |
		  QF_PART_REASONS;
	m.done_count = 0;
	expect_value("rcpts", &m, "2/?", "2/?");
	expect_value("rcpt.done", &m, "", "");
}
END_TEST

START_TEST(an_id_tells_its_instance)
{
	struct qf_message m = message;

	m.instance = "out";
	expect_value("id", &m, "out/6C3B5A9C049", "out/6C3B5A9C049");
	expect_value("instance", &m, "out", "out");
	expect_value("sender", &m, "alice@example.com", "alice@example.com");
}
END_TEST

static const struct {
	const char *zone;
	bool utc;
	const char *people;
	const char *programs;
} zones[] = {
	{ "UTC0", true, "11-17 06:18", "2026-11-17T06:18:20Z" },
	{ "UTC0", false, "11-17 06:18", "2026-11-17T06:18:20+00:00" },
	{ "CET-1CEST,M3.5.0,M10.5.0/3", false, "11-17 07:18",
	  "2026-11-17T07:18:20+01:00" },
	{ "CET-1CEST,M3.5.0,M10.5.0/3", true, "11-17 06:18",
	  "2026-11-17T06:18:20Z" },
	{ "<-0330>3:30", false, "11-17 02:48", "2026-11-17T02:48:20-03:30" },
	{ "<+0545>-5:45", false, "11-17 12:03", "2026-11-17T12:03:20+05:45" },
};

START_TEST(times_know_the_zone)
{
	set_zone(zones[_i].zone);
	tool.utc = zones[_i].utc;
	expect_value("arrival", &message, zones[_i].people, zones[_i].programs);
}
END_TEST

/* A file says what it wants; no calendar has that year. */
START_TEST(a_time_that_is_none_is_empty)
{
	struct qf_message m = message;

	m.arrival = INT64_MAX;
	expect_value("arrival", &m, "", "");
	tool.utc = true;
	expect_value("arrival", &m, "", "");
}
END_TEST

static TCase *
column_case(void)
{
	TCase *tc = tcase_create("columns");

	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, columns_are_chosen_by_name);
	tcase_add_test(tc, columns_are_added);
	tcase_add_loop_test(tc, columns_have_a_cost, 0, COUNT(costs));
	tcase_add_loop_test(tc, mistakes_are_pointed_at, 0, COUNT(mistakes));
	tcase_add_test(tc, columns_have_a_limit);
	tcase_add_loop_test(tc, columns_have_headings, 0, COUNT(headings));
	tcase_add_test(tc, a_long_name_has_a_short_heading);
	return tc;
}

static TCase *
value_case(void)
{
	TCase *tc = tcase_create("values");

	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_loop_test(tc, sizes_have_three_digits, 0, COUNT(sizes));
	tcase_add_loop_test(tc, durations_have_two_units, 0, COUNT(durations));
	tcase_add_loop_test(tc, values_are_for_people_or_programs, 0,
			    COUNT(values));
	tcase_add_test(tc, what_is_not_known_is_empty);
	tcase_add_test(tc, the_null_sender_is_shown);
	tcase_add_test(tc, next_depends_on_the_queue);
	tcase_add_test(tc, done_recipients_may_be_unknown);
	tcase_add_test(tc, an_id_tells_its_instance);
	tcase_add_loop_test(tc, times_know_the_zone, 0, COUNT(zones));
	tcase_add_test(tc, a_time_that_is_none_is_empty);
	return tc;
}

int
main(void)
{
	Suite *suite = suite_create("value");

	suite_add_tcase(suite, column_case());
	suite_add_tcase(suite, value_case());
	return unit_run(suite);
}
