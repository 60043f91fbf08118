/*
 * check_content_words.c - encoded words become what they stand for, however
 * they are cut, and what is none stays as it is.
 */
#include "queue-format/content/mime.h"

#include <string.h>

#include "unit.h"

static struct qf_buffer out;

static void
end(void)
{
	qf_buffer_free(&out);
}

static const struct {
	const char *text;
	const char *wanted;
} words[] = {
	{ "", "" },
	{ "plain", "plain" },
	{ "=?utf-8?B?5pep5a6J?=", "早安" },
	{ "=?UTF-8?b?5pep5a6J?=", "早安" },
	{ "=?utf-8?Q?=E6=97=A9_x?=", "早 x" },
	{ "=?utf-8?q?=e6=97=a9?=", "早" },
	{ "a =?utf-8?Q?b?= c", "a b c" },
	{ "=?utf-8?Q?a?= =?utf-8?Q?b?=", "ab" },
	{ "=?utf-8?Q?a?=\t =?utf-8?Q?b?=", "ab" },
	{ "=?utf-8?Q?a?= x =?utf-8?Q?b?=", "a x b" },
	{ "=?utf-8?Q?a?==?utf-8?Q?b?=", "ab" },
	/* Cut in a character, with padding and without. */
	{ "=?utf-8?B?5pc=?= =?utf-8?B?qQ==?=", "早" },
	{ "=?utf-8?Q?=E6?= =?UTF-8?Q?=97?= =?utf-8?B?qQ==?=", "早" },
	{ "=?utf-8?Q?=E6=97=A9?= =?iso-8859-1?Q?=E9?=", "早é" },
	{ "=?utf-8*en?Q?a?=", "a" },
	{ "=?utf-8?Q?what?"
	  "?=",
	  "what?" },
	{ "=?utf-8?Q?"
	  "?=",
	  "" },
	/* None of these is a word. */
	{ "=?utf-8?Q?a", "=?utf-8?Q?a" },
	{ "=?utf-8?X?a?=", "=?utf-8?X?a?=" },
	{ "=?"
	  "?Q?a?=",
	  "=?"
	  "?Q?a?=" },
	{ "=?=", "=?=" },
	{ "=?", "=?" },
	{ "=?utf-8?Q?a =?utf-8?Q?b?=", "=?utf-8?Q?a b" },
	{ "a=?utf-8?Q?=?=", "a=" },
	{ "=?utf-8?Q?=E?=", "=E" },
	{ "=?x-nobody?Q?a=E9?=", "a<E9>" },
	{ "caf\xe9", "café" },
	{ "早", "早" },
};

START_TEST(are_decoded)
{
	qf_mime_words(&out, words[_i].text, strlen(words[_i].text));
	ck_assert_str_eq(qf_buffer_text(&out), words[_i].wanted);
}
END_TEST

static const struct {
	const char *value;
	const char *wanted;
} folded[] = {
	{ " a", "a" },	    { " a\n b", "a b" }, { " a\r\n\tb ", "a\tb" },
	{ "\n a", "a" },    { "", "" },		 { " \n \n ", "" },
	{ "a\rb", "a\rb" },
};

START_TEST(are_unfolded)
{
	char line[64];
	size_t len = qf_mime_unfold(line, folded[_i].value,
				    strlen(folded[_i].value));

	line[len] = '\0';
	ck_assert_str_eq(line, folded[_i].wanted);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("content_words");
	TCase *tc = tcase_create("words");

	tcase_add_checked_fixture(tc, NULL, end);
	tcase_add_loop_test(tc, are_decoded, 0, COUNT(words));
	tcase_add_loop_test(tc, are_unfolded, 0, COUNT(folded));
	suite_add_tcase(s, tc);
	return s;
}

int
main(void)
{
	return unit_run(suite());
}
