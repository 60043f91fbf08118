/*
 * headers.h - where the headers of a message are, and what they say.
 */
#ifndef QF_CONTENT_HEADERS_H
#define QF_CONTENT_HEADERS_H

#include "queue-format/buffer.h"

#include "finding.h"
#include "view.h"

/* Where the body begins, and what is known without reading it. */
struct qf_headers_end {
	uint64_t body;	       /* its offset in the text */
	bool complete;	       /* no limit was hit */
	struct qf_buffer mime; /* the headers about MIME, as they stand */
};

/*
 * Read all headers: they become known if `wanted', are counted in any case.
 * end->mime belongs to the caller.
 */
void qf_headers_read(struct qf_view *view, bool wanted,
		     struct qf_finding *finding, struct qf_headers_end *end);

#endif
