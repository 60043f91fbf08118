/*
 * fuzz_content - any bytes as a message, looked at as the worker does.
 *
 * The first byte says what is wanted, and whether the rest is a queue file.
 * Whatever is found can be sent over the wire, and comes back the same.
 */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "queue-format/content/charset.h"
#include "queue-format/content/html.h"
#include "queue-format/content/look.h"
#include "queue-format/content/mime.h"
#include "queue-format/content/wire.h"
#include "queue-format/postfix/text_source.h"
#include "queue-format/text.h"

static _Noreturn void
no_memory(void)
{
	fuzz_fail("no memory");
}

static struct qf_magic *
begin(void)
{
	static struct qf_charsets *charsets;
	static struct qf_magic *magic;

	if (magic != NULL)
		return magic;
	qf_mime_begin(no_memory);
	qf_html_begin();
	charsets = qf_charset_load();
	FUZZ_ASSERT(charsets != NULL);
	magic = qf_magic_open();
	FUZZ_ASSERT(magic != NULL);
	return magic;
}

static void
check_again(const struct qf_finding *finding)
{
	struct qf_finding copy = { .limits = finding->limits };
	struct qf_buffer bytes = { 0 };
	struct qf_buffer again = { 0 };
	struct qf_error err;

	qf_wire_pack(&bytes, finding);
	FUZZ_ASSERT(qf_wire_unpack(bytes.data, bytes.len, &copy, &err) ==
		    QF_OK);
	qf_wire_pack(&again, &copy);
	FUZZ_ASSERT(again.len == bytes.len);
	FUZZ_ASSERT(memcmp(again.data, bytes.data, bytes.len) == 0);
	qf_buffer_free(&bytes);
	qf_buffer_free(&again);
	qf_finding_free(&copy);
}

static void
check_parts(const struct qf_finding *finding)
{
	unsigned depth = 0;

	for (size_t i = 0; i < finding->part_count; i++) {
		FUZZ_ASSERT(finding->parts[i].depth <= depth);
		FUZZ_ASSERT(finding->parts[i].depth <= finding->limits.depth);
		FUZZ_ASSERT(i == 0 || finding->parts[i].depth > 0);
		depth = finding->parts[i].depth + 1;
	}
	for (size_t i = 0; i < finding->text_count; i++) {
		const struct qf_content_text *text = &finding->texts[i];

		FUZZ_ASSERT(text->part >= 1 &&
			    text->part <= finding->part_count);
		FUZZ_ASSERT(qf_utf8_valid(text->text, text->len));
		FUZZ_ASSERT(memchr(text->text, '\r', text->len) == NULL);
		FUZZ_ASSERT(strlen(text->text) == text->len);
	}
}

static bool
take(void *context, const char *data, size_t len)
{
	size_t *total = context;

	FUZZ_ASSERT(data != NULL && len > 0);
	*total += len;
	return *total < 1 << 20;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct qf_magic *magic = begin();
	struct qf_finding finding = { .limits = { .depth = 20,
						  .parts = 100,
						  .text = 5000,
						  .headers = 20000 } };
	struct qf_view *view;
	struct qf_error err;
	size_t total = 0;
	int fd;

	if (size == 0)
		return 0;
	qf_content_limits_complete(&finding.limits);
	view = qf_view_new((data[0] & 64) != 0 ? &qf_postfix_text : NULL);
	FUZZ_ASSERT(view != NULL);
	fd = fuzz_file(data + 1, size - 1);
	FUZZ_ASSERT(qf_look(view, fd, data[0] & 63, magic, &finding, &err) ==
		    QF_OK);
	FUZZ_ASSERT(!finding.failed);
	check_parts(&finding);
	check_again(&finding);
	qf_finding_empty(&finding);
	(void)!qf_look_part(view, fd, 1 + data[0] / 128, take, &total, &finding,
			    &err);
	qf_view_free(view);
	qf_finding_free(&finding);
	return 0;
}
