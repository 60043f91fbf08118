/*
 * like.h - --like: an expression for messages that are like a given one.
 */
#ifndef LIKE_H
#define LIKE_H

#include "mailq-tools/access.h"
#include "queue-format/buffer.h"

/*
 * Append the expression that selects messages like the one with this id
 * (ID or INSTANCE/ID): from the same login, client or sender.  It is told on
 * stderr, for the next command.  Ends the program when there is no such
 * message, or nothing to compare.
 */
void like_expression(struct tool *tool, struct access *access, const char *id,
		     struct qf_buffer *expression);

#endif
