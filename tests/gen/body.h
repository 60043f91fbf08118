/*
 * body.h - the text of messages: a given part, and filler up to any size.
 */
#ifndef GEN_BODY_H
#define GEN_BODY_H

#include <stddef.h>

struct body;

typedef void body_line(void *context, const char *line, size_t len);

/* Call `line' for each line. */
void body_lines(const struct body *body, body_line *line, void *context);

#endif
