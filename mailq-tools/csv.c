/*
 * csv.c - a value in a CSV file (RFC 4180).
 */
#include "csv.h"

#include <string.h>

#include "queue-format/text.h"

static bool
looks_like_formula(const char *text, size_t len)
{
	return len > 0 && strchr("=+-@\t\r", text[0]) != NULL;
}

void
csv_put(struct qf_buffer *out, const struct qf_buffer *value, bool is_number)
{
	struct qf_buffer safe = { 0 };
	bool guard = !is_number && looks_like_formula(value->data, value->len);

	if (value->len == 0)
		return;
	qf_text_plain(&safe, value->data, value->len);
	if (!guard && memchr(safe.data, '"', safe.len) == NULL &&
	    memchr(safe.data, ',', safe.len) == NULL &&
	    memchr(safe.data, ' ', safe.len) == NULL) {
		qf_buffer_add(out, safe.data, safe.len);
	} else {
		qf_buffer_byte(out, '"');
		if (guard)
			qf_buffer_byte(out, '\'');
		for (size_t i = 0; i < safe.len; i++) {
			if (safe.data[i] == '"')
				qf_buffer_byte(out, '"');
			qf_buffer_byte(out, safe.data[i]);
		}
		qf_buffer_byte(out, '"');
	}
	if (safe.failed)
		out->failed = true;
	qf_buffer_free(&safe);
}
