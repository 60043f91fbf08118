/*
 * bytes.c - a row of bytes that grows.
 */
#include "bytes.h"

#include <err.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

static void
reserve(struct bytes *b, size_t more)
{
	size_t size = b->size > 0 ? b->size : 4096;

	if (b->size - b->len >= more)
		return;
	while (size - b->len < more)
		size *= 2;
	b->data = realloc(b->data, size);
	if (b->data == NULL)
		err(EX_OSERR, "no memory");
	b->size = size;
}

void
bytes_add(struct bytes *b, const void *data, size_t len)
{
	if (len == 0)
		return;
	reserve(b, len);
	memcpy(b->data + b->len, data, len);
	b->len += len;
}

void
bytes_add_text(struct bytes *b, const char *text)
{
	bytes_add(b, text, strlen(text));
}

void
bytes_copy(struct bytes *b, size_t from, size_t len)
{
	reserve(b, len);
	memcpy(b->data + b->len, b->data + from, len);
	b->len += len;
}

void
bytes_printf(struct bytes *b, const char *format, ...)
{
	va_list ap;
	int len;

	reserve(b, 256);
	va_start(ap, format);
	len = vsnprintf(b->data + b->len, b->size - b->len, format, ap);
	va_end(ap);
	if (len < 0)
		err(EX_SOFTWARE, "%s", format);
	if ((size_t)len >= b->size - b->len) {
		reserve(b, (size_t)len + 1);
		va_start(ap, format);
		(void)vsnprintf(b->data + b->len, b->size - b->len, format, ap);
		va_end(ap);
	}
	b->len += (size_t)len;
}

void
bytes_free(struct bytes *b)
{
	free(b->data);
	*b = (struct bytes){ 0 };
}
