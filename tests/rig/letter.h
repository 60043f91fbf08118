/*
 * letter.h - one message as the sink gets it: whom it is for, and what it is.
 */
#ifndef RIG_LETTER_H
#define RIG_LETTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/rig/log_line.h"

#define LETTER_WORD 200

struct letter {
	bool is_report; /* its sender is the null sender */
	char **recipients;
	size_t count;
	char tag[LETTER_WORD]; /* X-Test-Id */
	bool is_whole;	       /* its last line was there */
	/* What a report tells: lines "ACTION ADDRESS". */
	struct log_lines told;
	char address[LETTER_WORD]; /* of the part that we are in */
};

/* A letter of zeros is an empty one. */
void letter_clear(struct letter *letter);
void letter_add_recipient(struct letter *letter, const char *address);

/* A line of its text, without its end. */
void letter_add_line(struct letter *letter, const char *line);

/* That it was taken at this time. */
void
letter_tell(const struct letter *letter, int64_t time, struct log_lines *lines);

#endif
