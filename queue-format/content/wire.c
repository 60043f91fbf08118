/*
 * wire.c - what goes between a reader and its worker, as bytes.
 *
 * A finding is four counts and the hops, then the headers, parts, texts and
 * notices, field by field.  A string is its length and its bytes.
 */
#include "wire.h"

#include <errno.h>
#include <string.h>

#include "queue-format/text.h"

static void
put(struct qf_buffer *out, const void *data, size_t len)
{
	qf_buffer_add(out, data, len);
}

static void
put_number(struct qf_buffer *out, uint64_t number)
{
	put(out, &number, sizeof(number));
}

static void
put_bytes(struct qf_buffer *out, const char *data, size_t len)
{
	put_number(out, len);
	put(out, data, len);
}

static void
put_string(struct qf_buffer *out, const char *string)
{
	put_bytes(out, string, strlen(string));
}

static void
put_part(struct qf_buffer *out, const struct qf_content_part *part)
{
	put_number(out, part->depth);
	put_number(out, part->marks);
	put_string(out, part->type);
	put_string(out, part->found);
	put_string(out, part->name);
	put_string(out, part->charset);
	put_string(out, part->encoding);
	put_string(out, part->disposition);
	put_string(out, part->description);
	put_number(out, part->sized);
	put_number(out, part->size);
	put_string(out, part->sha256);
}

void
qf_wire_pack(struct qf_buffer *out, const struct qf_finding *finding)
{
	put_number(out, finding->header_count);
	put_number(out, finding->part_count);
	put_number(out, finding->text_count);
	put_number(out, finding->notice_count);
	put_number(out, finding->hops);
	for (size_t i = 0; i < finding->header_count; i++) {
		const struct qf_content_header *header = &finding->headers[i];

		put_string(out, header->name);
		put_bytes(out, header->raw.text, header->raw.len);
		put_string(out, header->value);
	}
	for (size_t i = 0; i < finding->part_count; i++)
		put_part(out, &finding->parts[i]);
	for (size_t i = 0; i < finding->text_count; i++) {
		const struct qf_content_text *text = &finding->texts[i];

		put_number(out, text->part);
		put_number(out, text->html);
		put_number(out, text->extra);
		put_bytes(out, text->text, text->len);
	}
	for (size_t i = 0; i < finding->notice_count; i++) {
		put_number(out, finding->notices[i].kind);
		put_number(out, finding->notices[i].part);
		put_string(out, finding->notices[i].text);
	}
}

/* What is left to read; the first thing that is wrong ends it all. */
struct input {
	const char *data;
	size_t len;
	size_t at;
	struct qf_finding *finding;
	const char *wrong;
};

static void
refuse(struct input *in, const char *why)
{
	if (in->wrong == NULL)
		in->wrong = why;
}

static uint64_t
get_number(struct input *in)
{
	uint64_t number;

	if (in->wrong != NULL || in->len - in->at < sizeof(number)) {
		refuse(in, "it is cut off");
		return 0;
	}
	memcpy(&number, in->data + in->at, sizeof(number));
	in->at += sizeof(number);
	return number;
}

/* A number that is at most `most'. */
static unsigned
get_small(struct input *in, unsigned most)
{
	uint64_t number = get_number(in);

	if (number > most) {
		refuse(in, "a number is too large");
		return 0;
	}
	return (unsigned)number;
}

static struct qf_span
get_bytes(struct input *in)
{
	struct qf_span span = { .text = "" };
	uint64_t len = get_number(in);

	if (in->wrong != NULL || len > in->len - in->at) {
		refuse(in, "a string is cut off");
		return span;
	}
	span.text = in->data + in->at;
	span.len = (size_t)len;
	in->at += span.len;
	return span;
}

/* A copy that lives in the finding. */
static const char *
copy(struct input *in, struct qf_span span)
{
	char *text;

	if (in->wrong != NULL || span.len == 0)
		return "";
	text = qf_arena_copy(&in->finding->arena, span.text, span.len);
	if (text == NULL) {
		in->finding->failed = true;
		refuse(in, "out of memory");
		return "";
	}
	return text;
}

static const char *
get_string(struct input *in)
{
	struct qf_span span = get_bytes(in);

	if (!qf_utf8_valid(span.text, span.len) ||
	    memchr(span.text, '\0', span.len) != NULL)
		refuse(in, "a string is no text");
	return copy(in, span);
}

static void
get_header(struct input *in)
{
	struct qf_content_header *header = qf_finding_header(in->finding);

	if (header == NULL) {
		refuse(in, "out of memory");
		return;
	}
	header->name = get_string(in);
	header->raw = get_bytes(in);
	header->raw.text = copy(in, header->raw);
	header->value = get_string(in);
}

static void
get_part(struct input *in)
{
	struct qf_content_part *part = qf_finding_part(in->finding);

	if (part == NULL) {
		refuse(in, "out of memory");
		return;
	}
	part->depth = get_small(in, in->finding->limits.depth);
	part->marks = get_small(in, 2 * QF_MARK_LOCKED - 1);
	part->type = get_string(in);
	part->found = get_string(in);
	part->name = get_string(in);
	part->charset = get_string(in);
	part->encoding = get_string(in);
	part->disposition = get_string(in);
	part->description = get_string(in);
	part->sized = get_small(in, 1) == 1;
	part->size = get_number(in);
	part->sha256 = get_string(in);
}

static void
get_text(struct input *in)
{
	unsigned parts = (unsigned)in->finding->part_count;
	struct qf_content_text text = { .part = get_small(in, parts) };
	struct qf_span span;

	text.html = get_small(in, 1) == 1;
	text.extra = get_small(in, 1) == 1;
	span = get_bytes(in);
	text.text = span.text;
	text.len = span.len;
	if (text.part == 0)
		refuse(in, "text of no part");
	if (in->wrong == NULL)
		qf_finding_text(in->finding, &text, false);
}

static void
get_notice(struct input *in)
{
	enum qf_notice_kind kind = get_small(in, QF_NOTICE_FAILED);
	unsigned part = get_small(in, (unsigned)in->finding->part_count);
	const char *text = get_string(in);

	if (in->wrong == NULL)
		qf_finding_notice(in->finding, kind, part, "%s", text);
}

enum qf_status
qf_wire_unpack(const char *data, size_t len, struct qf_finding *finding,
	       struct qf_error *err)
{
	struct input in = { .data = data, .len = len, .finding = finding };
	uint64_t headers = get_small(&in, finding->limits.header_count);
	uint64_t parts = get_small(&in, finding->limits.parts);
	uint64_t texts = get_small(&in, finding->limits.parts);
	uint64_t notices = get_small(&in, 1000);

	finding->hops = get_small(&in, UINT32_MAX);
	while (in.wrong == NULL && headers-- > 0)
		get_header(&in);
	while (in.wrong == NULL && parts-- > 0)
		get_part(&in);
	while (in.wrong == NULL && texts-- > 0)
		get_text(&in);
	while (in.wrong == NULL && notices-- > 0)
		get_notice(&in);
	if (in.at != len)
		refuse(&in, "there is more than was announced");
	if (finding->failed) {
		errno = ENOMEM;
		return qf_system(err, "cannot keep what is in the message");
	}
	if (in.wrong != NULL)
		return qf_corrupt(err, (off_t)in.at,
				  "the answer of the worker is wrong: %s",
				  in.wrong);
	return QF_OK;
}
