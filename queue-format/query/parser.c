/*
 * parser.c - what the parts of the parser share.
 */
#include "parser.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum qf_status
qf_parser_wrong(struct qf_parser *p, size_t offset, size_t len,
		const char *format, ...)
{
	struct qf_query_mistake *mistake = p->mistake;
	va_list args;

	va_start(args, format);
	vsnprintf(mistake->text, sizeof(mistake->text), format, args);
	va_end(args);
	mistake->expression = p->lexer.text;
	mistake->offset = offset;
	mistake->len = len;
	snprintf(mistake->name, sizeof(mistake->name), "%.*s", (int)p->name.len,
		 p->name.text == NULL ? "" : p->name.text);
	return QF_INVALID;
}

enum qf_status
qf_parser_unexpected(struct qf_parser *p, const char *expected)
{
	const struct qf_lexer *lexer = &p->lexer;
	/* With the @ of a name. */
	size_t len = lexer->next - lexer->offset;

	if (lexer->token == QF_TOKEN_END)
		return qf_parser_wrong(p, lexer->offset, 0,
				       "expected %s, and here is the end",
				       expected);
	return qf_parser_wrong(p, lexer->offset, len, "expected %s, not '%.*s'",
			       expected, (int)len, lexer->text + lexer->offset);
}

enum qf_status
qf_parser_no_memory(struct qf_parser *p)
{
	snprintf(p->mistake->text, sizeof(p->mistake->text), "out of memory");
	return QF_SYSTEM;
}

struct qf_node *
qf_parser_node(struct qf_parser *p, enum qf_node_kind kind)
{
	struct qf_node *node = qf_arena_alloc(&p->query->arena, sizeof(*node));

	if (node != NULL)
		*node = (struct qf_node){ .kind = kind };
	return node;
}

enum qf_status
qf_parser_add(struct qf_parser *p, struct qf_node *node, struct qf_node *child)
{
	void *grown =
		qf_arena_grow(&p->query->arena, node->children, node->count,
			      &node->room, sizeof(struct qf_node *));

	if (grown == NULL)
		return qf_parser_no_memory(p);
	node->children = grown;
	node->children[node->count++] = child;
	return QF_OK;
}

void
qf_parser_text(struct qf_parser *p, struct qf_node *node, size_t offset)
{
	node->text = (struct qf_span){ p->lexer.text + offset,
				       p->lexer.before - offset };
}

enum qf_status
qf_parser_wrap(struct qf_parser *p, enum qf_node_kind kind,
	       struct qf_node *child, size_t offset, struct qf_node **node)
{
	struct qf_node *made = qf_parser_node(p, kind);

	if (made == NULL)
		return qf_parser_no_memory(p);
	qf_parser_text(p, made, offset);
	*node = made;
	return qf_parser_add(p, made, child);
}

/* What people of other languages write. */
static const struct {
	const char *written;
	const char *meant;
} habits[] = {
	{ "&&", "and" }, { "&", "and" }, { "||", "or" }, { "|", "or" },
	{ "!", "not" },	 { "==", "=" },	 { "=~", "~" },	 { "<>", "!=" },
};

enum qf_status
qf_parser_habit(struct qf_parser *p, const char *text, size_t len)
{
	for (size_t i = 0; i < sizeof(habits) / sizeof(habits[0]); i++) {
		if (strlen(habits[i].written) == len &&
		    memcmp(habits[i].written, text, len) == 0)
			return qf_parser_wrong(p, p->lexer.offset, len,
					       "'%s' is written '%s' here",
					       habits[i].written,
					       habits[i].meant);
	}
	return QF_OK;
}
