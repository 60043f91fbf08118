/*
 * by_column.c - what is told of a group, column by column.
 */
#include "by_print.h"

#include <stdio.h>
#include <string.h>

static const struct {
	const char *name;
	const char *heading;
} kinds[] = {
	[BY_VALUE] = { "value", "VALUE" },
	[BY_MESSAGES] = { "messages", "MSGS" },
	[BY_RECIPIENTS] = { "recipients", "RCPTS" },
	[BY_SIZE] = { "bytes", "SIZE" },
	[BY_SHARE] = { "share", "SHARE" },
	[BY_OLDEST] = { "oldest", "OLDEST" },
	[BY_NEWEST] = { "newest", "NEWEST" },
	[BY_NEXT] = { "next_try", "NEXT" },
	[BY_CLASS] = { "class", "CLASS" },
	[BY_HINT] = { "hint", "HINT" },
};

/* Names that two fields have, too, unless it is grouped by these. */
static const struct {
	const char *name;
	enum by_kind kind;
} synonyms[] = {
	{ "size", BY_SIZE },
	{ "next", BY_NEXT },
};

static bool
is_named(const char *known, const char *name, size_t len)
{
	return strlen(known) == len && memcmp(known, name, len) == 0;
}

bool
by_kind_by_name(const char *name, size_t len, enum by_kind *kind)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (is_named(kinds[i].name, name, len)) {
			*kind = (enum by_kind)i;
			return true;
		}
	}
	for (size_t i = 0; i < sizeof(synonyms) / sizeof(synonyms[0]); i++) {
		if (is_named(synonyms[i].name, name, len)) {
			*kind = synonyms[i].kind;
			return true;
		}
	}
	return false;
}

const char *
by_column_name(const struct by *by, const struct by_column *column)
{
	return column->kind == BY_VALUE ? by->fields[column->field]->name
					: kinds[column->kind].name;
}

size_t
by_column_heading(const struct by *by, const struct by_column *column,
		  char heading[COLUMN_HEADING_MAX])
{
	struct column named = { by_column_name(by, column), NULL };

	if (column->kind == BY_VALUE)
		return column_heading(&named, heading);
	return (size_t)snprintf(heading, COLUMN_HEADING_MAX, "%s",
				kinds[column->kind].heading);
}

bool
by_column_is_number(const struct by *by, const struct by_column *column)
{
	if (column->kind == BY_VALUE)
		return by->fields[column->field]->type == QF_FIELD_NUMBER;
	return column->kind != BY_CLASS && column->kind != BY_HINT;
}

double
by_share(const struct by *by, const struct by_row *row)
{
	uint64_t all = qf_group_total(by->group)->messages;

	return all == 0 ? 0 : (double)row->known->messages / (double)all;
}

/* With a point in it, whatever the locale has. */
void
by_put_share(struct qf_buffer *out, const struct by *by,
	     const struct by_row *row)
{
	unsigned millionths = (unsigned)(by_share(by, row) * 1e6 + 0.5);
	char text[32];

	snprintf(text, sizeof(text), "%u.%06u", millionths / 1000000,
		 millionths % 1000000);
	qf_buffer_string(out, text);
}

/* 42%, 4.2%, <0.1%. */
static void
put_percent(struct qf_buffer *out, double share)
{
	char text[32];

	if (share > 0 && share < 0.0005)
		snprintf(text, sizeof(text), "<0.1%%");
	else
		snprintf(text, sizeof(text),
			 share < 0.0995 ? "%.1f%%" : "%.0f%%", share * 100);
	qf_buffer_string(out, text);
}

/* When nothing of it is scheduled, it may be that it need not be. */
static void
put_next(struct qf_buffer *out, const struct tool *tool,
	 const struct qf_group_row *row)
{
	if (row->next > tool->now)
		value_duration(out, row->next - tool->now);
	else if (row->next != 0)
		qf_buffer_string(out, "due");
	else if ((row->queues & QF_QUEUE_BIT(QF_QUEUE_ACTIVE)) != 0)
		qf_buffer_string(out, "now");
	else if (row->queues == QF_QUEUE_BIT(QF_QUEUE_HOLD))
		qf_buffer_string(out, "held");
	else
		qf_buffer_byte(out, '-');
}

/* How long ago that was. */
static void
put_age(struct qf_buffer *out, const struct tool *tool, int64_t when)
{
	if (when == 0)
		qf_buffer_byte(out, '-');
	else
		value_duration(out, tool->now - when);
}

/* A sum that may be too large says so. */
static void
put_limit(struct qf_buffer *out, const struct by *by, const struct by_row *row)
{
	if (row->at_most)
		qf_buffer_string(out, by->tool->utf8 ? "\xe2\x89\xa4" : "<=");
}

static void
put_others(struct qf_buffer *out, size_t others)
{
	char text[64];

	snprintf(text, sizeof(text), "(%zu other%s)", others,
		 others == 1 ? "" : "s");
	qf_buffer_string(out, text);
}

static void
put_string(struct qf_buffer *out, const char *text)
{
	if (text != NULL)
		qf_buffer_string(out, text);
}

void
by_for_people(struct qf_buffer *out, const struct by *by,
	      const struct by_column *column, const struct by_row *row)
{
	const struct qf_group_row *known = row->known;

	switch (column->kind) {
	case BY_VALUE:
		if (row->others == 0)
			by_value_for_people(out, by->tool,
					    by->fields[column->field],
					    &known->values[column->field]);
		else if (column->field == 0)
			put_others(out, row->others);
		return;
	case BY_MESSAGES:
		put_limit(out, by, row);
		qf_buffer_number(out, (long long)known->messages);
		return;
	case BY_RECIPIENTS:
		qf_buffer_number(out, (long long)known->recipients);
		return;
	case BY_SIZE:
		put_limit(out, by, row);
		value_size(out, known->bytes);
		return;
	case BY_SHARE:
		put_limit(out, by, row);
		put_percent(out, by_share(by, row));
		return;
	case BY_OLDEST:
		put_age(out, by->tool, known->oldest);
		return;
	case BY_NEWEST:
		put_age(out, by->tool, known->newest);
		return;
	case BY_NEXT:
		put_next(out, by->tool, known);
		return;
	case BY_CLASS:
		put_string(out, qf_reason_class_name(known->reason_class));
		return;
	case BY_HINT:
		put_string(out, qf_reason_hint(known->reason_class));
		return;
	}
}

static void
put_time(struct qf_buffer *out, const struct tool *tool, int64_t when)
{
	if (when != 0)
		value_iso_time(out, tool, when);
}

void
by_for_programs(struct qf_buffer *out, const struct by *by,
		const struct by_column *column, const struct by_row *row)
{
	const struct qf_group_row *known = row->known;

	switch (column->kind) {
	case BY_VALUE:
		if (row->others == 0)
			by_value_for_programs(out, by->tool,
					      by->fields[column->field],
					      &known->values[column->field]);
		else if (column->field == 0)
			put_others(out, row->others);
		return;
	case BY_MESSAGES:
		qf_buffer_number(out, (long long)known->messages);
		return;
	case BY_RECIPIENTS:
		qf_buffer_number(out, (long long)known->recipients);
		return;
	case BY_SIZE:
		qf_buffer_number(out, known->bytes);
		return;
	case BY_SHARE:
		by_put_share(out, by, row);
		return;
	case BY_OLDEST:
		put_time(out, by->tool, known->oldest);
		return;
	case BY_NEWEST:
		put_time(out, by->tool, known->newest);
		return;
	case BY_NEXT:
		put_time(out, by->tool, known->next);
		return;
	case BY_CLASS:
		put_string(out, qf_reason_class_name(known->reason_class));
		return;
	case BY_HINT:
		put_string(out, qf_reason_hint(known->reason_class));
		return;
	}
}
