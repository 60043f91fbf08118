/*
 * address.h - addresses as Postfix writes them for people.
 *
 * A queue file has addresses raw: `a b@example.com'.  Logs and listings have
 * them quoted: `"a b"@example.com', and with every byte replaced that
 * Postfix takes for unprintable.
 * Source: Postfix src/global/quote_822_local.c, src/util/printable.c.
 */
#ifndef QF_POSTFIX_ADDRESS_H
#define QF_POSTFIX_ADDRESS_H

#include <stddef.h>

#include "queue-format/arena.h"

/* What printable() keeps above ASCII. */
enum qf_printable {
	QF_PRINTABLE_ASCII,  /* smtputf8_enable = no */
	QF_PRINTABLE_LOOSE,  /* up to 3.8: anything that begins like UTF-8 */
	QF_PRINTABLE_STRICT, /* since 3.9: well-formed UTF-8 */
};

/* The quoted form of a raw address, in the arena.  NULL: out of memory. */
const char *qf_address_quote(struct qf_arena *arena, const char *raw);

/* Replace in place what Postfix would, by `?'; `text' is `len' bytes. */
void qf_printable(char *text, size_t len, enum qf_printable how);

#endif
