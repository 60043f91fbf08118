/*
 * letter.h - a message in a queue, written as Postfix would.
 */
#ifndef LETTER_H
#define LETTER_H

#include <stdint.h>
#include <sys/types.h>

/* What it says; what is 0 or NULL is like in many. */
struct letter {
	const char *sender;
	int64_t arrival; /* a while ago */
	int64_t created;
	int64_t modified;
	int64_t warn;		/* 0: no such record */
	const char *recipients; /* "RDR": left, done, left */
	mode_t mode;
};

/* Write it to "deferred/AB1"; NULL: one like many. */
void letter_post(const char *place, const struct letter *letter);

/* A log that names all of them, if there are no more than three. */
#define LETTER_LOG                                                             \
	"<r0@y.example>: late\n\n<r1@y.example>: late\n\n"                     \
	"<r2@y.example>: late\n\n"

#endif
