/*
 * tries.h - how often an address was tried, and chances that depend on the
 * address alone.
 */
#ifndef RIG_TRIES_H
#define RIG_TRIES_H

#include <stddef.h>
#include <stdint.h>

/* From 0 to 99, as even as a hash is; another one for each kind. */
unsigned chance(const char *address, char kind);

struct tries {
	struct try_of *slots; /* by hash; a free one has no address */
	size_t room;
	size_t count;
};

/* How often it was asked for this address before. */
unsigned tries_count(struct tries *tries, const char *address);
void tries_free(struct tries *tries);

#endif
