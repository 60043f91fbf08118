/*
 * check_query_parse.c - what an expression means, and what is said about one
 * that means nothing: the words, and the place.
 */
#include "queue-format/query/query.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ask.h"
#include "unit.h"

/*
 * Of the sample: "held" and "bounce" do not hold, "size" and "sender" do.
 */
static const struct {
	const char *text;
	bool holds;
} meanings[] = {
	{ "size", true },
	{ "held", false },
	{ "not held", true },
	{ "not not held", false },
	{ "not not not held", true },
	{ "size and sender", true },
	{ "size and held", false },
	{ "held or size", true },
	/* "and" binds tighter than "or", "not" tighter than both. */
	{ "size or held and held", true },
	{ "held and held or size", true },
	{ "(size or held) and held", false },
	{ "held and (held or size)", false },
	{ "not held and size", true },
	{ "not held and held", false },
	{ "not size or size", true },
	{ "not (size or held)", false },
	{ "not (size and held)", true },
	{ "held or held or held or size", true },
	{ "size and size and size and held", false },
	/* Keywords in any case; blanks of any kind, or none. */
	{ "NOT held", true },
	{ "size AND sender Or held", true },
	{ "\t\r\n size\nand\n\tsender \n", true },
	{ "((((size))))", true },
	{ "(size)and(sender)", true },
	{ "not(held)", true },
	{ "size>1K", true },
	{ "size>1K and size<1K", false },
	{ "queue=deferred", true },
	{ "queue!=deferred", false },
	/* A value runs to white space, comma or parenthesis. */
	{ "(queue = deferred)", true },
	{ "(sender = tony@mail.example.org)", true },
	{ "sender = tony=x@mail.example.org", false },
	{ "sender != <x>@!=~", true },
	{ "sender != #x", true },
	{ "sender = and", false },
	{ "sender != not and size", true },
	{ "helo = \"helo\"", true },
	{ "helo = 'helo'", true },
	{ "helo='helo'and size", true },
	{ "helo in('helo')and size", true },
	/* Lists. */
	{ "queue in (hold, deferred)", true },
	{ "queue in (hold,deferred)", true },
	{ "queue in( hold , deferred )", true },
	{ "queue IN (hold)", false },
	{ "queue in deferred", true },
	{ "queue not in (hold, active)", true },
	{ "queue NOT IN deferred", false },
	{ "not queue not in deferred", true },
	{ "size in (1, 10K)", true },
	{ "size in (1, 2)", false },
	/* A negative operator is just "not" of the other. */
	{ "not queue != deferred", true },
	{ "helo !~ ^h", false },
	{ "not helo !~ ^h", true },
	{ "sasl_user != tony", false },
	{ "rcpt.domain != example.org", true },
	{ "not rcpt.domain != example.org", false },
};

START_TEST(means_what_it_says)
{
	struct qf_message m = ask_message();
	const char *text = meanings[_i].text;

	ck_assert_msg(ask(text, &m) == (meanings[_i].holds ? QF_TAKE : QF_DROP),
		      "%s", text);
}
END_TEST

static const struct {
	const char *text;
	const char *mistake;
	size_t offset;
	size_t len;
} mistakes[] = {
	/* Nothing. */
	{ "", "an empty expression", 0, 0 },
	{ " \n\t", "an empty expression", 3, 0 },
	/* On a command line there are no comments. */
	{ "# held", "expected a field, 'not' or '(', not '#'", 0, 1 },
	{ "held # why", "expected 'and' or 'or', not '#'", 5, 1 },
	/* Fields. */
	{ "sendr = x", "unknown field 'sendr' (did you mean 'sender'?)", 0, 5 },
	{ "held and zzz", "unknown field 'zzz'", 9, 3 },
	{ "from = x", "unknown field 'from' (did you mean 'sender'?)", 0, 4 },
	{ "Size", "unknown field 'Size' (did you mean 'size'?)", 0, 4 },
	{ "held or 7", "unknown field '7'", 8, 1 },
	{ "subject = x",
	  "subject: this version does not read the content of messages yet", 0,
	  7 },
	{ "not header.List-Id ~ x",
	  "header.List-Id: this version does not read the content of messages "
	  "yet",
	  4, 14 },
	{ "body ~ x",
	  "body: this version does not read the content of messages yet", 0,
	  4 },
	{ "attachment",
	  "attachment: this version does not read the content of messages yet",
	  0, 10 },
	{ "attachment.name = *.exe",
	  "attachment.name: this version does not read the content of messages "
	  "yet",
	  0, 15 },
	{ "attachment.type = x",
	  "attachment.type: this version does not read the content of messages "
	  "yet",
	  0, 15 },
	{ "hops > 20",
	  "hops: this version does not read the content of messages yet", 0,
	  4 },
	/* Something else should stand there. */
	{ "held and", "expected a field, 'not' or '(', and here is the end", 8,
	  0 },
	{ "held and  ", "expected a field, 'not' or '(', and here is the end",
	  10, 0 },
	{ "not", "expected a field, 'not' or '(', and here is the end", 3, 0 },
	{ "and held", "expected a field, 'not' or '(', not 'and'", 0, 3 },
	{ "in", "expected a field, 'not' or '(', not 'in'", 0, 2 },
	{ "held or or held", "expected a field, 'not' or '(', not 'or'", 8, 2 },
	{ "= x", "expected a field, 'not' or '(', not '='", 0, 1 },
	{ "held, bounce", "expected 'and' or 'or', not ','", 4, 1 },
	{ "held bounce", "expected 'and' or 'or', not 'bounce'", 5, 6 },
	{ "held @x", "expected 'and' or 'or', not '@x'", 5, 2 },
	{ "held not bounce", "expected 'and' or 'or', not 'not'", 5, 3 },
	{ "sender = a b", "expected 'and' or 'or', not 'b'", 11, 1 },
	{ "sender = # x", "expected 'and' or 'or', not 'x'", 11, 1 },
	{ "sender = 'a'b", "expected 'and' or 'or', not 'b'", 12, 1 },
	{ "(held bounce)", "expected 'and', 'or' or ')', not 'bounce'", 6, 6 },
	{ "held \xc3\xa4\xc3\xb6 x",
	  "expected 'and' or 'or', not '\xc3\xa4\xc3"
	  "\xb6'",
	  5, 4 },
	/* Parentheses. */
	{ "(held", "this parenthesis is not closed", 0, 1 },
	{ "held and ((held)", "this parenthesis is not closed", 9, 1 },
	{ "held)", "this parenthesis was never opened", 4, 1 },
	{ "()", "expected a field, 'not' or '(', not ')'", 1, 1 },
	{ "any", "expected '(', and here is the end", 3, 0 },
	{ "all rcpt", "expected '(', not 'rcpt'", 4, 4 },
	{ "none(rcpt", "this parenthesis is not closed", 4, 1 },
	{ "any(all(rcpt))", "any, all and none cannot stand in each other", 4,
	  3 },
	{ "any(rcpt and (held or none(rcpt)))",
	  "any, all and none cannot stand in each other", 22, 4 },
	/* Values. */
	{ "sender =", "expected a value, and here is the end", 8, 0 },
	{ "sender = ", "expected a value, and here is the end", 9, 0 },
	{ "sender = )", "expected a value, not ')'", 9, 1 },
	{ "sender = , x", "expected a value, not ','", 9, 1 },
	{ "queue in", "expected a value, and here is the end", 8, 0 },
	{ "queue in ()", "expected a value, not ')'", 10, 1 },
	{ "queue in (hold,)", "expected a value, not ')'", 15, 1 },
	{ "queue in (hold", "expected ',' or ')', and here is the end", 14, 0 },
	{ "queue in (hold active)", "expected ',' or ')', not 'active'", 15,
	  6 },
	{ "sender = \"x", "this quote has no end", 9, 1 },
	{ "sender = \"x\\\"", "this quote has no end", 9, 1 },
	{ "sender in (a, 'b)", "this quote has no end", 14, 1 },
	{ "queue = 'defered'",
	  "queue is never 'defered' (did you mean 'deferred'?)", 8, 9 },
	{ "queue in (hold, defered)",
	  "queue is never 'defered' (did you mean 'deferred'?)", 16, 7 },
	{ "age > soon", "expected a duration such as 90m, 2h or 3d", 6, 4 },
	{ "age > ''", "expected a duration such as 90m, 2h or 3d", 6, 2 },
	{ "reason ~ \"a[b\"",
	  "regular expression: missing terminating ] for character class", 13,
	  0 },
	{ "reason ~ a[b",
	  "regular expression: missing terminating ] for character class", 12,
	  0 },
	{ "reason ~ 'a**?+b'",
	  "regular expression: quantifier does not follow a repeatable item",
	  12, 1 },
	/* Operators that make no sense. */
	{ "size ~ 5", "size is no text: compare it with = != < <= > >=", 5, 1 },
	{ "size !~ 5", "size is no text: compare it with = != < <= > >=", 5,
	  2 },
	{ "held ~ y", "held is no text: compare it with = != < <= > >=", 5, 1 },
	{ "sender < x", "sender is a text: compare it with = != ~ !~ in", 7,
	  1 },
	{ "rcpt >= x", "rcpt is a text: compare it with = != ~ !~ in", 5, 2 },
	{ "held > 0", "held is yes or no: write 'held' or 'not held'", 5, 1 },
	/* What people write in other languages. */
	{ "held && bounce", "'&&' is written 'and' here", 5, 2 },
	{ "held&&bounce", "'&&' is written 'and' here", 4, 2 },
	{ "held & bounce", "'&' is written 'and' here", 5, 1 },
	{ "held || bounce", "'||' is written 'or' here", 5, 2 },
	{ "held | bounce", "'|' is written 'or' here", 5, 1 },
	{ "!held", "'!' is written 'not' here", 0, 1 },
	{ "! (held)", "'!' is written 'not' here", 0, 1 },
	{ "sender == x", "'==' is written '=' here", 7, 2 },
	{ "sender =~ x", "'=~' is written '~' here", 7, 2 },
	{ "sender <> x", "'<>' is written '!=' here", 7, 2 },
	/* Names. */
	{ "@spam", "there is no selection 'spam' in the settings", 0, 5 },
	{ "held and @a.b-c", "there is no selection 'a.b-c' in the settings", 9,
	  6 },
	{ "@ spam", "expected a field, 'not' or '(', not '@'", 0, 1 },
};

START_TEST(says_what_is_wrong_and_where)
{
	ask_refused(mistakes[_i].text, mistakes[_i].mistake,
		    mistakes[_i].offset, mistakes[_i].len);
}
END_TEST

/* What nobody means is long. */
static char *
repeat(const char *begin, const char *piece, size_t count, const char *end)
{
	struct qf_buffer out = { 0 };

	qf_buffer_string(&out, begin);
	for (size_t i = 0; i < count; i++)
		qf_buffer_string(&out, piece);
	qf_buffer_string(&out, end);
	(void)qf_buffer_text(&out);
	return out.data;
}

static void
expect_limit(char *fits, char *does_not, const char *mistake, size_t offset,
	     size_t len)
{
	struct qf_message m = ask_message();

	ck_assert_int_ne(ask(fits, &m), QF_UNDECIDED);
	ask_refused(does_not, mistake, offset, len);
	free(fits);
	free(does_not);
}

START_TEST(parentheses_have_a_limit)
{
	char *fits = repeat("", "(", 50, "held");
	char *more = repeat("", "(", 51, "held");
	char *closed = repeat(fits, ")", 50, "");

	free(fits);
	expect_limit(closed, more, "more than 50 levels of parentheses", 50, 1);
	/* One after the other is no depth. */
	expect_limit(repeat("held", " or (held)", 200, ""),
		     repeat("any(", "(", 50, "rcpt"),
		     "more than 50 levels of parentheses", 53, 1);
}
END_TEST

START_TEST(terms_have_a_limit)
{
	expect_limit(repeat("held", " or held", 999, ""),
		     repeat("held", " or held", 1000, ""),
		     "an expression has at most 1000 terms", 8000, 4);
}
END_TEST

START_TEST(texts_have_a_limit)
{
	expect_limit(repeat("held", " ", 65532, ""),
		     repeat("held", " ", 65533, ""),
		     "an expression has at most 65536 bytes", 65536, 0);
	expect_limit(repeat("sender = ", "x", 4096, ""),
		     repeat("sender = ", "x", 4097, ""),
		     "a value has at most 4096 bytes", 9, 4097);
	expect_limit(repeat("sender ~ '", "x", 4096, "'"),
		     repeat("sender ~ '", "x", 4097, "'"),
		     "a value has at most 4096 bytes", 9, 4099);
}
END_TEST

/* A row of it needs no stack, and a mistake behind it is found. */
START_TEST(not_has_no_limit)
{
	struct qf_message m = ask_message();
	char *odd = repeat("", "not ", 16001, "held");
	char *bad = repeat("", "not ", 16000, "hold");

	ck_assert_int_eq(ask(odd, &m), QF_TAKE);
	ask_refused(bad, "unknown field 'hold' (did you mean 'held'?)", 64000,
		    4);
	free(odd);
	free(bad);
}
END_TEST

/* What is wrong may be longer than what is said about it. */
START_TEST(a_long_mistake_is_cut)
{
	char *text = repeat("", "x", 5000, "");
	struct qf_query_options options = ask_options();
	struct qf_query_mistake mistake;

	ask_refused_with(text, &options, &mistake);
	ck_assert_uint_eq(strlen(mistake.text), sizeof(mistake.text) - 1);
	unit_says(mistake.text, "unknown field 'xxx");
	ck_assert_uint_eq(mistake.len, 5000);
	free(text);
}
END_TEST

/* In a file there are comments, and a value may begin with their sign. */
static const struct {
	const char *text;
	const char *mistake; /* NULL: it is taken */
	size_t offset;
} comments[] = {
	{ "size # and held", NULL, 0 },
	{ "# held\nsize\n# or held", NULL, 0 },
	{ "size and\n# (\nsender", NULL, 0 },
	{ "size#x", NULL, 0 },
	{ "(size # )\n)", NULL, 0 },
	{ "sender != #x", NULL, 0 },
	{ "sender != '#x' # why", NULL, 0 },
	{ "sender not in (#x, #y # why\n)", NULL, 0 },
	{ "# held", "an empty expression", 6 },
	{ "size # why\nheld", "expected 'and' or 'or', not 'held'", 11 },
	{ "sender = # why", "expected 'and' or 'or', not 'why'", 11 },
};

START_TEST(a_file_has_comments)
{
	struct qf_query_options options = ask_options();
	struct qf_query_mistake mistake;
	struct qf_message m = ask_message();
	struct qf_query *query;

	options.comments = true;
	if (comments[_i].mistake != NULL) {
		ask_refused_with(comments[_i].text, &options, &mistake);
		ck_assert_str_eq(mistake.text, comments[_i].mistake);
		ck_assert_uint_eq(mistake.offset, comments[_i].offset);
		return;
	}
	query = ask_new_with(comments[_i].text, &options);
	ck_assert_int_eq(qf_query_test(query, &m), QF_TAKE);
	qf_query_free(query);
}
END_TEST

/* Each example in the list of fields is one, and about that field. */
START_TEST(examples_of_fields_work)
{
	for (const struct qf_field *f = qf_fields(); f->name != NULL; f++) {
		struct qf_query *query = ask_new(f->example);
		bool found = false;

		for (size_t i = 0; i < qf_query_term_count(query); i++) {
			struct qf_query_term term;

			qf_query_term(query, i, &term);
			found = found || term.field == f ||
				(term.field == NULL &&
				 strstr(term.text.text, f->name) != NULL);
		}
		ck_assert_msg(found, "%s: %s", f->name, f->example);
		qf_query_free(query);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("query_parse");
	TCase *tc = tcase_create("query_parse");

	tcase_add_loop_test(tc, means_what_it_says, 0, COUNT(meanings));
	tcase_add_loop_test(tc, says_what_is_wrong_and_where, 0,
			    COUNT(mistakes));
	tcase_add_test(tc, parentheses_have_a_limit);
	tcase_add_test(tc, terms_have_a_limit);
	tcase_add_test(tc, texts_have_a_limit);
	tcase_add_test(tc, not_has_no_limit);
	tcase_add_test(tc, a_long_mistake_is_cut);
	tcase_add_loop_test(tc, a_file_has_comments, 0, COUNT(comments));
	tcase_add_test(tc, examples_of_fields_work);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
