/*
 * sample.c - bytes of files, made in the test.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "unit.h"

void
sample_free(struct sample *s)
{
	free(s->data);
	*s = (struct sample){ 0 };
}

static void
reserve(struct sample *s, size_t more)
{
	size_t room = s->room == 0 ? 256 : s->room;

	while (room - s->len < more)
		room *= 2;
	if (room == s->room)
		return;
	s->data = realloc(s->data, room);
	ck_assert_ptr_nonnull(s->data);
	s->room = room;
}

void
sample_add(struct sample *s, const void *data, size_t len)
{
	reserve(s, len);
	if (len > 0)
		memcpy(s->data + s->len, data, len);
	s->len += len;
}

unsigned char
sample_pattern_byte(size_t i)
{
	return (unsigned char)(i * 7 + i / 251 + 1);
}

void
sample_pattern(struct sample *s, size_t count)
{
	reserve(s, count);
	for (size_t i = 0; i < count; i++)
		s->data[s->len++] = sample_pattern_byte(i);
}

off_t
sample_header(struct sample *s, int type, size_t len)
{
	off_t offset = (off_t)s->len;
	unsigned char byte = (unsigned char)type;

	sample_add(s, &byte, 1);
	do {
		byte = (unsigned char)(len % 128 + (len > 127 ? 128 : 0));
		sample_add(s, &byte, 1);
		len /= 128;
	} while (len > 0);
	return offset;
}

off_t
sample_record(struct sample *s, int type, const void *data, size_t len)
{
	off_t offset = sample_header(s, type, len);

	sample_add(s, data, len);
	return offset;
}

off_t
sample_text(struct sample *s, int type, const char *text)
{
	return sample_record(s, type, text, strlen(text));
}

off_t
sample_pointer(struct sample *s, off_t target)
{
	char text[32];

	snprintf(text, sizeof(text), "%15ld", (long)target);
	return sample_text(s, 'p', text);
}

void
sample_point(struct sample *s, off_t pointer, off_t target)
{
	char text[32];

	ck_assert_int_eq(s->data[pointer], 'p');
	snprintf(text, sizeof(text), "%15ld", (long)target);
	memcpy(s->data + pointer + 2, text, 15);
}

int
bytes_fd(const void *data, size_t len)
{
	int fd = memfd_create("unit", MFD_CLOEXEC);
	size_t done = 0;

	ck_assert_int_ge(fd, 0);
	while (done < len) {
		ssize_t put = write(fd, (const char *)data + done, len - done);

		ck_assert_int_gt(put, 0);
		done += (size_t)put;
	}
	return fd;
}

int
sample_fd(const struct sample *s)
{
	return bytes_fd(s->data, s->len);
}
