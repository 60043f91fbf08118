/*
 * text_source.c - the text of a message, out of a queue file.
 */
#include "text_source.h"

#include "walk.h"

static void *
make(void)
{
	return qf_walk_new();
}

static void
destroy(void *state)
{
	qf_walk_free(state);
}

static enum qf_status
start(void *state, int fd, off_t size, off_t place, struct qf_error *err)
{
	struct qf_walk *walk = state;
	enum qf_status status;

	(void)size;
	status = qf_walk_start(walk, fd, QF_WALK_MESSAGE, err);
	if (status != QF_OK)
		return status;
	/* What of the text is headers is for others to say. */
	if (place > 0)
		qf_walk_seek(walk, place, QF_SECTION_BODY);
	else
		(void)qf_walk_skip_envelope(walk);
	return QF_OK;
}

/* Postfix goes on to the next record where it knows nothing of one. */
static enum qf_status
next(void *state, struct qf_span *piece, bool *newline, struct qf_error *err)
{
	struct qf_walk *walk = state;
	enum qf_section section;
	struct qf_record record;
	enum qf_status status;

	while ((status = qf_walk_next(walk, &record, &section, err)) == QF_OK) {
		if (section == QF_SECTION_EXTRACTED ||
		    record.type == QF_REC_END)
			return QF_END;
		if (section == QF_SECTION_ENVELOPE ||
		    (record.type != QF_REC_LINE &&
		     record.type != QF_REC_FRAGMENT))
			continue;
		piece->text = record.data;
		piece->len = record.len;
		*newline = record.type == QF_REC_LINE;
		return QF_OK;
	}
	/* A file that just ends was not written completely. */
	if (status == QF_END)
		return qf_corrupt(err, qf_walk_tell(walk),
				  "the message has no end");
	return status;
}

static off_t
tell(void *state)
{
	return qf_walk_tell(state);
}

const struct qf_content_source qf_postfix_text = {
	.make = make,
	.destroy = destroy,
	.start = start,
	.next = next,
	.tell = tell,
};
