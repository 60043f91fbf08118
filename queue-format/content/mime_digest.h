/*
 * mime_digest.h - the SHA-256 of bytes that come piece by piece.
 */
#ifndef QF_CONTENT_MIME_DIGEST_H
#define QF_CONTENT_MIME_DIGEST_H

#include <stddef.h>

/* Opaque. */
struct qf_digest;

struct qf_digest *qf_digest_new(void);
void qf_digest_free(struct qf_digest *digest); /* NULL is allowed */
void qf_digest_add(struct qf_digest *digest, const char *data, size_t len);

/* In hexadecimal, of all that was added; lives until it is freed. */
const char *qf_digest_text(struct qf_digest *digest);

#endif
