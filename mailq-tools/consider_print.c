/*
 * consider_print.c - what a change would be about, for --dry-run.
 */
#include "consider.h"

#include <string.h>
#include <unistd.h>

#include "mailq-tools/by_print.h"
#include "mailq-tools/json.h"
#include "mailq-tools/verb.h"
#include "queue-format/text.h"

#define SAMPLE_COLUMNS "id,queue,size,rcpts,sender,rcpt"

static struct stream
standard_output(const struct consider *consider)
{
	return (struct stream){
		.fd = STDOUT_FILENO,
		.ascii = !consider->tool->utf8 && isatty(STDOUT_FILENO) == 1,
	};
}

static void
check(const struct consider *consider, const struct stream *stream)
{
	if (stream->errnum != 0 && !stream_is_closed(stream))
		tool_die(consider->tool, TOOL_IO, "standard output: %s",
			 strerror(stream->errnum));
}

/* "3 messages, 12K, would be put on hold." and what an expiry sends. */
static void
put_head(const struct consider *consider, struct qf_buffer *out)
{
	qf_buffer_number(out, (long long)consider->messages);
	qf_buffer_string(out, consider->messages == 1 ? " message, "
						      : " messages, ");
	value_size(out, consider->bytes);
	qf_buffer_string(out, ", would be ");
	qf_buffer_string(out, verb_words(consider->verb)->done);
	qf_buffer_string(out, ".\n");
	if (consider->verb == QF_EXPIRE) {
		consider_notices(consider, out);
		qf_buffer_byte(out, '\n');
	}
	if (consider->rate != NULL || consider->later > 0) {
		consider_pace(consider, out);
		qf_buffer_byte(out, '\n');
	}
}

/* The listing that mqls has; it writes by itself. */
static void
print_samples(const struct consider *consider)
{
	struct columns columns = { 0 };
	struct output output = {
		.tool = consider->tool,
		.format = OUTPUT_TABLE,
		.columns = &columns,
		.headings = true,
	};

	columns_read(consider->tool, SAMPLE_COLUMNS, &columns);
	if (output_start(&output)) {
		for (size_t i = 0; i < consider->sample_count; i++) {
			if (!output_message(&output, &consider->samples[i]))
				break;
		}
		output_end(&output);
	}
	check(consider, &output.stream);
	output_free(&output);
}

static void
print_for_people(struct consider *consider)
{
	struct stream stream = standard_output(consider);

	put_head(consider, &stream.buffer);
	for (size_t i = 0; consider->messages > 0 && i < CONSIDER_TABLES; i++) {
		qf_buffer_byte(&stream.buffer, '\n');
		by_print(&consider->tables[i], &stream);
	}
	if (consider->messages > consider->sample_count)
		qf_buffer_string(&stream.buffer, "\nThe first of them:\n");
	else if (consider->messages > 0)
		qf_buffer_byte(&stream.buffer, '\n');
	stream_flush(&stream);
	check(consider, &stream);
	if (stream.errnum == 0 && consider->messages > 0)
		print_samples(consider);
	stream_free(&stream);
}

static void
put_table(const struct by *by, struct qf_buffer *out)
{
	struct qf_group_row sum;

	json_name(out, by->fields[0]->name);
	qf_buffer_byte(out, '[');
	for (size_t i = 0; i < by_row_count(by); i++) {
		struct by_row row = by_row(by, i, &sum);

		if (i > 0)
			qf_buffer_string(out, ", ");
		by_put_json(out, by, &row);
	}
	qf_buffer_byte(out, ']');
}

static void
put_sample(const struct qf_message *message, struct qf_buffer *out)
{
	qf_buffer_byte(out, '{');
	json_text(out, "instance", message->instance);
	json_text(out, "id", message->id);
	json_text(out, "queue", qf_queue_name(message->queue));
	json_text(out, "sender", message->sender);
	json_name(out, "recipients");
	qf_buffer_byte(out, '[');
	for (size_t i = 0; i < message->left_count; i++) {
		qf_buffer_string(out, i > 0 ? ", " : "");
		qf_text_json(out, message->left[i].address);
	}
	qf_buffer_string(out, "]}");
}

static void
put_samples(const struct consider *consider, struct qf_buffer *out)
{
	json_name(out, "samples");
	qf_buffer_byte(out, '[');
	for (size_t i = 0; i < consider->sample_count; i++) {
		qf_buffer_string(out, i > 0 ? ", " : "");
		put_sample(&consider->samples[i], out);
	}
	qf_buffer_byte(out, ']');
}

static void
print_json(struct consider *consider)
{
	struct stream stream = standard_output(consider);
	struct qf_buffer *out = &stream.buffer;

	qf_buffer_byte(out, '{');
	json_text(out, "action", qf_verb_name(consider->verb));
	json_number(out, "messages", (int64_t)consider->messages);
	json_number(out, "bytes", consider->bytes);
	if (consider->verb == QF_EXPIRE) {
		json_number(out, "notices", (int64_t)consider->notices);
		json_number(out, "notice_domains",
			    (int64_t)qf_group_count(consider->domains));
	}
	if (consider->rate != NULL)
		json_number(out, "seconds", consider->seconds);
	if (consider->later > 0)
		json_number(out, "later", (int64_t)consider->later);
	for (size_t i = 0; i < CONSIDER_TABLES; i++)
		put_table(&consider->tables[i], out);
	put_samples(consider, out);
	qf_buffer_string(out, "}\n");
	stream_flush(&stream);
	check(consider, &stream);
	stream_free(&stream);
}

void
consider_print(struct consider *consider, bool json)
{
	for (size_t i = 0; i < CONSIDER_TABLES; i++) {
		struct by *by = &consider->tables[i];

		qf_group_sort(by->group, by->orders, by->order_count);
	}
	if (json)
		print_json(consider);
	else
		print_for_people(consider);
}
