/*
 * arena.h - memory that is given back all at once.
 *
 * A listing makes and forgets millions of small strings; they live in an
 * arena that is emptied after each batch of messages and keeps its memory
 * for the next one.
 */
#ifndef QF_ARENA_H
#define QF_ARENA_H

#include <stddef.h>

struct qf_arena_block;

/* Plain value; all zero is an empty arena. */
struct qf_arena {
	struct qf_arena_block *first;	/* the list, in order of filling */
	struct qf_arena_block *current; /* the one that is being filled */
	size_t used;			/* bytes handed out */
};

/*
 * Memory for a struct of the library, or for a string; not cleared.  It lives
 * until the arena is emptied or freed.  NULL when out of memory.
 */
void *qf_arena_alloc(struct qf_arena *arena, size_t size);

/* Copy `len' bytes and add a NUL.  NULL when out of memory. */
char *qf_arena_copy(struct qf_arena *arena, const char *data, size_t len);

/*
 * Make room for one more element behind the `count' that are in an array of
 * `*room', which grows in an arena.  Returns the (moved) array, NULL when out
 * of memory.
 */
void *qf_arena_grow(struct qf_arena *arena, void *array, size_t count,
		    size_t *room, size_t element);

/* Forget what was handed out; keep up to `keep' bytes for the next use. */
void qf_arena_empty(struct qf_arena *arena, size_t keep);

void qf_arena_free(struct qf_arena *arena);

#endif
