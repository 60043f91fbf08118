/*
 * magic_type.h - what bytes are, whatever they are called.
 *
 * Only magic_type.c includes libmagic's header.
 */
#ifndef QF_CONTENT_MAGIC_TYPE_H
#define QF_CONTENT_MAGIC_TYPE_H

#include <stddef.h>

/* As many bytes of a file are looked at. */
#define QF_MAGIC_BYTES ((size_t)256 * 1024)

/* Opaque: the table of known types. */
struct qf_magic;

/* Reads the table.  NULL: there is none. */
struct qf_magic *qf_magic_open(void);
void qf_magic_close(struct qf_magic *magic); /* NULL is allowed */

/* "application/pdf"; lives until the next call.  "" when it is not known. */
const char *qf_magic_type(struct qf_magic *magic, const char *data, size_t len);

#endif
