/*
 * by_value.c - what the messages of a group have in common.
 */
#include "by_print.h"

#define MINUTE 60

/* The begins of ranges of sizes are powers of 1024, and multiples of these. */
static void
put_size(struct qf_buffer *out, int64_t bytes)
{
	static const char units[] = "KMGTPE";
	size_t unit = 0;

	for (bytes /= 1024; bytes >= 1024 && units[unit + 1] != '\0'; unit++)
		bytes /= 1024;
	qf_buffer_number(out, bytes);
	qf_buffer_byte(out, units[unit]);
}

static void
put_begin(struct qf_buffer *out, const struct qf_field *field, int64_t number)
{
	if (field->type == QF_FIELD_SIZE) {
		put_size(out, number);
	} else if (field->type == QF_FIELD_DURATION) {
		qf_buffer_number(out, number / MINUTE);
		qf_buffer_byte(out, 'm');
	} else {
		qf_buffer_number(out, number);
	}
}

/* <5m, 5m-10m, 1280m+; of counts 2, 3-5, 1001+. */
static void
put_range(struct qf_buffer *out, const struct qf_field *field,
	  const struct qf_group_value *value)
{
	bool counts = field->type == QF_FIELD_NUMBER;

	if (counts && value->to - 1 == value->from) {
		qf_buffer_number(out, value->from);
		return;
	}
	if (value->from == INT64_MIN) {
		qf_buffer_byte(out, '<');
		put_begin(out, field, value->to);
		return;
	}
	put_begin(out, field, value->from);
	if (value->to == INT64_MAX) {
		qf_buffer_byte(out, '+');
		return;
	}
	qf_buffer_byte(out, '-');
	put_begin(out, field, counts ? value->to - 1 : value->to);
}

/* The null sender is known by this sign; another empty text is just that. */
static void
put_text(struct qf_buffer *out, const struct qf_field *field,
	 struct qf_span text, const char *empty)
{
	if (text.len > 0)
		qf_buffer_add(out, text.text, text.len);
	else
		qf_buffer_string(out,
				 field->form == QF_FORM_ADDRESS ? "<>" : empty);
}

void
by_value_for_people(struct qf_buffer *out, const struct tool *tool,
		    const struct qf_field *field,
		    const struct qf_group_value *value)
{
	if (!value->known)
		qf_buffer_byte(out, '-');
	else if (field->type == QF_FIELD_TEXT)
		put_text(out, field, value->text, "\"\"");
	else if (field->type == QF_FIELD_TIME)
		value_time(out, tool, value->from);
	else if (field->type == QF_FIELD_BOOLEAN)
		qf_buffer_string(out, value->from != 0 ? "yes" : "no");
	else
		put_range(out, field, value);
}

void
by_value_for_programs(struct qf_buffer *out, const struct tool *tool,
		      const struct qf_field *field,
		      const struct qf_group_value *value)
{
	if (!value->known)
		return;
	if (field->type == QF_FIELD_TEXT)
		put_text(out, field, value->text, "");
	else if (field->type == QF_FIELD_TIME)
		value_iso_time(out, tool, value->from);
	else
		by_value_for_people(out, tool, field, value);
}
