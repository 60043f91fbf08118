/*
 * check_postqueue_format.c - listings are, byte for byte, those of each
 * Postfix since 3.1.
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
set_zone(void)
{
	ck_assert_int_eq(setenv("TZ", "UTC0", 1), 0);
	tzset();
}

/* The first, the last and some in between of each series. */
static const struct {
	const char *version;
	bool always_mark;
	bool forced_expire;
	bool original;
} versions[] = {
	{ "3.1.0", true, false, false },
	{ "3.1.15", true, false, false },
	{ "3.4.0", true, false, false },
	{ "3.4.29", true, false, false },
	{ "3.5.0", false, true, false },
	{ "3.5.27", false, true, false },
	{ "3.6.20", false, true, false },
	{ "3.7.11", false, true, false },
	{ "3.8.20", false, true, false },
	{ "3.9.14", false, true, false },
	{ "3.10.13", false, true, false },
	{ "3.11.0", false, true, true },
	{ "3.11.6", false, true, true },
	{ "3.12-20260821", false, true, true },
	{ "4.0.0", false, true, true },
};

START_TEST(each_version_has_its_form)
{
	struct postqueue_format format;

	list_as(versions[_i].version, true, &format);
	ck_assert(format.long_ids);
	ck_assert(!format.utc);
	ck_assert_int_eq(format.always_mark, versions[_i].always_mark);
	ck_assert_int_eq(format.forced_expire, versions[_i].forced_expire);
	ck_assert_int_eq(format.original, versions[_i].original);
}
END_TEST

/* Which versions believe the size that stands in a file in maildrop. */
static const struct {
	const char *version;
	bool trusts;
} maildrops[] = {
	{ "3.1.0", true },   { "3.6.20", true },	 { "3.7.0", true },
	{ "3.7.16", true },  { "3.7.17", false },	 { "3.8.11", true },
	{ "3.8.12", false }, { "3.9.5", true },		 { "3.9.6", false },
	{ "3.10.4", true },  { "3.10.5", false },	 { "3.10.13", false },
	{ "3.11.0", false }, { "3.12-20260821", false }, { "4.0.0", false },
	{ "2.11.0", true },
};

START_TEST(sizes_in_maildrop)
{
	struct qf_config config;
	struct qf_error err;
	char text[100];

	snprintf(text, sizeof(text), "mail_version = %s\n",
		 maildrops[_i].version);
	ck_assert(qf_config_parse(text, &config, &err) == QF_OK);
	ck_assert_int_eq(qf_config_trusts_maildrop(&config),
			 maildrops[_i].trusts);
	qf_config_free(&config);
}
END_TEST

START_TEST(an_empty_queue)
{
	ck_assert_str_eq(list_mailq(list_series[_i], _i % 2 != 0, NULL, 0),
			 "Mail queue is empty\n");
}
END_TEST

static const struct qf_recipient bob = { .address = "bob@example.org" };

static const struct qf_message single = {
	.id = "6C3B5A9C049",
	.queue = QF_QUEUE_DEFERRED,
	.size = 1023,
	.arrival = ARRIVAL,
	.sender = "alice@example.com",
	.left = &bob,
	.left_count = 1,
};

/* From 3.1 to 3.4 the blank mark makes this id longer than its column. */
START_TEST(one_message)
{
	ck_assert_str_eq(list_mailq("3.4.29", false, &single, 1),
			 "-Queue ID-  --Size-- ----Arrival Time---- "
			 "-Sender/Recipient-------\n"
			 "6C3B5A9C049     1023 Sun Nov 22 10:18:20  "
			 "alice@example.com\n"
			 "                                         "
			 "bob@example.org\n"
			 "\n"
			 "-- 0 Kbytes in 1 Request.\n");
}
END_TEST

START_TEST(one_message_since_3_5)
{
	ck_assert_str_eq(list_mailq("3.5.0", false, &single, 1),
			 "-Queue ID-  --Size-- ----Arrival Time---- "
			 "-Sender/Recipient-------\n"
			 "6C3B5A9C049    1023 Sun Nov 22 10:18:20  "
			 "alice@example.com\n"
			 "                                         "
			 "bob@example.org\n"
			 "\n"
			 "-- 0 Kbytes in 1 Request.\n");
}
END_TEST

/* A short id in the long columns: the settings decide, and not the id. */
START_TEST(one_message_in_long_columns)
{
	ck_assert_str_eq(
		list_mailq(_i == 0 ? "3.1.0" : "3.11.6", true, &single, 1),
		"----Queue ID----- --Size-- ---Arrival Time---- "
		"--Sender/Recipient------\n"
		"6C3B5A9C049           1023 Sun Nov 22 10:18:20 "
		"alice@example.com\n"
		"                                               "
		"bob@example.org\n"
		"\n"
		"-- 0 Kbytes in 1 Request.\n");
}
END_TEST

static const struct qf_message several[] = {
	{ .id = "A1",
	  .queue = QF_QUEUE_MAILDROP,
	  .size = 700,
	  .arrival = ARRIVAL,
	  .sender = "MAILER-DAEMON" },
	{ .id = "4jXQyk6zNkz1bblD",
	  .queue = QF_QUEUE_ACTIVE,
	  .size = 700,
	  .arrival = ARRIVAL + 1,
	  .sender = "\"a b\"@example.com",
	  .left = &bob,
	  .left_count = 1 },
	{ .id = "89117A73994",
	  .queue = QF_QUEUE_HOLD,
	  .size = 700,
	  .arrival = ARRIVAL + 2,
	  .sender = "alice@example.com" },
};

/* Sizes are added up in bytes, and cut once. */
START_TEST(several_messages)
{
	ck_assert_str_eq(list_mailq("3.7.11", false, several, 3),
			 "-Queue ID-  --Size-- ----Arrival Time---- "
			 "-Sender/Recipient-------\n"
			 "A1              700 Sun Nov 22 10:18:20  "
			 "MAILER-DAEMON\n"
			 "\n"
			 "4jXQyk6zNkz1bblD*     700 Sun Nov 22 10:18:21  "
			 "\"a b\"@example.com\n"
			 "                                         "
			 "bob@example.org\n"
			 "\n"
			 "89117A73994!     700 Sun Nov 22 10:18:22  "
			 "alice@example.com\n"
			 "\n"
			 "-- 2 Kbytes in 3 Requests.\n");
}
END_TEST

START_TEST(several_messages_in_long_columns)
{
	ck_assert_str_eq(list_mailq("3.4.29", true, several, 3),
			 "----Queue ID----- --Size-- ---Arrival Time---- "
			 "--Sender/Recipient------\n"
			 "A1                     700 Sun Nov 22 10:18:20 "
			 "MAILER-DAEMON\n"
			 "\n"
			 "4jXQyk6zNkz1bblD*      700 Sun Nov 22 10:18:21 "
			 "\"a b\"@example.com\n"
			 "                                               "
			 "bob@example.org\n"
			 "\n"
			 "89117A73994!           700 Sun Nov 22 10:18:22 "
			 "alice@example.com\n"
			 "\n"
			 "-- 2 Kbytes in 3 Requests.\n");
}
END_TEST

/* A kilobyte has 1,024 bytes; 5 GiB are more than 32 bits hold. */
static const struct {
	int64_t size;
	int count;
	const char *last;
} totals[] = {
	{ 1023, 1, "-- 0 Kbytes in 1 Request.\n" },
	{ 1024, 1, "-- 1 Kbytes in 1 Request.\n" },
	{ 1023, 2, "-- 1 Kbytes in 2 Requests.\n" },
	{ 0, 3, "-- 0 Kbytes in 3 Requests.\n" },
	{ 1073741824, 5, "-- 5242880 Kbytes in 5 Requests.\n" },
};

START_TEST(the_last_line_adds_up)
{
	struct qf_message m[5];
	const char *text;

	for (int i = 0; i < totals[_i].count; i++) {
		m[i] = single;
		m[i].size = totals[_i].size;
	}
	text = list_mailq("3.7.11", false, m, (size_t)totals[_i].count);
	unit_says(text, totals[_i].last);
	ck_assert_str_eq(text + strlen(text) - strlen(totals[_i].last),
			 totals[_i].last);
}
END_TEST

#define B10	     "          "
#define B40	     B10 B10 B10 B10
#define R0	     B40 " r0\n"
#define R1	     B40 " r1\n"
#define R2	     B40 " r2\n"
#define R3	     B40 " r3\n"
#define R4	     B40 " r4\n"
#define REASON_X     B40 B10 B10 B10 "     (x)\n"
#define REASON_Y     B40 B10 B10 B10 "     (y)\n"
#define REASON_ALIKE B40 B10 B10 "       (all alike)\n"
#define REASON_UTF8  B40 B10 B10 B10 "(\xc3\xa4\xc3\xb6\xc3\xbc)\n"
#define NO_REASON    B40 B10 "        (reason unavailable)\n"
#define UNDESCRIBED  B40 B10 " ((description unavailable))\n"

/* All between the message's own line and the last one. */
static void
expect_below(const char *text, const char *wanted)
{
	text = strstr(text, "alice@example.com\n");
	ck_assert_ptr_nonnull(text);
	text += strlen("alice@example.com\n");
	ck_assert_uint_ge(strlen(text), strlen(wanted));
	ck_assert_mem_eq(text, wanted, strlen(wanted));
	ck_assert_str_eq(text + strlen(wanted),
			 "\n-- 0 Kbytes in 1 Request.\n");
}

#define MANY	6
#define NOTHING "(nothing)" /* the end of a list, where NULL is in it */

/* What stands below a message whose recipients have these reasons. */
static const struct reason_case {
	const char *reasons[MANY];
	const char *lines;
} reasons[] = {
	{ { NULL, NULL, NOTHING }, R0 R1 },
	{ { "", NULL, NOTHING }, R0 R1 },
	{ { "all alike", "all alike", NOTHING }, REASON_ALIKE R0 R1 },
	{ { "x", "y", "x", NOTHING }, REASON_X R0 REASON_Y R1 REASON_X R2 },
	{ { NULL, "x", NULL, NULL, "x", NOTHING },
	  R0 REASON_X R1 NO_REASON R2 R3 REASON_X R4 },
	{ { "x", "", NOTHING }, REASON_X R0 NO_REASON R1 },
	{ { "(description unavailable)", NOTHING }, UNDESCRIBED R0 },
	/* Widths are counted in bytes. */
	{ { "\xc3\xa4\xc3\xb6\xc3\xbc", NOTHING }, REASON_UTF8 R0 },
};

START_TEST(reasons_are_told_when_they_change)
{
	const struct reason_case *c = &reasons[_i];
	static const char *const names[] = { "r0", "r1", "r2", "r3", "r4" };
	struct qf_recipient left[MANY] = { 0 };
	struct qf_message m = single;

	m.left = left;
	m.left_count = 0;
	while (c->reasons[m.left_count] == NULL ||
	       strcmp(c->reasons[m.left_count], NOTHING) != 0) {
		left[m.left_count].address = names[m.left_count];
		left[m.left_count].reason = c->reasons[m.left_count];
		m.left_count++;
	}
	expect_below(list_mailq("3.1.15", false, &m, 1), c->lines);
}
END_TEST

/* Reasons end in the same column, as long as they fit. */
START_TEST(a_long_reason_begins_at_the_left)
{
	static const size_t lengths[] = { 1, 75, 76, 77, 200 };
	size_t len = lengths[_i];
	size_t blanks = len < 76 ? 76 - len : 0;
	struct qf_recipient left = { .address = "r0" };
	struct qf_message m = single;
	struct qf_buffer wanted = { 0 };
	char reason[201] = "";

	memset(reason, 'x', len);
	left.reason = reason;
	m.left = &left;
	qf_buffer_fill(&wanted, ' ', blanks);
	qf_buffer_byte(&wanted, '(');
	qf_buffer_string(&wanted, reason);
	qf_buffer_string(&wanted, ")\n" R0);
	expect_below(list_mailq("3.11.6", false, &m, 1),
		     qf_buffer_text(&wanted));
	qf_buffer_free(&wanted);
}
END_TEST

START_TEST(reasons_are_not_wider_in_long_columns)
{
	struct qf_recipient left = { .address = "r0", .reason = "x" };
	struct qf_message m = single;

	m.left = &left;
	expect_below(list_mailq("3.5.0", true, &m, 1),
		     REASON_X B40 "       r0\n");
}
END_TEST

/* The last reason of a message says nothing about the next one. */
START_TEST(each_message_tells_its_reason)
{
	struct qf_recipient left = { .address = "r0", .reason = "x" };
	struct qf_message m[2] = { single, single };
	const char *text;

	m[0].left = m[1].left = &left;
	text = list_mailq("3.4.29", false, m, 2);
	ck_assert_ptr_ne(strstr(text, "(x)\n"), strrchr(text, '('));
}
END_TEST

static TCase *
mailq_case(void)
{
	TCase *tc = tcase_create("mailq");

	tcase_add_checked_fixture(tc, set_zone, NULL);
	tcase_add_loop_test(tc, an_empty_queue, 0, LIST_SERIES);
	tcase_add_test(tc, one_message);
	tcase_add_test(tc, one_message_since_3_5);
	tcase_add_loop_test(tc, one_message_in_long_columns, 0, 2);
	tcase_add_test(tc, several_messages);
	tcase_add_test(tc, several_messages_in_long_columns);
	tcase_add_loop_test(tc, the_last_line_adds_up, 0, COUNT(totals));
	tcase_add_loop_test(tc, reasons_are_told_when_they_change, 0,
			    COUNT(reasons));
	tcase_add_loop_test(tc, a_long_reason_begins_at_the_left, 0, 5);
	tcase_add_test(tc, reasons_are_not_wider_in_long_columns);
	tcase_add_test(tc, each_message_tells_its_reason);
	return tc;
}

int
main(void)
{
	Suite *suite = suite_create("postqueue_format");
	TCase *tc = tcase_create("versions");

	tcase_add_loop_test(tc, each_version_has_its_form, 0, COUNT(versions));
	tcase_add_loop_test(tc, sizes_in_maildrop, 0, COUNT(maildrops));
	suite_add_tcase(suite, tc);
	suite_add_tcase(suite, mailq_case());
	return unit_run(suite);
}
