/*
 * checksum.c - SHA-256, as GLib has it.
 */
#include "checksum.h"

#include <glib.h>
#include <stdio.h>
#include <stdlib.h>

struct qf_checksum {
	GChecksum *sum;
};

/* What one call of GLib takes at most. */
#define PIECE ((size_t)1 << 30)

struct qf_checksum *
qf_checksum_new(void)
{
	struct qf_checksum *sum = calloc(1, sizeof(*sum));

	if (sum == NULL)
		return NULL;
	sum->sum = g_checksum_new(G_CHECKSUM_SHA256);
	if (sum->sum != NULL)
		return sum;
	free(sum);
	return NULL;
}

void
qf_checksum_free(struct qf_checksum *sum)
{
	if (sum == NULL)
		return;
	g_checksum_free(sum->sum);
	free(sum);
}

void
qf_checksum_reset(struct qf_checksum *sum)
{
	g_checksum_reset(sum->sum);
}

void
qf_checksum_add(struct qf_checksum *sum, const void *data, size_t len)
{
	const unsigned char *at = data;

	while (len > 0) {
		size_t piece = len < PIECE ? len : PIECE;

		g_checksum_update(sum->sum, at, (gssize)piece);
		at += piece;
		len -= piece;
	}
}

void
qf_checksum_text(struct qf_checksum *sum, char text[QF_CHECKSUM_TEXT])
{
	snprintf(text, QF_CHECKSUM_TEXT, "%s", g_checksum_get_string(sum->sum));
}
