/*
 * postcat_out.c - messages and output of the drop-in for postcat(1).
 */
#include "postcat.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mailq-tools/drop-in/say.h"

/* Of Postfix's own output, which writes it when it is full. */
#define BUFFER_SIZE 4096

/*
 * The reader has gone: Postfix's dies of it, as we do, unless it was told not
 * to.  A full disk, which it does not notice, ends ours.
 */
static void
check_output(const struct postcat *p)
{
	if (p->out.errnum == 0)
		return;
	if (stream_is_closed(&p->out))
		_exit(0);
	fprintf(stderr, "%s: fatal: output write error: %s\n", p->name,
		strerror(p->out.errnum));
	_exit(POSTCAT_FAILED);
}

/* What Postfix would have written by now; the rest stays. */
static void
write_flushed(struct postcat *p)
{
	struct qf_buffer *buffer = &p->out.buffer;
	size_t rest = buffer->len - p->flushed;

	buffer->len = p->flushed;
	stream_flush(&p->out);
	check_output(p);
	if (rest > 0)
		memmove(buffer->data, buffer->data + p->flushed, rest);
	buffer->len = rest;
	p->flushed = 0;
}

void
postcat_flush(struct postcat *p)
{
	stream_offer(&p->out);
	check_output(p);
	p->flushed = p->out.buffer.len;
}

void
postcat_print(struct postcat *p, const char *format, ...)
{
	char text[200];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	qf_buffer_string(&p->out.buffer, text);
}

void
postcat_exit(struct postcat *p, int status)
{
	size_t rest = p->out.buffer.len - p->flushed;

	if (rest > 0)
		p->flushed += (rest - 1) / BUFFER_SIZE * BUFFER_SIZE;
	write_flushed(p);
	exit(status);
}

void
postcat_warn(struct postcat *p, const char *format, ...)
{
	va_list args;

	write_flushed(p);
	va_start(args, format);
	drop_in_say(p->name, ": warning: ", p->printable, format, args);
	va_end(args);
}

void
postcat_fatal(struct postcat *p, const char *format, ...)
{
	va_list args;

	write_flushed(p);
	va_start(args, format);
	drop_in_say(p->name, ": fatal: ", p->printable, format, args);
	va_end(args);
	postcat_exit(p, POSTCAT_FAILED);
}
