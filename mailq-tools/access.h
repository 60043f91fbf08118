/*
 * access.h - which queues the caller means, and the right to read them.
 *
 * As root: postconf is asked, then the program becomes mail_owner for good,
 * then the spool is opened.  mail_owner reads the spool, too.  Anyone else
 * gets the listing through Postfix's own set-gid postqueue.
 */
#ifndef ACCESS_H
#define ACCESS_H

#include <stddef.h>

#include "mailq-tools/tool.h"
#include "queue-format/postfix/config.h"
#include "queue-format/store.h"

#define ACCESS_MAX 100 /* instances */

struct access {
	struct qf_store *stores[ACCESS_MAX];
	size_t store_count;
	/* The instances, also those whose store could not be opened. */
	size_t count;
	struct qf_config configs[ACCESS_MAX];
	char *names[ACCESS_MAX];	/* of instances; NULL: only one */
	char *sole;			/* the name of that one, or NULL */
	char programs[ACCESS_MAX][200]; /* Postfix's postqueue */
};

/*
 * Open what the common options say.  Ends the program with a message when
 * nothing of it can be had; one of several instances that cannot be opened is
 * complained about and left out.
 */
void access_open(struct tool *tool, struct access *access);
void access_close(struct access *access);

#endif
