/*
 * looks.h - what is odd about names and bytes of a part.
 *
 * Only compares what it is given; knows no message.
 */
#ifndef QF_CONTENT_LOOKS_H
#define QF_CONTENT_LOOKS_H

#include <stdbool.h>
#include <stddef.h>

/* A name that makes Windows, or a desktop, run what is in the file. */
bool qf_looks_runnable(const char *name);

/* A type of libmagic's that is a program or a script. */
bool qf_looks_program(const char *found);

/* A type of libmagic's that has files in it. */
bool qf_looks_archive(const char *found);

/* An archive, by its first bytes, that cannot be read without a password. */
bool qf_looks_locked(const char *found, const char *data, size_t len);

/*
 * Is it something else than it is called?  Only what is known well is
 * compared: an image that is a program is, a text that is a script is not.
 */
bool
qf_looks_different(const char *found, const char *declared, const char *name);

/*
 * Why a text may not be what it seems: "a character that turns the direction
 * of writing", NULL for nothing.  With `domain' letters that look like others
 * are enough, without it they have to be mixed in a word.
 */
const char *qf_looks_disguised(const char *text, bool domain);

#endif
