/*
 * buffer.h - bytes that are put together for output.
 *
 * Appending does not report failure each time: a buffer that ran out of
 * memory says so once, in `failed', and stays as it is from then on.
 */
#ifndef QF_BUFFER_H
#define QF_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* Plain value; all zero is an empty buffer. */
struct qf_buffer {
	char *data; /* not NUL terminated, see qf_buffer_text() */
	size_t len;
	size_t room;
	bool failed; /* out of memory; nothing was appended since */
};

/* Make room for `more' bytes behind the last.  False: out of memory. */
bool qf_buffer_reserve(struct qf_buffer *buffer, size_t more);

static inline void
qf_buffer_add(struct qf_buffer *buffer, const char *data, size_t len)
{
	if (len > 0 && !buffer->failed &&
	    (buffer->room - buffer->len >= len ||
	     qf_buffer_reserve(buffer, len))) {
		memcpy(buffer->data + buffer->len, data, len);
		buffer->len += len;
	}
}

static inline void
qf_buffer_byte(struct qf_buffer *buffer, char byte)
{
	qf_buffer_add(buffer, &byte, 1);
}

/* Append a string, a number in decimal, the same byte `count' times. */
void qf_buffer_string(struct qf_buffer *buffer, const char *string);
void qf_buffer_number(struct qf_buffer *buffer, long long number);
void qf_buffer_fill(struct qf_buffer *buffer, char byte, size_t count);

/* The contents as a string, borrowed until the next change; never NULL. */
const char *qf_buffer_text(struct qf_buffer *buffer);

/* Forget the contents, keep the memory. */
void qf_buffer_empty(struct qf_buffer *buffer);
void qf_buffer_free(struct qf_buffer *buffer);

#endif
