/*
 * showq_store.h - what Postfix's own postqueue(1) lists, as a store.
 *
 * For callers who may not read the spool: Postfix's set-gid program may, and
 * prints it as JSON (`postqueue -j', Postfix 3.1 and later).  What only the
 * spool can tell stays unknown.
 */
#ifndef QF_SHOWQ_STORE_H
#define QF_SHOWQ_STORE_H

#include "queue-format/store.h"

/*
 * `postqueue' is the absolute path of Postfix's program, `directory' that of
 * the instance's main.cf (NULL or "": the default), `instance' its name for
 * the messages (NULL: none).  All are borrowed.  The program is run by each
 * listing, and what it has to say comes as a status of the listing.
 *
 * When that program fails, all that it has printed is listed first.  Then
 * comes an error, and only then QF_END:
 *
 * QF_DOWN     the mail system is down
 * QF_DENIED   Postfix does not let this user see the queue
 * QF_SYSTEM   anything else, in the program's words
 *
 * The corrupt queue is not listed; asking for nothing else is QF_DENIED.
 */
enum qf_status qf_showq_store_open(const char *postqueue, const char *directory,
				   const char *instance,
				   struct qf_store **store,
				   struct qf_error *err);

#endif
