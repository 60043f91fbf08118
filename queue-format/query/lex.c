/*
 * lex.c - an expression in pieces.
 */
#include "lex.h"

#include <string.h>
#include <strings.h>

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* What ends a word or a value wherever it stands. */
static bool
is_end(char c)
{
	return c == '\0' || is_blank(c) || c == '(' || c == ')' || c == ',';
}

static bool
is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
}

static size_t
skip_blanks(const char *text, size_t at)
{
	while (is_blank(text[at]))
		at++;
	return at;
}

/* Blanks, and what stands behind a # in its line. */
static size_t
skip_nothing(const char *text, size_t at, bool comments)
{
	for (;;) {
		at = skip_blanks(text, at);
		if (text[at] != '#' || !comments)
			return at;
		at += strcspn(text + at, "\n");
	}
}

static size_t
word_length(const char *text)
{
	size_t len = 0;

	while (is_word(text[len]))
		len++;
	return len;
}

static size_t
operator_length(const char *text)
{
	static const char *const operators[] = { "!=", "<=", ">=", "!~",
						 "=",  "<",  ">",  "~" };

	for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++) {
		size_t len = strlen(operators[i]);

		if (strncmp(text, operators[i], len) == 0)
			return len;
	}
	return 0;
}

static size_t
other_length(const char *text)
{
	size_t len = 1;

	while (!is_end(text[len]) && !is_word(text[len]))
		len++;
	return len;
}

static void
take(struct qf_lexer *lexer, enum qf_token token, size_t skip, size_t len)
{
	lexer->token = token;
	lexer->span =
		(struct qf_span){ lexer->text + lexer->offset + skip, len };
	lexer->next = lexer->offset + skip + len;
}

void
qf_lex_next(struct qf_lexer *lexer)
{
	const char *text;
	size_t len;

	lexer->before = lexer->next;
	lexer->offset = skip_nothing(lexer->text, lexer->next, lexer->comments);
	text = lexer->text + lexer->offset;
	if (*text == '\0')
		take(lexer, QF_TOKEN_END, 0, 0);
	else if (*text == '(')
		take(lexer, QF_TOKEN_OPEN, 0, 1);
	else if (*text == ')')
		take(lexer, QF_TOKEN_CLOSE, 0, 1);
	else if (*text == ',')
		take(lexer, QF_TOKEN_COMMA, 0, 1);
	else if (*text == '@' && (len = word_length(text + 1)) > 0)
		take(lexer, QF_TOKEN_NAME, 1, len);
	else if ((len = operator_length(text)) > 0)
		take(lexer, QF_TOKEN_OPERATOR, 0, len);
	else if ((len = word_length(text)) > 0)
		take(lexer, QF_TOKEN_WORD, 0, len);
	else
		take(lexer, QF_TOKEN_OTHER, 0, other_length(text));
}

void
qf_lex_start(struct qf_lexer *lexer, const char *text, bool comments)
{
	*lexer = (struct qf_lexer){ .text = text, .comments = comments };
	qf_lex_next(lexer);
}

/* The length with both quotes, 0: it does not end. */
static size_t
quoted_length(const char *text)
{
	char quote = text[0];
	size_t len = 1;

	while (text[len] != quote) {
		if (text[len] == '\\' && text[len + 1] != '\0')
			len++;
		if (text[len] == '\0')
			return 0;
		len++;
	}
	return len + 1;
}

enum qf_lex_value
qf_lex_value(struct qf_lexer *lexer)
{
	const char *text;
	size_t len = 0;

	lexer->offset = skip_blanks(lexer->text, lexer->before);
	text = lexer->text + lexer->offset;
	if (*text == '"' || *text == '\'') {
		len = quoted_length(text);
		if (len == 0) {
			take(lexer, QF_TOKEN_OTHER, 0, strlen(text));
			return QF_LEX_OPEN_QUOTE;
		}
	} else {
		while (!is_end(text[len]))
			len++;
		if (len == 0)
			return QF_LEX_NOTHING;
	}
	take(lexer, QF_TOKEN_OTHER, 0, len);
	return QF_LEX_VALUE;
}

bool
qf_lex_is(const struct qf_lexer *lexer, const char *keyword)
{
	return lexer->token == QF_TOKEN_WORD &&
	       strlen(keyword) == lexer->span.len &&
	       strncasecmp(lexer->span.text, keyword, lexer->span.len) == 0;
}
