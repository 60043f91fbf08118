/*
 * report.c - what was found, kept and put in order.
 */
#include "check.h"

#include <stdlib.h>
#include <string.h>

static const char *
keep(struct qf_arena *arena, const char *text)
{
	return qf_arena_copy(arena, text, strlen(text));
}

bool
qf_check_add(struct qf_check_report *report,
	     const struct qf_check_finding *finding)
{
	struct qf_check_finding *items =
		qf_arena_grow(&report->arena, report->items, report->count,
			      &report->room, sizeof(*report->items));
	struct qf_check_finding copy = *finding;

	if (items == NULL)
		return false;
	report->items = items;
	copy.path = keep(&report->arena, finding->path);
	copy.right = keep(&report->arena, finding->right);
	copy.text = keep(&report->arena, finding->text);
	if (copy.path == NULL || copy.right == NULL || copy.text == NULL)
		return false;
	items[report->count++] = copy;
	return true;
}

static int
compare(const void *a, const void *b)
{
	const struct qf_check_finding *one = a;
	const struct qf_check_finding *two = b;

	if (one->kind != two->kind)
		return one->kind < two->kind ? -1 : 1;
	return strcmp(one->path, two->path);
}

void
qf_check_sort(struct qf_check_report *report)
{
	if (report->count > 0)
		qsort(report->items, report->count, sizeof(*report->items),
		      compare);
}

void
qf_check_report_free(struct qf_check_report *report)
{
	qf_arena_free(&report->arena);
	*report = (struct qf_check_report){ .count = 0 };
}
