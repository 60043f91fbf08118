/*
 * where.h - which messages: --where, --where-file, and how a mistake in them
 * is shown.
 */
#ifndef WHERE_H
#define WHERE_H

#include "mailq-tools/access.h"
#include "mailq-tools/settings.h"
#include "mailq-tools/tool.h"
#include "queue-format/query/query.h"

#define WHERE_MAX 100

struct where_text {
	const char *origin; /* "--where", or the file */
	const char *text;
	char *owned; /* text that has to be freed, or NULL */
};

struct where {
	struct where_text texts[WHERE_MAX];
	size_t count;
	struct settings settings; /* for @NAME */
	struct qf_query *query;	  /* NULL: all messages */
};

/* Take an expression; it is borrowed. */
void where_add(struct tool *tool, struct where *where, const char *text);

/* Read one from a file, with the rights of the caller. */
void where_add_file(struct tool *tool, struct where *where, const char *path);

/* Read the settings; before the program gives up its rights. */
void where_open(struct tool *tool, struct where *where);

/*
 * Understand all of it.  Ends the program for a mistake, and for what these
 * stores cannot tell.
 */
void where_parse(struct tool *tool, struct where *where,
		 const struct access *access);

/* Complain about messages that could not be decided. */
void where_report(struct tool *tool, struct where *where);

void where_free(struct where *where);

#endif
