/*
 * text.c - the forms in which mail writes addresses, dates and data.
 */
#include "text.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

const char *
text_domain(const char *address)
{
	const char *at = strrchr(address, '@');

	return at != NULL ? at + 1 : "";
}

/* What RFC 5321 calls a dot-string, with all bytes above ASCII allowed. */
static bool
is_dot_string(const char *local, size_t len)
{
	if (len == 0 || local[0] == '.' || local[len - 1] == '.')
		return false;
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)local[i];

		if (c <= ' ' || c == 0x7f || strchr("()<>@,;:\\\"[]", c))
			return false;
		if (c == '.' && local[i + 1] == '.')
			return false;
	}
	return true;
}

const char *
text_address(struct arena *a, const char *raw)
{
	const char *at = strrchr(raw, '@');
	size_t len = at != NULL ? (size_t)(at - raw) : strlen(raw);
	char *quoted;
	char *end;

	if (*raw == '\0' || is_dot_string(raw, len))
		return raw;
	quoted = arena_alloc(a, 2 * strlen(raw) + 3);
	end = quoted;
	*end++ = '"';
	for (size_t i = 0; i < len; i++) {
		if (strchr("\"\\\r", raw[i]) != NULL)
			*end++ = '\\';
		*end++ = raw[i];
	}
	*end++ = '"';
	strcpy(end, raw + len);
	return quoted;
}

char *
text_date(struct arena *a, time_t t)
{
	char text[64];
	struct tm tm;

	gmtime_r(&t, &tm);
	strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S +0000 (UTC)", &tm);
	return arena_printf(a, "%s", text);
}

/* Encode three bytes, or the one or two that are left. */
static void
base64_group(char out[4], const unsigned char *data, size_t len)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				       "abcdefghijklmnopqrstuvwxyz"
				       "0123456789+/";
	uint32_t bits = (uint32_t)data[0] << 16;

	if (len > 1)
		bits |= (uint32_t)data[1] << 8;
	if (len > 2)
		bits |= data[2];
	out[0] = alphabet[bits >> 18];
	out[1] = alphabet[bits >> 12 & 0x3f];
	out[2] = len > 1 ? alphabet[bits >> 6 & 0x3f] : '=';
	out[3] = len > 2 ? alphabet[bits & 0x3f] : '=';
}

char *
text_base64(struct arena *a, const void *data, size_t len)
{
	const unsigned char *bytes = data;
	size_t groups = (len + 2) / 3;
	char *text = arena_alloc(a, groups * 4 + groups / 19 + 2);
	char *end = text;

	for (size_t i = 0; i < groups; i++) {
		base64_group(end, bytes + 3 * i, len - 3 * i);
		end += 4;
		if (i % 19 == 18 || i == groups - 1)
			*end++ = '\n';
	}
	return text;
}

bool
text_is_ascii(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text > 0x7e)
			return false;
	return true;
}

/*
 * So many bytes fit into one word of 75 characters; a character is not
 * torn apart.
 */
static size_t
word_len(const char *utf8)
{
	size_t len = strlen(utf8);

	if (len <= 42)
		return len;
	for (len = 42; ((unsigned char)utf8[len] & 0xc0) == 0x80; len--)
		;
	return len;
}

const char *
text_encoded(struct arena *a, const char *utf8)
{
	const char *folded = "";

	if (text_is_ascii(utf8))
		return utf8;
	while (*utf8 != '\0') {
		size_t len = word_len(utf8);
		char *word = text_base64(a, utf8, len);

		word[strcspn(word, "\n")] = '\0';
		folded = arena_printf(a, "%s%s=?UTF-8?B?%s?=", folded,
				      *folded != '\0' ? "\n " : "", word);
		utf8 += len;
	}
	return folded;
}
