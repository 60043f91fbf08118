/*
 * group_range.c - numbers that are grouped together.
 */
#include "group.h"

#include <time.h>

#define MINUTE 60
#define KILO   1024

/* Where the ranges begin, and the last one ends: there is none beyond. */
static const int64_t durations[] = {
	5 * MINUTE,   10 * MINUTE,  20 * MINUTE,  40 * MINUTE,	 80 * MINUTE,
	160 * MINUTE, 320 * MINUTE, 640 * MINUTE, 1280 * MINUTE,
};

static const int64_t sizes[] = {
	(int64_t)KILO,
	(int64_t)KILO * 4,
	(int64_t)KILO * 16,
	(int64_t)KILO * 64,
	(int64_t)KILO * 256,
	(int64_t)KILO * 1024,
	(int64_t)KILO * 1024 * 4,
	(int64_t)KILO * 1024 * 16,
	(int64_t)KILO * 1024 * 64,
	(int64_t)KILO * 1024 * 256,
	(int64_t)KILO * 1024 * 1024,
};

static const int64_t counts[] = {
	0, 1, 2, 3, 6, 11, 21, 51, 101, 201, 501, 1001
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void
put_into(const int64_t *begins, size_t count, int64_t number,
	 struct qf_group_value *value)
{
	size_t i = 0;

	while (i < count && number >= begins[i])
		i++;
	value->from = i > 0 ? begins[i - 1] : INT64_MIN;
	value->to = i < count ? begins[i] : INT64_MAX;
}

/* A time zone may be some minutes off a full hour. */
static void
hour_of(bool utc, int64_t when, struct qf_group_value *value)
{
	time_t seconds = (time_t)when;
	struct tm parts;

	value->from = when;
	if ((utc ? gmtime_r(&seconds, &parts)
		 : localtime_r(&seconds, &parts)) != NULL)
		value->from -= parts.tm_min * MINUTE + parts.tm_sec;
	if (__builtin_add_overflow(value->from, 60 * MINUTE, &value->to))
		value->to = INT64_MAX;
}

/* Yes and no, and the code of a reply, which is no count of anything. */
static void
itself(int64_t number, struct qf_group_value *value)
{
	value->from = number;
	value->to = number < INT64_MAX ? number + 1 : number;
}

void
qf_group_range(const struct qf_field *field, bool utc, int64_t number,
	       struct qf_group_value *value)
{
	*value = (struct qf_group_value){ .known = true };
	switch (field->type) {
	case QF_FIELD_DURATION:
		put_into(durations, COUNT(durations), number, value);
		break;
	case QF_FIELD_SIZE:
		put_into(sizes, COUNT(sizes), number, value);
		break;
	case QF_FIELD_TIME:
		hour_of(utc, number, value);
		break;
	case QF_FIELD_NUMBER:
		if (field->rcpt_number == NULL) {
			put_into(counts, COUNT(counts), number, value);
			break;
		}
		itself(number, value);
		break;
	case QF_FIELD_BOOLEAN:
	case QF_FIELD_TEXT:
		itself(number, value);
		break;
	}
}
