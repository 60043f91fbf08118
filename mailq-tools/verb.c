/*
 * verb.c - what can be done to messages, in the words that people get.
 */
#include "verb.h"

#include <string.h>

#define AT_WORK                                                                \
	(QF_QUEUE_BIT(QF_QUEUE_INCOMING) | QF_QUEUE_BIT(QF_QUEUE_ACTIVE) |     \
	 QF_QUEUE_BIT(QF_QUEUE_DEFERRED))
#define HELD QF_QUEUE_BIT(QF_QUEUE_HOLD)

/* The queues are those of postsuper(1); maildrop has to be named. */
static const struct verb verbs[] = {
	[QF_HOLD] = {
		.before = "put",
		.behind = " on hold",
		.done = "placed on hold",
		.already = "already on hold",
		.queues = AT_WORK,
	},
	[QF_RELEASE] = {
		.before = "release",
		.behind = " from hold",
		.done = "released from hold",
		.already = "not on hold",
		.queues = HELD,
		.takes_now = true,
	},
	[QF_REQUEUE] = {
		.before = "requeue",
		.behind = "",
		.done = "requeued",
		.already = "already in maildrop",
		.queues = AT_WORK | HELD,
	},
	[QF_EXPIRE] = {
		.before = "expire",
		.behind = "",
		.done = "expired",
		.already = "already expired",
		.queues = AT_WORK | HELD,
		.takes_now = true,
	},
	[QF_UNEXPIRE] = {
		.before = "take back the expiry of",
		.behind = "",
		.done = "not to expire",
		.already = "not marked as expired",
	},
	[QF_DELETE] = {
		.before = "delete",
		.behind = "",
		.done = "moved to the trash",
		.already = "already in the trash",
		.queues = AT_WORK | HELD,
	},
	[QF_RESTORE] = {
		.before = "restore",
		.behind = " from the trash",
		.done = "restored",
		.already = "not in the trash",
	},
	[QF_FLUSH] = {
		.before = "try to deliver",
		.behind = " now",
		.done = "handed to the queue manager",
		.already = "under way already",
		.queues = QF_QUEUE_BIT(QF_QUEUE_INCOMING) |
			  QF_QUEUE_BIT(QF_QUEUE_DEFERRED),
	},
	[QF_PURGE] = {
		.before = "remove",
		.behind = " for good",
		.done = "removed for good",
		.already = "removed already",
		.queues = AT_WORK | HELD,
	},
	[QF_IMPORT] = {
		.before = "import",
		.behind = "",
		.done = "imported",
		.already = "imported already",
	},
};

/*
 * What has become of a message: its name for programs, as a line says it of
 * one, and as a sum says it of many.  NULL: that depends on what was wanted.
 */
static const struct {
	const char *name;
	const char *one;
	const char *many;
} outcomes[] = {
	[QF_OUTCOME_PREPARED] = { "prepared", "begun", "begun" },
	[QF_OUTCOME_DONE] = { "done", NULL, NULL },
	[QF_OUTCOME_ALREADY] = { "already", NULL, NULL },
	[QF_OUTCOME_GONE] = { "gone", "gone meanwhile", "gone meanwhile" },
	[QF_OUTCOME_RETURNED] = { "returned",
				  "returned to its sender meanwhile",
				  "returned meanwhile" },
	[QF_OUTCOME_CHANGED] = { "changed", "another message has its id now",
				 "now another message" },
	[QF_OUTCOME_BUSY] = { "busy", "still being delivered: left as it was",
			      "busy" },
	[QF_OUTCOME_WRITING] = { "writing",
				 "still being written: left as it was",
				 "being written" },
	[QF_OUTCOME_REFUSED] = { "refused", "refused", "refused" },
	[QF_OUTCOME_FAILED] = { "failed", "failed", "failed" },
};

const struct verb *
verb_words(enum qf_verb verb)
{
	return &verbs[verb];
}

const char *
verb_outcome(enum qf_verb verb, enum qf_outcome outcome)
{
	if (outcome == QF_OUTCOME_DONE)
		return verbs[verb].done;
	if (outcome == QF_OUTCOME_ALREADY)
		return verbs[verb].already;
	return outcomes[outcome].one;
}

const char *
verb_outcomes(enum qf_verb verb, enum qf_outcome outcome)
{
	const char *many = outcomes[outcome].many;

	return many == NULL ? verb_outcome(verb, outcome) : many;
}

const char *
verb_outcome_name(enum qf_outcome outcome)
{
	return outcomes[outcome].name;
}
