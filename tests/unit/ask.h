/*
 * ask.h - questions in the selection language, for the tests of it.
 */
#ifndef ASK_H
#define ASK_H

#include "queue-format/query/query.h"

#define ASK_NOW 1795176000 /* 2026-11-20 12:00:00 UTC, a Friday */

/* All that a spool tells, with what the reasons mean. */
#define ASK_ALL_PARTS                                                          \
	(QF_PART_NAME | QF_PART_INODE | QF_PART_ENVELOPE |                     \
	 QF_PART_RECIPIENTS | QF_PART_REASONS | QF_PART_DONE |                 \
	 QF_PART_CLASSES)

/* In UTC, at ASK_NOW, without named selections. */
struct qf_query_options ask_options(void);

/* Parse it; fails the test if that cannot be done. */
struct qf_query *ask_new(const char *text);
struct qf_query *
ask_new_with(const char *text, const struct qf_query_options *options);

/* Parse it, and ask about one message. */
enum qf_verdict ask(const char *text, const struct qf_message *message);

/* It is refused with just this text at just this place. */
void
ask_refused(const char *text, const char *mistake, size_t offset, size_t len);
void ask_refused_with(const char *text, const struct qf_query_options *options,
		      struct qf_query_mistake *mistake);

/*
 * A deferred message, all of it known, with three recipients left (one not
 * tried, one timed out, one greylisted) and one done.
 */
struct qf_message ask_message(void);

/*
 * The same as a loader knows it when it has come to this part: with the
 * parts before it, and nothing behind it.
 */
struct qf_message ask_message_at(enum qf_part part);

#endif
