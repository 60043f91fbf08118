/*
 * parse.c - from an expression to a tree, by recursive descent.
 */
#include "query.h"

#include <stdlib.h>
#include <string.h>

#include "queue-format/query/parser.h"

#define TEXT_MAX  (64 * 1024) /* bytes */
#define DEPTH_MAX 50	      /* parentheses, and selections in each other */

static enum qf_status parse_or(struct qf_parser *p, struct qf_node **node);

static bool
is_keyword(const struct qf_lexer *lexer)
{
	static const char *const keywords[] = { "and", "or",  "not", "in",
						"any", "all", "none" };

	for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++) {
		if (qf_lex_is(lexer, keywords[i]))
			return true;
	}
	return false;
}

static enum qf_status
deeper(struct qf_parser *p)
{
	if (++p->depth > DEPTH_MAX)
		return qf_parser_wrong(p, p->lexer.offset, p->lexer.span.len,
				       "more than %d levels of parentheses",
				       DEPTH_MAX);
	return QF_OK;
}

/* Behind the opening parenthesis, up to the closing one. */
static enum qf_status
parse_group(struct qf_parser *p, struct qf_node **node)
{
	size_t open = p->lexer.offset;
	enum qf_status status = deeper(p);

	if (status != QF_OK)
		return status;
	qf_lex_next(&p->lexer);
	status = parse_or(p, node);
	if (status != QF_OK)
		return status;
	if (p->lexer.token == QF_TOKEN_END)
		return qf_parser_wrong(p, open, 1,
				       "this parenthesis is not closed");
	if (p->lexer.token != QF_TOKEN_CLOSE)
		return qf_parser_unexpected(p, "'and', 'or' or ')'");
	p->depth--;
	qf_lex_next(&p->lexer);
	return QF_OK;
}

static enum qf_status
parse_quantifier(struct qf_parser *p, enum qf_node_kind kind,
		 struct qf_node **node)
{
	size_t offset = p->lexer.offset;
	struct qf_node *made;
	struct qf_node *child = NULL;
	enum qf_status status;

	if (p->quantifier != NULL)
		return qf_parser_wrong(
			p, offset, p->lexer.span.len,
			"any, all and none cannot stand in each other");
	made = qf_parser_node(p, kind);
	if (made == NULL)
		return qf_parser_no_memory(p);
	qf_lex_next(&p->lexer);
	if (p->lexer.token != QF_TOKEN_OPEN)
		return qf_parser_unexpected(p, "'('");
	p->quantifier = made;
	status = parse_group(p, &child);
	p->quantifier = NULL;
	if (status != QF_OK)
		return status;
	qf_parser_text(p, made, offset);
	*node = made;
	return qf_parser_add(p, made, child);
}

/* Does the selection use itself? */
static bool
is_open(const struct qf_parser *p, struct qf_span name)
{
	for (; p != NULL; p = p->outer) {
		if (p->name.text != NULL && p->name.len == name.len &&
		    memcmp(p->name.text, name.text, name.len) == 0)
			return true;
	}
	return false;
}

static enum qf_status parse_all(struct qf_parser *p, struct qf_node **node);

static enum qf_status
parse_named(struct qf_parser *p, struct qf_node **node)
{
	const struct qf_query_options *options = p->options;
	struct qf_parser inner = *p;
	struct qf_span name = p->lexer.span;
	size_t len = name.len + 1;
	const char *text = NULL;
	enum qf_status status = deeper(p);

	if (status != QF_OK)
		return status;
	if (is_open(p, name))
		return qf_parser_wrong(p, p->lexer.offset, len,
				       "the selection '%.*s' uses itself",
				       (int)name.len, name.text);
	if (options->named != NULL)
		text = options->named(options->context, name.text, name.len);
	if (text == NULL)
		return qf_parser_wrong(
			p, p->lexer.offset, len,
			"there is no selection '%.*s' in the settings",
			(int)name.len, name.text);
	inner.name = name;
	inner.outer = p;
	inner.depth = p->depth;
	qf_lex_start(&inner.lexer, text, false);
	status = parse_all(&inner, node);
	if (status != QF_OK)
		return status;
	p->depth--;
	qf_lex_next(&p->lexer);
	return QF_OK;
}

static enum qf_status
parse_primary(struct qf_parser *p, struct qf_node **node)
{
	static const char expected[] = "a field, 'not' or '('";
	enum qf_status status;

	if (p->lexer.token == QF_TOKEN_OPEN)
		return parse_group(p, node);
	if (p->lexer.token == QF_TOKEN_NAME)
		return parse_named(p, node);
	if (qf_lex_is(&p->lexer, "any"))
		return parse_quantifier(p, QF_NODE_ANY, node);
	if (qf_lex_is(&p->lexer, "all"))
		return parse_quantifier(p, QF_NODE_ALL, node);
	if (qf_lex_is(&p->lexer, "none"))
		return parse_quantifier(p, QF_NODE_NONE, node);
	if (p->lexer.token == QF_TOKEN_WORD && !is_keyword(&p->lexer))
		return qf_parser_term(p, node);
	status = qf_parser_habit(p, p->lexer.span.text, p->lexer.span.len);
	return status != QF_OK ? status : qf_parser_unexpected(p, expected);
}

/* A row of "not" does not need a stack. */
static enum qf_status
parse_not(struct qf_parser *p, struct qf_node **node)
{
	size_t offset = p->lexer.offset;
	bool negated = false;
	enum qf_status status;

	while (qf_lex_is(&p->lexer, "not")) {
		negated = !negated;
		qf_lex_next(&p->lexer);
	}
	status = parse_primary(p, node);
	if (status == QF_OK && negated)
		status = qf_parser_wrap(p, QF_NODE_NOT, *node, offset, node);
	return status;
}

/* Two or more of what `parse' reads, with `keyword' between them. */
static enum qf_status
parse_chain(struct qf_parser *p, enum qf_node_kind kind, const char *keyword,
	    enum qf_status (*parse)(struct qf_parser *p, struct qf_node **node),
	    struct qf_node **node)
{
	size_t offset = p->lexer.offset;
	struct qf_node *chain = NULL;
	enum qf_status status = parse(p, node);

	if (status != QF_OK || !qf_lex_is(&p->lexer, keyword))
		return status;
	status = qf_parser_wrap(p, kind, *node, offset, &chain);
	while (status == QF_OK && qf_lex_is(&p->lexer, keyword)) {
		qf_lex_next(&p->lexer);
		status = parse(p, node);
		if (status == QF_OK)
			status = qf_parser_add(p, chain, *node);
	}
	if (status == QF_OK)
		qf_parser_text(p, chain, offset);
	*node = chain;
	return status;
}

static enum qf_status
parse_and(struct qf_parser *p, struct qf_node **node)
{
	return parse_chain(p, QF_NODE_AND, "and", parse_not, node);
}

static enum qf_status
parse_or(struct qf_parser *p, struct qf_node **node)
{
	return parse_chain(p, QF_NODE_OR, "or", parse_and, node);
}

/* The whole text that the lexer has. */
static enum qf_status
parse_all(struct qf_parser *p, struct qf_node **node)
{
	enum qf_status status;

	if (p->lexer.token == QF_TOKEN_END)
		return qf_parser_wrong(p, p->lexer.offset, 0,
				       "an empty expression");
	status = parse_or(p, node);
	if (status != QF_OK || p->lexer.token == QF_TOKEN_END)
		return status;
	if (p->lexer.token == QF_TOKEN_CLOSE)
		return qf_parser_wrong(p, p->lexer.offset, 1,
				       "this parenthesis was never opened");
	status = qf_parser_habit(p, p->lexer.span.text, p->lexer.span.len);
	return status != QF_OK ? status
			       : qf_parser_unexpected(p, "'and' or 'or'");
}

enum qf_status
qf_query_parse(const char *text, const struct qf_query_options *options,
	       struct qf_query **query, struct qf_query_mistake *mistake)
{
	struct qf_parser p = { .options = options, .mistake = mistake };
	size_t terms = 0;
	enum qf_status status;

	*mistake = (struct qf_query_mistake){ .expression = text };
	p.terms = &terms;
	p.query = calloc(1, sizeof(*p.query));
	if (p.query == NULL)
		return qf_parser_no_memory(&p);
	pthread_mutex_init(&p.query->lock, NULL);
	p.query->now = options->now;
	p.lexer.text = text;
	if (strlen(text) > TEXT_MAX)
		status = qf_parser_wrong(&p, TEXT_MAX, 0,
					 "an expression has at most %d bytes",
					 TEXT_MAX);
	else {
		qf_lex_start(&p.lexer, text, options->comments);
		status = parse_all(&p, &p.query->root);
	}
	if (status == QF_OK && !qf_query_plan(p.query))
		status = qf_parser_no_memory(&p);
	if (status == QF_OK)
		*query = p.query;
	else
		qf_query_free(p.query);
	return status;
}
