/*
 * output_mailq.c - a listing as mailq(1) shows it, safe for a terminal.
 */
#include "output.h"

#include <string.h>

#include "queue-format/text.h"

static bool
start(struct output *output)
{
	postqueue_format_start(&output->mailq, output->config);
	output->mailq.utc = output->tool->utc;
	return true;
}

/* Line by line: a newline is the one control character that is ours. */
static void
put_safely(struct qf_buffer *out, const char *text)
{
	for (;;) {
		size_t len = strcspn(text, "\n");

		qf_text_plain(out, text, len);
		if (text[len] == '\0')
			return;
		qf_buffer_byte(out, '\n');
		text += len + 1;
	}
}

static bool
message(struct output *output, const struct qf_message *m)
{
	/* Damaged: there is nothing that mailq would show. */
	if (m->sender == NULL)
		return true;
	qf_buffer_empty(&output->value);
	postqueue_format_mailq(&output->mailq, m, &output->value);
	put_safely(&output->stream.buffer, qf_buffer_text(&output->value));
	return true;
}

static bool
end(struct output *output)
{
	postqueue_format_mailq_end(&output->mailq, &output->stream.buffer);
	return true;
}

const struct output_ops output_mailq_ops = {
	.start = start,
	.message = message,
	.end = end,
};
