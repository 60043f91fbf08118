/*
 * string_set.c - open addressing with linear probing, at most half full.
 */
#include "string_set.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

/* A table that is larger goes away when the set is emptied. */
#define KEEP_ROOM 1024

static uint64_t
rotate(uint64_t word, unsigned by)
{
	return word << by | word >> (64 - by);
}

static void
mix(uint64_t v[4])
{
	v[0] += v[1];
	v[2] += v[3];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] = rotate(v[0], 32);
	v[2] += v[1];
	v[0] += v[3];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[2] = rotate(v[2], 32);
}

/*
 * SipHash-1-3.  Strangers choose the strings: with a hash that they can
 * compute, a few thousand of theirs would share a slot, and each of these
 * would be compared with all others.
 */
static size_t
hash(const struct qf_string_set *set, const char *string)
{
	uint64_t v[4] = { set->key[0] ^ 0x736f6d6570736575U,
			  set->key[1] ^ 0x646f72616e646f6dU,
			  set->key[0] ^ 0x6c7967656e657261U,
			  set->key[1] ^ 0x7465646279746573U };
	size_t len = strlen(string);
	uint64_t last = (uint64_t)len << 56;
	uint64_t word;

	for (; len >= sizeof(word); len -= sizeof(word)) {
		memcpy(&word, string, sizeof(word));
		string += sizeof(word);
		v[3] ^= word;
		mix(v);
		v[0] ^= word;
	}
	for (size_t i = 0; i < len; i++)
		last |= (uint64_t)(unsigned char)string[i] << (8 * i);
	v[3] ^= last;
	mix(v);
	v[0] ^= last;
	v[2] ^= 0xff;
	for (int i = 0; i < 3; i++)
		mix(v);
	return (size_t)(v[0] ^ v[1] ^ v[2] ^ v[3]);
}

/* The slot that has the string, or the free one where it belongs. */
static const char **
slot_of(const struct qf_string_set *set, const char *string)
{
	const char **slots = set->slots;
	size_t i = hash(set, string) & (set->room - 1);

	while (slots[i] != NULL && strcmp(slots[i], string) != 0)
		i = (i + 1) & (set->room - 1);
	return &slots[i];
}

/* A key that nobody knows; early at boot, one that is hard to guess. */
static void
choose_key(struct qf_string_set *set)
{
	if (getrandom(set->key, sizeof(set->key), GRND_NONBLOCK) ==
	    (ssize_t)sizeof(set->key))
		return;
	set->key[0] = (uintptr_t)set->slots;
	set->key[1] = (uint64_t)clock();
}

const char *
qf_string_set_find(const struct qf_string_set *set, const char *string)
{
	if (set->count == 0)
		return NULL;
	return *slot_of(set, string);
}

static bool
grow(struct qf_string_set *set)
{
	struct qf_string_set larger = *set;

	larger.room = set->room == 0 ? 16 : set->room * 2;
	larger.slots = calloc(larger.room, sizeof(*larger.slots));
	if (larger.slots == NULL)
		return false;
	if (set->room == 0)
		choose_key(&larger);
	for (size_t i = 0; i < set->room; i++) {
		if (set->slots[i] != NULL)
			*slot_of(&larger, set->slots[i]) = set->slots[i];
	}
	free(set->slots);
	*set = larger;
	return true;
}

bool
qf_string_set_add(struct qf_string_set *set, const char *string)
{
	const char **slot;

	if (set->count * 2 >= set->room && !grow(set))
		return false;
	slot = slot_of(set, string);
	if (*slot == NULL) {
		*slot = string;
		set->count++;
	}
	return true;
}

/* Clearing is work for the whole table, however few strings were in it. */
void
qf_string_set_empty(struct qf_string_set *set)
{
	if (set->room > KEEP_ROOM) {
		qf_string_set_free(set);
		return;
	}
	if (set->count > 0)
		memset(set->slots, 0, set->room * sizeof(*set->slots));
	set->count = 0;
}

void
qf_string_set_free(struct qf_string_set *set)
{
	free(set->slots);
	*set = (struct qf_string_set){ 0 };
}
