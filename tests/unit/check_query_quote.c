/*
 * check_query_quote.c - what was quoted is read as just these bytes, and as
 * nothing else.
 */
#include "queue-format/query/query.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ask.h"
#include "unit.h"

static struct qf_buffer text;

static void
end(void)
{
	qf_buffer_free(&text);
}

/* Does "FIELD = QUOTED" hold for a message with this user? */
static bool
takes(const char *quoted_from, const char *user)
{
	struct qf_message m = ask_message();
	enum qf_verdict verdict;

	qf_buffer_empty(&text);
	qf_buffer_string(&text, "(sasl_user = ");
	qf_query_quote(&text, quoted_from, strlen(quoted_from));
	qf_buffer_byte(&text, ')');
	m.origin.sasl_user = user;
	verdict = ask(qf_buffer_text(&text), &m);
	ck_assert_int_ne(verdict, QF_UNDECIDED);
	return verdict == QF_TAKE;
}

static const struct {
	const char *value;
	const char *quoted;
} examples[] = {
	{ "", "\"\"" },
	{ "a@example.org", "a@example.org" },
	{ "l-b=c.org@example.org", "l-b=c.org@example.org" },
	{ "a b", "\"a b\"" },
	{ "a,b", "\"a,b\"" },
	{ "(a)", "\"(a)\"" },
	{ "a*", "\"a\\*\"" },
	{ "?", "\"\\?\"" },
	{ "a\\b", "\"a\\\\b\"" },
	{ "\"a b\"@c", "'\"a b\"@c'" },
	{ "a\"b", "a\"b" },
	{ "'a", "\"'a\"" },
	{ "'a\"", "'\\'a\"'" },
	{ "a\nb", "\"a\nb\"" },
	{ "\xc3\xa4", "\xc3\xa4" },
	{ "\xff", "\xff" },
	{ "#", "#" },
};

START_TEST(quotes_where_it_must)
{
	const char *value = examples[_i].value;

	qf_query_quote(&text, value, strlen(value));
	ck_assert_str_eq(qf_buffer_text(&text), examples[_i].quoted);
	ck_assert(takes(value, value));
}
END_TEST

/* What has a meaning comes more often. */
static char
any_byte(unsigned *seed)
{
	static const char special[] = "\\\\\\*?\"'(), #@<>=!~\n\t.";
	int number = rand_r(seed);

	if (number % 3 != 0)
		return special[(size_t)(number / 3) % (sizeof(special) - 1)];
	return (char)(number / 3 % 255 + 1);
}

/* Another value: one byte more, less, or in another place's stead. */
static void
change(char *value, size_t len, unsigned *seed)
{
	size_t at = (size_t)rand_r(seed) % len;

	switch (rand_r(seed) % 3) {
	case 0:
		value[len] = any_byte(seed);
		value[len + 1] = '\0';
		break;
	case 1:
		memmove(value + at, value + at + 1, len - at);
		break;
	default:
		value[at] = any_byte(seed);
	}
}

static bool
is_same(const char *a, const char *b)
{
	for (; *a != '\0' || *b != '\0'; a++, b++) {
		char x = *a >= 'A' && *a <= 'Z' ? (char)(*a | 0x20) : *a;
		char y = *b >= 'A' && *b <= 'Z' ? (char)(*b | 0x20) : *b;

		if (x != y)
			return false;
	}
	return true;
}

START_TEST(any_bytes_are_just_these_bytes)
{
	unsigned seed = (unsigned)_i;

	for (int turn = 0; turn < 500; turn++) {
		size_t len = (size_t)rand_r(&seed) % 12;
		char value[16] = "";
		char other[16] = "";

		for (size_t i = 0; i < len; i++)
			value[i] = any_byte(&seed);
		ck_assert_msg(takes(value, value), "%s", qf_buffer_text(&text));
		memcpy(other, value, sizeof(other));
		if (len > 0)
			change(other, len, &seed);
		ck_assert_msg(takes(value, other) == is_same(value, other),
			      "%s: %s", qf_buffer_text(&text), other);
	}
}
END_TEST

/* The longest value fits when it needs no backslashes. */
START_TEST(a_long_value_may_be_quoted)
{
	char value[4097];

	memset(value, ' ', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	ck_assert(takes(value, value));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("query_quote");
	TCase *tc = tcase_create("query_quote");

	tcase_add_checked_fixture(tc, NULL, end);
	tcase_add_loop_test(tc, quotes_where_it_must, 0, COUNT(examples));
	tcase_add_loop_test(tc, any_bytes_are_just_these_bytes, 0, 10);
	tcase_add_test(tc, a_long_value_may_be_quoted);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
