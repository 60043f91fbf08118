/*
 * content.c - what is inside of a message.
 *
 * The side that asks: nothing here looks at a message.
 */
#include "content.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "content/finding.h"
#include "content/ward.h"

#define WORSE_THAN_HEADERS (~(unsigned)QF_WANT_HEADERS)

struct qf_content_reader {
	struct qf_content_settings settings;
	struct qf_ward ward;
	struct qf_finding finding;
	struct qf_buffer bytes;
	char missing[sizeof(((struct qf_ward *)NULL)->missing)];
};

enum qf_status
qf_content_open(const struct qf_content_settings *settings,
		struct qf_content_reader **reader, struct qf_error *err)
{
	struct qf_content_reader *new = calloc(1, sizeof(*new));
	enum qf_status status;

	if (new == NULL) {
		errno = ENOMEM;
		return qf_system(err, "cannot look into messages");
	}
	new->settings = *settings;
	qf_content_limits_complete(&new->settings.limits);
	new->finding.limits = new->settings.limits;
	status = qf_ward_start(&new->ward, &new->settings, err);
	if (status != QF_OK) {
		free(new);
		return status;
	}
	*reader = new;
	return QF_OK;
}

void
qf_content_close(struct qf_content_reader *reader)
{
	if (reader == NULL)
		return;
	qf_ward_end(&reader->ward);
	qf_finding_free(&reader->finding);
	qf_buffer_free(&reader->bytes);
	free(reader);
}

const char *
qf_content_sandbox(struct qf_content_reader *reader)
{
	struct qf_error why;

	if (qf_ward_hello(&reader->ward, &reader->settings, &why) != QF_OK)
		memcpy(reader->missing, why.text, sizeof(reader->missing) - 1);
	else
		memcpy(reader->missing, reader->ward.missing,
		       sizeof(reader->missing));
	return reader->missing[0] == '\0' ? NULL : reader->missing;
}

/* What the worker itself says went wrong; not more than one may say. */
static enum qf_status
fail_as_said(struct qf_content_reader *reader, const struct qf_wire_head *head,
	     struct qf_error *err)
{
	enum qf_status status = head->value;

	if (head->value == QF_OK || head->value > QF_SYSTEM)
		status = QF_CORRUPT;
	return qf_fail(err, status, "%.300s", qf_buffer_text(&reader->bytes));
}

static enum qf_status
out_of_turn(struct qf_content_reader *reader, struct qf_error *err)
{
	qf_ward_end(&reader->ward);
	return qf_fail(err, QF_CORRUPT,
		       "its reader does not say what it should");
}

/* *ended: there is no worker any more, for a reason that is in *err. */
static enum qf_status
look(struct qf_content_reader *reader, int fd, unsigned want, bool *ended,
     struct qf_error *err)
{
	struct qf_wire_head head;
	enum qf_status status;

	qf_finding_empty(&reader->finding);
	status = qf_ward_ask(&reader->ward, &reader->settings, QF_WIRE_LOOK,
			     want, fd, err);
	if (status == QF_OK)
		status = qf_ward_take(&reader->ward, &reader->settings, &head,
				      &reader->bytes, err);
	if (status == QF_OK && head.kind == QF_WIRE_FAILED)
		return fail_as_said(reader, &head, err);
	if (status == QF_OK && head.kind != QF_WIRE_FOUND)
		status = out_of_turn(reader, err);
	if (status == QF_OK)
		status = qf_wire_unpack(qf_buffer_text(&reader->bytes),
					reader->bytes.len, &reader->finding,
					err);
	if (status != QF_OK)
		qf_ward_end(&reader->ward);
	*ended = status == QF_CORRUPT;
	return status;
}

enum qf_status
qf_content_read(struct qf_content_reader *reader, int fd, unsigned want,
		struct qf_content *content, struct qf_error *err)
{
	bool ended = false;
	struct qf_error why;
	enum qf_status status;

	status = look(reader, fd, want, &ended, &why);
	if (status != QF_OK && ended && (want & WORSE_THAN_HEADERS) != 0) {
		/* A new worker, with less to do. */
		char text[sizeof(why.text)];

		memcpy(text, why.text, sizeof(text));
		status = look(reader, fd, QF_WANT_HEADERS, &ended, &why);
		if (status == QF_OK)
			qf_finding_notice(&reader->finding, QF_NOTICE_FAILED, 0,
					  "only the headers are shown: %s",
					  text);
	}
	if (status != QF_OK) {
		if (err != NULL)
			*err = why;
		return status;
	}
	qf_ward_retire(&reader->ward);
	*content = qf_finding_content(&reader->finding);
	return QF_OK;
}

enum qf_status
qf_content_part(struct qf_content_reader *reader, int fd, unsigned number,
		enum qf_status (*write)(void *context, const char *data,
					size_t len),
		void *context, struct qf_error *err)
{
	struct qf_wire_head head = { .kind = QF_WIRE_BYTES };
	enum qf_status status;

	status = qf_ward_ask(&reader->ward, &reader->settings, QF_WIRE_PART,
			     number, fd, err);
	while (status == QF_OK) {
		status = qf_ward_take(&reader->ward, &reader->settings, &head,
				      &reader->bytes, err);
		if (status != QF_OK || head.kind != QF_WIRE_BYTES)
			break;
		status = write(context, qf_buffer_text(&reader->bytes),
			       reader->bytes.len);
		/* What it has yet to say is of no use to anybody. */
		if (status != QF_OK)
			qf_ward_end(&reader->ward);
	}
	if (status != QF_OK)
		return status;
	if (head.kind == QF_WIRE_FAILED)
		return fail_as_said(reader, &head, err);
	return head.kind == QF_WIRE_DONE ? QF_OK : out_of_turn(reader, err);
}

const struct qf_content_header *
qf_content_header(const struct qf_content *content, const char *name)
{
	for (size_t i = 0; i < content->header_count; i++)
		if (strcasecmp(content->headers[i].name, name) == 0)
			return &content->headers[i];
	return NULL;
}
