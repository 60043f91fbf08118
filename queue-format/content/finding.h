/*
 * finding.h - what has been found in a message so far.
 *
 * In the worker it is filled step by step; it then goes over the wire.
 */
#ifndef QF_CONTENT_FINDING_H
#define QF_CONTENT_FINDING_H

#include "queue-format/arena.h"
#include "queue-format/content.h"

/* Plain value; all zero but the limits is an empty one. */
struct qf_finding {
	struct qf_content_limits limits;
	struct qf_arena arena; /* has all that is below */
	struct qf_content_header *headers;
	struct qf_content_part *parts;
	struct qf_content_text *texts;
	struct qf_content_notice *notices;
	size_t header_count;
	size_t part_count;
	size_t text_count;
	size_t notice_count;
	size_t header_room;
	size_t part_room;
	size_t text_room;
	size_t notice_room;
	unsigned hops;
	size_t text_bytes; /* of all texts */
	bool failed;	   /* out of memory */
};

/* For a limit that is 0, what content.h says of it. */
void qf_content_limits_complete(struct qf_content_limits *limits);

/* Forget all but the limits, and keep some memory. */
void qf_finding_empty(struct qf_finding *finding);
void qf_finding_free(struct qf_finding *finding);

/*
 * One more, at the end, all zero or with empty strings.  NULL: out of memory,
 * and `failed' is set.
 */
struct qf_content_header *qf_finding_header(struct qf_finding *finding);
struct qf_content_part *qf_finding_part(struct qf_finding *finding);

/*
 * A copy with the control characters in it, but as UTF-8 without NUL: each
 * byte that is not allowed becomes U+FFFD.  Never NULL; "" when out of memory.
 */
const char *
qf_finding_string(struct qf_finding *finding, const char *text, size_t len);

/*
 * Readable text, as far as limits.text allows.  What was `cut' off, before or
 * here, is a notice.
 */
void qf_finding_text(struct qf_finding *finding,
		     const struct qf_content_text *text, bool cut);

/* A notice.  The same about the same part is taken once. */
void qf_finding_notice(struct qf_finding *finding, enum qf_notice_kind kind,
		       unsigned part, const char *format, ...) QF_PRINTF(4, 5);

/* As others are shown it; borrowed from the finding. */
struct qf_content qf_finding_content(const struct qf_finding *finding);

#endif
