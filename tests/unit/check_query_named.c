/*
 * check_query_named.c - selections that have a name: what they mean, that
 * they may use each other and not themselves, and what is said of mistakes
 * inside of them.
 */
#include "queue-format/query/query.h"

#include <stdio.h>
#include <string.h>

#include "ask.h"
#include "unit.h"

static const struct {
	const char *name;
	const char *text;
} names[] = {
	{ "yes", "size" },
	{ "no", "held" },
	{ "either", "held or size" },
	{ "uses", "@yes and not @no" },
	{ "a.b-c_9", "size" },
	{ "people", "rcpt.domain = example.org" },
	{ "all-of-them", "all(rcpt = *)" },
	{ "comment", "size # held\n and sender" },
	{ "lines", "size\n\t and sender\n" },
	{ "self", "held or @self" },
	{ "one", "@two" },
	{ "two", "size and @three" },
	{ "three", "not @one" },
	{ "broken", "size and sendr = x" },
	{ "open", "(size" },
	{ "closed", "size)" },
	{ "empty", "" },
	{ "habit", "size && size" },
	{ "uses-broken", "held or @broken" },
	{ "missing", "@nobody" },
};

static const char *
find(void *context, const char *name, size_t len)
{
	ck_assert_ptr_eq(context, (void *)&names[0].name);
	for (int i = 0; i < COUNT(names); i++) {
		if (strlen(names[i].name) == len &&
		    memcmp(names[i].name, name, len) == 0)
			return names[i].text;
	}
	return NULL;
}

static struct qf_query_options
with_names(void)
{
	struct qf_query_options options = ask_options();

	options.named = find;
	options.context = (void *)&names[0].name;
	return options;
}

static const struct {
	const char *text;
	bool holds;
} meanings[] = {
	{ "@yes", true },
	{ "@no", false },
	{ "not @yes", false },
	{ "@uses", true },
	{ "@a.b-c_9", true },
	{ "(@yes)and(@yes)", true },
	{ "@yes and @yes and @yes", true },
	{ "@no or @yes", true },
	/* It is one thing, as if it were in parentheses. */
	{ "@either and held", false },
	{ "not @either", false },
	/* Also inside of a quantifier. */
	{ "any(@people)", true },
	{ "all(@people)", false },
	{ "@all-of-them", true },
	{ "@lines", true },
};

START_TEST(means_what_its_text_means)
{
	struct qf_query_options options = with_names();
	struct qf_query *query = ask_new_with(meanings[_i].text, &options);
	struct qf_message m = ask_message();

	ck_assert_msg(qf_query_test(query, &m) ==
			      (meanings[_i].holds ? QF_TAKE : QF_DROP),
		      "%s", meanings[_i].text);
	qf_query_free(query);
}
END_TEST

/* `name': in whose text the mistake is; "": in the given one. */
static const struct {
	const char *text;
	const char *name;
	const char *mistake;
	size_t offset;
	size_t len;
} mistakes[] = {
	{ "held and @nobody", "",
	  "there is no selection 'nobody' in the settings", 9, 7 },
	{ "@missing", "missing",
	  "there is no selection 'nobody' in the settings", 0, 7 },
	{ "@self", "self", "the selection 'self' uses itself", 8, 5 },
	{ "@one", "three", "the selection 'one' uses itself", 4, 4 },
	{ "held or @two", "one", "the selection 'two' uses itself", 0, 4 },
	{ "@broken", "broken", "unknown field 'sendr' (did you mean 'sender'?)",
	  9, 5 },
	{ "@uses-broken", "broken",
	  "unknown field 'sendr' (did you mean 'sender'?)", 9, 5 },
	/* A parenthesis cannot begin in one and end in another. */
	{ "@open)", "open", "this parenthesis is not closed", 0, 1 },
	{ "(@closed", "closed", "this parenthesis was never opened", 4, 1 },
	{ "@empty", "empty", "an empty expression", 0, 0 },
	{ "@habit", "habit", "'&&' is written 'and' here", 5, 2 },
	{ "any(@all-of-them)", "all-of-them",
	  "any, all and none cannot stand in each other", 0, 3 },
	{ "@comment", "comment", "expected 'and' or 'or', not '#'", 5, 1 },
	{ "@yes @no", "", "expected 'and' or 'or', not '@no'", 5, 3 },
	{ "@yes = 5", "", "expected 'and' or 'or', not '='", 5, 1 },
};

START_TEST(says_in_which_one_the_mistake_is)
{
	struct qf_query_options options = with_names();
	struct qf_query_mistake mistake;
	const char *text = mistakes[_i].text;
	size_t len = strlen(mistakes[_i].name);

	ask_refused_with(text, &options, &mistake);
	ck_assert_str_eq(mistake.text, mistakes[_i].mistake);
	ck_assert_str_eq(mistake.name, mistakes[_i].name);
	ck_assert_uint_eq(mistake.offset, mistakes[_i].offset);
	ck_assert_uint_eq(mistake.len, mistakes[_i].len);
	ck_assert_ptr_eq(
		mistake.expression,
		len == 0 ? text
			 : find(options.context, mistakes[_i].name, len));
}
END_TEST

/* @n60 uses @n59, and so on. */
static const char *
chain(void *context, const char *name, size_t len)
{
	static char texts[61][16];
	int number = 0;

	(void)context;
	ck_assert_int_eq(sscanf(name, "n%d", &number), 1);
	ck_assert_uint_le(len, 3);
	if (number == 0)
		return "size";
	snprintf(texts[number], sizeof(texts[0]), "@n%d", number - 1);
	return texts[number];
}

START_TEST(uses_have_a_limit)
{
	struct qf_query_options options = ask_options();
	struct qf_query_mistake mistake;
	struct qf_message m = ask_message();
	struct qf_query *query;

	options.named = chain;
	query = ask_new_with("@n49", &options);
	ck_assert_int_eq(qf_query_test(query, &m), QF_TAKE);
	qf_query_free(query);
	ask_refused_with("@n50", &options, &mistake);
	ck_assert_str_eq(mistake.text, "more than 50 levels of parentheses");
	ck_assert_str_eq(mistake.name, "n1");
}
END_TEST

/* @d9 is ten times @d8, and so on: a billion terms. */
static const char *
tenfold(void *context, const char *name, size_t len)
{
	static char texts[10][100];
	int number = name[1] - '0';
	char *text = texts[number];

	(void)context;
	ck_assert_uint_eq(len, 2);
	if (number == 0)
		return "size";
	text[0] = '\0';
	for (int i = 0; i < 10; i++)
		snprintf(text + strlen(text), sizeof(texts[0]) - strlen(text),
			 "%s@d%d", i == 0 ? "" : " or ", number - 1);
	return text;
}

START_TEST(terms_of_all_are_counted)
{
	struct qf_query_options options = ask_options();
	struct qf_query_mistake mistake;

	options.named = tenfold;
	qf_query_free(ask_new_with("@d3", &options));
	ask_refused_with("@d9", &options, &mistake);
	ck_assert_str_eq(mistake.text, "an expression has at most 1000 terms");
	ck_assert_str_eq(mistake.name, "d0");
}
END_TEST

/* A name that is too long is cut, and still none. */
START_TEST(a_long_name_is_cut)
{
	struct qf_query_options options = with_names();
	struct qf_query_mistake mistake;
	char text[200] = "@";

	memset(text + 1, 'n', sizeof(text) - 2);
	ask_refused_with(text, &options, &mistake);
	unit_says(mistake.text, "there is no selection 'nnnn");
	ck_assert_uint_eq(mistake.len, sizeof(text) - 1);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("query_named");
	TCase *tc = tcase_create("query_named");

	tcase_add_loop_test(tc, means_what_its_text_means, 0, COUNT(meanings));
	tcase_add_loop_test(tc, says_in_which_one_the_mistake_is, 0,
			    COUNT(mistakes));
	tcase_add_test(tc, uses_have_a_limit);
	tcase_add_test(tc, terms_of_all_are_counted);
	tcase_add_test(tc, a_long_name_is_cut);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
