/*
 * group_sort.c - the largest first, and a sum of the rest.
 */
#include <stdlib.h>
#include <strings.h>

#include "group_row.h"

struct sorting {
	const struct qf_group *group;
	const struct qf_group_order *orders;
	size_t count;
};

static int
compare_numbers(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

static int
compare_counts(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

/* What is not known comes last; `known' says if both are. */
static int
compare_times(int64_t a, int64_t b, bool *known)
{
	*known = a != 0 && b != 0;
	return *known ? compare_numbers(a, b) : (a == 0) - (b == 0);
}

static int
compare_values(const struct qf_group_value *a, const struct qf_group_value *b,
	       bool *known)
{
	size_t shorter = a->text.len < b->text.len ? a->text.len : b->text.len;
	int order = 0;

	*known = a->known && b->known;
	if (!*known)
		return b->known - a->known;
	if (a->text.text == NULL)
		return compare_numbers(a->from, b->from);
	order = strncasecmp(a->text.text, b->text.text, shorter);
	return order != 0 ? order : compare_counts(a->text.len, b->text.len);
}

static int
compare_rows(const struct qf_group_order *order, const struct qf_group_row *a,
	     const struct qf_group_row *b, bool *known)
{
	*known = true;
	switch (order->key) {
	case QF_GROUP_MESSAGES:
		return compare_counts(a->messages, b->messages);
	case QF_GROUP_RECIPIENTS:
		return compare_counts(a->recipients, b->recipients);
	case QF_GROUP_BYTES:
		return compare_numbers(a->bytes, b->bytes);
	case QF_GROUP_OLDEST:
		return compare_times(a->oldest, b->oldest, known);
	case QF_GROUP_NEWEST:
		return compare_times(a->newest, b->newest, known);
	case QF_GROUP_NEXT:
		return compare_times(a->next, b->next, known);
	case QF_GROUP_VALUE:
		break;
	}
	return compare_values(&a->values[order->field],
			      &b->values[order->field], known);
}

static int
compare(const void *left, const void *right, void *context)
{
	const struct sorting *sorting = context;
	const struct qf_group_row *a = &(*(struct row *const *)left)->known;
	const struct qf_group_row *b = &(*(struct row *const *)right)->known;
	bool known = false;

	for (size_t i = 0; i < sorting->count; i++) {
		int order = compare_rows(&sorting->orders[i], a, b, &known);

		if (order != 0)
			return known && sorting->orders[i].descending ? -order
								      : order;
	}
	for (size_t i = 0; i < sorting->group->count; i++) {
		int order =
			compare_values(&a->values[i], &b->values[i], &known);

		if (order != 0)
			return order;
	}
	return 0;
}

void
qf_group_sort(struct qf_group *group, const struct qf_group_order *orders,
	      size_t count)
{
	struct sorting sorting = { group, orders, count };

	if (group->row_count > 0)
		qsort_r(group->rows, group->row_count, sizeof(struct row *),
			compare, &sorting);
}

static void
add_row(struct qf_group_row *sum, const struct qf_group_row *row)
{
	sum->messages += row->messages;
	sum->recipients += row->recipients;
	sum->queues |= row->queues;
	if (__builtin_add_overflow(sum->bytes, row->bytes, &sum->bytes))
		sum->bytes = INT64_MAX;
	if (row->oldest != 0 && (sum->oldest == 0 || row->oldest < sum->oldest))
		sum->oldest = row->oldest;
	if (row->newest > sum->newest)
		sum->newest = row->newest;
	if (row->next != 0 && (sum->next == 0 || row->next < sum->next))
		sum->next = row->next;
}

bool
qf_group_rest(const struct qf_group *group, size_t first,
	      struct qf_group_row *rest)
{
	const struct qf_group_row *total = &group->total;

	*rest = (struct qf_group_row){ .values = NULL };
	for (size_t i = first; i < group->row_count; i++)
		add_row(rest, &group->rows[i]->known);
	if (group->memberships == total->messages ||
	    group->row_count - first <= 1)
		return true;
	if (rest->messages > total->messages)
		rest->messages = total->messages;
	if (rest->bytes > total->bytes)
		rest->bytes = total->bytes;
	return false;
}
