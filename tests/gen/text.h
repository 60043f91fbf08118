/*
 * text.h - the forms in which mail writes addresses, dates and data.
 */
#ifndef GEN_TEXT_H
#define GEN_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "arena.h"

/* The part behind the last `@', or "" when there is none. */
const char *text_domain(const char *address);

bool text_is_ascii(const char *text);

/* As mailq and logs show an address: quoted where necessary. */
const char *text_address(struct arena *a, const char *raw);

/* "Mon, 02 Nov 2026 08:15:00 +0000 (UTC)" */
char *text_date(struct arena *a, time_t t);

/* RFC 2047 encoded words, folded like a header; plain ASCII stays. */
const char *text_encoded(struct arena *a, const char *utf8);

/* Lines of 76 characters, each with a newline. */
char *text_base64(struct arena *a, const void *data, size_t len);

#endif
