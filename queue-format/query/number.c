/*
 * number.c - numbers, sizes, durations and times, as people write them.
 *
 * `=' is as precise as what was written: a value is a range, which for "2d"
 * is a day long, and for "2026-11-20" the whole of that.
 */
#include "value.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "queue-format/ascii.h"

#define MINUTE 60
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)
#define WEEK   (7 * DAY)

/* Longer ones are no number. */
#define LONGEST 64

/* What is left to be read of a value. */
struct cursor {
	const char *at; /* ends in NUL */
};

static bool
skip(struct cursor *c, char byte)
{
	if (*c->at != byte)
		return false;
	c->at++;
	return true;
}

static bool
read_digits(struct cursor *c, int64_t *number)
{
	char *end = NULL;
	long long value;

	if (*c->at < '0' || *c->at > '9')
		return false;
	errno = 0;
	value = strtoll(c->at, &end, 10);
	if (errno != 0)
		return false;
	c->at = end;
	*number = value;
	return true;
}

static void
set_range(struct qf_value *value, int64_t from, int64_t length)
{
	value->kind = QF_VALUE_RANGE;
	value->from = from;
	if (__builtin_add_overflow(from, length, &value->below))
		value->below = INT64_MAX;
}

static bool
read_number(const char *text, struct qf_value *value)
{
	struct cursor c = { text };
	bool negative = skip(&c, '-');
	int64_t number = 0;

	if (!negative)
		(void)skip(&c, '+');
	if (!read_digits(&c, &number) || *c.at != '\0')
		return false;
	set_range(value, negative ? -number : number, 1);
	return true;
}

/* 10, 10K, 5MB, 1GiB; K is 1024. */
static bool
read_size(const char *text, struct qf_value *value)
{
	static const char units[] = "KMGT";
	struct cursor c = { text };
	const char *unit = NULL;
	int64_t number = 0;
	int64_t factor = 1;

	if (!read_digits(&c, &number))
		return false;
	if (qf_is_letter(*c.at))
		unit = strchr(units, *c.at & ~0x20);
	if (unit != NULL) {
		factor = (int64_t)1 << (10 * (unit - units + 1));
		c.at++;
		if (*c.at == 'i' || *c.at == 'I')
			c.at++;
	}
	if (*c.at == 'B' || *c.at == 'b')
		c.at++;
	if (*c.at != '\0' || __builtin_mul_overflow(number, factor, &number))
		return false;
	set_range(value, number, factor);
	return true;
}

/* One of 2d, 3h; without a unit: seconds. */
static bool
read_unit(struct cursor *c, int64_t *seconds, int64_t *unit)
{
	static const struct {
		char letter;
		int64_t seconds;
	} units[] = { { 's', 1 },
		      { 'm', MINUTE },
		      { 'h', HOUR },
		      { 'd', DAY },
		      { 'w', WEEK } };
	int64_t number = 0;

	if (!read_digits(c, &number))
		return false;
	*unit = 1;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (*c->at == units[i].letter) {
			*unit = units[i].seconds;
			c->at++;
			break;
		}
	}
	return !__builtin_mul_overflow(number, *unit, seconds);
}

/* 90m, 1h30m, 2d04h; *unit is the last one. */
static bool
read_duration(const char *text, int64_t *seconds, int64_t *unit)
{
	struct cursor c = { text };
	int64_t before = INT64_MAX;
	int64_t sum = 0;
	int64_t part = 0;

	do {
		const char *begin = c.at;

		/* "1h30": half an hour, or half a minute? */
		if (begin != text && text[strlen(text) - 1] <= '9')
			return false;
		if (!read_unit(&c, &part, unit) || *unit >= before ||
		    __builtin_add_overflow(sum, part, &sum))
			return false;
		before = *unit;
	} while (*c.at != '\0');
	*seconds = sum;
	return true;
}

bool
qf_query_duration(const char *text, int64_t *seconds)
{
	int64_t unit = 0;

	return strlen(text) < LONGEST && read_duration(text, seconds, &unit);
}

static bool
read_age(const char *text, struct qf_value *value)
{
	bool negative = *text == '-';
	int64_t seconds = 0;
	int64_t unit = 0;

	if (!read_duration(text + negative, &seconds, &unit))
		return false;
	set_range(value, negative ? -seconds : seconds, unit);
	return true;
}

/* `digits' of them, not more. */
static bool
read_fixed(struct cursor *c, size_t digits, int *number)
{
	int value = 0;

	for (size_t i = 0; i < digits; i++, c->at++) {
		if (*c->at < '0' || *c->at > '9')
			return false;
		value = value * 10 + (*c->at - '0');
	}
	*number = value;
	return true;
}

/* HH:MM[:SS]; the range is a minute, or a second. */
static bool
read_clock(struct cursor *c, struct tm *parts, int64_t *length)
{
	if (!read_fixed(c, 2, &parts->tm_hour) || !skip(c, ':') ||
	    !read_fixed(c, 2, &parts->tm_min))
		return false;
	*length = MINUTE;
	if (skip(c, ':')) {
		if (!read_fixed(c, 2, &parts->tm_sec))
			return false;
		*length = 1;
	}
	return parts->tm_hour < 24 && parts->tm_min < 60 && parts->tm_sec < 61;
}

static bool
read_date(struct cursor *c, struct tm *parts)
{
	if (!read_fixed(c, 4, &parts->tm_year) || !skip(c, '-') ||
	    !read_fixed(c, 2, &parts->tm_mon) || !skip(c, '-') ||
	    !read_fixed(c, 2, &parts->tm_mday))
		return false;
	parts->tm_year -= 1900;
	parts->tm_mon -= 1;
	return parts->tm_mon >= 0 && parts->tm_mon < 12 && parts->tm_mday >= 1;
}

/* Z, +01:00 or +0100. */
static bool
read_zone(struct cursor *c, int64_t *east)
{
	int hours = 0;
	int minutes = 0;
	bool west;

	*east = 0;
	if (skip(c, 'Z') || skip(c, 'z'))
		return true;
	west = *c->at == '-';
	if (!skip(c, '+') && !skip(c, '-'))
		return false;
	if (!read_fixed(c, 2, &hours))
		return false;
	(void)skip(c, ':');
	if (!read_fixed(c, 2, &minutes) || hours > 23 || minutes > 59)
		return false;
	*east = hours * HOUR + minutes * MINUTE;
	if (west)
		*east = -*east;
	return true;
}

/* The second at which the parts are true. */
static bool
to_seconds(const struct tm *parts, bool utc, int64_t *seconds)
{
	struct tm filled = *parts;
	time_t when;

	filled.tm_isdst = -1;
	when = utc ? timegm(&filled) : mktime(&filled);
	/* The 31st of a short month becomes a day of the next. */
	if (filled.tm_mday != parts->tm_mday && parts->tm_sec < 60)
		return false;
	*seconds = (int64_t)when;
	return true;
}

/* The begin of a day, `days' from today. */
static bool
day_begin(const struct qf_query_options *options, int days, struct tm *parts)
{
	time_t now = (time_t)options->now;

	if ((options->utc ? gmtime_r(&now, parts) : localtime_r(&now, parts)) ==
	    NULL)
		return false;
	parts->tm_hour = parts->tm_min = parts->tm_sec = 0;
	parts->tm_mday += days;
	/* Let the 32nd become the 1st. */
	parts->tm_isdst = -1;
	(void)(options->utc ? timegm(parts) : mktime(parts));
	parts->tm_hour = parts->tm_min = parts->tm_sec = 0;
	return true;
}

/* A day is not always 24 hours long. */
static bool
set_day(const struct qf_query_options *options, const struct tm *parts,
	struct qf_value *value)
{
	struct tm next = *parts;
	int64_t from = 0;
	int64_t below = 0;

	if (!to_seconds(parts, options->utc, &from))
		return false;
	next.tm_mday++;
	next.tm_isdst = -1;
	below = (int64_t)(options->utc ? timegm(&next) : mktime(&next));
	set_range(value, from, below - from);
	return true;
}

static bool
read_day_name(const struct qf_query_options *options, const char *text,
	      struct qf_value *value)
{
	static const struct {
		const char *name;
		int days;
	} names[] = { { "yesterday", -1 }, { "today", 0 }, { "tomorrow", 1 } };
	struct tm parts;

	if (strcasecmp(text, "now") == 0) {
		set_range(value, options->now, 1);
		return true;
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcasecmp(text, names[i].name) == 0)
			return day_begin(options, names[i].days, &parts) &&
			       set_day(options, &parts, value);
	}
	return false;
}

/* 2026-11-20, 2026-11-20 10:00, 2026-11-20T10:00:00+01:00 */
static bool
read_full_time(const struct qf_query_options *options, const char *text,
	       struct qf_value *value)
{
	struct cursor c = { text };
	struct tm parts = { 0 };
	int64_t from = 0;
	int64_t length = 0;
	int64_t east = 0;
	bool utc = options->utc;

	if (!read_date(&c, &parts))
		return false;
	if (*c.at == '\0')
		return set_day(options, &parts, value);
	if ((!skip(&c, ' ') && !skip(&c, 'T') && !skip(&c, 't')) ||
	    !read_clock(&c, &parts, &length))
		return false;
	if (*c.at != '\0') {
		if (!read_zone(&c, &east) || *c.at != '\0')
			return false;
		utc = true;
	}
	if (!to_seconds(&parts, utc, &from))
		return false;
	set_range(value, from - east, length);
	return true;
}

/* 10:00 of today. */
static bool
read_time_of_day(const struct qf_query_options *options, const char *text,
		 struct qf_value *value)
{
	struct cursor c = { text };
	struct tm parts;
	int64_t from = 0;
	int64_t length = 0;

	if (!day_begin(options, 0, &parts) ||
	    !read_clock(&c, &parts, &length) || *c.at != '\0' ||
	    !to_seconds(&parts, options->utc, &from))
		return false;
	set_range(value, from, length);
	return true;
}

/* -2h, 10m, +10m; without a unit only 0, for more would be a guess. */
static bool
read_relative(const struct qf_query_options *options, const char *text,
	      struct qf_value *value)
{
	int64_t seconds = 0;
	int64_t unit = 0;
	bool past = *text == '-';
	size_t len = strlen(text);

	if (*text == '-' || *text == '+') {
		text++;
		len--;
	}
	if (!read_duration(text, &seconds, &unit))
		return false;
	if (seconds != 0 && text[len - 1] >= '0' && text[len - 1] <= '9')
		return false;
	if (past)
		seconds = -seconds;
	if (__builtin_add_overflow(options->now, seconds, &seconds))
		return false;
	set_range(value, seconds, 1);
	return true;
}

static bool
read_time(const struct qf_query_options *options, const char *text,
	  struct qf_value *value)
{
	if (*text == '@')
		return read_number(text + 1, value);
	return read_relative(options, text, value) ||
	       read_day_name(options, text, value) ||
	       read_full_time(options, text, value) ||
	       read_time_of_day(options, text, value);
}

static bool
read_boolean(const char *text, struct qf_value *value)
{
	static const struct {
		const char *name;
		int64_t number;
	} names[] = { { "yes", 1 },   { "no", 0 }, { "true", 1 },
		      { "false", 0 }, { "1", 1 },  { "0", 0 } };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcasecmp(text, names[i].name) == 0) {
			set_range(value, names[i].number, 1);
			return true;
		}
	}
	return false;
}

enum qf_status
qf_number_read(const struct qf_query_options *options, enum qf_field_type type,
	       struct qf_span span, struct qf_value *value,
	       struct qf_query_mistake *mistake)
{
	char text[LONGEST] = "";

	if (span.len < sizeof(text))
		memcpy(text, span.text, span.len);
	switch (type) {
	case QF_FIELD_NUMBER:
		if (read_number(text, value))
			return QF_OK;
		return qf_value_wrong(mistake, span, "expected a number");
	case QF_FIELD_SIZE:
		if (read_size(text, value))
			return QF_OK;
		return qf_value_wrong(mistake, span,
				      "expected a size such as 500, 10K or 5M");
	case QF_FIELD_DURATION:
		if (read_age(text, value))
			return QF_OK;
		return qf_value_wrong(
			mistake, span,
			"expected a duration such as 90m, 2h or 3d");
	case QF_FIELD_TIME:
		if (read_time(options, text, value))
			return QF_OK;
		return qf_value_wrong(mistake, span,
				      "expected a time such as -2h, 10m, "
				      "2026-11-20 or \"2026-11-20 10:00\"");
	case QF_FIELD_BOOLEAN:
		if (read_boolean(text, value))
			return QF_OK;
		return qf_value_wrong(mistake, span, "expected yes or no");
	case QF_FIELD_TEXT:
		break;
	}
	return qf_value_wrong(mistake, span, "expected a text");
}
