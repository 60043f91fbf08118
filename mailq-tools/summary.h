/*
 * summary.h - what a listing came to: how many messages, in which queues, and
 * whether that is all of it.
 */
#ifndef SUMMARY_H
#define SUMMARY_H

#include "mailq-tools/tool.h"
#include "queue-format/message.h"
#include "queue-format/survey.h"

struct summary {
	uint64_t shown;
	uint64_t queues[QF_QUEUE_COUNT];
	int64_t bytes;
	uint64_t unreadable; /* or damaged */
	uint64_t unfinished; /* still being written */
	bool incomplete;     /* something could not be listed */
};

/* A message that is part of the listing. */
void summary_count(struct summary *summary, const struct qf_message *message);

/* What a survey has met; there may be two. */
void
summary_add(struct summary *summary, const struct qf_survey_result *result);

/*
 * A line on stderr, so that it is in nobody's pipe.  `sized' says that sizes
 * are known; `groups' is a remark behind the size, or "".
 */
void summary_print(const struct summary *summary, struct tool *tool, bool sized,
		   const char *groups);

#endif
