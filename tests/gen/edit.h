/*
 * edit.h - change a queue file as a milter makes Postfix do it.
 *
 * What is new is written behind the end of the file, and pointers lead there
 * and back; nothing moves.  The file must have been written with `milters'.
 */
#ifndef GEN_EDIT_H
#define GEN_EDIT_H

#include <stddef.h>

#include "queue_file.h"

/* Headers are counted from 0, which is the Received: header of our own. */
void edit_insert_header(struct queue_file *f, size_t index, const char *lines);
void edit_change_header(struct queue_file *f, size_t index, const char *lines);
void edit_append_header(struct queue_file *f, const char *lines);

void edit_sender(struct queue_file *f, const char *address);

/* Returns the offset of the new recipient's record. */
size_t edit_append_rcpt(struct queue_file *f, enum record_type type,
			const char *address);
void edit_cancel_rcpt(struct queue_file *f, size_t at);

/*
 * The new body goes over the old one as far as there is room, and then
 * behind the end of the file.  No other edit between start and end.
 */
struct body_edit {
	struct queue_file *file;
	size_t start; /* of the part that is being written */
	size_t at;    /* 0: at the end of the file */
	size_t room;
};

void edit_body_start(struct body_edit *e, struct queue_file *f);
void edit_body_line(struct body_edit *e, const char *line, size_t len);
void edit_body_end(struct body_edit *e);

#endif
