/*
 * flush.h - what `postqueue -f', `-i' and `-s' do.
 */
#ifndef DROP_IN_FLUSH_H
#define DROP_IN_FLUSH_H

#include <stdbool.h>

/* The option, what it was given (NULL for -f), and whether -v was there. */
struct drop_in_flush {
	char option;
	const char *argument;
	bool verbose;
};

/*
 * Have Postfix's own postqueue do it in our place, for the instance in
 * `directory' (NULL: the default): its words, its log, its rights.  An id
 * that the suite has changed is told as it is called now.
 */
_Noreturn void
drop_in_flush(const char *directory, const struct drop_in_flush *flush);

#endif
