/*
 * queue_name.c - the names Postfix gives to queue files.
 */
#include "queue_name.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* No vowels, so that no name is a word; base 51 does without the `z'. */
static const char digits[] = "0123456789BCDFGHJKLMNPQRSTVWXYZ"
			     "bcdfghjklmnpqrstvwxyz";

void
queue_name_short(char name[QUEUE_NAME_MAX], struct timeval t, ino_t inode)
{
	snprintf(name, QUEUE_NAME_MAX, "%05lX%jX", (unsigned long)t.tv_usec,
		 (uintmax_t)inode);
}

/* Append a number, padded with zeros; return the new end. */
static char *
put_number(char *end, uintmax_t number, unsigned base, size_t width)
{
	char reversed[QUEUE_NAME_MAX];
	size_t len = 0;

	while (number > 0 || len < width) {
		reversed[len++] = digits[number % base];
		number /= base;
	}
	while (len > 0)
		*end++ = reversed[--len];
	return end;
}

void
queue_name_long(char name[QUEUE_NAME_MAX], struct timeval t, ino_t inode)
{
	name = put_number(name, (uintmax_t)t.tv_sec, 52, 6);
	name = put_number(name, (uintmax_t)t.tv_usec, 52, 4);
	*name++ = 'z';
	name = put_number(name, (uintmax_t)inode, 51, 0);
	*name = '\0';
}

void
queue_name_hash(char dirs[2 * HASH_DEPTH_MAX + 1], long usec, unsigned depth)
{
	char key[HASH_DEPTH_MAX + 1];

	assert(depth <= HASH_DEPTH_MAX && usec >= 0 && usec < 1000000);
	snprintf(key, sizeof(key), "%05lX", (unsigned long)usec % 0x100000);
	for (unsigned i = 0; i < depth; i++) {
		*dirs++ = key[i];
		*dirs++ = '/';
	}
	*dirs = '\0';
}
