/*
 * check_address.c - addresses are quoted, and bytes replaced, as Postfix does.
 */
#include "queue-format/postfix/address.h"

#include <stdbool.h>
#include <string.h>

#include "unit.h"

static const struct {
	const char *raw;
	const char *quoted;
} addresses[] = {
	{ "", "\"\"" },
	{ "user@example.com", "user@example.com" },
	{ "user", "user" },
	{ "first.last@example.com", "first.last@example.com" },
	{ "a+b=c_d-e!#$%&'*/?^`{|}~@x", "a+b=c_d-e!#$%&'*/?^`{|}~@x" },
	{ "a b@example.com", "\"a b\"@example.com" },
	{ "\"q\"@x", "\"\\\"q\\\"\"@x" },
	{ "a\\b@x", "\"a\\\\b\"@x" },
	{ "a\rb@x", "\"a\\\rb\"@x" },
	{ "a\nb@x", "\"a\nb\"@x" },
	{ "a\tb@x", "\"a\tb\"@x" },
	{ "a\x7f@x", "\"a\x7f\"@x" },
	{ "a\001@x", "\"a\001\"@x" },
	{ "a@b@c@d", "\"a@b@c\"@d" },
	{ ".a@x", "\".a\"@x" },
	{ "a.@x", "\"a.\"@x" },
	{ "a..b@x", "\"a..b\"@x" },
	{ "a.b.c@x", "a.b.c@x" },
	{ ".@x", "\".\"@x" },
	{ "a(b@x", "\"a(b\"@x" },
	{ "a)b@x", "\"a)b\"@x" },
	{ "a<b@x", "\"a<b\"@x" },
	{ "a>b@x", "\"a>b\"@x" },
	{ "a,b@x", "\"a,b\"@x" },
	{ "a;b@x", "\"a;b\"@x" },
	{ "a:b@x", "\"a:b\"@x" },
	{ "a[b@x", "\"a[b\"@x" },
	{ "a]b@x", "\"a]b\"@x" },
	{ "@x", "\"\"@x" },
	{ "@", "\"\"@" },
	{ "a@", "a@" },
	{ "a b", "\"a b\"" },
	{ "a.", "\"a.\"" },
	{ "j\xc3\xb6rg@x", "j\xc3\xb6rg@x" },
	{ "\xff\x80@x", "\xff\x80@x" },
	/* The domain stays as it is, whatever is in it. */
	{ "a@b c..d(e", "a@b c..d(e" },
	{ "a@[1.2.3.4]", "a@[1.2.3.4]" },
	{ "a@x.", "a@x." },
	/* A source route is not part of the local part. */
	{ "@relay:a b@x", "@relay:\"a b\"@x" },
	{ "@relay:a@x", "@relay:a@x" },
	{ "@r1,@r2:a@x", "@r1,@r2:a@x" },
	{ "@r1:a:b@x", "@r1:\"a:b\"@x" },
	{ "@r1:", "@r1:\"\"" },
	{ "@r1:@x", "@r1:\"\"@x" },
	{ "a@r1:b@x", "\"a@r1:b\"@x" },
};

START_TEST(quotes_as_postfix_does)
{
	struct qf_arena arena = { 0 };
	const char *quoted = qf_address_quote(&arena, addresses[_i].raw);

	ck_assert_str_eq(quoted, addresses[_i].quoted);
	qf_arena_free(&arena);
}
END_TEST

/* All that can grow does: twice the length and two quotes. */
START_TEST(quotes_a_long_address)
{
	struct qf_arena arena = { 0 };
	char raw[3000];
	char wanted[6003];

	memset(raw, '"', 2997);
	memcpy(raw + 2997, "@x", 3);
	wanted[0] = '"';
	for (size_t i = 0; i < 2997; i++)
		memcpy(wanted + 1 + 2 * i, "\\\"", 2);
	memcpy(wanted + 1 + 2 * 2997, "\"@x", 4);
	ck_assert_str_eq(qf_address_quote(&arena, raw), wanted);
	qf_arena_free(&arena);
}
END_TEST

/* What stays with smtputf8_enable = no, up to 3.8, since 3.9. */
static const struct {
	const char *text;
	const char *ascii;
	const char *loose;
	const char *strict;
} texts[] = {
	{ "", "", "", "" },
	{ " plain ~", " plain ~", " plain ~", " plain ~" },
	{ "a\tb\r\n\x7f\001", "a?b????", "a?b????", "a?b????" },
	{ "na\xc3\xafve", "na??ve", "na\xc3\xafve", "na\xc3\xafve" },
	/* The first byte of a character alone, or the second. */
	{ "na\xc3ve", "na?ve", "na?ve", "na?ve" },
	{ "na\xc3", "na?", "na?", "na?" },
	{ "\xaf", "?", "?", "?" },
	{ "x\x80y", "x?y", "x?y", "x?y" },
	/* Up to 3.8 two bytes are enough, and so are seven. */
	{ "\xe2\x82", "??", "\xe2\x82", "??" },
	{ "\xe2\x82z", "??z", "\xe2\x82z", "??z" },
	{ "\xc3\xaf\x80\x80z", "????z", "\xc3\xaf\x80\x80z", "\xc3\xaf??z" },
	{ "\xe2\x82\xac", "???", "\xe2\x82\xac", "\xe2\x82\xac" },
	{ "\xc3\xaf\x80\x80\x80\x80\x80z", "???????z",
	  "\xc3\xaf\x80\x80\x80\x80\x80z", "\xc3\xaf?????z" },
	{ "\xf0\x9f\x93\xac.", "????.", "\xf0\x9f\x93\xac.",
	  "\xf0\x9f\x93\xac." },
	/* Overlong, surrogate, above U+10FFFF. */
	{ "\xc0\xaf", "??", "??", "??" },
	{ "\xc1\xbf", "??", "??", "??" },
	{ "\xc2\x80", "??", "\xc2\x80", "\xc2\x80" },
	{ "\xe0\x80\xaf", "???", "\xe0\x80\xaf", "???" },
	{ "\xed\xa0\x80", "???", "\xed\xa0\x80", "???" },
	{ "\xf4\x90\x80\x80", "????", "\xf4\x90\x80\x80", "????" },
	{ "\xf5\x80\x80\x80", "????", "\xf5\x80\x80\x80", "????" },
	{ "\xfe\x80", "??", "\xfe\x80", "??" },
	{ "\xff\x80", "??", "??", "??" },
	/* Two letters of which the first lost a byte. */
	{ "\xd0\xb2\xd0\xd0\xba\xba\xd1\x82", "????????",
	  "\xd0\xb2?\xd0\xba\xba\xd1\x82", "\xd0\xb2?\xd0\xba?\xd1\x82" },
	{ "\xe4\xb8\xad\xe5\xe4\xba\x92", "???????",
	  "\xe4\xb8\xad?\xe4\xba\x92", "\xe4\xb8\xad?\xe4\xba\x92" },
};

static void
expect_printable(const char *text, enum qf_printable how, const char *wanted)
{
	char copy[64];
	size_t len = strlen(text);

	memset(copy, '\xbf', sizeof(copy)); /* would go on a character */
	memcpy(copy, text, len);
	qf_printable(copy, len, how);
	ck_assert_mem_eq(copy, wanted, len);
	for (size_t i = len; i < sizeof(copy); i++)
		ck_assert_int_eq(copy[i], '\xbf');
}

START_TEST(replaces_what_postfix_replaces)
{
	expect_printable(texts[_i].text, QF_PRINTABLE_ASCII, texts[_i].ascii);
	expect_printable(texts[_i].text, QF_PRINTABLE_LOOSE, texts[_i].loose);
	expect_printable(texts[_i].text, QF_PRINTABLE_STRICT, texts[_i].strict);
}
END_TEST

START_TEST(each_byte_alone)
{
	for (int byte = 1; byte < 256; byte++) {
		char text[2] = { (char)byte, '\0' };
		bool stays = byte >= 0x20 && byte <= 0x7e;
		char wanted[2] = { stays ? (char)byte : '?', '\0' };

		expect_printable(text, QF_PRINTABLE_ASCII, wanted);
		expect_printable(text, QF_PRINTABLE_LOOSE, wanted);
		expect_printable(text, QF_PRINTABLE_STRICT, wanted);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("address");
	TCase *tc = tcase_create("address");

	tcase_add_loop_test(tc, quotes_as_postfix_does, 0, COUNT(addresses));
	tcase_add_test(tc, quotes_a_long_address);
	tcase_add_loop_test(tc, replaces_what_postfix_replaces, 0,
			    COUNT(texts));
	tcase_add_test(tc, each_byte_alone);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
