/*
 * unit.h - what all unit tests need.
 *
 * The rows of bytes and the files here are made without the library, so that
 * a test does not share a mistake with it.
 */
#ifndef UNIT_H
#define UNIT_H

#include <check.h>
#include <stddef.h>
#include <sys/types.h>

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

/* A string constant with all its bytes, NULs too, and how many they are. */
#define BYTES(string) string, sizeof(string) - 1

/* Run what is in the suite and free it; returns the exit status. */
int unit_run(Suite *suite);

/* Does the error of the library say this?  Fails the test if not. */
void unit_says(const char *text, const char *wanted);

/* Bytes of a file in the making; all zero is empty. */
struct sample {
	unsigned char *data;
	size_t len;
	size_t room;
};

void sample_free(struct sample *s);
void sample_add(struct sample *s, const void *data, size_t len);

/* `count' bytes that differ from their neighbours. */
void sample_pattern(struct sample *s, size_t count);
unsigned char sample_pattern_byte(size_t i);

/* One record as Postfix writes it.  Returns the offset of its type byte. */
off_t sample_record(struct sample *s, int type, const void *data, size_t len);
off_t sample_text(struct sample *s, int type, const char *text);

/* Type and length alone; the caller adds `len' bytes of data. */
off_t sample_header(struct sample *s, int type, size_t len);

/* A pointer record of Postfix's fixed width, and its target set later. */
off_t sample_pointer(struct sample *s, off_t target);
void sample_point(struct sample *s, off_t pointer, off_t target);

/* A descriptor of a file in memory with these bytes; the caller closes it. */
int sample_fd(const struct sample *s);
int bytes_fd(const void *data, size_t len);

/*
 * Files below a temporary directory.  scratch_begin() and scratch_end() are
 * fixtures that run outside of the tests, so that it goes away when a test
 * fails, too.  Each test has a directory of its own in it.
 */
void scratch_begin(void);
void scratch_end(void);
void scratch_new(void); /* a fixture that runs in each test */

/* The test's own directory, and a path in it (valid until eight more). */
const char *scratch_path(const char *name);

void scratch_directory(const char *name);
void scratch_file(const char *name, const void *data, size_t len, mode_t mode);
void scratch_text(const char *name, const char *text, mode_t mode);

/* Give the rights of root away, and take them back, when it has them. */
void unit_drop_root(void);
void unit_regain_root(void);

#endif
