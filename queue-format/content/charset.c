/*
 * charset.c - bytes in any of the charsets of mail, as UTF-8.
 */
#include "charset.h"

#include <errno.h>
#include <iconv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "queue-format/text.h"

#define COUNT(array)	  (sizeof(array) / sizeof((array)[0]))
#define REPLACEMENT	  "\xef\xbf\xbd"
#define LONGEST_CHARACTER 8 /* bytes, in any charset */

/*
 * One for each module of iconv that mail has a use for; the other names of
 * the same charset come with it.
 */
static const char *const loaded[] = {
	"ISO-8859-1",	 "ISO-8859-2",	 "ISO-8859-3",	 "ISO-8859-4",
	"ISO-8859-5",	 "ISO-8859-6",	 "ISO-8859-7",	 "ISO-8859-8",
	"ISO-8859-9",	 "ISO-8859-10",	 "ISO-8859-11",	 "ISO-8859-13",
	"ISO-8859-14",	 "ISO-8859-15",	 "ISO-8859-16",	 "WINDOWS-1250",
	"WINDOWS-1251",	 "WINDOWS-1252", "WINDOWS-1253", "WINDOWS-1254",
	"WINDOWS-1255",	 "WINDOWS-1256", "WINDOWS-1257", "WINDOWS-1258",
	"KOI8-R",	 "KOI8-U",	 "GBK",		 "GB2312",
	"GB18030",	 "BIG5",	 "BIG5-HKSCS",	 "EUC-TW",
	"EUC-JP",	 "SHIFT_JIS",	 "CP932",	 "ISO-2022-JP",
	"ISO-2022-JP-3", "EUC-KR",	 "UHC",		 "ISO-2022-KR",
	"ISO-2022-CN",	 "TIS-620",	 "CP874",	 "TCVN",
	"VISCII",	 "UTF-7",	 "UTF-16",	 "UTF-32",
	"MACINTOSH",	 "CP437",	 "CP850",	 "CP852",
	"CP855",	 "CP866",	 "ARMSCII-8",	 "GEORGIAN-PS",
	"JOHAB",
};

/*
 * What is written under one name, and meant by another: mostly what has the
 * characters of the first and more.
 */
static const struct {
	const char *name;
	const char *meant;
} meanings[] = {
	{ "iso-8859-1", "WINDOWS-1252" }, { "latin1", "WINDOWS-1252" },
	{ "gb2312", "GB18030" },	  { "gbk", "GB18030" },
	{ "x-gbk", "GB18030" },		  { "gb_2312-80", "GB18030" },
	{ "big5", "BIG5-HKSCS" },	  { "shift_jis", "CP932" },
	{ "shift-jis", "CP932" },	  { "x-sjis", "CP932" },
	{ "windows-31j", "CP932" },	  { "euc-kr", "UHC" },
	{ "ks_c_5601-1987", "UHC" },	  { "x-windows-949", "UHC" },
	{ "tis-620", "CP874" },		  { "iso-8859-8-i", "ISO-8859-8" },
	{ "x-mac-roman", "MACINTOSH" },	  { "unicode-1-1-utf-7", "UTF-7" },
	{ "iso-8859-11", "CP874" },
};

/* A descriptor that stays open keeps its module. */
struct qf_charsets {
	iconv_t open[COUNT(loaded)];
};

struct qf_charsets *
qf_charset_load(void)
{
	struct qf_charsets *charsets = malloc(sizeof(*charsets));

	for (size_t i = 0; charsets != NULL && i < COUNT(loaded); i++)
		charsets->open[i] = iconv_open("UTF-8", loaded[i]);
	return charsets;
}

void
qf_charset_unload(struct qf_charsets *charsets)
{
	for (size_t i = 0; charsets != NULL && i < COUNT(loaded); i++)
		if (charsets->open[i] != (iconv_t)-1)
			iconv_close(charsets->open[i]);
	free(charsets);
}

static const char *
meaning_of(const char *charset)
{
	for (size_t i = 0; i < COUNT(meanings); i++)
		if (strcasecmp(charset, meanings[i].name) == 0)
			return meanings[i].meant;
	return charset;
}

/* A name of a charset, and none that means something more to iconv. */
static bool
is_name(const char *charset)
{
	size_t len = strspn(charset, "abcdefghijklmnopqrstuvwxyz"
				     "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "0123456789-_.:");

	return len > 0 && len < 40 && charset[len] == '\0';
}

/* Without a charset, or as good as that. */
static bool
is_any(const char *charset)
{
	static const char *const names[] = { "",
					     "us-ascii",
					     "ascii",
					     "ansi_x3.4-1968",
					     "unknown-8bit",
					     "x-unknown",
					     "8bit",
					     "binary" };

	for (size_t i = 0; i < COUNT(names); i++)
		if (strcasecmp(charset, names[i]) == 0)
			return true;
	return false;
}

static bool
is_utf8_name(const char *charset)
{
	return strcasecmp(charset, "utf-8") == 0 ||
	       strcasecmp(charset, "utf8") == 0;
}

/* The length without a character at the end that is not complete. */
static size_t
whole_characters(const char *data, size_t len)
{
	size_t back = 0;

	while (back < 4 && back < len) {
		unsigned char byte = (unsigned char)data[len - 1 - back];

		back++;
		if (byte >= 0xc0)
			return back < (byte >= 0xf0   ? 4u
				       : byte >= 0xe0 ? 3u
						      : 2u)
				       ? len - back
				       : len;
		if (byte < 0x80)
			break;
	}
	return len;
}

/* Some keep a letter back, for the mark that may follow and change it. */
static void
end_conversion(struct qf_buffer *out, iconv_t how)
{
	char *to;
	size_t room;

	if (!qf_buffer_reserve(out, 64))
		return;
	to = out->data + out->len;
	room = out->room - out->len;
	(void)iconv(how, NULL, NULL, &to, &room);
	out->len = (size_t)(to - out->data);
}

/* Convert; gives how many bytes meant nothing. */
static size_t
convert(struct qf_buffer *out, iconv_t how, const char *data, size_t len,
	bool cut)
{
	char *in = (char *)(uintptr_t)data;
	size_t strange = 0;

	while (len > 0 && qf_buffer_reserve(out, 4096)) {
		char *to = out->data + out->len;
		size_t room = out->room - out->len;
		size_t done = iconv(how, &in, &len, &to, &room);

		out->len = (size_t)(to - out->data);
		if (done != (size_t)-1)
			break;
		if (errno == E2BIG)
			continue;
		if (errno == EINVAL && cut && len < LONGEST_CHARACTER)
			break;
		qf_buffer_string(out, REPLACEMENT);
		strange++;
		in++;
		len--;
	}
	end_conversion(out, how);
	return strange;
}

static enum qf_charset_result
convert_from(struct qf_buffer *out, const char *charset, const char *data,
	     size_t len, bool cut)
{
	iconv_t how =
		is_name(charset) ? iconv_open("UTF-8", charset) : (iconv_t)-1;
	size_t strange;

	if (how == (iconv_t)-1)
		return QF_CHARSET_UNKNOWN;
	strange = convert(out, how, data, len, cut);
	iconv_close(how);
	return strange > 0 ? QF_CHARSET_DAMAGED : QF_CHARSET_AS_SAID;
}

static void
show_bytes(struct qf_buffer *out, const char *data, size_t len)
{
	char shown[8];

	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)data[i] < 0x80) {
			qf_buffer_byte(out, data[i]);
			continue;
		}
		snprintf(shown, sizeof(shown), "<%02X>",
			 (unsigned)(unsigned char)data[i]);
		qf_buffer_string(out, shown);
	}
}

enum qf_charset_result
qf_charset_decode(struct qf_buffer *out, const char *charset, const char *data,
		  size_t len, bool cut)
{
	enum qf_charset_result result;

	if (is_any(charset) || is_utf8_name(charset)) {
		if (cut)
			len = whole_characters(data, len);
		if (qf_utf8_valid(data, len)) {
			qf_buffer_add(out, data, len);
			return QF_CHARSET_AS_SAID;
		}
		(void)convert_from(out, "WINDOWS-1252", data, len, cut);
		return QF_CHARSET_GUESSED;
	}
	result = convert_from(out, meaning_of(charset), data, len, cut);
	if (result == QF_CHARSET_UNKNOWN)
		show_bytes(out, data, len);
	return result;
}
