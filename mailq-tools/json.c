/*
 * json.c - members of a JSON object, one after the other.
 */
#include "json.h"

#include <stdio.h>
#include <string.h>

#include "queue-format/text.h"

void
json_name(struct qf_buffer *out, const char *name)
{
	if (out->len > 0 && out->data[out->len - 1] != '{')
		qf_buffer_add(out, ", ", 2);
	qf_buffer_byte(out, '"');
	qf_buffer_string(out, name);
	qf_buffer_add(out, "\": ", 3);
}

void
json_text(struct qf_buffer *out, const char *name, const char *text)
{
	if (text == NULL)
		return;
	json_name(out, name);
	qf_text_json(out, text);
}

void
json_exact(struct qf_buffer *out, const char *name, const char *text)
{
	char exact[64];

	if (qf_utf8_valid(text, strlen(text)))
		return;
	snprintf(exact, sizeof(exact), "%s_base64", name);
	json_name(out, exact);
	qf_buffer_byte(out, '"');
	qf_text_base64(out, text, strlen(text));
	qf_buffer_byte(out, '"');
}

void
json_words(struct qf_buffer *out, const char *name, const char *text)
{
	if (text == NULL || *text == '\0')
		return;
	json_text(out, name, text);
	json_exact(out, name, text);
}

void
json_number(struct qf_buffer *out, const char *name, int64_t number)
{
	json_name(out, name);
	qf_buffer_number(out, number);
}

void
json_time(struct qf_buffer *out, const char *name, int64_t when)
{
	if (when != 0)
		json_number(out, name, when);
}

void
json_flag(struct qf_buffer *out, const char *name, bool flag)
{
	json_name(out, name);
	qf_buffer_string(out, flag ? "true" : "false");
}
