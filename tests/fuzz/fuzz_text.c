/*
 * fuzz_text - any bytes on their way to a terminal, to lines, to JSON.
 *
 * Nothing harmful comes out, nothing is wider than it may be, and JSON and
 * base64 can be read back.
 */
#include "fuzz.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "queue-format/text.h"

static void
check_safe(const struct qf_buffer *out)
{
	FUZZ_ASSERT(!out->failed);
	for (size_t i = 0; i < out->len; i++) {
		unsigned char byte = (unsigned char)out->data[i];

		FUZZ_ASSERT(byte >= 0x20 && byte != 0x7f);
		/* C1 controls in UTF-8 are c2 80 to c2 9f. */
		FUZZ_ASSERT(byte != 0xc2 || i + 1 == out->len ||
			    (unsigned char)out->data[i + 1] >= 0xa0);
	}
	FUZZ_ASSERT(out->len == 0 || qf_utf8_valid(out->data, out->len));
}

static void
show(const char *text, size_t columns, bool utf8)
{
	struct qf_buffer out = { 0 };

	FUZZ_ASSERT(qf_text_show(&out, text, columns, utf8) <= columns);
	check_safe(&out);
	for (size_t i = 0; !utf8 && i < out.len; i++)
		FUZZ_ASSERT((unsigned char)out.data[i] < 0x7f);
	qf_buffer_free(&out);
}

static void
put_rune(struct qf_buffer *out, unsigned rune)
{
	if (rune < 0x80) {
		qf_buffer_byte(out, (char)rune);
		return;
	}
	if (rune < 0x800) {
		qf_buffer_byte(out, (char)(0xc0 | rune >> 6));
	} else if (rune < 0x10000) {
		qf_buffer_byte(out, (char)(0xe0 | rune >> 12));
		qf_buffer_byte(out, (char)(0x80 | (rune >> 6 & 63)));
	} else {
		qf_buffer_byte(out, (char)(0xf0 | rune >> 18));
		qf_buffer_byte(out, (char)(0x80 | (rune >> 12 & 63)));
		qf_buffer_byte(out, (char)(0x80 | (rune >> 6 & 63)));
	}
	qf_buffer_byte(out, (char)(0x80 | (rune & 63)));
}

static unsigned
four_digits(const char *text)
{
	char digits[5] = { text[0], text[1], text[2], text[3], '\0' };
	char *end = NULL;
	unsigned long value = strtoul(digits, &end, 16);

	FUZZ_ASSERT(end == digits + 4);
	return (unsigned)value;
}

/* One escape sequence; returns what comes behind it. */
static const char *
unescape(struct qf_buffer *out, const char *at)
{
	static const char names[] = "\"\\bfnrt";
	static const char bytes[] = "\"\\\b\f\n\r\t";
	const char *found = strchr(names, at[1]);
	unsigned rune;

	if (at[1] != 'u') {
		FUZZ_ASSERT(at[1] != '\0' && found != NULL);
		qf_buffer_byte(out, bytes[found - names]);
		return at + 2;
	}
	rune = four_digits(at + 2);
	at += 6;
	if (rune >= 0xd800 && rune <= 0xdfff) {
		FUZZ_ASSERT(rune < 0xdc00 && at[0] == '\\' && at[1] == 'u');
		rune = 0x10000 + ((rune & 0x3ff) << 10) +
		       (four_digits(at + 2) & 0x3ff);
		at += 6;
	}
	put_rune(out, rune);
	return at;
}

/* The text with each byte that is not UTF-8 replaced. */
static void
repair(struct qf_buffer *out, const char *text)
{
	size_t left = strlen(text);

	while (left > 0) {
		uint32_t rune = 0;
		size_t size = qf_utf8_next(text, left, &rune);

		if (size == 0)
			put_rune(out, 0xfffd);
		else
			qf_buffer_add(out, text, size);
		size = size == 0 ? 1 : size;
		text += size;
		left -= size;
	}
}

static void
check_json(const char *text)
{
	struct qf_buffer out = { 0 };
	struct qf_buffer read = { 0 };
	struct qf_buffer wanted = { 0 };
	const char *at;

	qf_text_json(&out, text);
	check_safe(&out);
	at = qf_buffer_text(&out);
	FUZZ_ASSERT(*at++ == '"');
	while (*at != '"') {
		FUZZ_ASSERT(*at != '\0');
		if (*at == '\\')
			at = unescape(&read, at);
		else
			qf_buffer_byte(&read, *at++);
	}
	FUZZ_ASSERT(at[1] == '\0');
	repair(&wanted, text);
	FUZZ_ASSERT(strcmp(qf_buffer_text(&read), qf_buffer_text(&wanted)) ==
		    0);
	qf_buffer_free(&wanted);
	qf_buffer_free(&read);
	qf_buffer_free(&out);
}

static void
check_base64(const char *data, size_t size)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	struct qf_buffer out = { 0 };
	unsigned bits = 0;

	qf_text_base64(&out, data, size);
	FUZZ_ASSERT(out.len == (size + 2) / 3 * 4);
	for (size_t i = 0; i < out.len; i++) {
		const char *found = strchr(digits, out.data[i]);
		size_t byte = i / 4 * 3 + i % 4 - 1;

		FUZZ_ASSERT(found != NULL ||
			    (out.data[i] == '=' && i + 2 >= out.len));
		bits = bits << 6 |
		       (found == NULL ? 0 : (unsigned)(found - digits));
		if (i % 4 != 0 && byte < size)
			FUZZ_ASSERT((bits >> (6 - 2 * (i % 4)) & 0xff) ==
				    (unsigned char)data[byte]);
	}
	qf_buffer_free(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	struct qf_buffer out = { 0 };

	FUZZ_ASSERT(text != NULL);
	setlocale(LC_ALL, "C.UTF-8");
	memcpy(text, data, size);
	text[size] = '\0';
	for (size_t columns = 0; columns < 12; columns++) {
		show(text, columns, true);
		show(text, columns, false);
	}
	show(text, SIZE_MAX, true);
	qf_text_plain(&out, text, size);
	check_safe(&out);
	qf_buffer_free(&out);
	check_json(text);
	check_base64((const char *)data, size);
	free(text);
	return 0;
}
