/*
 * result.h - what has become of the messages of a change, as it is told.
 *
 * For people: on standard output a line for each message that has another id
 * now, and for all with `verbose'; on standard error what was not done, and
 * in the end a line of sums.  For programs: an object of JSON each.
 */
#ifndef RESULT_H
#define RESULT_H

#include "mailq-tools/progress.h"
#include "mailq-tools/stream.h"
#include "mailq-tools/tool.h"
#include "queue-format/plan/plan.h"

enum result_format {
	RESULT_TEXT,
	RESULT_JSON,
	RESULT_JSONL,
};

/* The digits of a job that people get: to the microsecond when it was begun. */
#define RESULT_DIGITS 16

/* More of the same kind on standard error help nobody. */
#define RESULT_LINES 20

struct result {
	/* To be set by the caller before result_start(). */
	struct tool *tool;
	enum qf_verb verb;
	enum result_format format;
	bool verbose;
	bool quiet;	/* no sums where all is well */
	bool by_id;	/* messages were named, and not selected */
	uint64_t total; /* that are to be changed */
	uint64_t later; /* that are not, this time: for `later_for' */
	const char *later_for;
	uint64_t held; /* that are not, as they are on hold */

	/* To be set for each job: of which instance, or NULL, and its id. */
	const char *instance;
	char job[QF_JOB_ID_TEXT];

	/* State. */
	struct stream stream;
	bool is_terminal; /* standard output */
	struct progress progress;
	uint64_t counts[QF_OUTCOME_COUNT];
	uint64_t told[QF_OUTCOME_COUNT]; /* of this job, on standard error */
	uint64_t untold[QF_OUTCOME_COUNT];
	int64_t occupied; /* by what was done, in bytes */
	uint64_t over;
	uint64_t left;	       /* not begun; to be counted by the caller */
	struct qf_buffer jobs; /* all of them */
};

/* False: there is no form of that name. */
bool result_format_by_name(const char *name, enum result_format *format);

void result_start(struct result *result);

/* In place of the callbacks of a plan: `context' is the result. */
void result_renamed(void *context, const char *old, const char *now);
void result_over(void *context, const struct qf_plan_note *note);

/* While nothing happens: how far it is. */
void result_wait(struct result *result);

/* A job of this result has begun, and is over.  NULL: it has no id. */
void result_begin_job(struct result *result, const char *instance,
		      const struct qf_job_id *job);
void result_end_job(struct result *result);

/* Before anything else is written to a terminal. */
void result_pause(struct result *result);

/*
 * The sums, where there was something to do, and the exit status.  Ends the
 * program when standard output cannot be written.
 */
void result_end(struct result *result);

void result_free(struct result *result);

#endif
