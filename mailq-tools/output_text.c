/*
 * output_text.c - a listing for programs that read lines: CSV, TSV, ids.
 */
#include "output.h"

#include "mailq-tools/csv.h"
#include "queue-format/text.h"

static bool
start_nothing(struct output *output)
{
	(void)output;
	return true;
}

static bool
end_nothing(struct output *output)
{
	(void)output;
	return true;
}

static void
put_headings(struct output *output, char separator, const char *end)
{
	struct qf_buffer *out = &output->stream.buffer;

	for (size_t i = 0; i < output->columns->count; i++) {
		if (i > 0)
			qf_buffer_byte(out, separator);
		qf_buffer_string(out, output->columns->items[i].name);
	}
	qf_buffer_string(out, end);
}

static bool
start_csv(struct output *output)
{
	if (output->headings)
		put_headings(output, ',', "\r\n");
	return true;
}

static bool
start_tsv(struct output *output)
{
	if (output->headings)
		put_headings(output, '\t', "\n");
	return true;
}

/* A buffer that is empty may have no memory behind it. */
static void
take_value(struct output *output, const struct column *column,
	   const struct qf_message *message)
{
	qf_buffer_empty(&output->value);
	value_for_programs(&output->value, output->tool, column, message);
	qf_buffer_text(&output->value);
}

static bool
message_csv(struct output *output, const struct qf_message *message)
{
	struct qf_buffer *out = &output->stream.buffer;

	for (size_t i = 0; i < output->columns->count; i++) {
		const struct column *column = &output->columns->items[i];

		if (i > 0)
			qf_buffer_byte(out, ',');
		take_value(output, column, message);
		csv_put(out, &output->value, column_is_number(column));
	}
	qf_buffer_add(out, "\r\n", 2);
	return true;
}

static bool
message_tsv(struct output *output, const struct qf_message *message)
{
	struct qf_buffer *out = &output->stream.buffer;

	for (size_t i = 0; i < output->columns->count; i++) {
		if (i > 0)
			qf_buffer_byte(out, '\t');
		take_value(output, &output->columns->items[i], message);
		/* A tab in it comes out as ^I. */
		qf_text_plain(out, output->value.data, output->value.len);
	}
	qf_buffer_byte(out, '\n');
	return true;
}

static bool
message_ids(struct output *output, const struct qf_message *message)
{
	struct qf_buffer *out = &output->stream.buffer;

	if (message->instance != NULL) {
		qf_buffer_string(out, message->instance);
		qf_buffer_byte(out, '/');
	}
	qf_buffer_string(out, message->id);
	qf_buffer_byte(out, output->null ? '\0' : '\n');
	return true;
}

const struct output_ops output_csv_ops = {
	.start = start_csv,
	.message = message_csv,
	.end = end_nothing,
};

const struct output_ops output_tsv_ops = {
	.start = start_tsv,
	.message = message_tsv,
	.end = end_nothing,
};

const struct output_ops output_ids_ops = {
	.start = start_nothing,
	.message = message_ids,
	.end = end_nothing,
};
