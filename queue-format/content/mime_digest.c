/*
 * mime_digest.c - the SHA-256 of bytes that come piece by piece.
 */
#include "mime_digest.h"

#include <glib.h>

struct qf_digest *
qf_digest_new(void)
{
	return (struct qf_digest *)g_checksum_new(G_CHECKSUM_SHA256);
}

void
qf_digest_free(struct qf_digest *digest)
{
	if (digest != NULL)
		g_checksum_free((GChecksum *)digest);
}

void
qf_digest_add(struct qf_digest *digest, const char *data, size_t len)
{
	g_checksum_update((GChecksum *)digest, (const guchar *)data,
			  (gssize)len);
}

const char *
qf_digest_text(struct qf_digest *digest)
{
	return g_checksum_get_string((GChecksum *)digest);
}
