/*
 * mime_decode.c - what GMime makes of a message: the bytes of a part.
 */
#include "mime_tree.h"

#include <string.h>

#define STEP 16384

/* Who gets the bytes, and whether it wants more. */
struct taker {
	bool (*take)(void *context, const char *data, size_t len);
	void *context;
	bool ended;
};

static bool
give(void *context, const char *data, size_t len)
{
	struct taker *taker = context;

	if (!taker->ended && len > 0)
		taker->ended = !taker->take(taker->context, data, len);
	return !taker->ended;
}

/* What base64 has too many of, and how many of its characters came. */
struct count {
	uint64_t strange;
	uint64_t letters;
	bool padded;
};

static void
count_base64(struct count *count, const char *data, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		char c = data[i];

		if ((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
		    (c >= '0' && c <= '9') || c == '+' || c == '/') {
			count->letters++;
		} else if (c == '=') {
			count->letters++;
			count->padded = true;
		} else if (c != '\n' && c != '\r' && c != ' ' && c != '\t') {
			count->strange++;
		}
	}
}

static enum qf_mime_damage
judge(const struct count *count)
{
	if (count->strange > 0)
		return QF_MIME_STRANGE;
	return count->letters % 4 != 0 ? QF_MIME_SHORT : QF_MIME_SOUND;
}

/*
 * Where what uuencode made begins: behind the line that names the file.
 * Without one it is taken as it is.
 */
static void
skip_begin(GMimeStream *stream)
{
	char line[1024];
	ssize_t got = g_mime_stream_read(stream, line, sizeof(line));
	char *newline = NULL;

	if (got > 6 && strncmp(line, "begin ", 6) == 0)
		newline = memchr(line, '\n', (size_t)got);
	g_mime_stream_reset(stream);
	if (newline != NULL)
		(void)g_mime_stream_seek(stream,
					 g_mime_stream_tell(stream) +
						 (newline + 1 - line),
					 GMIME_STREAM_SEEK_SET);
}

static void
begin_decoding(GMimeEncoding *state, GMimeContentEncoding encoding,
	       GMimeStream *stream)
{
	g_mime_encoding_init_decode(state, encoding);
	if (encoding != GMIME_CONTENT_ENCODING_UUENCODE)
		return;
	skip_begin(stream);
	state->state = GMIME_UUDECODE_STATE_BEGIN;
}

static void
decode(GMimeStream *stream, GMimeContentEncoding encoding, struct taker *taker,
       struct count *count)
{
	char raw[STEP];
	GMimeEncoding state;
	char *decoded;
	ssize_t got;

	g_mime_stream_reset(stream);
	begin_decoding(&state, encoding, stream);
	decoded = g_malloc(g_mime_encoding_outlen(&state, STEP) + 64);
	while (!taker->ended &&
	       (got = g_mime_stream_read(stream, raw, sizeof(raw))) > 0) {
		if (encoding == GMIME_CONTENT_ENCODING_BASE64)
			count_base64(count, raw, (size_t)got);
		(void)give(taker, decoded,
			   g_mime_encoding_step(&state, raw, (size_t)got,
						decoded));
	}
	(void)give(taker, decoded,
		   g_mime_encoding_flush(&state, "", 0, decoded));
	g_free(decoded);
}

/* Decoding changes nothing but the place in the stream. */
static void
decode_leaf(GMimePart *part, struct taker *taker, enum qf_mime_damage *damage)
{
	GMimeDataWrapper *content = g_mime_part_get_content(part);
	struct count count = { 0 };

	*damage = QF_MIME_SOUND;
	if (content == NULL)
		return;
	decode(g_mime_data_wrapper_get_stream(content),
	       g_mime_data_wrapper_get_encoding(content), taker, &count);
	if (!taker->ended && g_mime_data_wrapper_get_encoding(content) ==
				     GMIME_CONTENT_ENCODING_BASE64)
		*damage = judge(&count);
}

static void
write_out(GMimeObject *object, struct taker *taker)
{
	GMimeStream *sink = qf_mime_sink_new(give, taker);
	GMimeMessage *message;

	if (GMIME_IS_MESSAGE_PART(object)) {
		message = g_mime_message_part_get_message(
			GMIME_MESSAGE_PART(object));
		if (message != NULL)
			(void)g_mime_object_write_to_stream(
				GMIME_OBJECT(message), NULL, sink);
	} else {
		(void)g_mime_object_write_content_to_stream(object, NULL, sink);
	}
	g_object_unref(sink);
}

bool
qf_mime_decode(const struct qf_mime *tree, size_t i,
	       bool (*take)(void *context, const char *data, size_t len),
	       void *context, enum qf_mime_damage *damage)
{
	struct taker taker = { .take = take, .context = context };
	GMimeObject *object = tree->nodes[i].object;

	*damage = QF_MIME_SOUND;
	if (GMIME_IS_PART(object))
		decode_leaf(GMIME_PART(object), &taker, damage);
	else
		write_out(object, &taker);
	return !taker.ended;
}
