/*
 * by_text.c - groups for programs that read lines: CSV and TSV.
 */
#include "by_print.h"

#include "mailq-tools/csv.h"
#include "queue-format/text.h"

static void
put_headings(const struct by *by, struct qf_buffer *out, char separator)
{
	for (size_t i = 0; i < by->columns.count; i++) {
		if (i > 0)
			qf_buffer_byte(out, separator);
		qf_buffer_string(out,
				 by_column_name(by, &by->columns.items[i]));
	}
}

static void
put_row(const struct by *by, struct qf_buffer *out, const struct by_row *row,
	char separator)
{
	struct qf_buffer value = { 0 };

	for (size_t i = 0; i < by->columns.count; i++) {
		const struct by_column *column = &by->columns.items[i];

		if (i > 0)
			qf_buffer_byte(out, separator);
		qf_buffer_empty(&value);
		by_for_programs(&value, by, column, row);
		/* A buffer that is empty may have no memory behind it. */
		qf_buffer_text(&value);
		if (separator == ',')
			csv_put(out, &value, by_column_is_number(by, column));
		else
			qf_text_plain(out, value.data, value.len);
	}
	if (value.failed)
		out->failed = true;
	qf_buffer_free(&value);
}

static bool
print(const struct by *by, struct stream *stream, char separator,
      const char *end)
{
	struct qf_buffer *out = &stream->buffer;
	struct qf_group_row sum;

	if (by->headings) {
		put_headings(by, out, separator);
		qf_buffer_string(out, end);
	}
	for (size_t i = 0; i < by_row_count(by); i++) {
		struct by_row row = by_row(by, i, &sum);

		put_row(by, out, &row, separator);
		qf_buffer_string(out, end);
		if (!stream_offer(stream))
			return false;
	}
	return true;
}

bool
by_print_csv(const struct by *by, struct stream *stream)
{
	return print(by, stream, ',', "\r\n");
}

bool
by_print_tsv(const struct by *by, struct stream *stream)
{
	return print(by, stream, '\t', "\n");
}
