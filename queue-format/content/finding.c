/*
 * finding.c - what has been found in a message so far.
 */
#include "finding.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "queue-format/text.h"

#define KEEP	     ((size_t)256 * 1024) /* bytes of memory, for the next message */
#define MOST_NOTICES 200

void
qf_content_limits_complete(struct qf_content_limits *limits)
{
	if (limits->seconds == 0)
		limits->seconds = 10;
	if (limits->memory == 0)
		limits->memory = (size_t)256 * 1024 * 1024;
	if (limits->text == 0)
		limits->text = (size_t)4 * 1024 * 1024;
	if (limits->headers == 0)
		limits->headers = (size_t)1024 * 1024;
	if (limits->header_count == 0)
		limits->header_count = 10000;
	if (limits->parts == 0)
		limits->parts = 10000;
	if (limits->depth == 0)
		limits->depth = 100;
	if (limits->decoded == 0)
		limits->decoded = (uint64_t)256 * 1024 * 1024;
	if (limits->hops == 0)
		limits->hops = 30;
}

void
qf_finding_empty(struct qf_finding *finding)
{
	struct qf_finding empty = { .limits = finding->limits,
				    .arena = finding->arena };

	qf_arena_empty(&empty.arena, KEEP);
	*finding = empty;
}

void
qf_finding_free(struct qf_finding *finding)
{
	qf_arena_free(&finding->arena);
	*finding = (struct qf_finding){ .limits = finding->limits };
}

struct qf_content_header *
qf_finding_header(struct qf_finding *finding)
{
	struct qf_content_header *headers;
	struct qf_content_header *header;

	headers = qf_arena_grow(&finding->arena, finding->headers,
				finding->header_count, &finding->header_room,
				sizeof(*headers));
	if (headers == NULL) {
		finding->failed = true;
		return NULL;
	}
	finding->headers = headers;
	header = &headers[finding->header_count++];
	*header = (struct qf_content_header){ .name = "", .value = "" };
	return header;
}

struct qf_content_part *
qf_finding_part(struct qf_finding *finding)
{
	struct qf_content_part *parts;
	struct qf_content_part *part;

	parts = qf_arena_grow(&finding->arena, finding->parts,
			      finding->part_count, &finding->part_room,
			      sizeof(*parts));
	if (parts == NULL) {
		finding->failed = true;
		return NULL;
	}
	finding->parts = parts;
	part = &parts[finding->part_count++];
	*part = (struct qf_content_part){ .type = "",
					  .found = "",
					  .name = "",
					  .charset = "",
					  .encoding = "",
					  .disposition = "",
					  .description = "",
					  .sha256 = "" };
	return part;
}

static bool
is_clean(const char *text, size_t len)
{
	return qf_utf8_valid(text, len) && memchr(text, '\0', len) == NULL;
}

/* Three bytes stand for each that is not allowed. */
static size_t
clean(char *out, const char *text, size_t len)
{
	size_t done = 0;
	uint32_t rune;

	while (len > 0) {
		size_t size = qf_utf8_next(text, len, &rune);

		if (size == 0 || *text == '\0') {
			memcpy(out + done, "\xef\xbf\xbd", 3);
			done += 3;
			size = 1;
		} else {
			memcpy(out + done, text, size);
			done += size;
		}
		text += size;
		len -= size;
	}
	return done;
}

const char *
qf_finding_string(struct qf_finding *finding, const char *text, size_t len)
{
	char *copy;

	if (len == 0)
		return "";
	if (is_clean(text, len)) {
		copy = qf_arena_copy(&finding->arena, text, len);
	} else {
		copy = qf_arena_alloc(&finding->arena, 3 * len + 1);
		if (copy != NULL)
			copy[clean(copy, text, len)] = '\0';
	}
	if (copy == NULL) {
		finding->failed = true;
		return "";
	}
	return copy;
}

/* No character is cut. */
static size_t
shorten(const char *text, size_t len, size_t most)
{
	if (len <= most)
		return len;
	while (most > 0 && ((unsigned char)text[most] & 0xc0) == 0x80)
		most--;
	return most;
}

void
qf_finding_text(struct qf_finding *finding, const struct qf_content_text *text,
		bool cut)
{
	size_t most = finding->limits.text - finding->text_bytes;
	size_t len = shorten(text->text, text->len, most);
	struct qf_content_text *texts;
	struct qf_content_text *copy;

	if (cut || len < text->len)
		qf_finding_notice(finding, QF_NOTICE_LIMIT, text->part,
				  "the text is cut off: %zu bytes are shown of "
				  "all texts",
				  finding->limits.text);
	if (len == 0)
		return;
	texts = qf_arena_grow(&finding->arena, finding->texts,
			      finding->text_count, &finding->text_room,
			      sizeof(*texts));
	if (texts == NULL) {
		finding->failed = true;
		return;
	}
	finding->texts = texts;
	copy = &texts[finding->text_count++];
	*copy = *text;
	copy->text = qf_finding_string(finding, text->text, len);
	copy->len = strlen(copy->text);
	finding->text_bytes += len;
}

static bool
is_known(const struct qf_finding *finding, enum qf_notice_kind kind,
	 unsigned part, const char *text)
{
	for (size_t i = 0; i < finding->notice_count; i++)
		if (finding->notices[i].kind == kind &&
		    finding->notices[i].part == part &&
		    strcmp(finding->notices[i].text, text) == 0)
			return true;
	return false;
}

void
qf_finding_notice(struct qf_finding *finding, enum qf_notice_kind kind,
		  unsigned part, const char *format, ...)
{
	struct qf_content_notice *notices;
	char text[1000];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (finding->notice_count >= MOST_NOTICES ||
	    is_known(finding, kind, part, text))
		return;
	notices = qf_arena_grow(&finding->arena, finding->notices,
				finding->notice_count, &finding->notice_room,
				sizeof(*notices));
	if (notices == NULL) {
		finding->failed = true;
		return;
	}
	finding->notices = notices;
	notices[finding->notice_count++] = (struct qf_content_notice){
		.kind = kind,
		.part = part,
		.text = qf_finding_string(finding, text, strlen(text)),
	};
}

struct qf_content
qf_finding_content(const struct qf_finding *finding)
{
	return (struct qf_content){
		.headers = finding->headers,
		.header_count = finding->header_count,
		.hops = finding->hops,
		.parts = finding->parts,
		.part_count = finding->part_count,
		.texts = finding->texts,
		.text_count = finding->text_count,
		.notices = finding->notices,
		.notice_count = finding->notice_count,
	};
}
