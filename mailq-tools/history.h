/*
 * history.h - what was done to the queue, by whom, and what came of it.
 */
#ifndef HISTORY_H
#define HISTORY_H

#include "mailq-tools/access.h"
#include "mailq-tools/output.h"
#include "mailq-tools/tool.h"
#include "queue-format/journal.h"

struct history_options {
	const char *job;	   /* its first digits; NULL: list all jobs */
	enum output_format format; /* OUTPUT_TABLE, _JSON or _JSONL */
	size_t limit;		   /* of jobs, or of messages; 0: all */
};

/* A job, and the instance whose journal has it. */
struct history_picked {
	struct qf_job_id id;
	size_t instance;
};

/*
 * The job whose id begins with these digits; NULL: the last one.  Ends the
 * program where there is none, or are several.
 */
struct history_picked
history_pick(struct tool *tool, struct access *access, const char *digits);

/* "alice", or "alice as root". */
void history_put_user(struct qf_buffer *out, const struct qf_job *job);

/* False: the history has no such form. */
bool history_format_by_name(const char *name, enum output_format *format);

/*
 * Print the jobs of all instances, newest first; or one job with its
 * messages.  Notes the exit status; ends the program where there is no such
 * job, or standard output cannot be written.
 */
void history_print(struct tool *tool, struct access *access,
		   const struct history_options *options);

#endif
