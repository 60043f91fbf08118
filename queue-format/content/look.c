/*
 * look.c - look at a message: all steps in their order.
 */
#include "look.h"

#include <string.h>

#include "headers.h"
#include "leaf.h"
#include "looks.h"
#include "mime.h"

static const char *
header_value(const struct qf_finding *finding, const char *name)
{
	struct qf_content content = qf_finding_content(finding);
	const struct qf_content_header *header =
		qf_content_header(&content, name);

	return header == NULL ? NULL : header->value;
}

/* Whom people believe a message to be from, and its domain. */
static void
look_at_address(struct qf_finding *finding, const char *name)
{
	const char *value = header_value(finding, name);
	const char *why = NULL;
	const char *at;

	if (value == NULL)
		return;
	at = strrchr(value, '@');
	if (at != NULL)
		why = qf_looks_disguised(at + 1, true);
	if (why == NULL)
		why = qf_looks_disguised(value, false);
	if (why != NULL)
		qf_finding_notice(finding, QF_NOTICE_DISGUISE, 0,
				  "%s has %s in it", name, why);
}

static void
look_at_headers(struct qf_finding *finding)
{
	const char *subject = header_value(finding, "Subject");
	const char *why;

	look_at_address(finding, "From");
	look_at_address(finding, "Reply-To");
	why = subject == NULL ? NULL : qf_looks_disguised(subject, false);
	if (why != NULL)
		qf_finding_notice(finding, QF_NOTICE_DISGUISE, 0,
				  "Subject has %s in it", why);
}

static void
look_at_body(struct qf_view *view, unsigned want, struct qf_magic *magic,
	     const struct qf_headers_end *end, struct qf_finding *finding)
{
	struct qf_mime *tree = qf_mime_new(view, end->mime.data, end->mime.len,
					   end->body, finding);

	qf_leaves_look(tree, want, magic, finding);
	qf_mime_free(tree);
}

enum qf_status
qf_look(struct qf_view *view, int fd, unsigned want, struct qf_magic *magic,
	struct qf_finding *finding, struct qf_error *err)
{
	struct qf_headers_end end;
	enum qf_status status;

	status = qf_view_start(view, fd, err);
	if (status != QF_OK)
		return status;
	qf_headers_read(view, (want & QF_WANT_HEADERS) != 0, finding, &end);
	look_at_headers(finding);
	if (finding->hops > finding->limits.hops)
		qf_finding_notice(finding, QF_NOTICE_HOPS, 0,
				  "%u hops: it may go in circles",
				  finding->hops);
	if ((want & ~(unsigned)QF_WANT_HEADERS) != 0)
		look_at_body(view, want, magic, &end, finding);
	if (qf_view_damage(view) != NULL)
		qf_finding_notice(finding, QF_NOTICE_DAMAGED, 0,
				  "the file is damaged: %s",
				  qf_view_damage(view)->text);
	qf_buffer_free(&end.mime);
	return QF_OK;
}

enum qf_status
qf_look_part(struct qf_view *view, int fd, unsigned number,
	     bool (*take)(void *context, const char *data, size_t len),
	     void *context, struct qf_finding *finding, struct qf_error *err)
{
	struct qf_headers_end end;
	enum qf_mime_damage damage;
	struct qf_mime *tree;
	enum qf_status status;

	status = qf_view_start(view, fd, err);
	if (status != QF_OK)
		return status;
	qf_headers_read(view, false, finding, &end);
	tree = qf_mime_new(view, end.mime.data, end.mime.len, end.body,
			   finding);
	if (number == 0 || number > qf_mime_count(tree))
		status = qf_fail(err, QF_GONE, "there is no part %u", number);
	else if (!qf_mime_decode(tree, number - 1, take, context, &damage))
		status = qf_fail(err, QF_STOPPED, "part %u: ended", number);
	qf_mime_free(tree);
	qf_buffer_free(&end.mime);
	return status;
}
