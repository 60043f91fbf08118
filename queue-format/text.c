/*
 * text.c - text from strangers, made fit to be shown.
 */
#include "text.h"

#include <stdio.h>
#include <wchar.h>

/* More marks than this on one letter would climb over the next lines. */
#define MAX_MARKS 4

static bool
is_continuation(unsigned char byte)
{
	return (byte & 0xc0) == 0x80;
}

/* Length of the character that starts with this byte; 0: none does. */
static size_t
length_by_first(unsigned char first)
{
	if (first < 0x80)
		return 1;
	if (first >= 0xc2 && first <= 0xdf)
		return 2;
	if (first >= 0xe0 && first <= 0xef)
		return 3;
	return first >= 0xf0 && first <= 0xf4 ? 4 : 0;
}

size_t
qf_utf8_next(const char *text, size_t len, uint32_t *rune)
{
	static const unsigned char first_bits[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *bytes = (const unsigned char *)text;
	size_t size = length_by_first(bytes[0]);
	uint32_t value;

	if (size == 0 || size > len)
		return 0;
	value = bytes[0] & first_bits[size];
	for (size_t i = 1; i < size; i++) {
		if (!is_continuation(bytes[i]))
			return 0;
		value = value << 6 | (bytes[i] & 0x3f);
	}
	if (value < least[size] || value > 0x10ffff ||
	    (value >= 0xd800 && value <= 0xdfff))
		return 0;
	*rune = value;
	return size;
}

bool
qf_utf8_valid(const char *text, size_t len)
{
	uint32_t rune;

	while (len > 0) {
		size_t size = qf_utf8_next(text, len, &rune);

		if (size == 0)
			return false;
		text += size;
		len -= size;
	}
	return true;
}

/* Characters that take no room and can make one text look like another. */
static bool
is_invisible(uint32_t rune)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{ 0x00ad, 0x00ad },   /* soft hyphen */
		{ 0x034f, 0x034f },   /* combining grapheme joiner */
		{ 0x061c, 0x061c },   /* Arabic letter mark */
		{ 0x115f, 0x1160 },   /* Hangul fillers */
		{ 0x17b4, 0x17b5 },   /* Khmer inherent vowels */
		{ 0x180b, 0x180f },   /* Mongolian selectors */
		{ 0x200b, 0x200f },   /* zero width, direction marks */
		{ 0x2028, 0x202e },   /* separators, direction overrides */
		{ 0x2060, 0x206f },   /* joiners, isolates */
		{ 0x3164, 0x3164 },   /* Hangul filler */
		{ 0xfe00, 0xfe0f },   /* variation selectors */
		{ 0xfeff, 0xfeff },   /* byte order mark */
		{ 0xffa0, 0xffa0 },   /* half-width Hangul filler */
		{ 0xfff0, 0xfffb },   /* annotations */
		{ 0xe0000, 0xe0fff }, /* tags */
	};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		if (rune >= ranges[i].first && rune <= ranges[i].last)
			return true;
	}
	return false;
}

/* One character as it will be shown: its bytes and its columns. */
struct glyph {
	char bytes[16];
	size_t len;
	size_t columns;
	size_t taken; /* bytes of the input */
};

/* Shown as text of its own, which is plain ASCII. */
static void
spell(struct glyph *glyph, const char *before, unsigned value, int digits,
      const char *behind)
{
	int len = snprintf(glyph->bytes, sizeof(glyph->bytes), "%s%0*X%s",
			   before, digits, value, behind);

	glyph->len = glyph->columns = (size_t)len;
}

/* `marks' counts the combining marks since the last letter. */
static struct glyph
glyph_of(const char *text, size_t len, bool utf8, unsigned *marks)
{
	struct glyph glyph = { .taken = 1 };
	uint32_t rune = 0;
	size_t size = qf_utf8_next(text, len, &rune);
	int columns;

	if (size == 0) {
		spell(&glyph, "<", (unsigned char)*text, 2, ">");
		return glyph;
	}
	glyph.taken = size;
	if (rune < 0x20 || rune == 0x7f) {
		glyph.bytes[0] = '^';
		glyph.bytes[1] = (char)(rune ^ 0x40);
		glyph.len = glyph.columns = 2;
		return glyph;
	}
	columns = rune < 0x7f ? 1 : wcwidth((wchar_t)rune);
	*marks = columns == 0 ? *marks + 1 : 0;
	if (columns < 0 || *marks > MAX_MARKS || (rune > 0x7e && !utf8) ||
	    is_invisible(rune)) {
		spell(&glyph, "<U+", rune, 4, ">");
		return glyph;
	}
	memcpy(glyph.bytes, text, size);
	glyph.len = size;
	glyph.columns = (size_t)columns;
	return glyph;
}

static void
add_ellipsis(struct qf_buffer *out, bool utf8)
{
	qf_buffer_string(out, utf8 ? "\xe2\x80\xa6" : ">");
}

/* Most text is ASCII: how much of it may be copied as it is? */
static size_t
ascii_length(const char *text, size_t len)
{
	size_t i = 0;

	while (i < len && text[i] >= ' ' && text[i] <= '~')
		i++;
	return i;
}

size_t
qf_text_show(struct qf_buffer *out, const char *text, size_t columns, bool utf8)
{
	size_t left = strlen(text);
	size_t used = 0;
	size_t fit_len = out->len; /* what stays when an ellipsis is needed */
	size_t fit_used = 0;
	unsigned marks = 0;

	while (left > 0) {
		size_t room = columns - used;
		size_t ascii = ascii_length(text, left < room ? left : room);
		struct glyph glyph;

		if (ascii > 0 && ascii < room) {
			qf_buffer_add(out, text, ascii);
			fit_len = out->len;
			fit_used = used += ascii;
			marks = 0;
			text += ascii;
			left -= ascii;
			continue;
		}
		glyph = glyph_of(text, left, utf8, &marks);
		if (glyph.columns > room) {
			out->len = fit_len;
			if (columns == 0)
				return 0;
			add_ellipsis(out, utf8);
			return fit_used + 1;
		}
		qf_buffer_add(out, glyph.bytes, glyph.len);
		used += glyph.columns;
		if (used < columns) {
			fit_len = out->len;
			fit_used = used;
		}
		text += glyph.taken;
		left -= glyph.taken;
	}
	return used;
}

/* C1 controls, and what is_invisible() has: not for a terminal as it is. */
static bool
is_hidden(uint32_t rune)
{
	return rune < 0x20 || (rune >= 0x7f && rune < 0xa0) ||
	       is_invisible(rune);
}

void
qf_text_plain(struct qf_buffer *out, const char *text, size_t len)
{
	unsigned marks = 0;

	while (len > 0) {
		uint32_t rune = 0;
		size_t size = ascii_length(text, len);

		if (size > 0) {
			qf_buffer_add(out, text, size);
			text += size;
			len -= size;
			continue;
		}
		size = qf_utf8_next(text, len, &rune);
		if (size == 0 || is_hidden(rune)) {
			struct glyph glyph = glyph_of(text, len, false, &marks);

			qf_buffer_add(out, glyph.bytes, glyph.len);
			size = glyph.taken;
		} else {
			qf_buffer_add(out, text, size);
		}
		text += size;
		len -= size;
	}
}

/* What needs no escape in JSON. */
static size_t
plain_length(const char *text, size_t len)
{
	size_t i = 0;

	while (i < len && text[i] >= ' ' && text[i] <= '~' && text[i] != '"' &&
	       text[i] != '\\')
		i++;
	return i;
}

/* One or two \u escapes (RFC 8259, section 7). */
static void
json_unicode(struct qf_buffer *out, uint32_t rune)
{
	char text[16];

	if (rune > 0xffff)
		snprintf(text, sizeof(text), "\\u%04X\\u%04X",
			 0xd800 + ((rune - 0x10000) >> 10),
			 0xdc00 + ((rune - 0x10000) & 0x3ff));
	else
		snprintf(text, sizeof(text), "\\u%04X", rune);
	qf_buffer_string(out, text);
}

static void
json_escape(struct qf_buffer *out, unsigned char byte)
{
	static const char letters[] = "btnvfr"; /* from \b, 8, to \r, 13 */

	if (byte == '"' || byte == '\\') {
		qf_buffer_byte(out, '\\');
		qf_buffer_byte(out, (char)byte);
	} else if (byte >= 8 && byte <= 13 && byte != 11) {
		qf_buffer_byte(out, '\\');
		qf_buffer_byte(out, letters[byte - 8]);
	} else {
		json_unicode(out, byte);
	}
}

void
qf_text_json(struct qf_buffer *out, const char *text)
{
	size_t left = strlen(text);

	qf_buffer_byte(out, '"');
	while (left > 0) {
		uint32_t rune = 0;
		size_t size = plain_length(text, left);

		if (size > 0) {
			qf_buffer_add(out, text, size);
			text += size;
			left -= size;
			continue;
		}
		size = qf_utf8_next(text, left, &rune);
		if (size == 0) {
			qf_buffer_string(out, "\xef\xbf\xbd");
			size = 1;
		} else if (rune < 0x20 || rune == '"' || rune == '\\') {
			json_escape(out, (unsigned char)*text);
		} else if (is_hidden(rune)) {
			json_unicode(out, rune);
		} else {
			qf_buffer_add(out, text, size);
		}
		text += size;
		left -= size;
	}
	qf_buffer_byte(out, '"');
}

void
qf_text_ascii(struct qf_buffer *out, const char *text, size_t len)
{
	while (len > 0) {
		uint32_t rune = 0xfffd;
		size_t size = qf_utf8_next(text, len, &rune);

		if (size == 1)
			qf_buffer_byte(out, *text);
		else
			json_unicode(out, rune);
		size = size == 0 ? 1 : size;
		text += size;
		len -= size;
	}
}

void
qf_text_base64(struct qf_buffer *out, const char *data, size_t len)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *in = (const unsigned char *)data;

	for (size_t i = 0; i < len; i += 3) {
		size_t have = len - i < 3 ? len - i : 3;
		uint32_t group = (uint32_t)in[i] << 16;

		if (have > 1)
			group |= (uint32_t)in[i + 1] << 8;
		if (have > 2)
			group |= in[i + 2];
		qf_buffer_byte(out, digits[group >> 18]);
		qf_buffer_byte(out, digits[group >> 12 & 63]);
		qf_buffer_byte(out, have > 1 ? digits[group >> 6 & 63] : '=');
		qf_buffer_byte(out, have > 2 ? digits[group & 63] : '=');
	}
}
