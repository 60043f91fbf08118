/*
 * check_query_number.c - numbers, sizes, durations and times, as people
 * write them: the range that each stands for.
 */
#include "queue-format/query/value.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ask.h"
#include "unit.h"

#define K ((int64_t)1024)
#define M (K * K)
#define G (M * K)
#define T (G * K)

#define MINUTE 60
#define HOUR   3600
#define DAY    86400
#define WEEK   (7 * DAY)

static enum qf_status
read_as(const struct qf_query_options *options, enum qf_field_type type,
	const char *text, struct qf_value *value)
{
	struct qf_span span = { text, strlen(text) };
	struct qf_query_mistake mistake;

	return qf_number_read(options, type, span, value, &mistake);
}

static const struct {
	enum qf_field_type type;
	const char *text;
	int64_t from;
	int64_t length;
} numbers[] = {
	{ QF_FIELD_NUMBER, "0", 0, 1 },
	{ QF_FIELD_NUMBER, "007", 7, 1 },
	{ QF_FIELD_NUMBER, "-3", -3, 1 },
	{ QF_FIELD_NUMBER, "+3", 3, 1 },
	{ QF_FIELD_NUMBER, "9223372036854775806", INT64_MAX - 1, 1 },

	{ QF_FIELD_SIZE, "0", 0, 1 },
	{ QF_FIELD_SIZE, "500", 500, 1 },
	{ QF_FIELD_SIZE, "500B", 500, 1 },
	{ QF_FIELD_SIZE, "500b", 500, 1 },
	{ QF_FIELD_SIZE, "10K", 10 * K, K },
	{ QF_FIELD_SIZE, "10k", 10 * K, K },
	{ QF_FIELD_SIZE, "10KB", 10 * K, K },
	{ QF_FIELD_SIZE, "10kb", 10 * K, K },
	{ QF_FIELD_SIZE, "10KiB", 10 * K, K },
	{ QF_FIELD_SIZE, "10kib", 10 * K, K },
	{ QF_FIELD_SIZE, "10KIB", 10 * K, K },
	{ QF_FIELD_SIZE, "10Ki", 10 * K, K },
	{ QF_FIELD_SIZE, "5M", 5 * M, M },
	{ QF_FIELD_SIZE, "2g", 2 * G, G },
	{ QF_FIELD_SIZE, "1TiB", T, T },
	{ QF_FIELD_SIZE, "8388606T", 8388606 * T, T },

	{ QF_FIELD_DURATION, "0", 0, 1 },
	{ QF_FIELD_DURATION, "90", 90, 1 },
	{ QF_FIELD_DURATION, "90s", 90, 1 },
	{ QF_FIELD_DURATION, "90m", 90 * MINUTE, MINUTE },
	{ QF_FIELD_DURATION, "2h", 2 * HOUR, HOUR },
	{ QF_FIELD_DURATION, "2d", 2 * DAY, DAY },
	{ QF_FIELD_DURATION, "1w", WEEK, WEEK },
	{ QF_FIELD_DURATION, "1h30m", HOUR + 30 * MINUTE, MINUTE },
	{ QF_FIELD_DURATION, "2d04h", 2 * DAY + 4 * HOUR, HOUR },
	{ QF_FIELD_DURATION, "1w2d3h4m5s",
	  WEEK + 2 * DAY + 3 * HOUR + 4 * MINUTE + 5, 1 },
	{ QF_FIELD_DURATION, "36h", 36 * HOUR, HOUR },
	{ QF_FIELD_DURATION, "-1h", -HOUR, HOUR },

	{ QF_FIELD_BOOLEAN, "yes", 1, 1 },
	{ QF_FIELD_BOOLEAN, "NO", 0, 1 },
	{ QF_FIELD_BOOLEAN, "True", 1, 1 },
	{ QF_FIELD_BOOLEAN, "false", 0, 1 },
	{ QF_FIELD_BOOLEAN, "1", 1, 1 },
	{ QF_FIELD_BOOLEAN, "0", 0, 1 },
};

START_TEST(stands_for_a_range)
{
	struct qf_query_options options = ask_options();
	struct qf_value value = { .kind = QF_VALUE_TEXT };
	const char *text = numbers[_i].text;

	ck_assert_msg(read_as(&options, numbers[_i].type, text, &value) ==
			      QF_OK,
		      "%s", text);
	ck_assert_int_eq(value.kind, QF_VALUE_RANGE);
	ck_assert_msg(value.from == numbers[_i].from, "%s: from %lld", text,
		      (long long)value.from);
	ck_assert_msg(value.below == value.from + numbers[_i].length,
		      "%s: below %lld", text, (long long)value.below);
}
END_TEST

/* The end of what can be counted is no wrap to the other end. */
START_TEST(a_range_ends_at_the_last_number)
{
	struct qf_query_options options = ask_options();
	struct qf_value value;

	ck_assert_int_eq(read_as(&options, QF_FIELD_NUMBER,
				 "9223372036854775807", &value),
			 QF_OK);
	ck_assert_int_eq(value.from, INT64_MAX);
	ck_assert_int_eq(value.below, INT64_MAX);
	ck_assert_int_eq(read_as(&options, QF_FIELD_SIZE, "8388607T", &value),
			 QF_OK);
	ck_assert_int_eq(value.from, 8388607 * T);
	ck_assert_int_eq(value.below, INT64_MAX);
}
END_TEST

static const struct {
	enum qf_field_type type;
	const char *text;
} refused[] = {
	{ QF_FIELD_NUMBER, "" },
	{ QF_FIELD_NUMBER, "x" },
	{ QF_FIELD_NUMBER, "-" },
	{ QF_FIELD_NUMBER, "--1" },
	{ QF_FIELD_NUMBER, "-+1" },
	{ QF_FIELD_NUMBER, "1.5" },
	{ QF_FIELD_NUMBER, "0x10" },
	{ QF_FIELD_NUMBER, "1 " },
	{ QF_FIELD_NUMBER, " 1" },
	{ QF_FIELD_NUMBER, "1K" },
	{ QF_FIELD_NUMBER, "9223372036854775808" },
	{ QF_FIELD_NUMBER, ("99999999999999999999999999999999999999999999999999"
			    "99999999999999999999") },

	{ QF_FIELD_SIZE, "" },
	{ QF_FIELD_SIZE, "K" },
	{ QF_FIELD_SIZE, "-1" },
	{ QF_FIELD_SIZE, "10 " },
	{ QF_FIELD_SIZE, "10 K" },
	{ QF_FIELD_SIZE, "10P" },
	{ QF_FIELD_SIZE, "10KK" },
	{ QF_FIELD_SIZE, "10iB" },
	{ QF_FIELD_SIZE, "10BK" },
	{ QF_FIELD_SIZE, "1.5M" },
	{ QF_FIELD_SIZE, "8388608T" },

	{ QF_FIELD_DURATION, "" },
	{ QF_FIELD_DURATION, "-" },
	{ QF_FIELD_DURATION, "d" },
	{ QF_FIELD_DURATION, "2y" },
	{ QF_FIELD_DURATION, "2D" },
	{ QF_FIELD_DURATION, "1d 2h" },
	{ QF_FIELD_DURATION, "1h1h" },
	{ QF_FIELD_DURATION, "1m1h" },
	{ QF_FIELD_DURATION, "1:30" },
	{ QF_FIELD_DURATION, "2h-1m" },
	{ QF_FIELD_DURATION, "15250284452472w" },
	{ QF_FIELD_DURATION, "15250284452471w6d23h" },

	{ QF_FIELD_TIME, "" },
	{ QF_FIELD_TIME, "soon" },
	{ QF_FIELD_TIME, "5" },
	{ QF_FIELD_TIME, "-5" },
	{ QF_FIELD_TIME, "1h30" },
	{ QF_FIELD_TIME, "--2h" },
	{ QF_FIELD_TIME, "@" },
	{ QF_FIELD_TIME, "@1.5" },
	{ QF_FIELD_TIME, "9223372036854775807s" },
	{ QF_FIELD_TIME, "today 10:00" },
	{ QF_FIELD_TIME, "24:00" },
	{ QF_FIELD_TIME, "10:60" },
	{ QF_FIELD_TIME, "10:00:61" },
	{ QF_FIELD_TIME, "1:00" },
	{ QF_FIELD_TIME, "10:00Z" },
	{ QF_FIELD_TIME, "10" },
	{ QF_FIELD_TIME, "2026" },
	{ QF_FIELD_TIME, "2026-11" },
	{ QF_FIELD_TIME, "2026-1-2" },
	{ QF_FIELD_TIME, "26-11-20" },
	{ QF_FIELD_TIME, "2026-00-10" },
	{ QF_FIELD_TIME, "2026-13-10" },
	{ QF_FIELD_TIME, "2026-11-00" },
	{ QF_FIELD_TIME, "2026-11-31" },
	{ QF_FIELD_TIME, "2026-02-29" },
	{ QF_FIELD_TIME, "2100-02-29" },
	{ QF_FIELD_TIME, "2026-02-30 10:00" },
	{ QF_FIELD_TIME, "2026-11-20 " },
	{ QF_FIELD_TIME, "2026-11-20 10" },
	{ QF_FIELD_TIME, "2026-11-20  10:00" },
	{ QF_FIELD_TIME, "2026-11-20Z" },
	{ QF_FIELD_TIME, "2026-11-20T10:00+1" },
	{ QF_FIELD_TIME, "2026-11-20T10:00+24:00" },
	{ QF_FIELD_TIME, "2026-11-20T10:00+01:60" },
	{ QF_FIELD_TIME, "2026-11-20T10:00ZZ" },
	{ QF_FIELD_TIME, "2026-11-20T10:00 +01:00" },

	{ QF_FIELD_BOOLEAN, "" },
	{ QF_FIELD_BOOLEAN, "y" },
	{ QF_FIELD_BOOLEAN, "2" },
	{ QF_FIELD_BOOLEAN, "on" },
};

START_TEST(says_what_it_expects)
{
	static const char *const wanted[] = {
		[QF_FIELD_TEXT] = "",
		[QF_FIELD_NUMBER] = "expected a number",
		[QF_FIELD_SIZE] = "expected a size such as 500, 10K or 5M",
		[QF_FIELD_TIME] = ("expected a time such as -2h, 10m, "
				   "2026-11-20 or \"2026-11-20 10:00\""),
		[QF_FIELD_DURATION] =
			"expected a duration such as 90m, 2h or 3d",
		[QF_FIELD_BOOLEAN] = "expected yes or no",
	};
	struct qf_query_options options = ask_options();
	struct qf_span span = { refused[_i].text, strlen(refused[_i].text) };
	struct qf_query_mistake mistake = { .offset = 77 };
	struct qf_value value;

	ck_assert_msg(qf_number_read(&options, refused[_i].type, span, &value,
				     &mistake) == QF_INVALID,
		      "\"%s\" is taken", span.text);
	ck_assert_str_eq(mistake.text, wanted[refused[_i].type]);
	ck_assert_uint_eq(mistake.offset, 0);
	ck_assert_uint_eq(mistake.len, span.len);
}
END_TEST

/* `from' is what date(1) says; now it is 12:00 in UTC. */
static const struct {
	const char *zone; /* NULL: --utc */
	const char *text;
	int64_t from;
	int64_t length;
} times[] = {
	{ NULL, "now", ASK_NOW, 1 },
	{ NULL, "NOW", ASK_NOW, 1 },
	{ NULL, "0", ASK_NOW, 1 },
	{ NULL, "-2h", ASK_NOW - 2 * HOUR, 1 },
	{ NULL, "10m", ASK_NOW + 10 * MINUTE, 1 },
	{ NULL, "+10m", ASK_NOW + 10 * MINUTE, 1 },
	{ NULL, "-1d12h", ASK_NOW - 36 * HOUR, 1 },
	{ NULL, "today", ASK_NOW - 12 * HOUR, DAY },
	{ NULL, "yesterday", ASK_NOW - 36 * HOUR, DAY },
	{ NULL, "Tomorrow", ASK_NOW + 12 * HOUR, DAY },
	{ NULL, "@1700000000", 1700000000, 1 },
	{ NULL, "@0", 0, 1 },
	{ NULL, "@-1", -1, 1 },
	{ NULL, "2026-11-20", 1795132800, DAY },
	{ NULL, "2026-11-20 10:00", 1795168800, MINUTE },
	{ NULL, "2026-11-20T10:00", 1795168800, MINUTE },
	{ NULL, "2026-11-20t10:00:07", 1795168807, 1 },
	{ NULL, "2026-11-20 10:00Z", 1795168800, MINUTE },
	{ NULL, "2026-11-20T10:00:00z", 1795168800, 1 },
	{ NULL, "2026-11-20T10:00:00+01:00", 1795165200, 1 },
	{ NULL, "2026-11-20T10:00+0100", 1795165200, MINUTE },
	{ NULL, "2026-11-20T10:00:00-05:30", 1795188600, 1 },
	{ NULL, "10:00", 1795168800, MINUTE },
	{ NULL, "10:00:30", 1795168830, 1 },
	{ NULL, "23:59", ASK_NOW + 12 * HOUR - MINUTE, MINUTE },
	/* Leap years; a day behind the last of a month is the first. */
	{ NULL, "2024-02-29", 1709164800, DAY },
	{ NULL, "2000-02-29", 951782400, DAY },
	{ NULL, "2026-12-31", 1798675200, DAY },
	{ NULL, "2016-12-31 23:59:60", 1483228800, 1 },
	{ NULL, "1969-12-31", -DAY, DAY },
	/* In Berlin it is one hour later, and two in summer. */
	{ "Europe/Berlin", "now", ASK_NOW, 1 },
	{ "Europe/Berlin", "-2h", ASK_NOW - 2 * HOUR, 1 },
	{ "Europe/Berlin", "today", 1795129200, DAY },
	{ "Europe/Berlin", "10:00", 1795165200, MINUTE },
	{ "Europe/Berlin", "2026-11-20 10:00", 1795165200, MINUTE },
	{ "Europe/Berlin", "2026-07-01 10:00", 1782892800, MINUTE },
	{ "Europe/Berlin", "2026-07-01 10:00Z", 1782900000, MINUTE },
	{ "Europe/Berlin", "2026-07-01T10:00+00:00", 1782900000, MINUTE },
	/* Two days that are not 24 hours long. */
	{ "Europe/Berlin", "2026-03-29", 1774738800, 23 * HOUR },
	{ "Europe/Berlin", "2026-10-25", 1792879200, 25 * HOUR },
	{ "Europe/Berlin", "2026-10-26", 1792969200, DAY },
	{ "Europe/Berlin", "2026-03-29 01:59", 1774745940, MINUTE },
	{ "Europe/Berlin", "2026-03-29 03:00", 1774746000, MINUTE },
	{ "Asia/Kolkata", "today", 1795113000, DAY },
	/* Late in the evening there, and early in the morning. */
	{ "Pacific/Auckland", "today", 1795172400, DAY },
	{ "Pacific/Auckland", "yesterday", 1795086000, DAY },
	{ "America/Los_Angeles", "tomorrow", 1795248000, DAY },
	/* A day that begins at one o'clock. */
	{ "America/Santiago", "2026-09-06", 1788667200, 23 * HOUR },
};

START_TEST(knows_what_time_it_is)
{
	struct qf_query_options options = ask_options();
	struct qf_value value = { .kind = QF_VALUE_TEXT };
	const char *zone = times[_i].zone;
	const char *text = times[_i].text;

	options.utc = zone == NULL;
	/* With --utc the zone of the machine does not count. */
	setenv("TZ", zone == NULL ? "Asia/Tokyo" : zone, 1);
	tzset();
	ck_assert_msg(read_as(&options, QF_FIELD_TIME, text, &value) == QF_OK,
		      "%s", text);
	ck_assert_msg(value.from == times[_i].from, "%s: from %lld", text,
		      (long long)value.from);
	ck_assert_msg(value.below == value.from + times[_i].length,
		      "%s: below %lld", text, (long long)value.below);
}
END_TEST

/* A day after the clock was changed is the next day nevertheless. */
START_TEST(days_are_counted_by_the_calendar)
{
	struct qf_query_options options = ask_options();
	struct qf_value value;

	options.utc = false;
	options.now = 1792877400; /* 2026-10-24 23:30 in Berlin */
	setenv("TZ", "Europe/Berlin", 1);
	tzset();
	ck_assert_int_eq(read_as(&options, QF_FIELD_TIME, "tomorrow", &value),
			 QF_OK);
	ck_assert_int_eq(value.from, 1792879200);
	ck_assert_int_eq(value.below - value.from, 25 * HOUR);
	options.now = 1792969200 + 1800; /* 2026-10-26 00:30 */
	ck_assert_int_eq(read_as(&options, QF_FIELD_TIME, "yesterday", &value),
			 QF_OK);
	ck_assert_int_eq(value.from, 1792879200);
	options.now = 1774821600; /* 2026-03-30 00:00, after the short day */
	ck_assert_int_eq(read_as(&options, QF_FIELD_TIME, "yesterday", &value),
			 QF_OK);
	ck_assert_int_eq(value.from, 1774738800);
	ck_assert_int_eq(value.below, 1774738800 + 23 * HOUR);
}
END_TEST

/* The sample is of 2 days and an hour, and of 10 KiB and 5 bytes. */
static const struct {
	const char *text;
	bool holds;
} comparisons[] = {
	{ "age = 2d", true },
	{ "age = 1d", false },
	{ "age = 49h", true },
	{ "age = 176400", true },
	{ "age = 176401", false },
	{ "age > 2d", true },
	{ "age > 2d1h", false },
	{ "age >= 2d1h", true },
	{ "age < 2d1h", false },
	{ "age <= 2d1h", true },
	{ "age <= 2d", false },
	{ "age = 2d1h0m", true },
	{ "age != 2d", false },
	{ "age in (1d, 2d)", true },
	{ "size = 10K", true },
	{ "size = 9K", false },
	{ "size = 11K", false },
	{ "size = 10245", true },
	{ "size = 10240", false },
	{ "size > 10K", true },
	{ "size <= 10K", false },
	{ "size < 11K", true },
	{ "size > 10245", false },
	{ "arrival = 2026-11-18", true },
	{ "arrival < -2d", true },
	{ "arrival > -3d", true },
	{ "arrival = -2d1h", true },
	{ "arrival = -2d", false },
	{ "arrival > 2026-11-18", true },
	{ "arrival < 2026-11-18", false },
	{ "arrival = \"2026-11-18 11:00\"", true },
	{ "arrival = \"2026-11-18 11:00:01\"", false },
	{ "arrival in (2026-11-17, 2026-11-18)", true },
	{ "next < 1h", true },
	{ "next < 10m", false },
	{ "next > now", true },
	{ "rcpt.count = 3", true },
	{ "rcpt.count > 2", true },
	{ "rcpt.count < 3", false },
	{ "rcpt.count > -1", true },
	{ "rcpt.done = 1", true },
	{ "held = no", true },
	{ "held != yes", true },
	{ "held in (yes, no)", true },
	{ "reason.code >= 400", true },
	{ "reason.code = 450", true },
	{ "reason.code > 450", false },
};

START_TEST(compares_with_the_begin_of_what_is_written)
{
	struct qf_message m = ask_message();

	ck_assert_msg(ask(comparisons[_i].text, &m) ==
			      (comparisons[_i].holds ? QF_TAKE : QF_DROP),
		      "%s", comparisons[_i].text);
}
END_TEST

/* -1: it is none. */
static const struct {
	const char *text;
	int64_t seconds;
} durations[] = {
	{ "30s", 30 },	{ "30", 30 },	   { "0", 0 },
	{ "5m", 300 },	{ "1h30m", 5400 }, { "2d", 172800 },
	{ "", -1 },	{ "x", -1 },	   { "-5m", -1 },
	{ "5m ", -1 },	{ "30m1h", -1 },   { "5y", -1 },
	{ "1h30", -1 }, { "+1s", -1 },	   { "99999999999999999999", -1 },
};

START_TEST(reads_durations_for_others)
{
	int64_t seconds = -1;
	bool is_one = qf_query_duration(durations[_i].text, &seconds);

	ck_assert_msg(is_one == (durations[_i].seconds >= 0) &&
			      (!is_one || seconds == durations[_i].seconds),
		      "%s: %lld", durations[_i].text, (long long)seconds);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("query_number");
	TCase *tc = tcase_create("query_number");

	tcase_add_loop_test(tc, stands_for_a_range, 0, COUNT(numbers));
	tcase_add_test(tc, a_range_ends_at_the_last_number);
	tcase_add_loop_test(tc, says_what_it_expects, 0, COUNT(refused));
	tcase_add_loop_test(tc, knows_what_time_it_is, 0, COUNT(times));
	tcase_add_test(tc, days_are_counted_by_the_calendar);
	tcase_add_loop_test(tc, compares_with_the_begin_of_what_is_written, 0,
			    COUNT(comparisons));
	tcase_add_loop_test(tc, reads_durations_for_others, 0,
			    COUNT(durations));
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
