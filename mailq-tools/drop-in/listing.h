/*
 * listing.h - what `mailq' and `postqueue -p' and `-j' do.
 */
#ifndef DROP_IN_LISTING_H
#define DROP_IN_LISTING_H

#include <stdbool.h>

/* Under which name, and with which status, mistakes in main.cf are told. */
struct drop_in {
	const char *name;
	int status;
};

/*
 * List the queue of the instance in `directory' (NULL: the default) on
 * standard output as Postfix's postqueue does, and end the program as it
 * would: with 0, or with 69 and its words on standard error.  Callers without
 * privileges become Postfix's own set-gid postqueue.
 */
_Noreturn void
drop_in_list(const struct drop_in *caller, const char *directory, bool json);

/* Say "NAME: fatal: text" and end with the status. */
_Noreturn void drop_in_fatal(const char *name, int status, const char *format,
			     ...) __attribute__((__format__(__printf__, 3, 4)));

/* The status of every failure of Postfix's postqueue. */
#define POSTQUEUE_FAILED 69

#endif
