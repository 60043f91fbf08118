/*
 * fields.c - the list of fields, for people.
 */
#include "fields.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROW "%-14s %-9s %-11s %s\n"

const char *
part_name(enum qf_part part)
{
	switch (part) {
	case QF_PART_NAME:
		return "name";
	case QF_PART_INODE:
	case QF_PART_BIRTH:
		return "inode";
	case QF_PART_ENVELOPE:
		return "envelope";
	case QF_PART_RECIPIENTS:
		return "recipients";
	case QF_PART_HOLDER:
		return "journal";
	case QF_PART_REASONS:
	case QF_PART_DONE:
	case QF_PART_CLASSES:
		break;
	}
	return "log";
}

static const char *
type_name(enum qf_field_type type)
{
	static const char *const names[] = {
		[QF_FIELD_TEXT] = "text",	  [QF_FIELD_NUMBER] = "number",
		[QF_FIELD_SIZE] = "size",	  [QF_FIELD_TIME] = "time",
		[QF_FIELD_DURATION] = "duration", [QF_FIELD_BOOLEAN] = "yes/no",
	};

	return names[type];
}

void
fields_list(struct tool *tool)
{
	printf(ROW, "FIELD", "TYPE", "READS", "MEANING");
	for (const struct qf_field *f = qf_fields(); f->name != NULL; f++) {
		printf(ROW, f->name, type_name(f->type), part_name(f->part),
		       f->meaning);
		printf("%-36s -w '%s'\n", "", f->example);
	}
	printf(ROW, "rcpts", "column", "log",
	       "recipients left, and of how many");
	/* Whoever reads no further has seen enough. */
	if (fflush(stdout) == EOF && errno != EPIPE)
		tool_die(tool, TOOL_IO, "standard output: %s", strerror(errno));
	exit(TOOL_OK);
}
