/*
 * nearest.c - which of some names was most likely meant.
 */
#include "nearest.h"

#include <string.h>

#define MAX_NAME 24

/* Insertions, deletions and replacements between two short names. */
static size_t
distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t row[MAX_NAME + 1];

	for (size_t j = 0; j <= b_len; j++)
		row[j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		size_t corner = row[0];

		row[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			size_t best = corner + (a[i - 1] != b[j - 1]);

			corner = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[b_len];
}

void
qf_nearest_offer(struct qf_nearest *search, const char *candidate)
{
	size_t limit = search->len < 5 ? 2 : 3; /* this far is another word */
	size_t len = strlen(candidate);
	size_t far;

	if (search->len > MAX_NAME || len > MAX_NAME)
		return;
	far = distance(search->name, search->len, candidate, len);
	if (far >= limit || (search->best != NULL && far >= search->distance))
		return;
	search->best = candidate;
	search->distance = far;
}
