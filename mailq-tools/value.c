/*
 * value.c - the columns of a listing, and their values as text.
 */
#include "value.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define RCPTS "rcpts"

bool
column_is_number(const struct column *column)
{
	return column->field == NULL || column->field->number != NULL;
}

/* The name in capitals; marks are narrower than their name. */
size_t
column_heading(const struct column *column, char heading[COLUMN_HEADING_MAX])
{
	const char *name =
		strcmp(column->name, "mark") == 0 ? "q" : column->name;
	size_t len = 0;

	for (; name[len] != '\0' && len < COLUMN_HEADING_MAX - 1; len++)
		heading[len] = name[len] >= 'a' && name[len] <= 'z'
				       ? (char)(name[len] - 'a' + 'A')
				       : name[len];
	heading[len] = '\0';
	return len;
}

void
field_unknown(struct tool *tool, const char *what, const char *name, size_t len)
{
	const char *nearest = qf_field_nearest(name, len);

	if (nearest != NULL)
		tool_misuse(tool, "%s '%.*s' (did you mean '%s'?)", what,
			    (int)len, name, nearest);
	tool_misuse(tool, "%s '%.*s'; \"%s --fields\" lists all", what,
		    (int)len, name, tool->name);
}

void
field_denied(struct tool *tool, const char *what, const struct qf_field *field)
{
	tool_die(tool, TOOL_DENIED,
		 "%s: %s is not in Postfix's own listing, only in %s: run me "
		 "as root",
		 what, field->name,
		 field->part == QF_PART_HOLDER ? "the journal of changes"
					       : "its queue files");
}

static void
add_column(struct tool *tool, struct columns *columns, const char *name,
	   size_t len)
{
	const struct qf_field *field = qf_field_by_name(name, len);

	if (columns->count == COLUMNS_MAX)
		tool_misuse(tool, "more than %d columns", COLUMNS_MAX);
	if (field != NULL) {
		columns->items[columns->count++] =
			(struct column){ field->name, field };
		columns->parts |= qf_field_parts(field);
		return;
	}
	if (len == strlen(RCPTS) && memcmp(name, RCPTS, len) == 0) {
		columns->items[columns->count++] =
			(struct column){ RCPTS, NULL };
		columns->parts |=
			qf_field_parts(qf_field_by_name("rcpt.count", 10));
		return;
	}
	field_unknown(tool, "unknown column", name, len);
}

void
columns_read(struct tool *tool, const char *list, struct columns *given)
{
	if (*list == '+')
		list++;
	else
		*given = (struct columns){ 0 };
	for (;;) {
		size_t len = strcspn(list, ",");

		add_column(tool, given, list, len);
		if (list[len] == '\0')
			return;
		list += len + 1;
	}
}

/* Three digits and a letter at most; K is 1024. */
void
value_size(struct qf_buffer *out, int64_t bytes)
{
	static const char units[] = "KMGTPE";
	double value = (double)bytes;
	char text[32];
	size_t unit = 0;

	if (bytes < 1000) {
		qf_buffer_number(out, bytes);
		return;
	}
	for (value /= 1024; value >= 999.5 && unit + 2 < sizeof(units); unit++)
		value /= 1024;
	snprintf(text, sizeof(text), value < 9.95 ? "%.1f%c" : "%.0f%c", value,
		 units[unit]);
	qf_buffer_string(out, text);
}

/* The two largest units that count: 45s, 12m, 3h05m, 2d04h. */
void
value_duration(struct qf_buffer *out, int64_t seconds)
{
	long long minutes = seconds / 60;
	long long hours = minutes / 60;
	char text[64];

	if (seconds < 0) {
		qf_buffer_byte(out, '-');
		value_duration(out, -seconds);
		return;
	}
	if (seconds < 60)
		snprintf(text, sizeof(text), "%llds", (long long)seconds);
	else if (minutes < 60)
		snprintf(text, sizeof(text), "%lldm", minutes);
	else if (hours < 24)
		snprintf(text, sizeof(text), "%lldh%02lldm", hours,
			 minutes % 60);
	else
		snprintf(text, sizeof(text), "%lldd%02lldh", hours / 24,
			 hours % 24);
	qf_buffer_string(out, text);
}

static bool
split_time(const struct tool *tool, int64_t when, struct tm *parts)
{
	time_t seconds = (time_t)when;

	return (tool->utc ? gmtime_r(&seconds, parts)
			  : localtime_r(&seconds, parts)) != NULL;
}

/* To the minute, without the year: in a queue all is of this week. */
void
value_time(struct qf_buffer *out, const struct tool *tool, int64_t when)
{
	struct tm parts;
	char text[64];

	if (split_time(tool, when, &parts) &&
	    strftime(text, sizeof(text), "%m-%d %H:%M", &parts) > 0)
		qf_buffer_string(out, text);
}

/* ISO 8601: 2026-11-22T09:47:48+01:00. */
void
value_iso_time(struct qf_buffer *out, const struct tool *tool, int64_t when)
{
	struct tm parts;
	char text[64];
	size_t len;

	if (!split_time(tool, when, &parts))
		return;
	len = strftime(text, sizeof(text),
		       tool->utc ? "%Y-%m-%dT%H:%M:%SZ" : "%Y-%m-%dT%H:%M:%S%z",
		       &parts);
	if (len == 0)
		return;
	if (tool->utc) {
		qf_buffer_string(out, text);
		return;
	}
	/* strftime() gives the zone without a colon. */
	qf_buffer_add(out, text, len - 2);
	qf_buffer_byte(out, ':');
	qf_buffer_add(out, text + len - 2, 2);
}

/* What is still to come is shown as how long that is. */
static bool
is_ahead(const struct qf_field *field)
{
	return strcmp(field->name, "next") == 0 ||
	       strcmp(field->name, "expires") == 0;
}

static void
time_for_people(struct qf_buffer *out, const struct tool *tool,
		const struct qf_field *field, int64_t when)
{
	if (!is_ahead(field))
		value_time(out, tool, when);
	else if (when <= tool->now)
		qf_buffer_string(out, "due");
	else
		value_duration(out, when - tool->now);
}

/* Why there is no next time. */
static void
no_value(struct qf_buffer *out, const struct qf_field *field,
	 const struct qf_message *message)
{
	if (strcmp(field->name, "next") != 0)
		return;
	if (message->queue == QF_QUEUE_ACTIVE)
		qf_buffer_string(out, "now");
	else if (message->queue == QF_QUEUE_HOLD)
		qf_buffer_string(out, "held");
}

/* left/all; what is done is only known where the spool was read. */
static void
put_rcpts(struct qf_buffer *out, const struct qf_message *message)
{
	if ((message->parts & QF_PART_RECIPIENTS) == 0)
		return;
	qf_buffer_number(out, (long long)message->left_count);
	qf_buffer_byte(out, '/');
	if ((message->parts & QF_PART_DONE) == 0)
		qf_buffer_byte(out, '?');
	else
		qf_buffer_number(out, (long long)(message->left_count +
						  message->done_count));
}

/* Where there are several instances, an id says of which one it is. */
static void
put_text(struct qf_buffer *out, const struct qf_field *field,
	 const struct qf_message *message)
{
	struct qf_span span = field->text(message);

	if (message->instance != NULL && strcmp(field->name, "id") == 0) {
		qf_buffer_string(out, message->instance);
		qf_buffer_byte(out, '/');
	}
	if (span.text != NULL)
		qf_buffer_add(out, span.text, span.len);
}

/* An empty sender is the null sender; people know it by this sign. */
static void
text_for_people(struct qf_buffer *out, const struct qf_field *field,
		const struct qf_message *message)
{
	struct qf_span span = field->text(message);

	if (span.text != NULL && span.len == 0 &&
	    (strcmp(field->name, "sender") == 0 ||
	     strcmp(field->name, "rcpt") == 0))
		qf_buffer_string(out, "<>");
	else
		put_text(out, field, message);
}

void
value_for_people(struct qf_buffer *out, const struct tool *tool,
		 const struct column *column, const struct qf_message *message)
{
	const struct qf_field *field = column->field;
	int64_t value = 0;

	if (field == NULL) {
		put_rcpts(out, message);
		return;
	}
	if (field->type == QF_FIELD_TEXT) {
		text_for_people(out, field, message);
		return;
	}
	if (!field->number(message, tool->now, &value)) {
		no_value(out, field, message);
		return;
	}
	if (field->type == QF_FIELD_SIZE)
		value_size(out, value);
	else if (field->type == QF_FIELD_DURATION)
		value_duration(out, value);
	else if (field->type == QF_FIELD_TIME)
		time_for_people(out, tool, field, value);
	else if (field->type == QF_FIELD_BOOLEAN)
		qf_buffer_string(out, value != 0 ? "yes" : "no");
	else
		qf_buffer_number(out, value);
}

void
value_for_programs(struct qf_buffer *out, const struct tool *tool,
		   const struct column *column,
		   const struct qf_message *message)
{
	const struct qf_field *field = column->field;
	int64_t value = 0;

	if (field == NULL) {
		put_rcpts(out, message);
	} else if (field->type == QF_FIELD_TEXT) {
		put_text(out, field, message);
	} else if (field->number(message, tool->now, &value)) {
		if (field->type == QF_FIELD_TIME)
			value_iso_time(out, tool, value);
		else if (field->type == QF_FIELD_BOOLEAN)
			qf_buffer_string(out, value != 0 ? "yes" : "no");
		else
			qf_buffer_number(out, value);
	}
}
