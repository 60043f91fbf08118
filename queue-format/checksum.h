/*
 * checksum.h - SHA-256 of bytes that come bit by bit.
 */
#ifndef QF_CHECKSUM_H
#define QF_CHECKSUM_H

#include <stddef.h>

#define QF_CHECKSUM_TEXT 65 /* hex digits, and a NUL */

/* Opaque: one sum at a time. */
struct qf_checksum;

/* NULL: out of memory. */
struct qf_checksum *qf_checksum_new(void);
void qf_checksum_free(struct qf_checksum *sum); /* NULL is allowed */

/* Begin anew. */
void qf_checksum_reset(struct qf_checksum *sum);

void qf_checksum_add(struct qf_checksum *sum, const void *data, size_t len);

/* What has come until now, in small letters; after that only a reset. */
void qf_checksum_text(struct qf_checksum *sum, char text[QF_CHECKSUM_TEXT]);

#endif
