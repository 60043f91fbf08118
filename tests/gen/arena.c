/*
 * arena.c - memory for one message, given back in one go.
 */
#include "arena.h"

#include <err.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#define BLOCK_SIZE ((size_t)64 * 1024)

struct arena_block {
	struct arena_block *older;
	size_t size;
	size_t used;
	max_align_t data[];
};

static struct arena_block *
block_new(size_t size, struct arena_block *older)
{
	struct arena_block *block = malloc(sizeof(*block) + size);

	if (block == NULL)
		err(EX_OSERR, "no memory");
	block->older = older;
	block->size = size;
	block->used = 0;
	return block;
}

void *
arena_alloc(struct arena *a, size_t size)
{
	const size_t align = sizeof(max_align_t);
	size_t need = (size + align - 1) / align * align;
	void *data;

	if (a->last == NULL || a->last->size - a->last->used < need)
		a->last = block_new(need > BLOCK_SIZE ? need : BLOCK_SIZE,
				    a->last);
	data = (char *)a->last->data + a->last->used;
	a->last->used += need;
	return memset(data, 0, size);
}

char *
arena_printf(struct arena *a, const char *format, ...)
{
	char small[512];
	va_list ap;
	char *text;
	int len;

	va_start(ap, format);
	len = vsnprintf(small, sizeof(small), format, ap);
	va_end(ap);
	if (len < 0)
		err(EX_SOFTWARE, "%s", format);

	text = arena_alloc(a, (size_t)len + 1);
	if ((size_t)len < sizeof(small))
		return memcpy(text, small, (size_t)len + 1);
	va_start(ap, format);
	(void)vsnprintf(text, (size_t)len + 1, format, ap);
	va_end(ap);
	return text;
}

void
arena_reset(struct arena *a)
{
	struct arena_block *older;

	if (a->last == NULL)
		return;
	while ((older = a->last->older) != NULL) {
		a->last->older = older->older;
		free(older);
	}
	a->last->used = 0;
}

void
arena_free(struct arena *a)
{
	arena_reset(a);
	free(a->last);
	a->last = NULL;
}
