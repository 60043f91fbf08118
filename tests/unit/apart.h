/*
 * apart.h - run a piece of a program in a process of its own.
 *
 * For what writes to standard output, or ends the program.
 */
#ifndef APART_H
#define APART_H

#include <stddef.h>

/* What a piece has left behind. */
struct apart {
	int status; /* of exit, or 128 + the signal */
	char *out;  /* what it wrote, each with a NUL behind */
	size_t out_len;
	char *err;
	size_t err_len;
};

/*
 * Run `piece' with an empty standard input.  When it returns, its value is
 * the exit status.  Free with apart_free().
 */
void apart_run(struct apart *apart, int (*piece)(void *context), void *context);

/* The same with standard output being a terminal of so many columns. */
void apart_run_on_terminal(struct apart *apart, unsigned short columns,
			   int (*piece)(void *context), void *context);

/* Columns of the widest line of its output, as a terminal would show them. */
size_t apart_widest(const struct apart *apart);

void apart_free(struct apart *apart);

#endif
