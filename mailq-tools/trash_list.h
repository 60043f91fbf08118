/*
 * trash_list.h - show what is in the trash.
 */
#ifndef TRASH_LIST_H
#define TRASH_LIST_H

#include "mailq-tools/output.h"
#include "mailq-tools/stream.h"
#include "mailq-tools/trash_due.h"

struct trash_list_options {
	enum output_format format; /* OUTPUT_TABLE, _JSON, _JSONL or _IDS */
	size_t limit;		   /* of messages; 0: all */
};

/* False: there is no such form of it. */
bool trash_list_format_by_name(const char *name, enum output_format *format);

/*
 * Print what is in the trash of all instances, the newest first, and as a
 * table a line of sums on standard error.  Notes the exit status; ends the
 * program when standard output cannot be written.
 */
void trash_list_print(struct tool *tool, struct access *access,
		      const struct trash_rules *rules,
		      const struct trash_list_options *options);

/* For the forms. */

/* A message, as it is shown. */
struct trash_row {
	const char *instance; /* NULL: there is only one */
	const struct trash_entry *entry;
	const struct qf_job *job;	  /* NULL: not known */
	const struct qf_message *message; /* what could be read of it */
	int64_t due;			  /* when it is purged by its age */
};

struct trash_list {
	struct tool *tool;
	struct access *access;
	const struct trash_list_options *options;
	struct stream stream;
	struct trash trash;
	struct trash_jobs jobs;
	struct trash_due *dues;
	struct qf_load *loads[ACCESS_MAX];
	struct qf_arena arena;
};

/* When its job was begun: seconds since 1970. */
int64_t trash_row_deleted(const struct trash_row *row);

/*
 * Give each one that is wanted to `take', which returns false to end it.
 * False: it did.
 */
bool trash_list_each(struct trash_list *list,
		     bool (*take)(void *context, const struct trash_row *row),
		     void *context);

bool trash_table(struct trash_list *list);
bool trash_json(struct trash_list *list);

#endif
