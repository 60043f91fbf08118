/*
 * nearest.h - which of some names was most likely meant.
 */
#ifndef QF_NEAREST_H
#define QF_NEAREST_H

#include <stddef.h>

/* The search so far; all zero but the first two is its beginning. */
struct qf_nearest {
	const char *name; /* as it was written; `len' bytes */
	size_t len;
	const char *best; /* NULL: none is near */
	size_t distance;  /* of the best */
};

/* Is `candidate' nearer than what was offered before?  Then it is the best. */
void qf_nearest_offer(struct qf_nearest *search, const char *candidate);

#endif
