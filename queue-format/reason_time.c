/*
 * reason_time.c - dates, times, and how long it takes, as servers write them.
 */
#include "reason_time.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "ascii.h"

static bool
is_one_of(const char *word, size_t len, const char *const *list)
{
	for (; *list != NULL; list++) {
		if (strncasecmp(word, *list, len) == 0 && (*list)[len] == '\0')
			return true;
	}
	return false;
}

/* The length of a unit of time behind a number, with the blank; or 0. */
size_t
qf_time_unit_length(const char *at)
{
	static const char *const units[] = {
		"ms",	"msec",	  "second",  "seconds", "sec", "secs", "min",
		"mins", "minute", "minutes", "hr",	"hrs", "hour", "hours",
		"day",	"days",	  "week",    "weeks",	NULL
	};
	size_t skip = qf_count_blanks(at);
	size_t len;

	if (skip == 0 && *at == '-')
		skip = 1;
	len = qf_count_letters(at + skip, 8);
	if (qf_is_digit(at[skip + len]))
		return 0;
	if (skip == 0 && len == 1 && strchr("smhd", *at | 0x20) != NULL)
		return 1;
	return is_one_of(at + skip, len, units) ? skip + len : 0;
}

/* 12:34, 12:34:56.789Z, 12:34:56 +0100 */
static size_t
clock_length(const char *at)
{
	size_t len = qf_count_digits(at, 3);
	size_t zone;

	if (len == 0 || len > 2 || at[len] != ':' ||
	    qf_count_digits(at + len + 1, 3) != 2)
		return 0;
	len += 3;
	if (at[len] == ':' && qf_count_digits(at + len + 1, 3) == 2)
		len += 3;
	if (at[len] == '.' || at[len] == ',') {
		size_t digits = qf_count_digits(at + len + 1, 10);

		len += digits > 0 ? 1 + digits : 0;
	}
	if (at[len] == 'Z')
		len++;
	zone = len + (at[len] == ' ');
	if ((at[zone] == '+' || at[zone] == '-') &&
	    qf_count_digits(at + zone + 1, 5) == 4)
		len = zone + 5;
	else if ((at[len] == '+' || at[len] == '-') &&
		 qf_count_digits(at + len + 1, 3) == 2 && at[len + 3] == ':' &&
		 qf_count_digits(at + len + 4, 3) == 2)
		len += 6;
	return qf_is_alnum(at[len]) || at[len] == ':' ? 0 : len;
}

/* 2026-11-20, 2026/11/20, and the time behind it. */
static size_t
iso_length(const char *at)
{
	size_t len = 10;
	size_t more;

	if (qf_count_digits(at, 5) != 4 || (at[4] != '-' && at[4] != '/') ||
	    qf_count_digits(at + 5, 3) != 2 || at[7] != at[4] ||
	    qf_count_digits(at + 8, 3) != 2)
		return 0;
	if (at[len] == 'T' || at[len] == ' ') {
		more = clock_length(at + len + 1);
		len += more > 0 ? 1 + more : 0;
	}
	return qf_is_alnum(at[len]) ? 0 : len;
}

/* One element of a date in words. */
enum date_part { NO_PART, PART_DAY, PART_MONTH, PART_NUMBER, PART_SURE };

static enum date_part
date_part_at(const char *at, size_t *len)
{
	static const char *const days[] = { "mon", "tue", "wed", "thu",
					    "fri", "sat", "sun", NULL };
	static const char *const months[] = { "jan", "feb", "mar", "apr", "may",
					      "jun", "jul", "aug", "sep", "oct",
					      "nov", "dec", NULL };
	static const char *const zones[] = { "gmt", "utc", NULL };

	if (qf_is_digit(*at)) {
		*len = clock_length(at);
		if (*len > 0)
			return PART_SURE;
		*len = qf_count_digits(at, 5);
		if (qf_is_letter(at[*len]) || *len == 3 || *len == 5)
			return NO_PART;
		return *len == 4 ? PART_SURE : PART_NUMBER;
	}
	*len = qf_count_letters(at, 4);
	if (*len != 3 || qf_is_digit(at[3]))
		return NO_PART;
	if (is_one_of(at, 3, months))
		return PART_MONTH;
	return is_one_of(at, 3, days) || is_one_of(at, 3, zones) ? PART_DAY
								 : NO_PART;
}

/* "Fri, 20 Nov 2026 10:00:00 +0000", "Nov 20 10:00:00", "20-Nov-2026" */
static size_t
date_length(const char *at)
{
	bool month = false;
	bool sure = false;
	size_t end = 0;
	size_t part_len = 0;
	size_t skip = 0;

	for (int parts = 0; parts < 7; parts++) {
		enum date_part part = date_part_at(at + end + skip, &part_len);

		if (part == NO_PART)
			break;
		month = month || part == PART_MONTH;
		sure = sure || part == PART_SURE;
		end += skip + part_len;
		skip = at[end] == ',' || at[end] == '-';
		skip += qf_count_blanks(at + end + skip);
		if (skip == 0)
			break;
	}
	return month && sure && !qf_is_alnum(at[end]) ? end : 0;
}

size_t
qf_time_length(const char *at)
{
	size_t len = 0;

	if (qf_is_digit(*at)) {
		len = iso_length(at);
		if (len == 0)
			len = clock_length(at);
	}
	return len > 0 ? len : date_length(at);
}
