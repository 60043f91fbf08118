/*
 * leaf.h - look at the bytes of the parts of a message.
 */
#ifndef QF_CONTENT_LEAF_H
#define QF_CONTENT_LEAF_H

#include "finding.h"
#include "magic_type.h"
#include "mime.h"

/* Each part is decoded once, if at all.  `magic' may be NULL. */
void qf_leaves_look(const struct qf_mime *tree, unsigned want,
		    struct qf_magic *magic, struct qf_finding *finding);

#endif
