/*
 * where.c - which messages.
 */
#include "where.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mailq-tools/value.h"
#include "queue-format/buffer.h"
#include "queue-format/text.h"

/*
 * What is shown of a long line: of what is before the mistake, of that, and
 * behind it as much as the line has room for, but not less than this.
 */
#define BEFORE_MAX 50
#define BEHIND_MIN 20
#define SHOWN_MAX  72

static void
add_text(struct tool *tool, struct where *where, const char *origin,
	 const char *text, char *owned)
{
	if (where->count == WHERE_MAX)
		tool_misuse(tool, "more than %d expressions", WHERE_MAX);
	where->texts[where->count++] =
		(struct where_text){ origin, text, owned };
}

void
where_add(struct tool *tool, struct where *where, const char *text)
{
	add_text(tool, where, "--where", text, NULL);
}

void
where_add_file(struct tool *tool, struct where *where, const char *path)
{
	struct qf_error err;
	char *text = NULL;
	size_t len = 0;
	enum qf_status status = read_small_file(path, &text, &len, &err);

	if (status != QF_OK)
		tool_die(tool,
			 status == QF_INVALID ? TOOL_BAD_DATA
					      : tool_exit_of(status),
			 "--where-file: %s", err.text);
	add_text(tool, where, path, text, text);
}

void
where_open(struct tool *tool, struct where *where)
{
	if (where->count > 0)
		settings_open(tool, &where->settings);
}

/* The text behind @NAME. */
static const char *
named(void *context, const char *name, size_t len)
{
	const struct where *where = context;

	return settings_get(&where->settings, "selection.", name, len);
}

/* Append as a terminal may get it; returns the columns. */
static size_t
put_safe(struct qf_buffer *out, const struct tool *tool, const char *text,
	 size_t len)
{
	struct qf_buffer copy = { 0 };
	size_t columns;

	qf_buffer_add(&copy, text, len);
	for (size_t i = 0; i < copy.len; i++) {
		if (copy.data[i] == '\t' || copy.data[i] == '\r')
			copy.data[i] = ' ';
	}
	columns = qf_text_show(out, qf_buffer_text(&copy), (size_t)-1,
			       tool->utf8);
	qf_buffer_free(&copy);
	return columns;
}

/* Not inside of a character of UTF-8, which has four bytes at most. */
static size_t
whole_character(const char *text, size_t at)
{
	for (size_t back = 0; back < 4 && back <= at; back++) {
		if (((unsigned char)text[at - back] & 0xc0) != 0x80)
			return at - back;
	}
	return at;
}

/* What of a line is shown around a mistake. */
struct excerpt {
	const char *begin;
	const char *mistake;
	const char *behind; /* the mistake */
	const char *end;
	bool cut_begin;
	bool cut_end;
};

/* A long line is cut on both sides of the mistake. */
static struct excerpt
excerpt_of(const struct qf_query_mistake *mistake)
{
	const char *text = mistake->expression;
	struct excerpt e = { .begin = text + mistake->offset,
			     .mistake = text + mistake->offset };
	size_t len = mistake->len;
	size_t room;

	e.end = e.mistake + strcspn(e.mistake, "\n");
	while (e.begin > text && e.begin[-1] != '\n')
		e.begin--;
	if (len > (size_t)(e.end - e.mistake))
		len = (size_t)(e.end - e.mistake);
	e.behind = e.mistake + len;
	if (len > BEFORE_MAX)
		e.behind = e.mistake + whole_character(e.mistake, BEFORE_MAX);
	if (e.mistake - e.begin > BEFORE_MAX) {
		size_t offset = (size_t)(e.mistake - text) - BEFORE_MAX;

		e.begin = text + whole_character(text, offset);
		e.cut_begin = true;
	}
	room = e.behind - e.begin < SHOWN_MAX - BEHIND_MIN
		       ? SHOWN_MAX - (size_t)(e.behind - e.begin)
		       : BEHIND_MIN;
	if ((size_t)(e.end - e.behind) > room) {
		size_t offset = (size_t)(e.behind - text) + room;

		e.end = text + whole_character(text, offset);
		e.cut_end = true;
	}
	return e;
}

/* The line in which the mistake is, and under it what is wrong. */
static void
point_at(const struct tool *tool, const struct qf_query_mistake *mistake)
{
	const char *dots = tool->utf8 ? "\xe2\x80\xa6" : "...";
	struct excerpt e = excerpt_of(mistake);
	struct qf_buffer out = { 0 };
	size_t indent = 2;
	size_t width;

	qf_buffer_string(&out, "  ");
	if (e.cut_begin) {
		qf_buffer_string(&out, dots);
		indent += tool->utf8 ? 1 : 3;
	}
	indent += put_safe(&out, tool, e.begin, (size_t)(e.mistake - e.begin));
	width = put_safe(&out, tool, e.mistake, (size_t)(e.behind - e.mistake));
	put_safe(&out, tool, e.behind, (size_t)(e.end - e.behind));
	qf_buffer_string(&out, e.cut_end ? dots : "");
	qf_buffer_byte(&out, '\n');
	qf_buffer_fill(&out, ' ', indent);
	qf_buffer_fill(&out, '^', width > 0 ? width : 1);
	qf_buffer_byte(&out, '\n');
	fwrite(out.data, 1, out.len, stderr);
	qf_buffer_free(&out);
}

/* Only what has more than one line needs a number. */
static size_t
line_number(const struct qf_query_mistake *mistake)
{
	size_t number = 1;

	if (strchr(mistake->expression, '\n') == NULL)
		return 0;
	for (size_t i = 0; i < mistake->offset; i++)
		number += mistake->expression[i] == '\n';
	return number;
}

static _Noreturn void
die_of_mistake(struct tool *tool, const struct where *where, const char *origin,
	       const struct qf_query_mistake *mistake)
{
	size_t line = line_number(mistake);
	char place[100] = "";

	if (mistake->name[0] != '\0') {
		tool_complain(tool, TOOL_USAGE, "%s: selection.%s: %s",
			      where->settings.path, mistake->name,
			      mistake->text);
	} else {
		if (line > 0)
			snprintf(place, sizeof(place), ", line %zu", line);
		tool_complain(tool, TOOL_USAGE, "%s%s: %s", origin, place,
			      mistake->text);
	}
	point_at(tool, mistake);
	exit(TOOL_USAGE);
}

static struct qf_query *
parse_one(struct tool *tool, struct where *where, const struct where_text *from)
{
	struct qf_query_options options = { .now = tool->now,
					    .utc = tool->utc,
					    .comments = from->owned != NULL,
					    .named = named,
					    .context = where };
	struct qf_query_mistake mistake;
	struct qf_query *query = NULL;

	switch (qf_query_parse(from->text, &options, &query, &mistake)) {
	case QF_OK:
		return query;
	case QF_INVALID:
		die_of_mistake(tool, where, from->origin, &mistake);
	default:
		tool_die(tool, TOOL_IO, "%s: %s", from->origin, mistake.text);
	}
}

/* Unknown is not no: who cannot know must not answer. */
static void
check_access(struct tool *tool, const struct where *where,
	     const struct access *access)
{
	const struct qf_field *field = qf_query_spool_only(where->query);

	for (size_t i = 0; field != NULL && i < access->store_count; i++) {
		if ((access->stores[i]->parts & QF_PART_INODE) == 0)
			field_denied(tool, "--where", field);
	}
}

void
where_parse(struct tool *tool, struct where *where, const struct access *access)
{
	settings_parse(tool, &where->settings);
	for (size_t i = 0; i < where->count; i++) {
		struct qf_query *one = parse_one(tool, where, &where->texts[i]);

		where->query = where->query == NULL
				       ? one
				       : qf_query_both(where->query, one);
		if (where->query == NULL)
			tool_die(tool, TOOL_IO, "out of memory");
	}
	if (where->query != NULL)
		check_access(tool, where, access);
}

void
where_report(struct tool *tool, struct where *where)
{
	struct qf_query_report report;

	if (where->query == NULL)
		return;
	qf_query_report(where->query, &report);
	if (report.undecided > 0)
		tool_complain(tool, TOOL_PARTLY,
			      "%s; messages that are left out for that: %llu",
			      report.first.text,
			      (unsigned long long)report.undecided);
	if (report.damaged > 0)
		tool_note(tool,
			  "damaged messages that were not selected: %llu "
			  "(-w broken shows them)",
			  (unsigned long long)report.damaged);
}

void
where_free(struct where *where)
{
	qf_query_free(where->query);
	for (size_t i = 0; i < where->count; i++)
		free(where->texts[i].owned);
	settings_free(&where->settings);
}
