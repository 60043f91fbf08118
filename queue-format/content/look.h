/*
 * look.h - look at a message, in the worker: all steps in their order.
 */
#ifndef QF_CONTENT_LOOK_H
#define QF_CONTENT_LOOK_H

#include "finding.h"
#include "magic_type.h"
#include "view.h"

/*
 * Find what is wanted (enum qf_content_want) of the message behind `fd'.
 * The finding is empty but for its limits.  `magic' may be NULL.
 */
enum qf_status qf_look(struct qf_view *view, int fd, unsigned want,
		       struct qf_magic *magic, struct qf_finding *finding,
		       struct qf_error *err);

/*
 * Give the bytes of part `number', decoded, until take() says false.
 *
 * QF_GONE     there is no such part
 * QF_STOPPED  take() has ended it
 */
enum qf_status
qf_look_part(struct qf_view *view, int fd, unsigned number,
	     bool (*take)(void *context, const char *data, size_t len),
	     void *context, struct qf_finding *finding, struct qf_error *err);

#endif
