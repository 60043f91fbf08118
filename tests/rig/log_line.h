/*
 * log_line.h - what happened, as lines of a file that several processes write
 * at once.  Its readers are shell scripts.
 */
#ifndef RIG_LOG_LINE_H
#define RIG_LOG_LINE_H

#include <stddef.h>
#include <stdint.h>

/* Lines that belong together; zeros are an empty one. */
struct log_lines {
	char *text;
	size_t len;
	size_t room;
};

void log_add(struct log_lines *lines, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* All lines at once, to the end of the file; `lines' is empty then. */
void log_write(int fd, struct log_lines *lines);
void log_free(struct log_lines *lines);

int log_open(const char *path);

/* Milliseconds since 1970. */
int64_t log_now(void);

/* The number that an option's argument is, from 0 to most; or it ends. */
unsigned long number_of(const char *argument, unsigned long most);

#endif
