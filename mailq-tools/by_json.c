/*
 * by_json.c - groups as JSON; docs/mqls-by.schema.json describes them.
 */
#include "by_print.h"

#include <stdio.h>

#include "mailq-tools/json.h"

/* A member whose name is that of a field, and some more. */
static void
put_bound(struct qf_buffer *out, const char *name, const char *which,
	  int64_t number)
{
	char text[64];

	if (number == INT64_MIN || number == INT64_MAX)
		return;
	snprintf(text, sizeof(text), "%s_%s", name, which);
	json_number(out, text, number);
}

/* A range has its name, and its ends for who computes with them. */
static void
put_range(struct qf_buffer *out, const struct by *by,
	  const struct qf_field *field, const struct qf_group_value *value)
{
	struct qf_buffer text = { 0 };

	by_value_for_programs(&text, by->tool, field, value);
	json_text(out, field->name, qf_buffer_text(&text));
	put_bound(out, field->name, "from", value->from);
	put_bound(out, field->name, "to", value->to);
	if (text.failed)
		out->failed = true;
	qf_buffer_free(&text);
}

static void
put_value(struct qf_buffer *out, const struct by *by,
	  const struct qf_field *field, const struct qf_group_value *value)
{
	if (!value->known) {
		json_name(out, field->name);
		qf_buffer_string(out, "null");
		return;
	}
	switch (field->type) {
	case QF_FIELD_TEXT:
		json_text(out, field->name, value->text.text);
		json_exact(out, field->name, value->text.text);
		return;
	case QF_FIELD_TIME:
		json_number(out, field->name, value->from);
		return;
	case QF_FIELD_BOOLEAN:
		json_flag(out, field->name, value->from != 0);
		return;
	case QF_FIELD_NUMBER:
		if (!qf_group_by_recipient(field))
			break;
		json_number(out, field->name, value->from);
		return;
	case QF_FIELD_SIZE:
	case QF_FIELD_DURATION:
		break;
	}
	put_range(out, by, field, value);
}

static void
put_sums(struct qf_buffer *out, const struct by *by, const struct by_row *row)
{
	const struct qf_group_row *known = row->known;

	json_number(out, "messages", (int64_t)known->messages);
	json_number(out, "recipients", (int64_t)known->recipients);
	json_number(out, "bytes", known->bytes);
	json_name(out, "share");
	by_put_share(out, by, row);
	if (row->at_most)
		json_flag(out, "at_most", true);
	json_time(out, "oldest", known->oldest);
	json_time(out, "newest", known->newest);
	json_time(out, "next_try", known->next);
}

void
by_put_json(struct qf_buffer *out, const struct by *by,
	    const struct by_row *row)
{
	const struct qf_group_row *known = row->known;

	qf_buffer_byte(out, '{');
	if (row->others > 0)
		json_number(out, "others", (int64_t)row->others);
	for (size_t i = 0; row->others == 0 && i < by->field_count; i++)
		put_value(out, by, by->fields[i], &known->values[i]);
	put_sums(out, by, row);
	json_text(out, "class", qf_reason_class_name(known->reason_class));
	json_text(out, "hint", qf_reason_hint(known->reason_class));
	qf_buffer_byte(out, '}');
}

bool
by_print_jsonl(const struct by *by, struct stream *stream)
{
	struct qf_group_row sum;

	for (size_t i = 0; i < by_row_count(by); i++) {
		struct by_row row = by_row(by, i, &sum);

		by_put_json(&stream->buffer, by, &row);
		qf_buffer_byte(&stream->buffer, '\n');
		if (!stream_offer(stream))
			return false;
	}
	return true;
}

bool
by_print_json(const struct by *by, struct stream *stream)
{
	struct qf_group_row sum;
	size_t count = by_row_count(by);

	qf_buffer_byte(&stream->buffer, '[');
	for (size_t i = 0; i < count; i++) {
		struct by_row row = by_row(by, i, &sum);

		qf_buffer_string(&stream->buffer, i > 0 ? ",\n" : "\n");
		by_put_json(&stream->buffer, by, &row);
		if (!stream_offer(stream))
			return false;
	}
	qf_buffer_string(&stream->buffer, count > 0 ? "\n]\n" : "]\n");
	return true;
}
