/*
 * charset.h - bytes in any of the charsets of mail, as UTF-8.
 *
 * iconv loads a module from a file when a charset is first asked for, and the
 * worker can open no files; so all those of mail are loaded before.  A charset
 * that is not among them is unknown.
 */
#ifndef QF_CONTENT_CHARSET_H
#define QF_CONTENT_CHARSET_H

#include <stdbool.h>
#include <stddef.h>

#include "queue-format/buffer.h"

/* Opaque: what is loaded. */
struct qf_charsets;

/* Load what there is.  NULL when out of memory. */
struct qf_charsets *qf_charset_load(void);
void qf_charset_unload(struct qf_charsets *charsets); /* NULL is allowed */

enum qf_charset_result {
	QF_CHARSET_AS_SAID,
	/* It is not what it says it is, and was read as windows-1252. */
	QF_CHARSET_GUESSED,
	/* Some bytes mean nothing in this charset: each is a U+FFFD. */
	QF_CHARSET_DAMAGED,
	/* Not known: bytes beyond ASCII are written as <9B>. */
	QF_CHARSET_UNKNOWN,
};

/*
 * Append `len' bytes of a charset ("" for none) as UTF-8.  With `cut' the
 * last character may not be complete, and is left out then.
 */
enum qf_charset_result qf_charset_decode(struct qf_buffer *out,
					 const char *charset, const char *data,
					 size_t len, bool cut);

#endif
