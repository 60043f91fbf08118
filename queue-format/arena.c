/*
 * arena.c - memory that is given back all at once.
 */
#include "arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_SIZE 32768

struct qf_arena_block {
	struct qf_arena_block *next;
	size_t size;
	size_t used;
	max_align_t data[];
};

/* For all types that a struct here has; long double is none of them. */
static size_t
aligned(size_t size)
{
	size_t unit = _Alignof(int64_t);

	return (size + unit - 1) / unit * unit;
}

static struct qf_arena_block *
block_new(size_t size)
{
	struct qf_arena_block *block;

	if (size > SIZE_MAX - sizeof(*block))
		return NULL;
	block = malloc(sizeof(*block) + size);
	if (block != NULL)
		*block = (struct qf_arena_block){ .size = size };
	return block;
}

/* The next block that has `size' bytes left, a new one if there is none. */
static struct qf_arena_block *
block_for(struct qf_arena *arena, size_t size)
{
	struct qf_arena_block *block = arena->current;
	struct qf_arena_block *fresh;

	while (block != NULL && block->next != NULL) {
		block = block->next;
		if (block->size - block->used >= size)
			return block;
	}
	fresh = block_new(size > BLOCK_SIZE ? size : BLOCK_SIZE);
	if (fresh == NULL)
		return NULL;
	if (block == NULL)
		arena->first = fresh;
	else
		block->next = fresh;
	return fresh;
}

void *
qf_arena_alloc(struct qf_arena *arena, size_t size)
{
	struct qf_arena_block *block = arena->current;
	void *memory;

	if (size > SIZE_MAX / 2)
		return NULL;
	size = aligned(size);
	if (block == NULL || block->size - block->used < size) {
		block = block_for(arena, size);
		if (block == NULL)
			return NULL;
		arena->current = block;
	}
	memory = (char *)block->data + block->used;
	block->used += size;
	arena->used += size;
	return memory;
}

char *
qf_arena_copy(struct qf_arena *arena, const char *data, size_t len)
{
	char *copy = qf_arena_alloc(arena, len + 1);

	if (copy == NULL)
		return NULL;
	memcpy(copy, data, len);
	copy[len] = '\0';
	return copy;
}

void *
qf_arena_grow(struct qf_arena *arena, void *array, size_t count, size_t *room,
	      size_t element)
{
	size_t wanted = *room == 0 ? 4 : *room * 2;
	void *bigger;

	if (count < *room)
		return array;
	if (wanted > SIZE_MAX / 2 / element)
		return NULL;
	bigger = qf_arena_alloc(arena, wanted * element);
	if (bigger == NULL)
		return NULL;
	if (count > 0)
		memcpy(bigger, array, count * element);
	*room = wanted;
	return bigger;
}

static void
free_blocks(struct qf_arena_block *block)
{
	while (block != NULL) {
		struct qf_arena_block *next = block->next;

		free(block);
		block = next;
	}
}

void
qf_arena_empty(struct qf_arena *arena, size_t keep)
{
	struct qf_arena_block **link = &arena->first;
	size_t kept = 0;

	while (*link != NULL && kept + (*link)->size <= keep) {
		kept += (*link)->size;
		(*link)->used = 0;
		link = &(*link)->next;
	}
	free_blocks(*link);
	*link = NULL;
	arena->current = arena->first;
	arena->used = 0;
}

void
qf_arena_free(struct qf_arena *arena)
{
	free_blocks(arena->first);
	*arena = (struct qf_arena){ 0 };
}
