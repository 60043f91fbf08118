/*
 * plan.c - in which order an expression is looked at.
 */
#include "query.h"

#include <stdlib.h>
#include <string.h>

#include "queue-format/query/regex.h"
#include "queue-format/query/tree.h"

unsigned
qf_part_cost(enum qf_part part)
{
	switch (part) {
	case QF_PART_NAME:
		return 0;
	case QF_PART_INODE:
	case QF_PART_BIRTH:
		return 1;
	case QF_PART_ENVELOPE:
		return 2;
	case QF_PART_RECIPIENTS:
	case QF_PART_DONE:
		return 3;
	case QF_PART_REASONS:
		return 4;
	case QF_PART_CLASSES:
		return 5;
	case QF_PART_HOLDER:
		break;
	}
	/* Those who read side by side have to queue for that. */
	return 6;
}

/* Insertion: there are few, and equal ones stay as they were written. */
static void
sort_children(struct qf_node *node)
{
	for (size_t i = 1; i < node->count; i++) {
		struct qf_node *child = node->children[i];
		unsigned cost = qf_part_cost(child->part) * 2 +
				(unsigned)child->has_regex;
		size_t at = i;

		for (; at > 0; at--) {
			const struct qf_node *before = node->children[at - 1];

			if (qf_part_cost(before->part) * 2 +
				    (unsigned)before->has_regex <=
			    cost)
				break;
			node->children[at] = node->children[at - 1];
		}
		node->children[at] = child;
	}
}

static bool
is_quantifier(const struct qf_node *node)
{
	return node->kind == QF_NODE_ANY || node->kind == QF_NODE_ALL ||
	       node->kind == QF_NODE_NONE;
}

static void
plan_node(struct qf_node *node)
{
	if (node->kind == QF_NODE_TERM) {
		node->part = node->field->part;
		node->has_regex = node->op == QF_OP_MATCH;
		return;
	}
	node->part = QF_PART_NAME;
	for (size_t i = 0; i < node->count; i++) {
		struct qf_node *child = node->children[i];

		plan_node(child);
		if (qf_part_cost(child->part) > qf_part_cost(node->part))
			node->part = child->part;
		node->has_regex = node->has_regex || child->has_regex;
	}
	/* A quantifier waits for the recipients in any case. */
	if (is_quantifier(node) &&
	    qf_part_cost(node->part) < qf_part_cost(QF_PART_REASONS))
		node->part = QF_PART_REASONS;
	if (node->kind == QF_NODE_AND || node->kind == QF_NODE_OR)
		sort_children(node);
}

/* "sender != x" is one term, and "not held" the term "held". */
static bool
is_term(const struct qf_node *node)
{
	if (node->kind == QF_NODE_NOT)
		return node->children[0]->text.text == node->text.text;
	return node->kind != QF_NODE_AND && node->kind != QF_NODE_OR;
}

/*
 * What people would call a term: a quantifier is one, with all in it.  Of
 * those below the node it is the turn of the ones with this cost.
 */
static bool
list_terms(struct qf_query *query, struct qf_node *node, unsigned cost)
{
	void *grown;

	if (!is_term(node)) {
		for (size_t i = 0; i < node->count; i++) {
			if (!list_terms(query, node->children[i], cost))
				return false;
		}
		return true;
	}
	if (qf_part_cost(node->part) != cost)
		return true;
	grown = qf_arena_grow(&query->arena, query->terms, query->term_count,
			      &query->term_room, sizeof(struct qf_node *));
	if (grown == NULL)
		return false;
	query->terms = grown;
	query->terms[query->term_count++] = node;
	return true;
}

bool
qf_query_plan(struct qf_query *query)
{
	plan_node(query->root);
	for (unsigned cost = 0; cost <= qf_part_cost(QF_PART_HOLDER); cost++) {
		if (!list_terms(query, query->root, cost))
			return false;
	}
	return true;
}

struct qf_query *
qf_query_both(struct qf_query *one, struct qf_query *other)
{
	struct qf_query *both = calloc(1, sizeof(*both));
	struct qf_node *root;

	if (both == NULL)
		return NULL;
	root = qf_arena_alloc(&both->arena, sizeof(*root));
	if (root != NULL) {
		*root = (struct qf_node){ .kind = QF_NODE_AND, .count = 2 };
		root->children = qf_arena_alloc(&both->arena,
						2 * sizeof(*root->children));
	}
	if (root != NULL && root->children != NULL) {
		root->children[0] = one->root;
		root->children[1] = other->root;
		both->root = root;
		both->now = one->now;
	}
	pthread_mutex_init(&both->lock, NULL);
	if (both->root == NULL || !qf_query_plan(both)) {
		qf_query_free(both);
		return NULL;
	}
	both->owned[0] = one;
	both->owned[1] = other;
	return both;
}

void
qf_query_free(struct qf_query *query)
{
	if (query == NULL)
		return;
	qf_query_free(query->owned[0]);
	qf_query_free(query->owned[1]);
	qf_regex_free_all(query->regexes);
	pthread_mutex_destroy(&query->lock);
	qf_arena_free(&query->arena);
	free(query);
}

size_t
qf_query_term_count(const struct qf_query *query)
{
	return query->term_count;
}

void
qf_query_term(const struct qf_query *query, size_t index,
	      struct qf_query_term *term)
{
	const struct qf_node *node = query->terms[index];

	term->text = node->text;
	term->part = node->part;
	term->field = node->field;
	/* One term of recipients is a quantifier that nobody wrote. */
	while (term->field == NULL && node->count == 1 &&
	       node->children[0]->text.text == node->text.text) {
		node = node->children[0];
		term->field = node->field;
	}
}

/* Nobody holds what is in another queue: its name says that already. */
static unsigned
stages_of_part(enum qf_part part)
{
	if (part == QF_PART_DONE)
		return QF_PART_RECIPIENTS;
	if (part == QF_PART_HOLDER)
		return QF_PART_NAME | QF_PART_HOLDER;
	return part;
}

static unsigned
stages_of(const struct qf_node *node)
{
	unsigned stages = 0;

	if (node->kind == QF_NODE_TERM || node->count == 0)
		return stages_of_part(node->part);
	for (size_t i = 0; i < node->count; i++)
		stages |= stages_of(node->children[i]);
	/* It needs the recipients, too, and they are known before. */
	if (node->part == QF_PART_HOLDER && is_quantifier(node))
		stages |= QF_PART_REASONS;
	return stages | node->part;
}

static enum qf_verdict
test(void *context, const struct qf_message *message)
{
	return qf_query_test(context, message);
}

void
qf_query_filter(struct qf_query *query, struct qf_filter *filter)
{
	filter->stages = stages_of(query->root);
	filter->test = test;
	filter->context = query;
}

unsigned
qf_query_parts(const struct qf_query *query)
{
	unsigned parts = 0;

	for (size_t i = 0; i < query->term_count; i++) {
		struct qf_field field = { .part = query->terms[i]->part };

		parts |= qf_field_parts(&field);
	}
	return parts | stages_of(query->root);
}

static const struct qf_field *
spool_only(const struct qf_node *node)
{
	const struct qf_field *found = NULL;

	if (node->kind == QF_NODE_TERM)
		return node->field->spool_only ? node->field : NULL;
	/* Who is done is not in it either. */
	if (node->also_done)
		return qf_field_by_name("rcpt.state", strlen("rcpt.state"));
	for (size_t i = 0; found == NULL && i < node->count; i++)
		found = spool_only(node->children[i]);
	return found;
}

const struct qf_field *
qf_query_spool_only(const struct qf_query *query)
{
	return spool_only(query->root);
}
