/*
 * stream.c - standard output, in large pieces, but not late.
 */
#include "stream.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "queue-format/clock.h"
#include "queue-format/text.h"

#define LARGE	   65536
#define LATE_MS	   100
#define TURNS_MASK 15 /* look at the clock every 16th time */

/*
 * Whoever shares our terminal or pipe may have set it to non-blocking; poll(2)
 * tells of errors, too, which the next write meets.
 */
static void
wait_for_room(int fd)
{
	struct pollfd wanted = { .fd = fd, .events = POLLOUT };

	(void)poll(&wanted, 1, -1);
}

static void
make_ascii(struct qf_buffer *buffer)
{
	struct qf_buffer ascii = { .failed = buffer->failed };

	qf_text_ascii(&ascii, buffer->data, buffer->len);
	qf_buffer_free(buffer);
	*buffer = ascii;
}

bool
stream_flush(struct stream *stream)
{
	const char *data;
	size_t left;

	if (stream->ascii)
		make_ascii(&stream->buffer);
	data = stream->buffer.data;
	left = stream->buffer.len;
	if (stream->buffer.failed && stream->errnum == 0)
		stream->errnum = ENOMEM;
	while (left > 0 && stream->errnum == 0) {
		ssize_t done = write(stream->fd, data, left);

		if (done >= 0) {
			data += done;
			left -= (size_t)done;
		} else if (errno == EAGAIN) {
			wait_for_room(stream->fd);
		} else if (errno != EINTR) {
			stream->errnum = errno;
		}
	}
	qf_buffer_empty(&stream->buffer);
	stream->last = qf_clock_ms();
	return stream->errnum == 0;
}

bool
stream_offer(struct stream *stream)
{
	if (stream->buffer.len >= LARGE || stream->buffer.failed)
		return stream_flush(stream);
	if (stream->buffer.len > 0 && (stream->turn++ & TURNS_MASK) == 0 &&
	    qf_clock_ms() - stream->last >= LATE_MS)
		return stream_flush(stream);
	return stream->errnum == 0;
}

bool
stream_is_closed(const struct stream *stream)
{
	return stream->errnum == EPIPE;
}

void
stream_free(struct stream *stream)
{
	qf_buffer_free(&stream->buffer);
}
