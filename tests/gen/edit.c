/*
 * edit.c - change a queue file as a milter makes Postfix do it.
 *
 * The layouts are those that cleanup_milter.c and cleanup_body_edit.c in
 * Postfix leave behind, dead space included.
 */
#include "edit.h"

#include <assert.h>
#include <string.h>

#define POINTER_SPACE 17

/*
 * The header's first record makes way for a pointer.  It moves behind the
 * new header, with its padding, so that it can make way once more.
 */
void
edit_insert_header(struct queue_file *f, size_t index, const char *lines)
{
	size_t new_at = f->bytes.len;
	struct header_place *old;
	size_t saved_at;

	assert(f->milters && index < f->header_count);
	queue_file_header(f, lines);
	f->header_count--;

	old = &f->headers[index];
	saved_at = f->bytes.len;
	bytes_copy(&f->bytes, old->at, old->rest - old->at);
	queue_file_pointer(f, old->rest);
	queue_file_point(f, old->at, new_at);
	old->at = saved_at;
}

void
edit_change_header(struct queue_file *f, size_t index, const char *lines)
{
	struct header_place place;
	struct header_place *old;

	assert(f->milters && index < f->header_count);
	queue_file_header(f, lines);
	place = f->headers[--f->header_count];
	old = &f->headers[index];
	queue_file_pointer(f, old->next);
	queue_file_point(f, old->at, place.at);
	*old = place;
}

/*
 * The pointer behind the new header is the one to change for the next one;
 * it always leads to the body.
 */
void
edit_append_header(struct queue_file *f, const char *lines)
{
	size_t new_at = f->bytes.len;
	size_t back;

	assert(f->append_header_at > 0);
	queue_file_header(f, lines);
	back = queue_file_pointer(f, f->append_header_to);
	queue_file_point(f, f->append_header_at, new_at);
	f->append_header_at = back;
}

void
edit_sender(struct queue_file *f, const char *address)
{
	size_t old_at = f->sender_at;
	size_t old_after = f->after_sender;

	assert(f->milters);
	queue_file_sender(f, address);
	queue_file_pointer(f, old_after);
	queue_file_point(f, old_at, f->sender_at);
}

size_t
edit_append_rcpt(struct queue_file *f, enum record_type type,
		 const char *address)
{
	size_t new_at = f->bytes.len;
	size_t rcpt_at;
	size_t back;

	assert(f->append_rcpt_at > 0);
	queue_file_text(f, REC_ORIGINAL, address);
	rcpt_at = queue_file_text(f, type, address);
	f->rcpts++;
	back = queue_file_pointer(f, f->append_rcpt_to);
	queue_file_point(f, f->append_rcpt_at, new_at);
	f->append_rcpt_at = back;
	return rcpt_at;
}

void
edit_cancel_rcpt(struct queue_file *f, size_t at)
{
	assert(f->bytes.data[at] == REC_RCPT);
	f->bytes.data[at] = REC_CANCELED;
}

void
edit_body_start(struct body_edit *e, struct queue_file *f)
{
	assert(f->append_header_at > 0);
	*e = (struct body_edit){
		.file = f,
		.start = f->append_header_to,
		.at = f->append_header_to,
		.room = f->extra_at - f->append_header_to,
	};
	f->content_len = f->append_header_to - f->data_at;
	queue_file_point(f, f->append_header_at, e->start);
}

/* Take the record from the end of the file to where it belongs. */
static void
move_into_room(struct body_edit *e, size_t from)
{
	struct bytes *b = &e->file->bytes;
	size_t len = b->len - from;

	memmove(b->data + e->at, b->data + from, len);
	b->len = from;
	e->at += len;
	e->room -= len;
}

/* The old body's room is full: go on at the end of the file. */
static void
leave_room(struct body_edit *e)
{
	e->file->content_len += e->at - e->start;
	queue_file_point(e->file, e->at, e->file->bytes.len);
	e->at = 0;
	e->start = e->file->bytes.len;
}

static void
put_part(struct body_edit *e, enum record_type type, const char *line,
	 size_t len)
{
	size_t at;

	if (e->at > 0 && len + LINE_ROOM + POINTER_SPACE > e->room)
		leave_room(e);
	at = queue_file_put(e->file, type, line, len);
	if (e->at > 0)
		move_into_room(e, at);
}

void
edit_body_line(struct body_edit *e, const char *line, size_t len)
{
	while (len > LINE_PART_MAX) {
		put_part(e, REC_LINE_PART, line, LINE_PART_MAX);
		line += LINE_PART_MAX;
		len -= LINE_PART_MAX;
	}
	put_part(e, REC_LINE, line, len);
}

void
edit_body_end(struct body_edit *e)
{
	struct queue_file *f = e->file;

	if (e->at > 0) {
		f->content_len += e->at - e->start;
		queue_file_point(f, e->at, f->extra_at);
	} else {
		f->content_len += f->bytes.len - e->start;
		queue_file_pointer(f, f->extra_at);
	}
}
