/*
 * postqueue_format.h - a listing as Postfix's postqueue(1) prints it.
 *
 * Byte for byte, in the form of the Postfix in place.  The messages have to
 * come from a listing with `as_showq'.
 * Source: Postfix src/postqueue/showq_compat.c, showq_json.c.
 */
#ifndef POSTQUEUE_FORMAT_H
#define POSTQUEUE_FORMAT_H

#include <stdint.h>

#include "queue-format/buffer.h"
#include "queue-format/message.h"
#include "queue-format/postfix/config.h"

struct postqueue_format {
	bool long_ids;	    /* the wide layout */
	bool always_mark;   /* up to 3.4: a blank where there is no mark */
	bool forced_expire; /* since 3.5 */
	bool original;	    /* since 3.11: original addresses, bounces */
	bool utc;	    /* times in UTC and not in local time */
	/* State of one listing. */
	uint64_t count;
	uint64_t bytes;
};

/* Begin a listing in the form of this Postfix. */
void postqueue_format_start(struct postqueue_format *format,
			    const struct qf_config *config);

/* postqueue -p: one message with the heading or the blank line before it. */
void postqueue_format_mailq(struct postqueue_format *format,
			    const struct qf_message *message,
			    struct qf_buffer *out);

/* Its last line. */
void postqueue_format_mailq_end(struct postqueue_format *format,
				struct qf_buffer *out);

/* postqueue -j: one message on a line. */
void postqueue_format_json(const struct postqueue_format *format,
			   const struct qf_message *message,
			   struct qf_buffer *out);

#endif
