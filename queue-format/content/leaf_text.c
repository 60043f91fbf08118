/*
 * leaf_text.c - what a person would be shown of a part.
 */
#include "leaf_text.h"

#include <stdlib.h>
#include <string.h>

#include "charset.h"
#include "html.h"

void
qf_leaf_texts_free(struct qf_leaf_texts *texts)
{
	free(texts->shown);
	*texts = (struct qf_leaf_texts){ 0 };
}

static void
note_shown(struct qf_leaf_texts *texts, size_t i, size_t count)
{
	if (texts->shown == NULL) {
		texts->shown = calloc(count, sizeof(*texts->shown));
		texts->count = texts->shown == NULL ? 0 : count;
	}
	if (i < texts->count)
		texts->shown[i] = true;
}

static bool
was_shown(const struct qf_leaf_texts *texts, size_t i)
{
	return i < texts->count && texts->shown[i];
}

/* Another form is read in any case: the one to be shown may be empty. */
bool
qf_leaf_text_wanted(const struct qf_mime_part *part, unsigned want)
{
	if ((want & (QF_WANT_TEXT | QF_WANT_ALL_TEXT)) == 0 || !part->text)
		return false;
	if ((part->marks & QF_MARK_ATTACHMENT) != 0)
		return (want & QF_WANT_ALL_TEXT) != 0;
	return true;
}

/* In place: each end of a line is a newline. */
static void
tidy_lines(struct qf_buffer *text)
{
	size_t done = 0;

	for (size_t i = 0; i < text->len; i++) {
		char c = text->data[i];

		if (c == '\r' && i + 1 < text->len && text->data[i + 1] == '\n')
			continue;
		text->data[done++] = c == '\r' ? '\n' : c;
	}
	text->len = done;
}

static bool
is_blank(const struct qf_buffer *text)
{
	for (size_t i = 0; i < text->len; i++)
		if (strchr(" \t\n", text->data[i]) == NULL)
			return false;
	return true;
}

static void
note_charset(enum qf_charset_result result, const char *charset, size_t i,
	     struct qf_finding *finding)
{
	unsigned number = (unsigned)i + 1;

	switch (result) {
	case QF_CHARSET_AS_SAID:
		break;
	case QF_CHARSET_GUESSED:
		qf_finding_notice(finding, QF_NOTICE_CHARSET, number,
				  "it is not %s; read as windows-1252",
				  charset[0] == '\0' ? "us-ascii" : charset);
		break;
	case QF_CHARSET_DAMAGED:
		qf_finding_notice(finding, QF_NOTICE_CHARSET, number,
				  "some of its bytes are no %s", charset);
		break;
	case QF_CHARSET_UNKNOWN:
		qf_finding_notice(finding, QF_NOTICE_CHARSET, number,
				  "the charset %s is not known; shown as bytes",
				  charset);
		break;
	}
}

/* The line at `at', without its end. */
static size_t
line_length(const struct qf_buffer *text, size_t at)
{
	const char *newline = memchr(text->data + at, '\n', text->len - at);

	return newline == NULL ? text->len - at
			       : (size_t)(newline - text->data) - at;
}

static bool
begins(const char *line, size_t len, const char *with)
{
	return len >= strlen(with) && memcmp(line, with, strlen(with)) == 0;
}

/* The name in "begin 644 name"; 0: it is no such line. */
static size_t
uuencoded_name(const char *line, size_t len)
{
	size_t at = 6;

	if (!begins(line, len, "begin "))
		return 0;
	while (at < len && line[at] >= '0' && line[at] <= '7')
		at++;
	if (at < 9 || at > 10 || at + 1 >= len || line[at] != ' ')
		return 0;
	return at + 1;
}

/* The line behind it: how many bytes it has is its first character. */
static bool
is_uuencoded(const struct qf_buffer *text, size_t at)
{
	size_t len = at < text->len ? line_length(text, at) : 0;
	size_t bytes;

	if (len == 0 || text->data[at] < ' ' || text->data[at] > '`')
		return false;
	bytes = (size_t)(text->data[at] - ' ') & 63;
	return len >= 1 + (bytes + 2) / 3 * 4 || (bytes == 0 && len <= 2) ||
	       len >= 1 + (bytes * 4 + 2) / 3;
}

/* What text may have wrapped up in itself, line by line. */
static void
look_into(const struct qf_buffer *text, struct qf_content_part *part,
	  struct qf_finding *finding)
{
	size_t len;

	for (size_t at = 0; at < text->len; at += len + 1) {
		const char *line = text->data + at;
		size_t name;

		len = line_length(text, at);
		if (line[0] != 'b' && line[0] != '-')
			continue;
		name = uuencoded_name(line, len);
		if (name > 0 && is_uuencoded(text, at + len + 1)) {
			part->marks |= QF_MARK_UUENCODE;
			if (part->name[0] == '\0')
				part->name = qf_finding_string(
					finding, line + name, len - name);
		}
		if (begins(line, len, "-----BEGIN PGP MESSAGE-----"))
			part->marks |= QF_MARK_ENCRYPTED;
		if (begins(line, len, "-----BEGIN PGP SIGNED MESSAGE-----"))
			part->marks |= QF_MARK_SIGNED;
	}
}

void
qf_leaf_text_add(struct qf_leaf_texts *texts, const struct qf_mime *tree,
		 size_t i, const char *data, size_t len, bool cut,
		 unsigned want, struct qf_finding *finding)
{
	const struct qf_mime_part *part = qf_mime_at(tree, i);
	struct qf_content_text text = { .part = (unsigned)i + 1,
					.html = part->html };
	struct qf_buffer decoded = { 0 };
	struct qf_buffer page = { 0 };
	struct qf_buffer *shown = &decoded;

	note_charset(qf_charset_decode(&decoded, part->charset, data, len, cut),
		     part->charset, i, finding);
	if (part->html) {
		qf_html_text(&page, qf_buffer_text(&decoded), decoded.len);
		shown = &page;
	}
	tidy_lines(shown);
	text.extra = (part->marks & QF_MARK_ATTACHMENT) != 0 ||
		     (part->other_form && was_shown(texts, part->beside));
	text.text = qf_buffer_text(shown);
	text.len = shown->len;
	if (!is_blank(shown)) {
		note_shown(texts, i, qf_mime_count(tree));
		look_into(shown, &finding->parts[i], finding);
		if (!text.extra || (want & QF_WANT_ALL_TEXT) != 0)
			qf_finding_text(finding, &text, cut);
	}
	finding->failed = finding->failed || decoded.failed || page.failed;
	qf_buffer_free(&decoded);
	qf_buffer_free(&page);
}
