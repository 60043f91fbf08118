/*
 * check_content_charset.c - bytes become UTF-8: in the charset they say, in
 * what they are when they lie, and as bytes when nobody knows.
 */
#include "queue-format/content/charset.h"

#include "unit.h"

static struct qf_charsets *charsets;
static struct qf_buffer out;

static void
begin(void)
{
	charsets = qf_charset_load();
	ck_assert_ptr_nonnull(charsets);
}

static void
end(void)
{
	qf_charset_unload(charsets);
	qf_buffer_free(&out);
}

static const struct {
	const char *charset;
	const char *data;
	size_t len;
	bool cut;
	enum qf_charset_result result;
	const char *wanted;
} texts[] = {
	{ "", BYTES("abc"), false, QF_CHARSET_AS_SAID, "abc" },
	{ "", BYTES(""), false, QF_CHARSET_AS_SAID, "" },
	{ "us-ascii", BYTES("\xc3\xa9"), false, QF_CHARSET_AS_SAID, "é" },
	{ "utf-8", BYTES("caf\xe9"), false, QF_CHARSET_GUESSED, "café" },
	{ "UTF8", BYTES("\x80"), false, QF_CHARSET_GUESSED, "€" },
	/* windows-1252 has nothing there. */
	{ "utf-8", BYTES("\x81"), false, QF_CHARSET_GUESSED, "\ufffd" },
	{ "utf-8", BYTES("a\xe6\x97"), true, QF_CHARSET_AS_SAID, "a" },
	{ "utf-8", BYTES("a\xf0\x9f\x93"), true, QF_CHARSET_AS_SAID, "a" },
	{ "utf-8", BYTES("a\xe6\x97\xa9"), true, QF_CHARSET_AS_SAID, "a早" },
	{ "utf-8", BYTES("a\xc3\xa9"), true, QF_CHARSET_AS_SAID, "aé" },
	{ "iso-8859-1", BYTES("\x93x\x94"), false, QF_CHARSET_AS_SAID,
	  "\u201cx\u201d" },
	{ "koi8-r", BYTES("\xf0\xd2"), false, QF_CHARSET_AS_SAID, "Пр" },
	{ "iso-2022-jp", BYTES("\x1b$BF|\x1b(B."), false, QF_CHARSET_AS_SAID,
	  "日." },
	{ "gb2312", BYTES("\x81\x30\x81\x30"), false, QF_CHARSET_AS_SAID,
	  "\xc2\x80" },
	{ "big5", BYTES("\xa6\xad"), false, QF_CHARSET_AS_SAID, "早" },
	{ "big5", BYTES("\xa6\xad\xa6"), true, QF_CHARSET_AS_SAID, "早" },
	{ "big5", BYTES("\xa6\xad\xa6"), false, QF_CHARSET_DAMAGED,
	  "早\ufffd" },
	{ "euc-jp", BYTES("\xff\xff."), false, QF_CHARSET_DAMAGED,
	  "\ufffd\ufffd." },
	/* A letter that is kept back for its mark. */
	{ "windows-1255", BYTES("\xed"), false, QF_CHARSET_AS_SAID, "ם" },
	{ "x-nobody", BYTES("a\x9b\0b"), false, QF_CHARSET_UNKNOWN, "a<9B>" },
	{ "utf-8//TRANSLIT", BYTES("\xe9"), false, QF_CHARSET_UNKNOWN, "<E9>" },
	{ "../x", BYTES("\xe9"), false, QF_CHARSET_UNKNOWN, "<E9>" },
};

START_TEST(becomes_utf8)
{
	ck_assert_int_eq(qf_charset_decode(&out, texts[_i].charset,
					   texts[_i].data, texts[_i].len,
					   texts[_i].cut),
			 texts[_i].result);
	ck_assert_str_eq(qf_buffer_text(&out), texts[_i].wanted);
}
END_TEST

/* What is converted in many steps is what it is in one. */
START_TEST(long_texts)
{
	struct qf_buffer data = { 0 };

	for (int i = 0; i < 10000; i++)
		qf_buffer_string(&data, "\xa6\xad.");
	ck_assert_int_eq(
		qf_charset_decode(&out, "big5", data.data, data.len, false),
		QF_CHARSET_AS_SAID);
	ck_assert_uint_eq(out.len, 40000);
	for (size_t i = 0; i < out.len; i += 4)
		ck_assert_mem_eq(out.data + i, "早.", 4);
	qf_buffer_free(&data);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("content_charset");
	TCase *tc = tcase_create("charset");

	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_loop_test(tc, becomes_utf8, 0, COUNT(texts));
	tcase_add_test(tc, long_texts);
	suite_add_tcase(s, tc);
	return s;
}

int
main(void)
{
	return unit_run(suite());
}
