/*
 * by.h - --by: a row for each value of a field, and not for each message.
 */
#ifndef BY_H
#define BY_H

#include "mailq-tools/access.h"
#include "mailq-tools/output.h"
#include "mailq-tools/stream.h"
#include "mailq-tools/tool.h"
#include "queue-format/group.h"

#define BY_COLUMNS 32
#define BY_ORDERS  8

/* What is told of a group. */
enum by_kind {
	BY_VALUE, /* of one of the fields */
	BY_MESSAGES,
	BY_RECIPIENTS,
	BY_SIZE,
	BY_SHARE,
	BY_OLDEST,
	BY_NEWEST,
	BY_NEXT,
	BY_CLASS,
	BY_HINT,
};

struct by_column {
	enum by_kind kind;
	size_t field; /* of BY_VALUE */
};

struct by_columns {
	struct by_column items[BY_COLUMNS];
	size_t count;
};

struct by {
	/* To be set by the caller before by_start(). */
	const struct tool *tool;
	enum output_format format;
	bool headings;
	size_t limit; /* 0: none */

	const struct qf_field *fields[QF_GROUP_FIELDS];
	size_t field_count; /* 0: there is no --by */
	struct by_columns columns;
	bool has_columns; /* some were asked for */
	struct qf_group_order orders[BY_ORDERS];
	size_t order_count;
	struct qf_group *group;
};

/* Arguments of an option that mean something else when there is a --by. */
#define OPTION_LISTS 16
struct option_lists {
	const char *items[OPTION_LISTS];
	size_t count;
};

/*
 * The argument of --by, and at the end of all options what --columns and
 * --sort say.  Both end the program when a name is wrong, and for what does
 * not go with --by.
 */
void by_read_fields(struct tool *tool, const char *list, struct by *by);
void by_take_lists(struct tool *tool, struct by *by,
		   const struct option_lists *columns,
		   const struct option_lists *sorts);

/* Parts of a message that are needed. */
unsigned by_parts(const struct by *by);

/* Ends the program for what these stores cannot tell. */
void by_start(struct tool *tool, struct by *by, const struct access *access);

void by_add(struct tool *tool, struct by *by, const struct qf_message *message);

/* False: no use to go on, see the stream. */
bool by_print(struct by *by, struct stream *stream);

void by_free(struct by *by);

#endif
