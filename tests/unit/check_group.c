/*
 * check_group.c - rows, their sums, ranges, order, and the rest.
 */
#include "queue-format/group.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "unit.h"

#define NOW 1795342700

#define KNOWN                                                                  \
	(QF_PART_NAME | QF_PART_INODE | QF_PART_ENVELOPE |                     \
	 QF_PART_RECIPIENTS | QF_PART_REASONS | QF_PART_DONE)

static struct qf_group *group;
static const struct qf_field *fields[QF_GROUP_FIELDS];
static size_t field_count;

static void
end(void)
{
	qf_group_free(group);
	group = NULL;
}

/* Group by a list of fields. */
static void
by(const char *list)
{
	end();
	for (field_count = 0; *list != '\0'; field_count++) {
		size_t len = strcspn(list, ",");

		fields[field_count] = qf_field_by_name(list, len);
		ck_assert_ptr_nonnull(fields[field_count]);
		list += len + (list[len] == ',');
	}
	group = qf_group_new(fields, field_count, NOW, true);
	ck_assert_ptr_nonnull(group);
}

static void
add(struct qf_message m)
{
	struct qf_error err;

	if (m.parts == 0)
		m.parts = KNOWN;
	if (m.sender == NULL)
		m.sender = "a@example.org";
	ck_assert(qf_group_add(group, &m, &err) == QF_OK);
}

/* The value of a row: its texts or ends of ranges, "-" for none. */
static void
put_value(const struct qf_group_value *value, size_t field, char *text,
	  size_t size)
{
	if (!value->known)
		snprintf(text, size, "-");
	else if (fields[field]->type != QF_FIELD_TEXT)
		snprintf(text, size, "%lld..%lld", (long long)value->from,
			 (long long)value->to);
	else
		snprintf(text, size, "%s", value->text.text);
	if (value->known && value->text.text != NULL)
		ck_assert_uint_eq(strlen(value->text.text), value->text.len);
}

/* All rows: "value,value messages/recipients/bytes ". */
static const char *
rows(void)
{
	static char text[8192];
	size_t len = 0;

	text[0] = '\0';
	for (size_t i = 0; i < qf_group_count(group); i++) {
		const struct qf_group_row *row = qf_group_row(group, i);

		for (size_t f = 0; f < field_count; f++) {
			char value[1000];

			put_value(&row->values[f], f, value, sizeof(value));
			len += (size_t)snprintf(text + len, sizeof(text) - len,
						f > 0 ? ",%s" : "%s", value);
		}
		len += (size_t)snprintf(text + len, sizeof(text) - len,
					" %llu/%llu/%lld; ",
					(unsigned long long)row->messages,
					(unsigned long long)row->recipients,
					(long long)row->bytes);
		ck_assert_uint_lt(len, sizeof(text));
	}
	return text;
}

#define LEFT(list) .left = (list), .left_count = (size_t)COUNT(list)

static const struct qf_recipient two_domains[] = {
	{ .address = "b@example.org",
	  .reason = "host mx.example.org[192.0.2.1] said: 450 4.1.1 one" },
	{ .address = "c@example.net" },
	{ .address = "d@EXAMPLE.org",
	  .reason = "host mx.example.org[192.0.2.1] said: 450 4.1.1 one" },
};

static const struct qf_recipient one_domain[] = {
	{ .address = "e@example.net",
	  .reason = "connect to mx.example.net[192.0.2.1]:25: Connection "
		    "timed out" },
};

START_TEST(a_field_of_the_message)
{
	by("sender");
	add((struct qf_message){
		.sender = "Tony@example.org", .size = 10, LEFT(two_domains) });
	add((struct qf_message){ .sender = "", .size = 20, LEFT(one_domain) });
	add((struct qf_message){ .sender = "tony@EXAMPLE.org", .size = 30 });
	ck_assert_str_eq(rows(), "Tony@example.org 2/3/40;  1/1/20; ");
	/* Known and empty, and not "none". */
	ck_assert(qf_group_row(group, 1)->values[0].known);
	ck_assert_uint_eq(qf_group_total(group)->messages, 3);
	ck_assert_uint_eq(qf_group_total(group)->recipients, 4);
	ck_assert_int_eq(qf_group_total(group)->bytes, 60);
}
END_TEST

START_TEST(a_message_counts_once_for_each_value)
{
	by("rcpt.domain");
	add((struct qf_message){ .size = 10, LEFT(two_domains) });
	add((struct qf_message){ .size = 20, LEFT(one_domain) });
	ck_assert_str_eq(rows(), "example.org 1/2/10; example.net 2/2/30; ");
}
END_TEST

START_TEST(without_a_value_it_is_in_a_row_of_its_own)
{
	by("rcpt.domain");
	add((struct qf_message){ .size = 10 });
	ck_assert_str_eq(rows(), "- 1/0/10; ");
	by("reason.code");
	add((struct qf_message){ .size = 10, LEFT(two_domains) });
	ck_assert_str_eq(rows(), "450..451 1/2/10; - 1/1/10; ");
	by("sasl_user");
	add((struct qf_message){ .size = 10, LEFT(two_domains) });
	add((struct qf_message){ .size = 10, .origin.sasl_user = "" });
	ck_assert_str_eq(rows(), "- 1/3/10;  1/0/10; ");
	ck_assert(!qf_group_row(group, 0)->values[0].known);
	ck_assert(qf_group_row(group, 1)->values[0].known);
}
END_TEST

START_TEST(two_fields_of_recipients_combine_for_each)
{
	by("rcpt.domain,reason");
	add((struct qf_message){ .size = 10, LEFT(two_domains) });
	add((struct qf_message){ .size = 20, LEFT(one_domain) });
	ck_assert_str_eq(
		rows(),
		"example.org,host <host>[<ip>] said: 450 4.1.1 one 1/2/10; "
		"example.net,- 1/1/10; "
		"example.net,connect to <host>[<ip>]:25: Connection "
		"timed out 1/1/20; ");
	by("rcpt.domain,queue");
	add((struct qf_message){ .queue = QF_QUEUE_HOLD, LEFT(two_domains) });
	add((struct qf_message){ .queue = QF_QUEUE_ACTIVE, LEFT(one_domain) });
	ck_assert_str_eq(rows(), "example.org,hold 1/2/0; example.net,hold "
				 "1/1/0; example.net,active 1/1/0; ");
}
END_TEST

/* Two values next to each other are not one long value. */
START_TEST(values_do_not_run_together)
{
	static const char *const pairs[][2] = {
		{ "ab", "c" },	   { "a", "bc" },     { "a\1", "c" },
		{ "a", "\1c" },	   { "a\2", "\1c" },  { "a", "\2\1c" },
		{ "a\1\2", "c" },  { "a\2\1", "c" },  { "", "a" },
		{ "a", "" },	   { "\3", "a" },     { NULL, "a" },
		{ "a\1\3", NULL }, { "a", "\3" },     { "a", NULL },
		{ NULL, NULL },	   { "\3\1\3", "a" }, { NULL, "\3\1" },
	};

	by("sasl_user,helo");
	for (int turn = 0; turn < 2; turn++) {
		for (int i = 0; i < COUNT(pairs); i++)
			add((struct qf_message){
				.origin = { .sasl_user = pairs[i][0],
					    .helo = pairs[i][1] } });
		ck_assert_int_eq((int)qf_group_count(group), COUNT(pairs));
	}
	for (size_t i = 0; i < qf_group_count(group); i++)
		ck_assert_uint_eq(qf_group_row(group, i)->messages, 2);
}
END_TEST

START_TEST(case_counts_where_it_is_a_difference)
{
	by("id");
	add((struct qf_message){ .id = "4jXQyk6zNk" });
	add((struct qf_message){ .id = "4JXQyk6zNk" });
	ck_assert_uint_eq(qf_group_count(group), 2);
	by("sasl_user");
	add((struct qf_message){ .origin.sasl_user = "tony" });
	add((struct qf_message){ .origin.sasl_user = "TONY" });
	ck_assert_str_eq(rows(), "tony 2/0/0; ");
	/* Only ASCII has a case here. */
	by("sasl_user");
	add((struct qf_message){ .origin.sasl_user = "\xc3\xa4" });
	add((struct qf_message){ .origin.sasl_user = "\xc3\x84" });
	ck_assert_uint_eq(qf_group_count(group), 2);
}
END_TEST

START_TEST(times_of_a_row)
{
	const struct qf_group_row *row;

	by("queue");
	add((struct qf_message){ .arrival = 300, .next = 900 });
	add((struct qf_message){ .arrival = 100, .next = 0 });
	add((struct qf_message){ .arrival = 0, .next = 800 });
	add((struct qf_message){ .arrival = 200, .next = 1000 });
	row = qf_group_row(group, 0);
	ck_assert_int_eq(row->oldest, 100);
	ck_assert_int_eq(row->newest, 300);
	ck_assert_int_eq(row->next, 800);
	ck_assert_uint_eq(row->queues, QF_QUEUE_BIT(QF_QUEUE_MAILDROP));
	by("queue");
	add((struct qf_message){ .arrival = 0 });
	row = qf_group_row(group, 0);
	ck_assert_int_eq(row->oldest, 0);
	ck_assert_int_eq(row->newest, 0);
	ck_assert_int_eq(row->next, 0);
}
END_TEST

/* Sizes that no file can have are no reason to be wrong about others. */
START_TEST(sums_do_not_overflow)
{
	by("queue");
	add((struct qf_message){ .size = INT64_MAX });
	add((struct qf_message){ .size = INT64_MAX });
	add((struct qf_message){ .size = -5 });
	ck_assert_int_eq(qf_group_row(group, 0)->bytes, INT64_MAX);
}
END_TEST

/* Number, and the range it is in. */
static const struct {
	const char *field;
	int64_t number;
	int64_t from;
	int64_t to;
} ranges[] = {
	{ "age", -1, INT64_MIN, 300 },
	{ "age", 0, INT64_MIN, 300 },
	{ "age", 299, INT64_MIN, 300 },
	{ "age", 300, 300, 600 },
	{ "age", 4799, 2400, 4800 },
	{ "age", 76799, 38400, 76800 },
	{ "age", 76800, 76800, INT64_MAX },
	{ "age", INT64_MAX, 76800, INT64_MAX },
	{ "size", 0, INT64_MIN, 1024 },
	{ "size", 1023, INT64_MIN, 1024 },
	{ "size", 1024, 1024, 4096 },
	{ "size", 1048575, 262144, 1048576 },
	{ "size", 1048576, 1048576, 4194304 },
	{ "size", 1073741824, 1073741824, INT64_MAX },
	{ "rcpt.count", 0, 0, 1 },
	{ "rcpt.count", 1, 1, 2 },
	{ "rcpt.count", 2, 2, 3 },
	{ "rcpt.count", 3, 3, 6 },
	{ "rcpt.count", 5, 3, 6 },
	{ "rcpt.count", 6, 6, 11 },
	{ "rcpt.count", 20, 11, 21 },
	{ "rcpt.count", 100, 51, 101 },
	{ "rcpt.count", 1000, 501, 1001 },
	{ "rcpt.count", 1001, 1001, INT64_MAX },
	{ "reason.code", 450, 450, 451 },
	{ "held", 1, 1, 2 },
	{ "held", 0, 0, 1 },
	{ "arrival", 1795342700, 1795341600, 1795345200 },
	{ "arrival", 1795341600, 1795341600, 1795345200 },
	{ "arrival", INT64_MAX, INT64_MAX, INT64_MAX },
};

START_TEST(numbers_have_ranges)
{
	struct qf_group_value value;

	qf_group_range(
		qf_field_by_name(ranges[_i].field, strlen(ranges[_i].field)),
		true, ranges[_i].number, &value);
	ck_assert(value.known);
	ck_assert_ptr_null(value.text.text);
	ck_assert_int_eq(value.from, ranges[_i].from);
	ck_assert_int_eq(value.to, ranges[_i].to);
}
END_TEST

/* Nepal is five hours and 45 minutes ahead. */
START_TEST(hours_are_those_of_the_time_zone)
{
	struct qf_group_value value;

	ck_assert_int_eq(setenv("TZ", "NPT-5:45", 1), 0);
	tzset();
	qf_group_range(qf_field_by_name("arrival", 7), false, 1795342700,
		       &value);
	ck_assert_int_eq(value.from, 1795342500);
	ck_assert_int_eq(value.to, 1795346100);
}
END_TEST

/* Reasons that differ only in names and numbers; the memo makes no odds. */
START_TEST(reasons_are_normalised)
{
	by("reason");
	for (int i = 0; i < 3000; i++) {
		char text[100];
		struct qf_recipient r = { .address = "a@example.org",
					  .reason = text };

		snprintf(text, sizeof(text),
			 "connect to mx%d.example.org[192.0.2.%d]:25: "
			 "Connection %s",
			 i % 2000, i % 200,
			 i % 2 == 0 ? "refused" : "timed out");
		add((struct qf_message){
			.size = 1, .left = &r, .left_count = 1 });
	}
	ck_assert_str_eq(rows(),
			 "connect to <host>[<ip>]:25: Connection refused "
			 "1500/1500/1500; "
			 "connect to <host>[<ip>]:25: Connection timed out "
			 "1500/1500/1500; ");
	ck_assert_int_eq(qf_group_row(group, 0)->reason_class,
			 QF_REASON_REFUSED);
	ck_assert_int_eq(qf_group_row(group, 1)->reason_class,
			 QF_REASON_TIMEOUT);
}
END_TEST

START_TEST(long_reasons_are_rows_too)
{
	static char text[10000];
	struct qf_recipient r = { .address = "a@example.org", .reason = text };

	by("reason");
	memset(text, 'x', sizeof(text) - 1);
	add((struct qf_message){ .left = &r, .left_count = 1 });
	add((struct qf_message){ .left = &r, .left_count = 1 });
	ck_assert_uint_eq(qf_group_count(group), 1);
	ck_assert_uint_eq(qf_group_row(group, 0)->messages, 2);
}
END_TEST

/* What is known counts, also where it is another one than the text says. */
START_TEST(the_class_that_is_known_is_taken)
{
	struct qf_recipient r = { .address = "a@example.org",
				  .reason = "Connection refused",
				  .reason_class = QF_REASON_LOOP };

	by("reason.class");
	add((struct qf_message){ .parts = KNOWN | QF_PART_CLASSES,
				 .left = &r,
				 .left_count = 1 });
	ck_assert_str_eq(rows(), "loop 1/1/0; ");
	ck_assert_int_eq(qf_group_row(group, 0)->reason_class, QF_REASON_LOOP);
	/* Only where it is grouped by reasons. */
	by("rcpt");
	add((struct qf_message){ .left = &r, .left_count = 1 });
	ck_assert_int_eq(qf_group_row(group, 0)->reason_class, QF_REASON_NONE);
}
END_TEST

static void
add_for_order(const char *sender, int64_t size, int64_t arrival, int64_t next)
{
	add((struct qf_message){ .sender = sender,
				 .size = size,
				 .arrival = arrival,
				 .next = next });
}

/* Of each sender the first letter, in order. */
static const char *
order(enum qf_group_key key, bool descending)
{
	static char text[10];
	struct qf_group_order one = { .key = key, .descending = descending };
	size_t count = qf_group_count(group);

	qf_group_sort(group, &one, 1);
	for (size_t i = 0; i < count; i++)
		text[i] = qf_group_row(group, i)->values[0].text.text[0];
	text[count] = '\0';
	return text;
}

START_TEST(rows_are_sorted)
{
	by("sender");
	add_for_order("a", 5, 300, 0);
	add_for_order("b", 7, 100, 900);
	add_for_order("b", 7, 400, 800);
	add_for_order("C", 30, 0, 700);
	ck_assert_str_eq(order(QF_GROUP_MESSAGES, true), "baC");
	ck_assert_str_eq(order(QF_GROUP_MESSAGES, false), "aCb");
	ck_assert_str_eq(order(QF_GROUP_BYTES, true), "Cba");
	ck_assert_str_eq(order(QF_GROUP_VALUE, false), "abC");
	ck_assert_str_eq(order(QF_GROUP_VALUE, true), "Cba");
	/* What is not known comes last in either direction. */
	ck_assert_str_eq(order(QF_GROUP_OLDEST, false), "baC");
	ck_assert_str_eq(order(QF_GROUP_OLDEST, true), "abC");
	ck_assert_str_eq(order(QF_GROUP_NEWEST, true), "baC");
	ck_assert_str_eq(order(QF_GROUP_NEXT, false), "Cba");
	ck_assert_str_eq(order(QF_GROUP_NEXT, true), "bCa");
	ck_assert_str_eq(order(QF_GROUP_RECIPIENTS, true), "abC");
}
END_TEST

START_TEST(ranges_are_sorted_as_numbers)
{
	const struct qf_group_order one = { .key = QF_GROUP_VALUE };

	by("age");
	add((struct qf_message){ .arrival = NOW - 5000 });
	add((struct qf_message){ .arrival = NOW - 700 });
	add((struct qf_message){ .arrival = 0 });
	add((struct qf_message){ .arrival = NOW - 100000 });
	add((struct qf_message){ .arrival = NOW + 5 });
	qf_group_sort(group, &one, 1);
	ck_assert_str_eq(rows(),
			 "-9223372036854775808..300 1/0/0; 600..1200 1/0/0; "
			 "4800..9600 1/0/0; 76800..9223372036854775807 1/0/0; "
			 "- 1/0/0; ");
}
END_TEST

START_TEST(the_rest_is_summed_up)
{
	struct qf_group_row rest;

	by("sender");
	add_for_order("a", 5, 300, 0);
	add_for_order("b", 7, 100, 900);
	add_for_order("c", 30, 50, 700);
	ck_assert(qf_group_rest(group, 1, &rest));
	ck_assert_ptr_null(rest.values);
	ck_assert_uint_eq(rest.messages, 2);
	ck_assert_int_eq(rest.bytes, 37);
	ck_assert_int_eq(rest.oldest, 50);
	ck_assert_int_eq(rest.newest, 100);
	ck_assert_int_eq(rest.next, 700);
}
END_TEST

/* A message that is in two rows cannot be counted any more, but bounded. */
START_TEST(the_rest_says_when_it_is_not_sure)
{
	static const struct qf_recipient many[] = {
		{ .address = "a@a.example" },
		{ .address = "a@b.example" },
		{ .address = "a@c.example" },
		{ .address = "a@d.example" },
	};
	struct qf_group_row rest;

	by("rcpt.domain");
	add((struct qf_message){ .size = 10, LEFT(many) });
	ck_assert(!qf_group_rest(group, 1, &rest));
	ck_assert_uint_eq(rest.messages, 1);
	ck_assert_uint_eq(rest.recipients, 3);
	ck_assert_int_eq(rest.bytes, 10);
	/* One row is what it is. */
	ck_assert(qf_group_rest(group, 3, &rest));
	ck_assert_uint_eq(rest.messages, 1);
}
END_TEST

START_TEST(the_whole_table_groups)
{
	for (const struct qf_field *f = qf_fields(); f->name != NULL; f++) {
		by(f->name);
		add((struct qf_message){
			.id = "1", .arrival = NOW, LEFT(two_domains) });
		add((struct qf_message){ .parts = QF_PART_NAME, .id = "2" });
		ck_assert_uint_ge(qf_group_count(group), 1);
		ck_assert_uint_eq(qf_group_total(group)->messages, 2);
	}
}
END_TEST

START_TEST(very_many_rows)
{
	by("sender");
	for (int turn = 0; turn < 2; turn++) {
		for (int i = 0; i < 50000; i++) {
			char sender[50];

			snprintf(sender, sizeof(sender), "s%d@example.org", i);
			add((struct qf_message){ .sender = sender });
		}
	}
	ck_assert_uint_eq(qf_group_count(group), 50000);
	for (size_t i = 0; i < 50000; i++)
		ck_assert_uint_eq(qf_group_row(group, i)->messages, 2);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("group");
	TCase *tc = tcase_create("group");

	tcase_add_checked_fixture(tc, NULL, end);
	tcase_add_test(tc, a_field_of_the_message);
	tcase_add_test(tc, a_message_counts_once_for_each_value);
	tcase_add_test(tc, without_a_value_it_is_in_a_row_of_its_own);
	tcase_add_test(tc, two_fields_of_recipients_combine_for_each);
	tcase_add_test(tc, values_do_not_run_together);
	tcase_add_test(tc, case_counts_where_it_is_a_difference);
	tcase_add_test(tc, times_of_a_row);
	tcase_add_test(tc, sums_do_not_overflow);
	tcase_add_loop_test(tc, numbers_have_ranges, 0, COUNT(ranges));
	tcase_add_test(tc, hours_are_those_of_the_time_zone);
	tcase_add_test(tc, reasons_are_normalised);
	tcase_add_test(tc, long_reasons_are_rows_too);
	tcase_add_test(tc, the_class_that_is_known_is_taken);
	tcase_add_test(tc, rows_are_sorted);
	tcase_add_test(tc, ranges_are_sorted_as_numbers);
	tcase_add_test(tc, the_rest_is_summed_up);
	tcase_add_test(tc, the_rest_says_when_it_is_not_sure);
	tcase_add_test(tc, the_whole_table_groups);
	tcase_add_test(tc, very_many_rows);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
