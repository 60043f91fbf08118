/*
 * buffer.c - bytes that are put together for output.
 */
#include "buffer.h"

#include <stdint.h>
#include <stdlib.h>

bool
qf_buffer_reserve(struct qf_buffer *buffer, size_t more)
{
	size_t room = buffer->room == 0 ? 256 : buffer->room;
	char *data;

	if (buffer->failed || more > SIZE_MAX / 4 - buffer->len) {
		buffer->failed = true;
		return false;
	}
	while (room - buffer->len < more)
		room *= 2;
	if (room == buffer->room)
		return true;
	data = realloc(buffer->data, room);
	if (data == NULL) {
		buffer->failed = true;
		return false;
	}
	buffer->data = data;
	buffer->room = room;
	return true;
}

void
qf_buffer_string(struct qf_buffer *buffer, const char *string)
{
	qf_buffer_add(buffer, string, strlen(string));
}

void
qf_buffer_number(struct qf_buffer *buffer, long long number)
{
	char digits[24];
	char *start = digits + sizeof(digits);
	unsigned long long rest = number < 0 ? 0 - (unsigned long long)number
					     : (unsigned long long)number;

	do
		*--start = (char)('0' + rest % 10);
	while ((rest /= 10) > 0);
	if (number < 0)
		*--start = '-';
	qf_buffer_add(buffer, start, (size_t)(digits + sizeof(digits) - start));
}

void
qf_buffer_fill(struct qf_buffer *buffer, char byte, size_t count)
{
	if (count > 0 && qf_buffer_reserve(buffer, count)) {
		memset(buffer->data + buffer->len, byte, count);
		buffer->len += count;
	}
}

const char *
qf_buffer_text(struct qf_buffer *buffer)
{
	if (!qf_buffer_reserve(buffer, 1))
		return "";
	buffer->data[buffer->len] = '\0';
	return buffer->data;
}

void
qf_buffer_empty(struct qf_buffer *buffer)
{
	buffer->len = 0;
}

void
qf_buffer_free(struct qf_buffer *buffer)
{
	free(buffer->data);
	*buffer = (struct qf_buffer){ 0 };
}
