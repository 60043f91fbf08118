/*
 * survey.h - go through all messages of some stores, with several threads.
 *
 * Messages come in the order in which the stores list them, so that the
 * same queue gives the same listing.  What is held in memory does not grow
 * with the queue.
 */
#ifndef QF_SURVEY_H
#define QF_SURVEY_H

#include <stdatomic.h>
#include <stdint.h>

#include "store.h"

struct qf_survey {
	struct qf_store *const *stores;
	size_t store_count;
	struct qf_selection selection;
	struct qf_filter filter;
	unsigned threads;	   /* 0: the processors, more on a slow disk */
	const atomic_bool *cancel; /* set: stop soon; may be NULL */

	/*
	 * Each message, on the thread that called qf_survey_run().  What the
	 * message points to lives until this returns.  Another status than
	 * QF_OK ends the survey, with that status.
	 */
	enum qf_status (*message)(void *context,
				  const struct qf_message *message);

	/* Something that could not be looked at.  On the same thread. */
	void (*trouble)(void *context, const char *instance,
			const struct qf_error *trouble);

	/*
	 * One that is still being written, for who knows its id; may be NULL.
	 * On the same thread.
	 */
	void (*unfinished)(void *context, const char *instance, const char *id);
	void *context;
};

struct qf_survey_result {
	uint64_t given;	     /* messages that were given out */
	uint64_t faulty;     /* of these: damaged */
	uint64_t dropped;    /* by the filter */
	uint64_t unfinished; /* still being written */
	uint64_t vanished;   /* gone between listing and reading */
	uint64_t troubles;
	/*
	 * QF_OK, or why a listing, or the listing of one directory, failed:
	 * what was given out is then no full picture.
	 */
	enum qf_status listing;
};

/*
 * QF_OK       all were given out; see the result for what could not be read
 * QF_STOPPED  cancelled
 * others      what `message' returned, or the survey itself failed
 */
enum qf_status qf_survey_run(const struct qf_survey *survey,
			     struct qf_survey_result *result,
			     struct qf_error *err);

#endif
