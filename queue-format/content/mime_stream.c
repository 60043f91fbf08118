/*
 * mime_stream.c - a view of a text, as GMime reads it.
 *
 * A part of a stream is a stream of the same kind with other bounds, so that
 * the parts of a message stay where they are until they are asked for.
 */
#include "mime_stream.h"

#include <errno.h>
#include <string.h>

struct stream {
	GMimeStream base;
	const struct qf_mime_source *source;
	bool (*take)(void *context, const char *data, size_t len);
	void *context;
	bool at_end;
};

struct stream_class {
	GMimeStreamClass base;
};

static GType stream_type(void);

static struct stream *
stream_of(GMimeStream *base)
{
	return (struct stream *)(void *)base;
}

static size_t
read_source(const struct qf_mime_source *source, uint64_t offset, char *data,
	    size_t len)
{
	size_t done = 0;

	if (offset < source->before_len) {
		done = source->before_len - (size_t)offset;
		if (done > len)
			done = len;
		memcpy(data, source->before + offset, done);
	}
	if (done == len)
		return done;
	return done +
	       qf_view_read(source->view,
			    source->body + offset + done - source->before_len,
			    data + done, len - done);
}

static ssize_t
read_stream(GMimeStream *base, char *data, size_t len)
{
	struct stream *stream = stream_of(base);
	gint64 left = base->bound_end - base->position;
	size_t got;

	if (stream->source == NULL) {
		errno = EBADF;
		return -1;
	}
	if (base->bound_end != -1 && left <= 0)
		return 0;
	if (base->bound_end != -1 && (guint64)left < len)
		len = (size_t)left;
	got = read_source(stream->source, (uint64_t)base->position, data, len);
	base->position += (gint64)got;
	stream->at_end = got < len;
	return (ssize_t)got;
}

static ssize_t
write_stream(GMimeStream *base, const char *data, size_t len)
{
	struct stream *stream = stream_of(base);

	if (stream->take == NULL || !stream->take(stream->context, data, len)) {
		stream->take = NULL;
		errno = EIO;
		return -1;
	}
	base->position += (gint64)len;
	return (ssize_t)len;
}

static int
do_nothing(GMimeStream *base)
{
	(void)base;
	return 0;
}

static int
reset(GMimeStream *base)
{
	stream_of(base)->at_end = false;
	return 0;
}

static gboolean
is_at_end(GMimeStream *base)
{
	return stream_of(base)->at_end ||
	       (base->bound_end != -1 && base->position >= base->bound_end);
}

/* The end is not known before it was read, so that counting from it fails. */
static gint64
seek(GMimeStream *base, gint64 offset, GMimeSeekWhence whence)
{
	gint64 to = offset;

	if (whence == GMIME_STREAM_SEEK_CUR)
		to += base->position;
	if (whence == GMIME_STREAM_SEEK_END)
		to += base->bound_end;
	if (to < base->bound_start ||
	    (whence == GMIME_STREAM_SEEK_END && base->bound_end == -1) ||
	    (base->bound_end != -1 && to > base->bound_end)) {
		errno = EINVAL;
		return -1;
	}
	base->position = to;
	stream_of(base)->at_end = false;
	return to;
}

static gint64
tell(GMimeStream *base)
{
	return base->position;
}

static gint64
length(GMimeStream *base)
{
	return base->bound_end == -1 ? -1 : base->bound_end - base->bound_start;
}

static GMimeStream *
part_of(GMimeStream *base, gint64 start, gint64 end)
{
	struct stream *part = g_object_new(stream_type(), NULL);

	g_mime_stream_construct(&part->base, start, end);
	part->source = stream_of(base)->source;
	return &part->base;
}

static void
init_class(gpointer class, gpointer data)
{
	GMimeStreamClass *base = class;

	(void)data;
	base->read = read_stream;
	base->write = write_stream;
	base->flush = do_nothing;
	base->close = do_nothing;
	base->eos = is_at_end;
	base->reset = reset;
	base->seek = seek;
	base->tell = tell;
	base->length = length;
	base->substream = part_of;
}

/* GLib keeps types by name, so that no variable of ours has to. */
static GType
stream_type(void)
{
	static const GTypeInfo info = {
		.class_size = sizeof(struct stream_class),
		.class_init = init_class,
		.instance_size = sizeof(struct stream),
	};
	GType type = g_type_from_name("QueueFormatStream");

	if (type == 0)
		type = g_type_register_static(GMIME_TYPE_STREAM,
					      "QueueFormatStream", &info, 0);
	return type;
}

GMimeStream *
qf_mime_stream_new(const struct qf_mime_source *source)
{
	struct stream *stream = g_object_new(stream_type(), NULL);

	g_mime_stream_construct(&stream->base, 0, -1);
	stream->source = source;
	return &stream->base;
}

GMimeStream *
qf_mime_sink_new(bool (*take)(void *context, const char *data, size_t len),
		 void *context)
{
	struct stream *stream = g_object_new(stream_type(), NULL);

	g_mime_stream_construct(&stream->base, 0, -1);
	stream->take = take;
	stream->context = context;
	return &stream->base;
}
