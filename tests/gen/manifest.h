/*
 * manifest.h - say what was written, as one line of JSON for each message.
 */
#ifndef GEN_MANIFEST_H
#define GEN_MANIFEST_H

#include "bytes.h"
#include "mail.h"
#include "queue_file.h"
#include "spool.h"

/* Append the line to `out'. */
void manifest_line(struct bytes *out, const struct mail *m,
		   const struct spool_file *where, const struct queue_file *f,
		   struct arena *a);

#endif
