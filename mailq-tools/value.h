/*
 * value.h - the columns of a listing, and their values as text.
 */
#ifndef VALUE_H
#define VALUE_H

#include "mailq-tools/tool.h"
#include "queue-format/buffer.h"
#include "queue-format/field.h"

/* Ends the program: `what' has no such name.  Tells which may be meant. */
_Noreturn void field_unknown(struct tool *tool, const char *what,
			     const char *name, size_t len);

/* Ends the program: this caller cannot know the field; `what' asks for it. */
_Noreturn void
field_denied(struct tool *tool, const char *what, const struct qf_field *field);

/* A field, or something put together of some. */
struct column {
	const char *name;
	const struct qf_field *field; /* NULL: "rcpts", left/all */
};

#define COLUMNS_MAX 64

struct columns {
	size_t count;
	struct column items[COLUMNS_MAX];
	unsigned parts; /* that have to be read for all of them */
};

/*
 * Read "a,b,c"; a `+' in front adds to `given'.  Ends the program when a name
 * is wrong, and says which was meant.
 */
void columns_read(struct tool *tool, const char *list, struct columns *given);

/* What stands above it in a table.  Returns the length. */
#define COLUMN_HEADING_MAX 32
size_t
column_heading(const struct column *column, char heading[COLUMN_HEADING_MAX]);

/* Are its values numbers, to be put to the right? */
bool column_is_number(const struct column *column);

/*
 * Append the value as people like it: 12K, 3h05m.  Nothing where it is not
 * known.  The text is as in the spool: make it safe before showing it.
 */
void value_for_people(struct qf_buffer *out, const struct tool *tool,
		      const struct column *column,
		      const struct qf_message *message);

/* The same for programs: bytes, seconds, ISO 8601. */
void value_for_programs(struct qf_buffer *out, const struct tool *tool,
			const struct column *column,
			const struct qf_message *message);

/* 12K and 3h05m on their own. */
void value_size(struct qf_buffer *out, int64_t bytes);
void value_duration(struct qf_buffer *out, int64_t seconds);

/* 11-22 09:47, and 2026-11-22T09:47:48+01:00. */
void value_time(struct qf_buffer *out, const struct tool *tool, int64_t when);
void
value_iso_time(struct qf_buffer *out, const struct tool *tool, int64_t when);

#endif
