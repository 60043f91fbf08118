/*
 * say.c - messages of the drop-ins, in the form of Postfix's.
 */
#include "say.h"

#include <stdio.h>

#include "queue-format/buffer.h"

static void QF_PRINTF(2, 0)
	append(struct qf_buffer *line, const char *format, va_list args)
{
	va_list again;
	int len;

	va_copy(again, args);
	len = vsnprintf(NULL, 0, format, again);
	va_end(again);
	/* One byte more, for the NUL that becomes a newline. */
	if (len < 0 || !qf_buffer_reserve(line, (size_t)len + 1))
		return;
	vsnprintf(line->data + line->len, (size_t)len + 1, format, args);
	line->len += (size_t)len;
}

void
drop_in_say(const char *name, const char *kind, enum qf_printable how,
	    const char *format, va_list args)
{
	struct qf_buffer line = { 0 };
	size_t start;

	qf_buffer_string(&line, name);
	qf_buffer_string(&line, kind);
	start = line.len;
	append(&line, format, args);
	if (line.len > start)
		qf_printable(line.data + start, line.len - start, how);
	qf_buffer_byte(&line, '\n');
	if (!line.failed)
		fwrite(line.data, 1, line.len, stderr);
	qf_buffer_free(&line);
}
