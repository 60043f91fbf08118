/*
 * text.h - text from strangers, made fit to be shown.
 *
 * Senders and remote servers choose every byte of an address or a reason.
 * What goes to a terminal passes qf_text_show(), what goes into JSON passes
 * qf_text_json().  The library's own strings stay as they are in the spool.
 */
#ifndef QF_TEXT_H
#define QF_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer.h"

/*
 * Read one character of UTF-8 (no overlong forms, no surrogates, nothing
 * above U+10FFFF).  Gives its length, or 0 when the first byte starts no
 * valid character; *rune is then untouched.  `len' must not be 0.
 */
size_t qf_utf8_next(const char *text, size_t len, uint32_t *rune);

bool qf_utf8_valid(const char *text, size_t len);

/*
 * Append `text' as a terminal may get it: a control character becomes ^X,
 * a character that cannot be seen or that changes the direction of writing
 * <U+202E>, a byte that is not UTF-8 <9B>, as less(1) shows them.  At most
 * `columns' columns are used (SIZE_MAX: all); what does not fit is cut off
 * and ends in an ellipsis.  With `utf8' false only ASCII comes out.  Widths
 * are those of the current locale.  Returns the columns that were used.
 */
size_t qf_text_show(struct qf_buffer *out, const char *text, size_t columns,
		    bool utf8);

/*
 * The same for files and pipes, where columns do not count: UTF-8 comes out
 * whatever the locale is.
 */
void qf_text_plain(struct qf_buffer *out, const char *text, size_t len);

/*
 * Append `text' as a JSON string with its quotes, always valid UTF-8: each
 * byte that is none becomes U+FFFD.  What would not be seen on a terminal, or
 * harm it, is escaped.
 */
void qf_text_json(struct qf_buffer *out, const char *text);

/*
 * Append text that is safe already, with each character beyond ASCII as JSON
 * escapes it: for a terminal of another encoding, where the bytes of a
 * harmless character may be control characters.
 */
void qf_text_ascii(struct qf_buffer *out, const char *text, size_t len);

/* Append the base64 form of `len' bytes (RFC 4648). */
void qf_text_base64(struct qf_buffer *out, const char *data, size_t len);

#endif
