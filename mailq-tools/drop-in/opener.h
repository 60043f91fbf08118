/*
 * opener.h - files opened with the rights that the program began with.
 *
 * Root's files are opened as root, and read when that is given up.  However
 * many they are, they cannot all be open at once; so a process of its own
 * keeps the rights, opens one after the other when it is asked to, and passes
 * the descriptors.  It reads nothing, and knows only what was named before the
 * rights were given up: nobody can ask it for anything else.
 */
#ifndef DROP_IN_OPENER_H
#define DROP_IN_OPENER_H

#include <sys/types.h>

#include "queue-format/error.h"

/* Plain value; all zero opens with the rights that the process has. */
struct opener {
	char *const *paths; /* up to NULL */
	int socket;
	pid_t child;
};

/* For root, before it becomes somebody else.  `paths' are borrowed. */
enum qf_status
opener_start(struct opener *opener, char *const paths[], struct qf_error *err);

/*
 * The next of the files, for reading: its descriptor in *fd, or the reason
 * why not, as errno.
 */
int opener_next(struct opener *opener, int *fd);

void opener_stop(struct opener *opener);

#endif
