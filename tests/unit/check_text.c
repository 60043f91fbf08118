/*
 * check_text.c - text from strangers does no harm, and loses nothing that
 * can be shown.
 */
#include "queue-format/text.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

static struct qf_buffer out;

static void
begin(void)
{
	ck_assert_ptr_nonnull(setlocale(LC_CTYPE, "C.UTF-8"));
}

static void
end(void)
{
	qf_buffer_free(&out);
}

/* 0: no character starts there. */
static const struct {
	const char *text;
	size_t len;
	size_t size;
	uint32_t rune;
} runes[] = {
	{ BYTES("a"), 1, 'a' },
	{ BYTES("\0"), 1, 0 },
	{ BYTES("\x7f"), 1, 0x7f },
	{ BYTES("\xc2\x80"), 2, 0x80 },
	{ BYTES("\xdf\xbf"), 2, 0x7ff },
	{ BYTES("\xe0\xa0\x80"), 3, 0x800 },
	{ BYTES("\xed\x9f\xbf"), 3, 0xd7ff },
	{ BYTES("\xee\x80\x80"), 3, 0xe000 },
	{ BYTES("\xef\xbf\xbf"), 3, 0xffff },
	{ BYTES("\xf0\x90\x80\x80"), 4, 0x10000 },
	{ BYTES("\xf4\x8f\xbf\xbf"), 4, 0x10ffff },
	{ BYTES("\xc3\xa9z"), 2, 0xe9 },
	/* A byte that goes on a character, and none that it goes on. */
	{ BYTES("\x80"), 0, 0 },
	{ BYTES("\xbf"), 0, 0 },
	/* Longer than needed. */
	{ BYTES("\xc0\x80"), 0, 0 },
	{ BYTES("\xc1\xbf"), 0, 0 },
	{ BYTES("\xe0\x9f\xbf"), 0, 0 },
	{ BYTES("\xf0\x8f\xbf\xbf"), 0, 0 },
	/* Surrogates, and too large. */
	{ BYTES("\xed\xa0\x80"), 0, 0 },
	{ BYTES("\xed\xbf\xbf"), 0, 0 },
	{ BYTES("\xf4\x90\x80\x80"), 0, 0 },
	{ BYTES("\xf5\x80\x80\x80"), 0, 0 },
	{ BYTES("\xf8\x88\x80\x80\x80"), 0, 0 },
	{ BYTES("\xfe"), 0, 0 },
	{ BYTES("\xff"), 0, 0 },
	/* Cut off: by another character, and by the end. */
	{ BYTES("\xc3z"), 0, 0 },
	{ BYTES("\xe2\x82z"), 0, 0 },
	{ BYTES("\xf0\x9f\x93z"), 0, 0 },
	{ "\xc3\xa9", 1, 0, 0 },
	{ "\xe2\x82\xac", 2, 0, 0 },
	{ "\xf0\x9f\x93\xac", 3, 0, 0 },
};

START_TEST(reads_one_character)
{
	uint32_t rune = 12345;
	size_t size = qf_utf8_next(runes[_i].text, runes[_i].len, &rune);

	ck_assert_uint_eq(size, runes[_i].size);
	ck_assert_uint_eq(rune, size == 0 ? 12345 : runes[_i].rune);
	ck_assert_int_eq(qf_utf8_valid(runes[_i].text, size), true);
	if (size == 0)
		ck_assert(!qf_utf8_valid(runes[_i].text, runes[_i].len));
}
END_TEST

static size_t
encode(uint32_t rune, char *text)
{
	static const unsigned char marks[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	size_t size = rune < 0x80      ? 1
		      : rune < 0x800   ? 2
		      : rune < 0x10000 ? 3
				       : 4;

	for (size_t i = size; i-- > 1; rune >>= 6)
		text[i] = (char)(0x80 | (rune & 0x3f));
	text[0] = (char)(marks[size] | rune);
	return size;
}

START_TEST(reads_every_character)
{
	char text[5] = "";

	for (uint32_t rune = 0; rune <= 0x10ffff; rune++) {
		size_t size = encode(rune, text);
		bool surrogate = rune >= 0xd800 && rune <= 0xdfff;
		uint32_t read = 0;

		if (qf_utf8_next(text, size, &read) != (surrogate ? 0 : size) ||
		    (!surrogate && read != rune))
			ck_abort_msg("U+%04X is read as U+%04X", rune, read);
		if (size > 1 && qf_utf8_next(text, size - 1, &read) != 0)
			ck_abort_msg("U+%04X is read from too little", rune);
	}
}
END_TEST

START_TEST(tells_valid_text)
{
	ck_assert(qf_utf8_valid("", 0));
	ck_assert(
		qf_utf8_valid(BYTES("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x93\xac")));
	ck_assert(!qf_utf8_valid(BYTES("a\xc3\xa9\xff")));
	ck_assert(!qf_utf8_valid(BYTES("\xff")));
	ck_assert(!qf_utf8_valid("a\xc3\xa9", 2));
}
END_TEST

#define ALL	 SIZE_MAX
#define ELLIPSIS "\xe2\x80\xa6"
#define ACUTE	 "\xcc\x81"	/* takes no column */
#define ONE	 "\xe4\xb8\x80" /* these two take two columns */
#define TWO	 "\xe4\xba\x8c"

static const struct {
	const char *text;
	size_t columns;
	const char *shown;
	size_t used;
} shows[] = {
	{ "", ALL, "", 0 },
	{ "", 0, "", 0 },
	{ "plain ~", ALL, "plain ~", 7 },
	{ "plain", 5, "plain", 5 },
	{ "plain", 4, "pla" ELLIPSIS, 4 },
	{ "plain", 2, "p" ELLIPSIS, 2 },
	{ "plain", 1, ELLIPSIS, 1 },
	{ "p", 1, "p", 1 },
	{ "plain", 0, "", 0 },
	{ ACUTE "plain", 0, "", 0 },

	/* Controls, C1 too, and what can recolour or retitle a terminal. */
	{ "a\tb\nc", ALL, "a^Ib^Jc", 7 },
	{ "\x1b[31m", ALL, "^[[31m", 6 },
	{ "\x7f\x01\x1f", ALL, "^?^A^_", 6 },
	{ "\xc2\x80\xc2\x9b", ALL, "<U+0080><U+009B>", 16 },
	{ "\x9b"
	  "31m",
	  ALL, "<9B>31m", 7 },
	{ "ab\x01", 3, "ab" ELLIPSIS, 3 },
	{ "ab\x01", 4, "ab^A", 4 },
	{ "ab\x01", 2, "a" ELLIPSIS, 2 },

	/* No UTF-8. */
	{ "\xff\xc0\x80", ALL, "<FF><C0><80>", 12 },
	{ "a\xe2\x82", ALL, "a<E2><82>", 9 },
	{ "\xed\xa0\x80", ALL, "<ED><A0><80>", 12 },
	{ "a\xff", 5, "a<FF>", 5 },
	{ "a\xff", 4, "a" ELLIPSIS, 2 },

	/* Direction, invisible ones, tags. */
	{ "a\xe2\x80\xae"
	  "b",
	  ALL, "a<U+202E>b", 10 },
	{ "\xe2\x80\xaa\xe2\x80\xac\xe2\x80\x8e\xe2\x80\x8f", ALL,
	  "<U+202A><U+202C><U+200E><U+200F>", 32 },
	{ "\xe2\x81\xa6\xe2\x81\xa9\xd8\x9c", ALL, "<U+2066><U+2069><U+061C>",
	  24 },
	{ "a\xe2\x80\x8b\xc2\xad\xef\xbb\xbf", ALL, "a<U+200B><U+00AD><U+FEFF>",
	  25 },
	{ "\xf3\xa0\x81\x81", ALL, "<U+E0041>", 9 },
	{ "\xef\xb8\x8f\xe1\x85\x9f\xe3\x85\xa4", ALL,
	  "<U+FE0F><U+115F><U+3164>", 24 },
	{ "\xf4\x8f\xbf\xbf", ALL, "<U+10FFFF>", 10 },
	/* Letters of a script that is written from the right stay. */
	{ "\xd7\x90\xd8\xa8", ALL, "\xd7\x90\xd8\xa8", 2 },

	/* Two columns: at the edge, in front of it, behind it. */
	{ ONE TWO, ALL, ONE TWO, 4 },
	{ ONE TWO, 4, ONE TWO, 4 },
	{ ONE TWO, 3, ONE ELLIPSIS, 3 },
	{ ONE TWO, 2, ELLIPSIS, 1 },
	{ ONE TWO, 1, ELLIPSIS, 1 },
	{ ONE, 2, ONE, 2 },
	{ ONE, 1, ELLIPSIS, 1 },
	{ "a" ONE, 2, "a" ELLIPSIS, 2 },
	{ "a" ONE, 3, "a" ONE, 3 },
	{ "a" ONE "b", 3, "a" ELLIPSIS, 2 },
	{ ONE "b" TWO, 4, ONE "b" ELLIPSIS, 4 },
	{ "\xf0\x9f\x93\xac!", ALL, "\xf0\x9f\x93\xac!", 3 },

	/* Marks go with their letter, also the last one that fits. */
	{ "e" ACUTE "x", ALL, "e" ACUTE "x", 2 },
	{ "ae" ACUTE, 2, "ae" ACUTE, 2 },
	{ "ae" ACUTE "x", 2, "a" ELLIPSIS, 2 },
	{ "e" ACUTE "xy", 2, "e" ACUTE ELLIPSIS, 2 },
	{ "e" ACUTE ACUTE ACUTE ACUTE, ALL, "e" ACUTE ACUTE ACUTE ACUTE, 1 },
	{ "e" ACUTE ACUTE ACUTE ACUTE ACUTE "x", ALL,
	  "e" ACUTE ACUTE ACUTE ACUTE "<U+0301>x", 10 },
	{ ONE ACUTE ACUTE ACUTE ACUTE TWO ACUTE, ALL,
	  ONE ACUTE ACUTE ACUTE ACUTE TWO ACUTE, 4 },
	{ "e" ACUTE ACUTE ACUTE ACUTE "f" ACUTE, ALL,
	  "e" ACUTE ACUTE ACUTE ACUTE "f" ACUTE, 2 },
};

START_TEST(shows_text)
{
	size_t used;

	qf_buffer_string(&out, "| ");
	used = qf_text_show(&out, shows[_i].text, shows[_i].columns, true);
	ck_assert_str_eq(qf_buffer_text(&out) + 2, shows[_i].shown);
	ck_assert_uint_eq(used, shows[_i].used);
	ck_assert_mem_eq(out.data, "| ", 2);
}
END_TEST

static const struct {
	const char *text;
	size_t columns;
	const char *shown;
	size_t used;
} ascii_shows[] = {
	{ "plain", ALL, "plain", 5 },
	{ "plain", 4, "pla>", 4 },
	{ "plain", 1, ">", 1 },
	{ "plain", 0, "", 0 },
	{ "j\xc3\xb6rg", ALL, "j<U+00F6>rg", 11 },
	{ "j\xc3\xb6rg", 9, "j>", 2 },
	{ "j\xc3\xb6", 9, "j<U+00F6>", 9 },
	{ "\xe4\xb8\x80\xff", ALL, "<U+4E00><FF>", 12 },
	{ "e\xcc\x81", ALL, "e<U+0301>", 9 },
	{ "\x1b\x7f~", ALL, "^[^?~", 5 },
};

static void
expect_ascii(int i, bool utf8)
{
	size_t used = qf_text_show(&out, ascii_shows[i].text,
				   ascii_shows[i].columns, utf8);

	ck_assert_str_eq(qf_buffer_text(&out), ascii_shows[i].shown);
	ck_assert_uint_eq(used, ascii_shows[i].used);
	qf_buffer_empty(&out);
}

START_TEST(shows_text_in_ascii)
{
	expect_ascii(_i, false);
	/* The C library does not know any width then. */
	ck_assert_ptr_nonnull(setlocale(LC_CTYPE, "C"));
	expect_ascii(_i, false);
}
END_TEST

START_TEST(the_c_locale_has_no_widths)
{
	ck_assert_ptr_nonnull(setlocale(LC_CTYPE, "C"));
	ck_assert_uint_eq(qf_text_show(&out, "j\xc3\xb6", SIZE_MAX, true), 9);
	ck_assert_str_eq(qf_buffer_text(&out), "j<U+00F6>");
}
END_TEST

/* No byte string makes a control byte, or is wider than it may be. */
static void
expect_harmless(void)
{
	if (!qf_utf8_valid(out.data, out.len))
		ck_abort_msg("shows bytes that are not UTF-8");
	for (size_t i = 0; i < out.len; i++) {
		if ((unsigned char)out.data[i] < 0x20 || out.data[i] == 0x7f)
			ck_abort_msg("shows a control byte");
	}
	qf_buffer_empty(&out);
}

START_TEST(no_text_does_harm)
{
	srand48(_i);
	for (int round = 0; round < 3000; round++) {
		char text[33];
		size_t len = (size_t)(lrand48() % 32);
		size_t columns = (size_t)(lrand48() % 40);

		for (size_t i = 0; i < len; i++)
			text[i] = (char)(lrand48() % 255 + 1);
		text[len] = '\0';
		ck_assert_uint_le(qf_text_show(&out, text, columns, true),
				  columns);
		expect_harmless();
		qf_text_plain(&out, text, len);
		expect_harmless();
		qf_text_json(&out, text);
		expect_harmless();
	}
}
END_TEST

static const struct {
	const char *text;
	size_t len;
	const char *plain;
} plains[] = {
	{ BYTES(""), "" },
	{ BYTES("plain \"\\ ~"), "plain \"\\ ~" },
	{ BYTES("a\tb\0c\x7f\x1b[m"), "a^Ib^@c^?^[[m" },
	{ BYTES("j\xc3\xb6\xe4\xb8\x80\xf0\x9f\x93\xac"),
	  "j\xc3\xb6\xe4\xb8\x80\xf0\x9f\x93\xac" },
	{ BYTES("\xc2\x9b\xc2\x80\xc2\xa0"), "<U+009B><U+0080>\xc2\xa0" },
	{ BYTES("\xe2\x80\xae\xf3\xa0\x81\x81"), "<U+202E><U+E0041>" },
	{ BYTES("\xff\xe2\x82"), "<FF><E2><82>" },
	{ BYTES("e\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81"),
	  "e\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81" },
	{ "\xc3\xa9", 1, "<C3>" },
	{ "abc", 2, "ab" },
};

START_TEST(writes_plain_text)
{
	qf_text_plain(&out, plains[_i].text, plains[_i].len);
	ck_assert_str_eq(qf_buffer_text(&out), plains[_i].plain);
	qf_buffer_empty(&out);
	/* Whatever the locale is. */
	ck_assert_ptr_nonnull(setlocale(LC_CTYPE, "C"));
	qf_text_plain(&out, plains[_i].text, plains[_i].len);
	ck_assert_str_eq(qf_buffer_text(&out), plains[_i].plain);
}
END_TEST

static const struct {
	const char *text;
	const char *json;
} strings[] = {
	{ "", "\"\"" },
	{ "plain / ~", "\"plain / ~\"" },
	{ "a\"b\\c", "\"a\\\"b\\\\c\"" },
	{ "\b\f\n\r\t", "\"\\b\\f\\n\\r\\t\"" },
	{ "\x01\x07\x0b\x0e\x1f\x7f",
	  "\"\\u0001\\u0007\\u000B\\u000E\\u001F\\u007F\"" },
	{ "j\xc3\xb6\xe4\xb8\x80\xf0\x9f\x93\xac",
	  "\"j\xc3\xb6\xe4\xb8\x80\xf0\x9f\x93\xac\"" },
	/* What a terminal would not show, or obey. */
	{ "\xc2\x80\xc2\x9b\xc2\x9f\xc2\xa0",
	  "\"\\u0080\\u009B\\u009F\xc2\xa0\"" },
	{ "\xe2\x80\xae\xef\xbb\xbf", "\"\\u202E\\uFEFF\"" },
	{ "\xf3\xa0\x80\x80\xf3\xa0\x81\x81\xf3\xa0\xbf\xbf",
	  "\"\\uDB40\\uDC00\\uDB40\\uDC41\\uDB43\\uDFFF\"" },
	{ "a\xff"
	  "b",
	  "\"a\xef\xbf\xbd"
	  "b\"" },
	{ "\xc3", "\"\xef\xbf\xbd\"" },
	{ "\xe2\x82", "\"\xef\xbf\xbd\xef\xbf\xbd\"" },
	{ "\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
	{ "\xc0\xa2", "\"\xef\xbf\xbd\xef\xbf\xbd\"" },
};

START_TEST(writes_json_strings)
{
	qf_text_json(&out, strings[_i].text);
	ck_assert_str_eq(qf_buffer_text(&out), strings[_i].json);
}
END_TEST

static const struct {
	const char *bytes;
	size_t len;
	const char *base64;
} base64s[] = {
	{ BYTES(""), "" },
	{ BYTES("f"), "Zg==" },
	{ BYTES("fo"), "Zm8=" },
	{ BYTES("foo"), "Zm9v" },
	{ BYTES("foob"), "Zm9vYg==" },
	{ BYTES("fooba"), "Zm9vYmE=" },
	{ BYTES("foobar"), "Zm9vYmFy" },
	{ BYTES("\0\0\0"), "AAAA" },
	{ BYTES("\0"), "AA==" },
	{ BYTES("\xff\xff\xff"), "////" },
	{ BYTES("\xfb\xef\xbe\xfb"), "++++"
				     "+w==" },
	{ BYTES("\x00\x10\x83\x10\x51\x87\x20\x92\x8b"), "ABCDEFGHIJKL" },
};

START_TEST(writes_base64)
{
	qf_text_base64(&out, base64s[_i].bytes, base64s[_i].len);
	ck_assert_str_eq(qf_buffer_text(&out), base64s[_i].base64);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("text");
	TCase *tc = tcase_create("text");

	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_loop_test(tc, reads_one_character, 0, COUNT(runes));
	tcase_add_test(tc, reads_every_character);
	tcase_add_test(tc, tells_valid_text);
	tcase_add_loop_test(tc, shows_text, 0, COUNT(shows));
	tcase_add_loop_test(tc, shows_text_in_ascii, 0, COUNT(ascii_shows));
	tcase_add_test(tc, the_c_locale_has_no_widths);
	tcase_add_loop_test(tc, no_text_does_harm, 0, 4);
	tcase_add_loop_test(tc, writes_plain_text, 0, COUNT(plains));
	tcase_add_loop_test(tc, writes_json_strings, 0, COUNT(strings));
	tcase_add_loop_test(tc, writes_base64, 0, COUNT(base64s));
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
