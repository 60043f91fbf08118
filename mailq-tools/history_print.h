/*
 * history_print.h - the forms in which jobs are printed, and what they share.
 */
#ifndef HISTORY_PRINT_H
#define HISTORY_PRINT_H

#include "mailq-tools/grid.h"
#include "mailq-tools/history.h"
#include "mailq-tools/stream.h"

/* A job, and whose journal has it. */
struct history_ref {
	struct qf_job_id id;
	size_t instance;
};

struct history {
	struct tool *tool;
	struct access *access;
	const struct history_options *options;
	struct stream stream;
	struct history_ref *refs; /* newest first */
	size_t count;
	size_t room;
	size_t digits; /* as many of an id tell it from all others */
};

/* As it is shown: with the name of its instance, NULL: there is only one. */
struct history_job {
	const char *instance;
	const struct qf_job *job;
	const char *state; /* "running"; "died": it was, and is not alive */
	uint64_t messages;
};

/* "12 done, 1 busy"; nothing where there are none. */
void history_put_counts(struct qf_buffer *out, const struct qf_job *job);

/* A list as a table, and one job with its messages. */
bool history_table_list(struct history *history);
bool history_table_job(struct history *history, const struct history_ref *ref);

bool history_json_list(struct history *history);
bool history_json_job(struct history *history, const struct history_ref *ref);

/*
 * Give each job that is wanted to `take', which returns false to end it.
 * False: it did.  Journals that fail are complained about.
 */
bool history_each(struct history *history,
		  bool (*take)(void *context, const struct history_job *job),
		  void *context);
bool history_one(struct history *history, const struct history_ref *ref,
		 bool (*take)(void *context, const struct history_job *job),
		 void *context);

/* The messages of a job, as many as are wanted; likewise. */
bool
history_items(struct history *history, const struct history_ref *ref,
	      bool (*take)(void *context, const struct qf_journal_item *item),
	      void *context);

#endif
