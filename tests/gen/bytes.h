/*
 * bytes.h - a row of bytes that grows.
 */
#ifndef GEN_BYTES_H
#define GEN_BYTES_H

#include <stddef.h>

/* All zero is empty. */
struct bytes {
	char *data; /* not terminated */
	size_t len;
	size_t size;
};

void bytes_add(struct bytes *b, const void *data, size_t len);
void bytes_add_text(struct bytes *b, const char *text);

/* Append what lies at `from' once more. */
void bytes_copy(struct bytes *b, size_t from, size_t len);
void bytes_printf(struct bytes *b, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void bytes_free(struct bytes *b);

#endif
