/*
 * headers.c - where the headers of a message are, and what they say.
 *
 * They are cut here, and not by GMime: that decodes each address of a header,
 * and a header may have a hundred thousand of them.  What a value means is
 * GMime's to say.
 */
#include "headers.h"

#include <string.h>
#include <strings.h>

#include "mime.h"

#define FIRST_READ   8192
#define LONGEST_NAME 200
#define MOST_MIME    65536
#define MOST_DECODED 65536 /* bytes of one header */

/* The text as far as it may have headers. */
struct block {
	struct qf_buffer bytes;
	bool all; /* up to the end of the text */
};

/* One header: `end' is where the next line starts. */
struct found {
	const char *name;
	size_t name_len;
	const char *value;
	size_t value_len;
	size_t end;
};

/* A line may be a header when there is a name and a colon. */
static size_t
name_length(const char *line, size_t len)
{
	size_t name = 0;
	size_t i;

	while (name < len && name < LONGEST_NAME && line[name] > ' ' &&
	       line[name] < 0x7f && line[name] != ':')
		name++;
	for (i = name; i < len && (line[i] == ' ' || line[i] == '\t'); i++)
		continue;
	return i < len && line[i] == ':' ? name : 0;
}

/* Behind the newline; `len' when there is none. */
static size_t
next_line(const char *text, size_t len, size_t from)
{
	const char *newline = memchr(text + from, '\n', len - from);

	return newline == NULL ? len : (size_t)(newline - text) + 1;
}

static bool
is_empty_line(const char *text, size_t len)
{
	return len > 0 && (text[0] == '\n' ||
			   (len > 1 && text[0] == '\r' && text[1] == '\n'));
}

static size_t
without_newline(const char *text, size_t len)
{
	if (len > 0 && text[len - 1] == '\n')
		len--;
	if (len > 0 && text[len - 1] == '\r')
		len--;
	return len;
}

/* False: no header begins there. */
static bool
find_header(const char *text, size_t len, size_t from, struct found *found)
{
	const char *colon;

	found->name = text + from;
	found->name_len = name_length(text + from, len - from);
	if (found->name_len == 0)
		return false;
	found->end = next_line(text, len, from);
	while (found->end < len &&
	       (text[found->end] == ' ' || text[found->end] == '\t'))
		found->end = next_line(text, len, found->end);
	colon = memchr(found->name + found->name_len, ':',
		       found->end - from - found->name_len);
	found->value = colon + 1;
	found->value_len = without_newline(
		found->value, (size_t)(text + found->end - found->value));
	return true;
}

static bool
is_named(const struct found *found, const char *name)
{
	return found->name_len == strlen(name) &&
	       strncasecmp(found->name, name, found->name_len) == 0;
}

static bool
is_about_mime(const struct found *found)
{
	return is_named(found, "MIME-Version") ||
	       (found->name_len > 8 &&
		strncasecmp(found->name, "Content-", 8) == 0);
}

static const char *
decode(struct qf_finding *finding, const struct found *found)
{
	size_t len = found->value_len;

	if (len > MOST_DECODED) {
		qf_finding_notice(finding, QF_NOTICE_LIMIT, 0,
				  "a header of %zu bytes is shown up to %d",
				  len, MOST_DECODED);
		len = MOST_DECODED;
	}
	return qf_mime_decode_header(finding, found->value, len);
}

static void
keep(struct qf_finding *finding, const struct found *found)
{
	struct qf_content_header *header = qf_finding_header(finding);
	char *raw;

	if (header == NULL)
		return;
	header->name = qf_finding_string(finding, found->name, found->name_len);
	header->value = decode(finding, found);
	raw = qf_arena_copy(&finding->arena, found->value, found->value_len);
	if (raw == NULL)
		finding->failed = true;
	else
		header->raw = (struct qf_span){ .text = raw,
						.len = found->value_len };
}

static void
take(struct qf_finding *finding, bool wanted, const struct found *found,
     struct qf_headers_end *end)
{
	size_t whole = (size_t)(found->value - found->name) + found->value_len;

	if (is_named(found, "Received"))
		finding->hops++;
	if (is_about_mime(found) && end->mime.len + whole < MOST_MIME) {
		qf_buffer_add(&end->mime, found->name, whole);
		qf_buffer_byte(&end->mime, '\n');
	}
	if (!wanted)
		return;
	if (finding->header_count < finding->limits.header_count)
		keep(finding, found);
	else
		end->complete = false;
}

/* Is the end of the headers in it?  Looks from `from' on. */
static bool
has_end(const struct block *block, size_t from)
{
	const char *text = block->bytes.data;
	size_t len = block->bytes.len;

	if (block->all)
		return true;
	while (from < len) {
		const char *newline = memchr(text + from, '\n', len - from);

		if (newline == NULL)
			break;
		from = (size_t)(newline - text) + 1;
		if (is_empty_line(text + from, len - from))
			return true;
	}
	return false;
}

/* Read on until the end of the headers is there, or the limit. */
static void
load(struct qf_view *view, size_t most, struct block *block)
{
	size_t step = FIRST_READ;
	size_t looked = 0;

	do {
		size_t had = block->bytes.len;
		size_t got;

		if (step > most - had)
			step = most - had;
		if (step == 0 || !qf_buffer_reserve(&block->bytes, step))
			break;
		got = qf_view_read(view, had, block->bytes.data + had, step);
		block->bytes.len += got;
		block->all = got < step;
		looked = had > 2 ? had - 2 : 0;
		step = block->bytes.len;
	} while (!has_end(block, looked));
}

/*
 * Behind the limit nothing is kept: only hops are counted, and the end is
 * looked for.  `from' is the start of a line.
 */
static uint64_t
pass_over(struct qf_view *view, uint64_t from, struct qf_finding *finding)
{
	char start[10] = "";
	size_t column = 0;
	char bytes[16384];
	size_t got;

	while ((got = qf_view_read(view, from, bytes, sizeof(bytes))) > 0) {
		for (size_t i = 0; i < got; i++) {
			if (column < sizeof(start) - 1)
				start[column] = bytes[i];
			column++;
			if (bytes[i] != '\n')
				continue;
			if (column == 1 || (column == 2 && start[0] == '\r'))
				return from + i + 1;
			if (strncasecmp(start, "Received:", 9) == 0)
				finding->hops++;
			memset(start, 0, sizeof(start));
			column = 0;
		}
		from += got;
	}
	return from;
}

/*
 * Take one header after the other.  True: `*done' is where the headers end;
 * false: it is where the block has no more than a part of one.
 */
static bool
cut_headers(const struct block *block, bool wanted, struct qf_finding *finding,
	    struct qf_headers_end *end, size_t *done)
{
	const char *text = block->bytes.data;
	size_t len = block->bytes.len;
	struct found found;
	size_t at = 0;

	/* The first line of a file in a mailbox. */
	if (len > 5 &&
	    (strncmp(text, "From ", 5) == 0 || strncmp(text, ">From", 5) == 0))
		at = next_line(text, len, 0);
	while (at < len && find_header(text, len, at, &found)) {
		*done = at;
		if (found.end == len && !block->all)
			return false;
		take(finding, wanted, &found, end);
		at = found.end;
	}
	*done = at;
	return at < len || block->all;
}

void
qf_headers_read(struct qf_view *view, bool wanted, struct qf_finding *finding,
		struct qf_headers_end *end)
{
	struct block block = { .all = false };
	bool ended = true;
	size_t done = 0;

	*end = (struct qf_headers_end){ .complete = true };
	load(view, finding->limits.headers, &block);
	if (block.bytes.len > 0)
		ended = cut_headers(&block, wanted, finding, end, &done);
	end->body = done;
	if (!ended) {
		end->body = pass_over(view, done, finding);
		end->complete = false;
	} else if (is_empty_line(block.bytes.data + done,
				 block.bytes.len - done)) {
		end->body = next_line(block.bytes.data, block.bytes.len, done);
	}
	if (!end->complete)
		qf_finding_notice(finding, QF_NOTICE_LIMIT, 0,
				  "there are more headers than are shown");
	finding->failed =
		finding->failed || block.bytes.failed || end->mime.failed;
	qf_buffer_free(&block.bytes);
}
