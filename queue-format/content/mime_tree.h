/*
 * mime_tree.h - the parts of a message, for the files mime*.c only.
 */
#ifndef QF_CONTENT_MIME_TREE_H
#define QF_CONTENT_MIME_TREE_H

#include <gmime/gmime.h>

#include "mime.h"
#include "mime_stream.h"

struct node {
	GMimeObject *object;
	struct qf_mime_part part;
};

struct qf_mime {
	struct qf_mime_source source;
	char *before;
	GMimeObject *root;
	struct node *nodes; /* in the finding */
	size_t count;
	size_t room;
};

#endif
