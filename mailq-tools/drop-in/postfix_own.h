/*
 * postfix_own.h - what all drop-ins share: words in Postfix's manner, its
 * configuration, and its own program in our place.
 */
#ifndef DROP_IN_POSTFIX_OWN_H
#define DROP_IN_POSTFIX_OWN_H

#include <stdbool.h>

#include "queue-format/error.h"
#include "queue-format/postfix/config.h"

#define POSTQUEUE "postqueue"

/* The status of every failure of Postfix's postqueue. */
#define POSTQUEUE_FAILED 69

/* Under which name, and with which status, mistakes in main.cf are told. */
struct drop_in {
	const char *name;
	int status;
};

/* Say "NAME: fatal: text" and end with the status. */
_Noreturn void drop_in_fatal(const char *name, int status, const char *format,
			     ...) QF_PRINTF(3, 4);

void drop_in_warn(const char *name, const char *format, ...) QF_PRINTF(2, 3);

/* The instance in `directory' (NULL: the default); or the program ends. */
void drop_in_read_config(const struct drop_in *caller, const char *directory,
			 struct qf_config *config);

/*
 * Is this file the program that is running?  Whoever put a drop-in over
 * Postfix's own would have it run itself, for ever.
 */
bool drop_in_is_myself(const char *path);

/*
 * Become Postfix's own set-gid postqueue for this instance, with these
 * arguments (up to four, and NULL behind them).
 */
_Noreturn void drop_in_become_postqueue(const struct qf_config *config,
					const char *directory,
					const char *const *arguments);

#endif
