/*
 * parser.h - what the parts of the parser share.  Private to query/.
 */
#ifndef QF_QUERY_PARSER_H
#define QF_QUERY_PARSER_H

#include "queue-format/query/lex.h"
#include "queue-format/query/tree.h"

#define QF_TERMS_MAX 1000 /* of an expression */

struct qf_parser {
	const struct qf_query_options *options;
	struct qf_query *query;
	struct qf_query_mistake *mistake;
	struct qf_lexer lexer;
	struct qf_span name; /* of the selection that is read, or NULL */
	const struct qf_parser *outer; /* who uses it */
	struct qf_node *quantifier;    /* that is being read */
	unsigned depth;
	size_t *terms; /* of all that belongs to the query */
};

/* A mistake at a place of the expression. */
enum qf_status qf_parser_wrong(struct qf_parser *p, size_t offset, size_t len,
			       const char *format, ...) QF_PRINTF(4, 5);

/* The piece that is looked at is not what should stand there. */
enum qf_status qf_parser_unexpected(struct qf_parser *p, const char *expected);

enum qf_status qf_parser_no_memory(struct qf_parser *p);

/* Is this what people of other languages write? */
enum qf_status
qf_parser_habit(struct qf_parser *p, const char *text, size_t len);

/* NULL: out of memory. */
struct qf_node *qf_parser_node(struct qf_parser *p, enum qf_node_kind kind);

enum qf_status
qf_parser_add(struct qf_parser *p, struct qf_node *node, struct qf_node *child);

/* The text of a node: from `offset' to the end of the piece before. */
void qf_parser_text(struct qf_parser *p, struct qf_node *node, size_t offset);

/* A node with one child. */
enum qf_status qf_parser_wrap(struct qf_parser *p, enum qf_node_kind kind,
			      struct qf_node *child, size_t offset,
			      struct qf_node **node);

/* A field, and what it is compared with: term.c. */
enum qf_status qf_parser_term(struct qf_parser *p, struct qf_node **node);

#endif
