/*
 * pace_stop.h - why work at a pace was ended before its end, in words.
 */
#ifndef PACE_STOP_H
#define PACE_STOP_H

#include "mailq-tools/tool.h"
#include "queue-format/plan/plan.h"

/*
 * Says nothing where it came to its end, or was interrupted.  `instance' is
 * NULL where there is only one, `watch' where nobody was watched; `left' were
 * not begun, and are where they were: " on hold", "".
 */
void pace_stop_report(struct tool *tool, const char *instance,
		      enum qf_plan_end ended, const struct qf_watch *watch,
		      uint64_t left, const char *where);

#endif
