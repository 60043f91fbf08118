/*
 * pace_stop.c - why work at a pace was ended before its end, in words.
 */
#include "pace_stop.h"

#include "queue-format/buffer.h"

static void
put_reason(struct qf_buffer *line, const struct qf_watch_count *count)
{
	if (count->for_reason == 0)
		return;
	qf_buffer_string(line, ", most often (");
	qf_buffer_number(line, count->for_reason);
	qf_buffer_string(line, ") for: ");
	qf_buffer_string(line, count->reason);
}

static void
report_deferred(struct tool *tool, const char *prefix, const char *colon,
		const struct qf_watch *watch, uint64_t left, const char *where)
{
	struct qf_buffer reason = { 0 };
	struct qf_watch_count count;

	qf_watch_count(watch, &count);
	put_reason(&reason, &count);
	tool_complain(tool, TOOL_PARTLY,
		      "%s%sended early, and %llu left%s: of the last %u "
		      "messages that Postfix tried, %u came back deferred%s",
		      prefix, colon, (unsigned long long)left, where,
		      count.tried, count.deferred, qf_buffer_text(&reason));
	qf_buffer_free(&reason);
}

void
pace_stop_report(struct tool *tool, const char *instance,
		 enum qf_plan_end ended, const struct qf_watch *watch,
		 uint64_t left, const char *where)
{
	const char *prefix = instance == NULL ? "" : instance;
	const char *colon = instance == NULL ? "" : ": ";

	switch (ended) {
	case QF_PLAN_TO_THE_END:
		break;
	case QF_PLAN_TOO_MANY_DEFERRED:
		report_deferred(tool, prefix, colon, watch, left, where);
		break;
	case QF_PLAN_POSTFIX_DOWN:
		tool_complain(tool, TOOL_PARTLY,
			      "%s%sended early: it would all be tried at once "
			      "when Postfix is started",
			      prefix, colon);
		break;
	}
}
