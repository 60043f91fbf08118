/*
 * text_source.c - the text of a message, out of a queue file.
 */
#include "text_source.h"

#include <stdlib.h>

#include "record.h"

struct source {
	struct qf_reader *reader;
};

static void
destroy(void *state)
{
	struct source *source = state;

	if (source != NULL)
		qf_reader_free(source->reader);
	free(source);
}

static void *
make(void)
{
	struct source *source = calloc(1, sizeof(*source));

	if (source == NULL)
		return NULL;
	source->reader = qf_reader_new();
	if (source->reader == NULL) {
		free(source);
		return NULL;
	}
	return source;
}

static enum qf_status
start(void *state, int fd, off_t size, off_t place, struct qf_error *err)
{
	struct source *source = state;
	struct qf_record record;
	enum qf_status status;

	qf_reader_start(source->reader, fd, size, false);
	if (place > 0) {
		qf_reader_seek(source->reader, place);
		return QF_OK;
	}
	do {
		status = qf_reader_next(source->reader, &record, err);
	} while (status == QF_OK && record.type != QF_REC_MESSAGE);
	if (status == QF_END)
		return qf_corrupt(err, size, "there is no message in the file");
	return status;
}

/*
 * A file that just ends was not written completely.  Postfix goes on to the
 * next record where it knows nothing of one, and so do we.
 */
static enum qf_status
next(void *state, struct qf_span *piece, bool *newline, struct qf_error *err)
{
	struct source *source = state;
	struct qf_record record;
	enum qf_status status;

	while ((status = qf_reader_next(source->reader, &record, err)) ==
	       QF_OK) {
		if (record.type == QF_REC_EXTRACTED ||
		    record.type == QF_REC_END)
			return QF_END;
		if (record.type != QF_REC_LINE &&
		    record.type != QF_REC_FRAGMENT)
			continue;
		piece->text = record.data;
		piece->len = record.len;
		*newline = record.type == QF_REC_LINE;
		return QF_OK;
	}
	if (status == QF_END)
		return qf_corrupt(err, qf_reader_tell(source->reader),
				  "the message has no end");
	return status;
}

static off_t
tell(void *state)
{
	const struct source *source = state;

	return qf_reader_tell(source->reader);
}

const struct qf_content_source qf_postfix_text = {
	.make = make,
	.destroy = destroy,
	.start = start,
	.next = next,
	.tell = tell,
};
