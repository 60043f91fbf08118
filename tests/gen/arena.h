/*
 * arena.h - memory for one message, given back in one go.
 *
 * A message is described by many small strings that all die together once
 * it is written.  Running out of memory ends the program: this is a tool
 * for tests.
 */
#ifndef GEN_ARENA_H
#define GEN_ARENA_H

#include <stddef.h>

struct arena_block;

/* All zero is an empty arena. */
struct arena {
	struct arena_block *last; /* new memory is taken from here */
};

/* Aligned for any type, zeroed; lives until the arena is reset. */
void *arena_alloc(struct arena *a, size_t size);

char *arena_printf(struct arena *a, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Everything taken so far becomes invalid; one block is kept for reuse. */
void arena_reset(struct arena *a);
void arena_free(struct arena *a);

#endif
