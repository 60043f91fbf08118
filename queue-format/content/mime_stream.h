/*
 * mime_stream.h - a view of a text, as GMime reads it.
 */
#ifndef QF_CONTENT_MIME_STREAM_H
#define QF_CONTENT_MIME_STREAM_H

#include <gmime/gmime.h>

#include "view.h"

/* What is read: some bytes that stand before, and the text from `body' on. */
struct qf_mime_source {
	struct qf_view *view;
	const char *before;
	size_t before_len;
	uint64_t body;
};

/* `source' and what it points to must outlive the stream and its parts. */
GMimeStream *qf_mime_stream_new(const struct qf_mime_source *source);

/*
 * A stream that hands what is written to it to take(), until that says
 * false; writing fails from then on.
 */
GMimeStream *
qf_mime_sink_new(bool (*take)(void *context, const char *data, size_t len),
		 void *context);

#endif
