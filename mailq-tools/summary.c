/*
 * summary.c - what a listing came to.
 */
#include "summary.h"

#include "mailq-tools/value.h"

void
summary_count(struct summary *summary, const struct qf_message *message)
{
	summary->shown++;
	summary->queues[message->queue]++;
	if (__builtin_add_overflow(summary->bytes, message->size,
				   &summary->bytes))
		summary->bytes = INT64_MAX;
}

void
summary_add(struct summary *summary, const struct qf_survey_result *result)
{
	summary->unreadable += result->faulty + result->troubles;
	summary->unfinished += result->unfinished;
	if (result->listing != QF_OK)
		summary->incomplete = true;
}

static void
put_queues(struct qf_buffer *text, const struct summary *summary)
{
	const char *separator = ": ";

	for (unsigned i = 0; i < QF_QUEUE_COUNT; i++) {
		if (summary->queues[i] == 0)
			continue;
		qf_buffer_string(text, separator);
		qf_buffer_number(text, (long long)summary->queues[i]);
		qf_buffer_byte(text, ' ');
		qf_buffer_string(text, qf_queue_name((enum qf_queue)i));
		separator = ", ";
	}
}

/* What is not in the listing. */
static void
put_doubts(struct qf_buffer *text, const struct summary *summary)
{
	if (summary->unfinished > 0) {
		qf_buffer_string(text, "; being written: ");
		qf_buffer_number(text, (long long)summary->unfinished);
	}
	if (summary->incomplete) {
		qf_buffer_string(text, "; this is not all of it");
	} else if (summary->unreadable > 0) {
		qf_buffer_string(text, "; damaged or unreadable: ");
		qf_buffer_number(text, (long long)summary->unreadable);
	}
}

void
summary_print(const struct summary *summary, struct tool *tool, bool sized,
	      const char *groups)
{
	struct qf_buffer text = { 0 };

	qf_buffer_number(&text, (long long)summary->shown);
	qf_buffer_string(&text, summary->shown == 1 ? " message" : " messages");
	if (summary->shown > 0 && sized) {
		qf_buffer_string(&text, ", ");
		value_size(&text, summary->bytes);
	}
	qf_buffer_string(&text, groups);
	put_queues(&text, summary);
	put_doubts(&text, summary);
	tool_note(tool, "%s", qf_buffer_text(&text));
	qf_buffer_free(&text);
}
