/*
 * term.c - one term of an expression: a field, an operator, values.
 */
#include "parser.h"

#include <string.h>
#include <strings.h>

#include "queue-format/query/value.h"

/* Fields that a part of the suite to come knows. */
static enum qf_status
check_later(struct qf_parser *p)
{
	static const char *const content[] = {
		"subject",	   "body",	     "hops", "attachment",
		"attachment.name", "attachment.type"
	};
	struct qf_span span = p->lexer.span;
	bool is_later = span.len > 7 && memcmp(span.text, "header.", 7) == 0;

	for (size_t i = 0; i < sizeof(content) / sizeof(content[0]); i++)
		is_later = is_later || qf_lex_is(&p->lexer, content[i]);
	if (!is_later)
		return QF_OK;
	return qf_parser_wrong(p, p->lexer.offset, span.len,
			       "%.*s: this version does not read the content "
			       "of messages yet",
			       (int)span.len, span.text);
}

static enum qf_status
read_field(struct qf_parser *p, const struct qf_field **field)
{
	struct qf_span span = p->lexer.span;
	enum qf_status status;
	const char *nearest;

	*field = qf_field_by_name(span.text, span.len);
	if (*field != NULL)
		return QF_OK;
	status = check_later(p);
	if (status != QF_OK)
		return status;
	nearest = qf_field_nearest(span.text, span.len);
	if (nearest != NULL)
		return qf_parser_wrong(
			p, p->lexer.offset, span.len,
			"unknown field '%.*s' (did you mean '%s'?)",
			(int)span.len, span.text, nearest);
	return qf_parser_wrong(p, p->lexer.offset, span.len,
			       "unknown field '%.*s'", (int)span.len,
			       span.text);
}

/* Take off the quotes, and the backslashes before quotes in it. */
static bool
unquote(struct qf_arena *arena, struct qf_span from, struct qf_span *to)
{
	char quote = from.text[0];
	char *copy;
	size_t len = 0;

	*to = from;
	if (quote != '"' && quote != '\'')
		return true;
	copy = qf_arena_copy(arena, from.text + 1, from.len - 2);
	if (copy == NULL)
		return false;
	for (size_t i = 1; i + 1 < from.len; i++) {
		if (from.text[i] == '\\' && from.text[i + 1] == quote &&
		    i + 2 < from.len)
			i++;
		else if (from.text[i] == '\\' && i + 2 < from.len)
			copy[len++] = from.text[i++];
		copy[len++] = from.text[i];
	}
	*to = (struct qf_span){ copy, len };
	return true;
}

/* One value of a term, behind the piece that is looked at. */
static enum qf_status
read_value(struct qf_parser *p, struct qf_node *term)
{
	struct qf_value_reader reader = {
		.options = p->options,
		.arena = &p->query->arena,
		.regexes = &p->query->regexes,
	};
	struct qf_lexer *lexer = &p->lexer;
	struct qf_span text;
	enum qf_status status;
	size_t skipped;
	void *grown;

	switch (qf_lex_value(lexer)) {
	case QF_LEX_VALUE:
		break;
	case QF_LEX_NOTHING:
		return qf_parser_unexpected(p, "a value");
	case QF_LEX_OPEN_QUOTE:
		return qf_parser_wrong(p, lexer->offset, 1,
				       "this quote has no end");
	}
	grown = qf_arena_grow(reader.arena, term->values, term->value_count,
			      &term->value_room, sizeof(*term->values));
	if (grown == NULL || !unquote(reader.arena, lexer->span, &text))
		return qf_parser_no_memory(p);
	term->values = grown;
	skipped = text.text == lexer->span.text ? 0 : 1; /* the quote */
	status = qf_value_read(&reader, term->field, term->op == QF_OP_MATCH,
			       text, &term->values[term->value_count],
			       p->mistake);
	if (status == QF_INVALID) {
		/* The whole value with its quotes, or a place inside. */
		bool whole = p->mistake->len == text.len;
		char why[sizeof(p->mistake->text)];

		memcpy(why, p->mistake->text, sizeof(why));
		return qf_parser_wrong(
			p,
			lexer->offset +
				(whole ? 0 : skipped + p->mistake->offset),
			whole ? lexer->span.len : p->mistake->len, "%s", why);
	}
	term->value_count++;
	if (status == QF_OK)
		qf_lex_next(lexer);
	return status;
}

/* (a, b), or only a; "in" is what the lexer looks at. */
static enum qf_status
read_list(struct qf_parser *p, struct qf_node *term)
{
	enum qf_status status;

	qf_lex_next(&p->lexer);
	if (p->lexer.token != QF_TOKEN_OPEN)
		return read_value(p, term);
	do {
		qf_lex_next(&p->lexer);
		status = read_value(p, term);
		if (status != QF_OK)
			return status;
	} while (p->lexer.token == QF_TOKEN_COMMA);
	if (p->lexer.token != QF_TOKEN_CLOSE)
		return qf_parser_unexpected(p, "',' or ')'");
	qf_lex_next(&p->lexer);
	return QF_OK;
}

static const struct {
	const char *name;
	enum qf_operator op;
	bool negated;
} operators[] = {
	{ "=", QF_OP_EQUAL, false },   { "!=", QF_OP_EQUAL, true },
	{ "<", QF_OP_LESS, false },    { "<=", QF_OP_LESS_EQUAL, false },
	{ ">", QF_OP_GREATER, false }, { ">=", QF_OP_GREATER_EQUAL, false },
	{ "~", QF_OP_MATCH, false },   { "!~", QF_OP_MATCH, true },
};

/* Does the operator make sense for values of this type? */
static enum qf_status
check_operator(struct qf_parser *p, const struct qf_node *term)
{
	const struct qf_field *field = term->field;
	struct qf_span span = p->lexer.span;
	bool is_text = field->type == QF_FIELD_TEXT;
	bool orders = term->op != QF_OP_EQUAL && term->op != QF_OP_MATCH;

	if (term->op == QF_OP_MATCH && !is_text)
		return qf_parser_wrong(
			p, p->lexer.offset, span.len,
			"%s is no text: compare it with = != < <= > >=",
			field->name);
	if (orders && is_text)
		return qf_parser_wrong(
			p, p->lexer.offset, span.len,
			"%s is a text: compare it with = != ~ !~ in",
			field->name);
	if (orders && field->type == QF_FIELD_BOOLEAN)
		return qf_parser_wrong(
			p, p->lexer.offset, span.len,
			"%s is yes or no: write '%s' or 'not %s'", field->name,
			field->name, field->name);
	return QF_OK;
}

static enum qf_status
read_operator(struct qf_parser *p, struct qf_node *term, bool *negated)
{
	const char *next = p->lexer.text + p->lexer.next;
	struct qf_span span = p->lexer.span;
	enum qf_status status;

	/* "==" and "=~" are two operators without a blank. */
	if (*next == '=' || *next == '~' || *next == '>') {
		status = qf_parser_habit(p, span.text, span.len + 1);
		if (status != QF_OK)
			return status;
	}
	for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++) {
		if (strlen(operators[i].name) != span.len ||
		    memcmp(operators[i].name, span.text, span.len) != 0)
			continue;
		term->op = operators[i].op;
		*negated = operators[i].negated;
	}
	status = check_operator(p, term);
	if (status != QF_OK)
		return status;
	qf_lex_next(&p->lexer);
	return read_value(p, term);
}

/* What stands behind the field: an operator, a list, or nothing. */
static enum qf_status
read_comparison(struct qf_parser *p, struct qf_node *term, bool *negated)
{
	struct qf_lexer before;

	if (p->lexer.token == QF_TOKEN_OPERATOR)
		return read_operator(p, term, negated);
	before = p->lexer;
	if (qf_lex_is(&p->lexer, "not")) {
		qf_lex_next(&p->lexer);
		*negated = qf_lex_is(&p->lexer, "in");
	}
	if (qf_lex_is(&p->lexer, "in")) {
		term->op = QF_OP_EQUAL;
		return read_list(p, term);
	}
	p->lexer = before;
	term->op = QF_OP_IS;
	return QF_OK;
}

static bool
names_done(const struct qf_node *term)
{
	for (size_t i = 0; i < term->value_count; i++) {
		const struct qf_value *value = &term->values[i];

		if (value->kind == QF_VALUE_TEXT &&
		    strcasecmp(value->text.text, "done") == 0)
			return true;
	}
	return false;
}

static bool
is_of_recipients(const struct qf_field *field)
{
	return field->rcpt_text != NULL || field->rcpt_number != NULL;
}

enum qf_status
qf_parser_term(struct qf_parser *p, struct qf_node **node)
{
	struct qf_node *term = qf_parser_node(p, QF_NODE_TERM);
	size_t offset = p->lexer.offset;
	bool negated = false;
	enum qf_status status;

	if (term == NULL)
		return qf_parser_no_memory(p);
	if (++*p->terms > QF_TERMS_MAX)
		return qf_parser_wrong(p, offset, p->lexer.span.len,
				       "an expression has at most %d terms",
				       QF_TERMS_MAX);
	status = read_field(p, &term->field);
	if (status != QF_OK)
		return status;
	qf_lex_next(&p->lexer);
	status = read_comparison(p, term, &negated);
	if (status != QF_OK)
		return status;
	qf_parser_text(p, term, offset);
	*node = term;
	if (negated)
		status = qf_parser_wrap(p, QF_NODE_NOT, term, offset, node);
	if (status != QF_OK || !is_of_recipients(term->field))
		return status;
	if (p->quantifier == NULL)
		status = qf_parser_wrap(p, QF_NODE_ANY, *node, offset, node);
	if (status == QF_OK && strcmp(term->field->name, "rcpt.state") == 0 &&
	    names_done(term))
		(p->quantifier == NULL ? *node : p->quantifier)->also_done =
			true;
	return status;
}
