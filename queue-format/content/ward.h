/*
 * ward.h - a worker as it is seen from outside: started, waited for, ended.
 */
#ifndef QF_CONTENT_WARD_H
#define QF_CONTENT_WARD_H

#include <sys/types.h>

#include "channel.h"

/* Plain value; pid 0: there is no worker. */
struct qf_ward {
	pid_t pid;
	int channel;
	bool ready;	   /* it has said hello */
	uint64_t used;	   /* nanoseconds of its time, when it was last asked */
	char missing[300]; /* of its sandbox, "" for nothing */
};

/* Start one, if there is none. */
enum qf_status qf_ward_start(struct qf_ward *ward,
			     const struct qf_content_settings *settings,
			     struct qf_error *err);

/* The same, and wait until it has said what its sandbox lacks. */
enum qf_status qf_ward_hello(struct qf_ward *ward,
			     const struct qf_content_settings *settings,
			     struct qf_error *err);

/* End it, whatever it does. */
void qf_ward_end(struct qf_ward *ward);

/* End it when it has worked for so long that a new one is better. */
void qf_ward_retire(struct qf_ward *ward);

/*
 * Ask for something, of a new one if there is none.  QF_CORRUPT: it has ended,
 * as with qf_ward_take().
 */
enum qf_status qf_ward_ask(struct qf_ward *ward,
			   const struct qf_content_settings *settings,
			   enum qf_wire_kind kind, uint32_t value, int fd,
			   struct qf_error *err);

/*
 * Wait for the next piece of its answer, whose bytes become the contents of
 * `bytes'.
 *
 * QF_CORRUPT  there is none, and it has ended: the text says why
 * QF_SYSTEM   out of memory; it has ended, too
 */
enum qf_status qf_ward_take(struct qf_ward *ward,
			    const struct qf_content_settings *settings,
			    struct qf_wire_head *head, struct qf_buffer *bytes,
			    struct qf_error *err);

#endif
