/*
 * caller.h - who has called the program, for the journal.
 */
#ifndef CALLER_H
#define CALLER_H

#include <limits.h>

#include "queue-format/buffer.h"
#include "queue-format/journal.h"

struct caller {
	uid_t uid;
	char *user;
	char *tty;
	char host[HOST_NAME_MAX + 1];
	const char *sudo_user;
	struct qf_buffer command; /* words quoted for a shell */
};

/* Before the program becomes somebody else. */
void caller_look(struct caller *caller, char *const argv[]);

/* Fill in these members of a job; strings are borrowed from the caller. */
void caller_sign(struct caller *caller, struct qf_job *job);

void caller_free(struct caller *caller);

#endif
