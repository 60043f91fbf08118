/*
 * stream.h - standard output, in large pieces, but not late.
 *
 * What is put into the buffer is written when it is much, or when somebody
 * may be waiting for it.
 */
#ifndef STREAM_H
#define STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "queue-format/buffer.h"

struct stream {
	struct qf_buffer buffer; /* to be filled by the caller */
	int fd;
	bool ascii;    /* what is beyond comes out as \uXXXX */
	int errnum;    /* a write failed; nothing is written from then on */
	int64_t last;  /* when it was written, in ms */
	unsigned turn; /* to look at the clock now and then only */
};

/* Write if it is time to.  False: no use to go on, see errnum. */
bool stream_offer(struct stream *stream);

/* Write all there is.  False as above; also when memory ran out. */
bool stream_flush(struct stream *stream);

/* The reader has gone: an end, and no failure. */
bool stream_is_closed(const struct stream *stream);

void stream_free(struct stream *stream);

#endif
