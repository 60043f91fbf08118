/*
 * fuzz_reason - any bytes as the reason why a message waits.
 *
 * What is found is a piece of the text; a normalised text is short, is UTF-8
 * without control characters, and stays what it is when normalised again.
 */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "queue-format/reason.h"
#include "queue-format/text.h"

#define MAX_NORMALISED 300

static void
check_piece(struct qf_span piece, const char *text)
{
	if (piece.text == NULL) {
		FUZZ_ASSERT(piece.len == 0);
		return;
	}
	FUZZ_ASSERT(piece.len > 0 && piece.text >= text);
	FUZZ_ASSERT(piece.len <= strlen(text));
	FUZZ_ASSERT((size_t)(piece.text - text) <= strlen(text) - piece.len);
}

static void
check_class(const char *text, const char *dsn)
{
	static struct qf_reason_table *table;
	enum qf_reason_class found;

	if (table == NULL)
		table = qf_reason_table_new();
	FUZZ_ASSERT(table != NULL);
	found = qf_reason_classify(table, text, dsn);
	FUZZ_ASSERT(found < QF_REASON_CLASS_COUNT);
	FUZZ_ASSERT((found == QF_REASON_NONE) == (*text == '\0'));
}

static void
check_normalised(const char *text)
{
	struct qf_buffer once = { 0 };
	struct qf_buffer twice = { 0 };

	qf_buffer_string(&once, "before ");
	qf_reason_normalise(&once, text);
	FUZZ_ASSERT(!once.failed && memcmp(once.data, "before ", 7) == 0);
	FUZZ_ASSERT(once.len <= 7 + MAX_NORMALISED);
	FUZZ_ASSERT(once.len == 7 ||
		    qf_utf8_valid(once.data + 7, once.len - 7));
	for (size_t i = 0; i < once.len; i++)
		FUZZ_ASSERT((unsigned char)once.data[i] >= 0x20 &&
			    once.data[i] != 0x7f);
	/* What it makes of odd bytes may be odd: but it is always the same. */
	qf_reason_normalise(&twice, text);
	FUZZ_ASSERT(strcmp(qf_buffer_text(&twice), qf_buffer_text(&once) + 7) ==
		    0);
	qf_buffer_free(&twice);
	qf_buffer_free(&once);
}

/* The text, and behind a NUL the status code that was logged with it. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	size_t len;
	int code;

	FUZZ_ASSERT(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	len = strlen(text);
	check_class(text, len < size ? text + len + 1 : NULL);
	check_piece(qf_reason_host(text), text);
	check_piece(qf_reason_dsn(text), text);
	code = qf_reason_code(text);
	FUZZ_ASSERT(code == 0 || (code >= 200 && code <= 599));
	check_normalised(text);
	free(text);
	return 0;
}
