/*
 * known.c - what was carried on from before.
 */
#include "known.h"

#include <string.h>

#include "plan.h"

/* One time could be chance: other threads, another journal. */
#define ENOUGH 2

static void
mix(uint64_t *sum, uint64_t value)
{
	*sum = (*sum ^ value) * UINT64_C(0x9E3779B97F4A7C15);
	*sum ^= *sum >> 29;
}

static void
mix_text(uint64_t *sum, const char *text)
{
	for (; *text != '\0'; text++)
		mix(sum, (unsigned char)*text);
	mix(sum, 0);
}

/* Where a file is; new ids are all alike, and times are left out. */
static void
mix_file(uint64_t *sum, const struct listing *listing, const struct message *m,
	 uint64_t inode)
{
	const struct found *found = listing_find(listing, inode);

	if (inode == 0 || found == NULL) {
		mix(sum, inode != 0);
		return;
	}
	mix_text(sum, found->folder);
	mix(sum, found->mode);
	mix(sum, strcmp(found->id, m->first_id) == 0);
	mix(sum, strcmp(found->id, m->start.id) == 0);
}

static uint64_t
sum_of(const struct bench *bench, const struct orders *orders,
       const struct outcome *outcome)
{
	const struct listing *listing = &bench->now;
	uint64_t sum = 1;

	mix(&sum, listing->count);
	for (size_t i = 0; i < bench->count; i++) {
		const struct message *m = &bench->messages[i];

		mix_file(&sum, listing, m, m->inode);
		for (size_t k = 0; k < LOGS; k++)
			mix_file(&sum, listing, m, m->logs[k]);
	}
	for (int kind = 0; kind < KIND_COUNT; kind++) {
		if (plan_changes_files((enum kind)kind))
			mix(&sum, orders->kinds[kind]);
	}
	if (plan_changes_files(orders->kind)) {
		mix(&sum, orders->kind);
		mix(&sum, orders->mode);
		mix(&sum, orders->at);
	}
	mix(&sum, (uint64_t)outcome->status);
	mix(&sum, (uint64_t)outcome->signal);
	return sum;
}

/* Is it there?  Then it is.  Nor is it where there is no more room. */
static bool
was_there(struct known *known, uint64_t mark)
{
	for (size_t i = 0; i < KNOWN_MAX; i++) {
		_Atomic uint64_t *place = &known->marks[(mark + i) % KNOWN_MAX];
		uint64_t other = 0;

		if (atomic_compare_exchange_strong(place, &other, mark))
			return false;
		if (other == mark)
			return true;
	}
	return false;
}

bool
known_is(struct known *known, const struct bench *bench,
	 const struct orders *orders, const struct outcome *outcome)
{
	uint64_t sum = sum_of(bench, orders, outcome);

	for (uint64_t i = 0; i < ENOUGH; i++) {
		uint64_t mark = sum;

		mix(&mark, i);
		if (!was_there(known, mark | 1))
			return false;
	}
	return true;
}
