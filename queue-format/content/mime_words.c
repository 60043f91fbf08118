/*
 * mime_words.c - what GMime makes of a message: encoded words (RFC 2047).
 *
 * Words that stand beside each other are one text, and mailers cut it where
 * they like: between the bytes of a character, and with the padding of base64
 * in between.  GMime loses what comes behind such a padding; so words are
 * joined here, as bytes, and GMime decodes base64.
 */
#include "mime.h"

#include <string.h>
#include <strings.h>

#include <gmime/gmime.h>

#include "charset.h"

#define LONGEST_CHARSET 60
#define LONGEST_WORD	4096 /* 75 are allowed, and not kept to */

/* The bytes of words in a row, which have one charset. */
struct run {
	char charset[LONGEST_CHARSET + 1];
	struct qf_buffer bytes;
};

/* "=?charset*language?B?data?=" */
struct word {
	const char *charset;
	size_t charset_len;
	char encoding;
	const char *data;
	size_t data_len;
	size_t len;
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The question mark that ends the data; some write others as themselves. */
static const char *
find_end(const char *data, const char *end)
{
	const char *mark = memchr(data, '?', (size_t)(end - data));

	while (mark != NULL && mark + 1 < end && mark[1] != '=') {
		/* Another word begins. */
		if (mark > data && mark[-1] == '=')
			return NULL;
		mark = memchr(mark + 1, '?', (size_t)(end - mark - 1));
	}
	return mark != NULL && mark + 1 < end ? mark : NULL;
}

static bool
find_word(const char *text, size_t len, struct word *word)
{
	const char *end = text + (len < LONGEST_WORD ? len : LONGEST_WORD);
	const char *mark;

	if (len < 8 || text[0] != '=' || text[1] != '?')
		return false;
	word->charset = text + 2;
	mark = memchr(word->charset, '?', (size_t)(end - word->charset));
	if (mark == NULL || end - mark < 5 || mark[2] != '?')
		return false;
	word->charset_len = (size_t)(mark - word->charset);
	word->encoding = (char)(mark[1] & ~0x20);
	if (word->charset_len == 0 || word->charset_len > LONGEST_CHARSET ||
	    (word->encoding != 'B' && word->encoding != 'Q'))
		return false;
	word->data = mark + 3;
	mark = find_end(word->data, end);
	if (mark == NULL)
		return false;
	word->data_len = (size_t)(mark - word->data);
	word->len = (size_t)(mark + 2 - text);
	mark = memchr(word->charset, '*', word->charset_len);
	if (mark != NULL)
		word->charset_len = (size_t)(mark - word->charset);
	return true;
}

static int
digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void
add_q(struct qf_buffer *out, const char *data, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		int high = i + 2 < len ? digit(data[i + 1]) : -1;
		int low = i + 2 < len ? digit(data[i + 2]) : -1;

		if (data[i] == '=' && high >= 0 && low >= 0) {
			qf_buffer_byte(out, (char)(high << 4 | low));
			i += 2;
		} else {
			qf_buffer_byte(out, data[i] == '_' ? ' ' : data[i]);
		}
	}
}

static void
add_b(struct qf_buffer *out, const char *data, size_t len)
{
	guint32 save = 0;
	int state = 0;

	if (!qf_buffer_reserve(out, len + 4))
		return;
	out->len += g_mime_encoding_base64_decode_step(
		(const unsigned char *)data, len,
		(unsigned char *)out->data + out->len, &state, &save);
}

/* All words of the run are there: what is the text? */
static void
end_run(struct qf_buffer *out, struct run *run)
{
	if (run->charset[0] != '\0')
		(void)qf_charset_decode(out, run->charset, run->bytes.data,
					run->bytes.len, false);
	run->charset[0] = '\0';
	qf_buffer_empty(&run->bytes);
}

static void
add_word(struct qf_buffer *out, struct run *run, const struct word *word)
{
	if (strlen(run->charset) != word->charset_len ||
	    strncasecmp(run->charset, word->charset, word->charset_len) != 0)
		end_run(out, run);
	memcpy(run->charset, word->charset, word->charset_len);
	run->charset[word->charset_len] = '\0';
	if (word->encoding == 'B')
		add_b(&run->bytes, word->data, word->data_len);
	else
		add_q(&run->bytes, word->data, word->data_len);
}

/* What stands between words, or alone: in UTF-8, or of an old Windows. */
static size_t
plain_length(const char *text, size_t len)
{
	struct word word;
	size_t i = 0;

	while (i < len &&
	       !(text[i] == '=' && find_word(text + i, len - i, &word)))
		i++;
	return i;
}

static bool
is_all_blank(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!is_blank(text[i]))
			return false;
	return true;
}

void
qf_mime_words(struct qf_buffer *out, const char *text, size_t len)
{
	struct run run = { .charset = "" };
	bool behind_word = false;
	struct word word;

	while (len > 0) {
		size_t size = plain_length(text, len);

		/* Blanks between two words only keep them apart. */
		if (size > 0 &&
		    !(behind_word && size < len && is_all_blank(text, size))) {
			end_run(out, &run);
			(void)qf_charset_decode(out, "", text, size, false);
		}
		text += size;
		len -= size;
		behind_word = len > 0 && find_word(text, len, &word);
		if (behind_word) {
			add_word(out, &run, &word);
			text += word.len;
			len -= word.len;
		}
	}
	end_run(out, &run);
	out->failed = out->failed || run.bytes.failed;
	qf_buffer_free(&run.bytes);
}

size_t
qf_mime_unfold(char *out, const char *value, size_t len)
{
	size_t done = 0;

	for (size_t i = 0; i < len; i++) {
		if (value[i] == '\n' ||
		    (value[i] == '\r' && i + 1 < len && value[i + 1] == '\n'))
			continue;
		if (done == 0 && (value[i] == ' ' || value[i] == '\t'))
			continue;
		out[done++] = value[i];
	}
	while (done > 0 && is_blank(out[done - 1]))
		done--;
	return done;
}
