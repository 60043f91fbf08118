/*
 * reason_match.h - the phrases of the table that a text has.
 */
#ifndef QF_REASON_MATCH_H
#define QF_REASON_MATCH_H

#include "reason.h"
#include "reason_stage.h"

/*
 * What the words of `text' say; QF_REASON_OTHER: nothing.  `reply' is what
 * qf_reason_reply() gives.
 */
enum qf_reason_class qf_reason_match(const struct qf_reason_table *table,
				     const char *text, const char *reply,
				     const struct qf_reason_setting *setting);

#endif
