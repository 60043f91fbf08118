/*
 * log_line.c - what happened, as lines of a file that several processes write
 * at once.
 */
#include "log_line.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

void
log_add(struct log_lines *lines, const char *format, ...)
{
	va_list ap;

	for (;;) {
		size_t left = lines->room - lines->len;
		int len;

		va_start(ap, format);
		len = vsnprintf(left == 0 ? NULL : lines->text + lines->len,
				left, format, ap);
		va_end(ap);
		if (len < 0)
			err(1, "vsnprintf");
		if ((size_t)len < left) {
			lines->len += (size_t)len;
			return;
		}
		lines->room = 2 * lines->room + (size_t)len + 1;
		lines->text = realloc(lines->text, lines->room);
		if (lines->text == NULL)
			err(1, "log");
	}
}

void
log_write(int fd, struct log_lines *lines)
{
	if (lines->len > 0 &&
	    write(fd, lines->text, lines->len) != (ssize_t)lines->len)
		err(1, "log");
	lines->len = 0;
}

void
log_free(struct log_lines *lines)
{
	free(lines->text);
}

int
log_open(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);

	if (fd < 0)
		err(1, "%s", path);
	return fd;
}

int64_t
log_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

unsigned long
number_of(const char *argument, unsigned long most)
{
	char *end;
	unsigned long number;

	errno = 0;
	number = strtoul(argument, &end, 10);
	if (errno != 0 || end == argument || *end != '\0' || number > most)
		errx(64, "not a number from 0 to %lu: %s", most, argument);
	return number;
}
