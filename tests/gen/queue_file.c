/*
 * queue_file.c - write a queue file as Postfix's cleanup daemon does.
 */
#include "queue_file.h"

#include <assert.h>
#include <err.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

/* Numbers that are rewritten in place have a fixed width. */
#define NUMBER_WIDTH 15
#define SIZE_FIELDS  6
#define SIZE_LEN     (SIZE_FIELDS * (NUMBER_WIDTH + 1) - 1)
#define POINTER_LEN  (2 + NUMBER_WIDTH)

void
queue_file_clear(struct queue_file *f)
{
	*f = (struct queue_file){
		.bytes = f->bytes,
		.milters = f->milters,
		.headers = f->headers,
		.header_size = f->header_size,
	};
	f->bytes.len = 0;
}

void
queue_file_free(struct queue_file *f)
{
	bytes_free(&f->bytes);
	free(f->headers);
	*f = (struct queue_file){ 0 };
}

size_t
queue_file_put(struct queue_file *f, enum record_type type, const char *data,
	       size_t len)
{
	size_t at = f->bytes.len;
	unsigned char head[1 + sizeof(size_t) * 8 / 7 + 1];
	size_t head_len = 0;
	size_t rest = len;

	head[head_len++] = (unsigned char)type;
	while (rest > 0x7f) {
		head[head_len++] = (unsigned char)(0x80 | (rest & 0x7f));
		rest >>= 7;
	}
	head[head_len++] = (unsigned char)rest;
	bytes_add(&f->bytes, head, head_len);
	bytes_add(&f->bytes, data, len);
	return at;
}

size_t
queue_file_text(struct queue_file *f, enum record_type type, const char *text)
{
	return queue_file_put(f, type, text, strlen(text));
}

size_t
queue_file_printf(struct queue_file *f, enum record_type type,
		  const char *format, ...)
{
	char text[1024];
	va_list ap;
	int len;

	va_start(ap, format);
	len = vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	if (len < 0 || (size_t)len >= sizeof(text))
		errx(EX_SOFTWARE, "record is too long: %s", format);
	return queue_file_put(f, type, text, (size_t)len);
}

void
queue_file_line(struct queue_file *f, const char *line, size_t len)
{
	while (len > LINE_PART_MAX) {
		queue_file_put(f, REC_LINE_PART, line, LINE_PART_MAX);
		line += LINE_PART_MAX;
		len -= LINE_PART_MAX;
	}
	queue_file_put(f, REC_LINE, line, len);
}

static void
format_pointer(char record[POINTER_LEN + 1], size_t target)
{
	snprintf(record, POINTER_LEN + 1, "%c%c%*zu", REC_POINTER, NUMBER_WIDTH,
		 NUMBER_WIDTH, target);
}

size_t
queue_file_pointer(struct queue_file *f, size_t target)
{
	size_t at = f->bytes.len;
	char record[POINTER_LEN + 1];

	format_pointer(record, target);
	bytes_add(&f->bytes, record, POINTER_LEN);
	return at;
}

void
queue_file_point(struct queue_file *f, size_t at, size_t target)
{
	char record[POINTER_LEN + 1];

	assert(at > 0 && at + POINTER_LEN <= f->bytes.len);
	format_pointer(record, target);
	memcpy(f->bytes.data + at, record, POINTER_LEN);
}

/*
 * After a record of `len' bytes, fill up to what a pointer needs.  A record
 * has at least one byte of data here, so that the filler can be a byte or
 * two wider than the gap.
 */
static void
fill_up(struct queue_file *f, enum record_type type, size_t len)
{
	int width;

	if (len >= NUMBER_WIDTH)
		return;
	width = (int)(NUMBER_WIDTH - len) - 2;
	queue_file_printf(f, type, "%*d", width > 1 ? width : 1, 0);
}

static void
write_sizes(struct queue_file *f, char text[SIZE_LEN + 1])
{
	snprintf(text, SIZE_LEN + 1, "%15zu %15zu %15u %15u %15zu %15u",
		 f->extra_at - f->data_at, f->data_at, f->rcpts, f->hints,
		 f->content_len, f->utf8);
}

/* While the file is being written, its sizes are zero. */
void
queue_file_start(struct queue_file *f)
{
	char text[SIZE_LEN + 1];

	write_sizes(f, text);
	queue_file_put(f, REC_SIZE, text, SIZE_LEN);
}

void
queue_file_finish(struct queue_file *f)
{
	char text[SIZE_LEN + 1];

	write_sizes(f, text);
	memcpy(f->bytes.data + 2, text, SIZE_LEN);
}

void
queue_file_sender(struct queue_file *f, const char *address)
{
	f->sender_at = queue_file_text(f, REC_SENDER, address);
	if (f->milters)
		fill_up(f, REC_POINTER, strlen(address));
	f->after_sender = f->bytes.len;
}

void
queue_file_rcpts_end(struct queue_file *f)
{
	if (!f->milters)
		return;
	f->append_rcpt_at = queue_file_pointer(f, 0);
	f->append_rcpt_to = f->bytes.len;
}

void
queue_file_content(struct queue_file *f)
{
	queue_file_text(f, REC_CONTENT, "");
	f->data_at = f->bytes.len;
}

static struct header_place *
new_header(struct queue_file *f)
{
	if (f->header_count == f->header_size) {
		f->header_size = f->header_size > 0 ? 2 * f->header_size : 32;
		f->headers = reallocarray(f->headers, f->header_size,
					  sizeof(*f->headers));
		if (f->headers == NULL)
			err(EX_OSERR, "no memory");
	}
	return &f->headers[f->header_count++];
}

/* The lines of a header are separated by newlines; the last has none. */
void
queue_file_header(struct queue_file *f, const char *lines)
{
	struct header_place *place = new_header(f);
	size_t len = strcspn(lines, "\n");

	place->at = f->bytes.len;
	queue_file_line(f, lines, len);
	if (f->milters)
		fill_up(f, REC_PADDING, len);
	place->rest = f->bytes.len;

	while (lines[len] != '\0') {
		lines += len + 1;
		len = strcspn(lines, "\n");
		queue_file_line(f, lines, len);
	}
	place->next = f->bytes.len;
}

void
queue_file_headers_end(struct queue_file *f)
{
	if (!f->milters)
		return;
	f->append_header_at = queue_file_pointer(f, 0);
	f->append_header_to = f->bytes.len;
}

/* The last pointer is room for replacing a body that is very short. */
void
queue_file_content_end(struct queue_file *f)
{
	if (f->milters)
		queue_file_pointer(f, 0);
	f->extra_at = f->bytes.len;
	f->content_len = f->extra_at - f->data_at;
	queue_file_text(f, REC_EXTRACTED, "");
}

/* Room for a filter or a redirection that a milter's header asks for. */
void
queue_file_meta_end(struct queue_file *f)
{
	if (f->milters)
		queue_file_pointer(f, 0);
}

void
queue_file_end(struct queue_file *f)
{
	queue_file_text(f, REC_END, "");
}
