/*
 * tree.h - an expression as the parser leaves it.  Private to query/.
 */
#ifndef QF_QUERY_TREE_H
#define QF_QUERY_TREE_H

#include <pthread.h>

#include "queue-format/arena.h"
#include "queue-format/query/query.h"
#include "queue-format/query/value.h"

enum qf_node_kind {
	QF_NODE_AND,
	QF_NODE_OR,
	QF_NODE_NOT,
	QF_NODE_ANY, /* of the recipients */
	QF_NODE_ALL,
	QF_NODE_NONE,
	QF_NODE_TERM,
};

enum qf_operator {
	QF_OP_IS,    /* the field alone */
	QF_OP_EQUAL, /* also for "in": any of the values */
	QF_OP_LESS,
	QF_OP_LESS_EQUAL,
	QF_OP_GREATER,
	QF_OP_GREATER_EQUAL,
	QF_OP_MATCH, /* a regular expression */
};

struct qf_node {
	enum qf_node_kind kind;
	struct qf_span text; /* as it was written */
	/* Of all below it: what has to be known, the dearest last. */
	enum qf_part part;
	bool has_regex;

	/* All but terms. */
	struct qf_node **children;
	size_t count;
	size_t room;
	bool also_done; /* quantifiers: delivered recipients, too */

	/* Terms. */
	const struct qf_field *field;
	enum qf_operator op;
	struct qf_value *values;
	size_t value_count;
	size_t value_room;
};

struct qf_query {
	struct qf_node *root;
	int64_t now;
	struct qf_arena arena;
	struct qf_node **terms; /* what qf_query_term() counts */
	size_t term_count;
	size_t term_room;
	struct qf_regex *regexes; /* all, to be freed */
	struct qf_query *owned[2];

	pthread_mutex_t lock; /* of what follows */
	struct qf_query_report report;
};

/* Order parts by what they cost: more is dearer. */
unsigned qf_part_cost(enum qf_part part);

/*
 * Put the cheap tests first, and list the terms; the tree is complete.
 * False: out of memory.
 */
bool qf_query_plan(struct qf_query *query);

#endif
