/*
 * explain.h - --explain: what a selection reads, and which of its terms hold
 * for a message.
 */
#ifndef EXPLAIN_H
#define EXPLAIN_H

#include "mailq-tools/stream.h"
#include "mailq-tools/tool.h"
#include "queue-format/query/query.h"

struct explain {
	const struct tool *tool;
	struct qf_query *query;
	struct stream *stream; /* standard output */
	bool color;
};

/* The plan: in which order terms are looked at, and what that opens. */
bool explain_plan(struct explain *explain, unsigned queues);

/* One message, selected or not.  False: no use to go on, see the stream. */
bool explain_message(struct explain *explain, const struct qf_message *message,
		     bool taken);

#endif
