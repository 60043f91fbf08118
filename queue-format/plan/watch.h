/*
 * watch.h - what becomes of messages that were released: are too many of them
 * deferred again?
 *
 * Looks at where their files are, and never at what is in them.  Only the last
 * thousand count, so that trouble that begins late is noticed soon, and each
 * of them is looked at seldom: memory and work have bounds.
 */
#ifndef QF_PLAN_WATCH_H
#define QF_PLAN_WATCH_H

#include "queue-format/postfix/spool.h"

/* Opaque: those that are watched. */
struct qf_watch;

/* Nothing is said of fewer that were tried. */
#define QF_WATCH_MIN 10

/* So many are watched: the last ones. */
#define QF_WATCH_MAX 1000

struct qf_watch_count {
	unsigned tried;	     /* delivered, returned or deferred */
	unsigned deferred;   /* of these */
	const char *reason;  /* the one that most have, "": not known */
	unsigned for_reason; /* that were deferred for it */
};

/* `percent' deferred are too many.  NULL: out of memory. */
struct qf_watch *qf_watch_new(const struct qf_spool *spool, unsigned percent);
void qf_watch_free(struct qf_watch *watch); /* NULL is allowed */

/*
 * A message has come to deferred/ with the time of `since' (in s), to be tried
 * at once.
 */
void qf_watch_add(struct qf_watch *watch, const char *id, uint64_t inode,
		  int64_t since, int64_t now_ms);

/*
 * Look at those whose turn it is; does so once in a second, however often it
 * is called.  True: too many were deferred.
 */
bool qf_watch_look(struct qf_watch *watch, int64_t now_ms);

/* Strings live until the next call. */
void qf_watch_count(const struct qf_watch *watch, struct qf_watch_count *count);

#endif
