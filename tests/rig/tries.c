/*
 * tries.c - how often an address was tried.
 */
#include "tries.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>

struct try_of {
	char *address;
	unsigned count;
};

/* FNV-1a, and its bits mixed once more: we take the remainder. */
static uint64_t
hash(const char *text, char kind)
{
	uint64_t h = 0xcbf29ce484222325U ^ (unsigned char)kind;

	for (; *text != '\0'; text++)
		h = (h ^ (unsigned char)*text) * 0x100000001b3U;
	h ^= h >> 32;
	h *= 0xd6e8feb86659fd93U;
	return h ^ (h >> 32);
}

unsigned
chance(const char *address, char kind)
{
	return (unsigned)(hash(address, kind) % 100);
}

/* Its slot, or the free one where it belongs. */
static struct try_of *
find(const struct tries *tries, const char *address)
{
	size_t at = hash(address, 0) % tries->room;

	while (tries->slots[at].address != NULL &&
	       strcmp(tries->slots[at].address, address) != 0)
		at = (at + 1) % tries->room;
	return &tries->slots[at];
}

static void
grow(struct tries *tries)
{
	struct tries wider = {
		.room = 2 * tries->room + 1000,
		.count = tries->count,
	};

	wider.slots = calloc(wider.room, sizeof(*wider.slots));
	if (wider.slots == NULL)
		err(1, "tries");
	for (size_t i = 0; i < tries->room; i++) {
		if (tries->slots[i].address != NULL)
			*find(&wider, tries->slots[i].address) =
				tries->slots[i];
	}
	free(tries->slots);
	*tries = wider;
}

unsigned
tries_count(struct tries *tries, const char *address)
{
	struct try_of *slot;

	if (2 * (tries->count + 1) > tries->room)
		grow(tries);
	slot = find(tries, address);
	if (slot->address == NULL) {
		slot->address = strdup(address);
		if (slot->address == NULL)
			err(1, "tries");
		tries->count++;
	}
	return slot->count++;
}

void
tries_free(struct tries *tries)
{
	for (size_t i = 0; i < tries->room; i++)
		free(tries->slots[i].address);
	free(tries->slots);
}
