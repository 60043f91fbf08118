/*
 * attachment.h - small files for MIME parts.
 */
#ifndef GEN_ATTACHMENT_H
#define GEN_ATTACHMENT_H

#include "scene.h"

enum attachment {
	ATTACHMENT_PDF,
	ATTACHMENT_ZIP,
	ATTACHMENT_PNG,
	ATTACHMENT_PROGRAM, /* which says that it is a PDF */
	ATTACHMENT_COUNT,
};

/* Make the message one of a text and an attachment: headers and body. */
void attachment_add(struct stage *s, struct mail *m, const char *text,
		    enum attachment kind);

#endif
