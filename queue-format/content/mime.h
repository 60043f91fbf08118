/*
 * mime.h - what GMime makes of a message.
 *
 * Only the files mime*.c include GMime's headers, and only in the worker is
 * any of this called: GMime ends the process when it runs out of memory.
 */
#ifndef QF_CONTENT_MIME_H
#define QF_CONTENT_MIME_H

#include "queue-format/buffer.h"

#include "finding.h"
#include "view.h"

/*
 * Once, before rights are given up.  `no_memory' is called when GMime finds
 * none, and does not return.
 */
void qf_mime_begin(void (*no_memory)(void));

/*
 * The value of a header on one line: what folds it goes, and blanks around
 * it.  `out' has room for `len' bytes; gives how many there are.
 */
size_t qf_mime_unfold(char *out, const char *value, size_t len);

/* Append the value of a header that is unfolded, decoded. */
void qf_mime_words(struct qf_buffer *out, const char *text, size_t len);

/* The value of a header, unfolded and decoded.  It lives in the finding. */
const char *qf_mime_decode_header(struct qf_finding *finding, const char *value,
				  size_t len);

/* A message in its parts; opaque. */
struct qf_mime;

enum qf_mime_shape {
	QF_MIME_LEAF,
	QF_MIME_MULTIPART,
	QF_MIME_MESSAGE,
};

struct qf_mime_part {
	enum qf_mime_shape shape;
	unsigned depth;
	unsigned marks; /* those that the declaration alone tells */
	bool text;	/* text/plain, text/html, ... */
	bool html;
	/* The part `beside' is another form of it, and is shown instead. */
	bool other_form;
	size_t beside;	     /* an index */
	const char *charset; /* declared, "" for none; as in the finding */
};

/*
 * Take apart the body that begins at `body' of the text, under the headers
 * `mime'.  All parts become known to the finding.
 */
struct qf_mime *qf_mime_new(struct qf_view *view, const char *mime,
			    size_t mime_len, uint64_t body,
			    struct qf_finding *finding);
void qf_mime_free(struct qf_mime *tree); /* NULL is allowed */

size_t qf_mime_count(const struct qf_mime *tree);
const struct qf_mime_part *qf_mime_at(const struct qf_mime *tree, size_t i);

/* What is wrong with the encoding of a part. */
enum qf_mime_damage {
	QF_MIME_SOUND,
	QF_MIME_STRANGE, /* characters that the encoding does not have */
	QF_MIME_SHORT,	 /* cut off */
};

/*
 * Decode part i, piece by piece; take() says false to end that.  What has
 * parts in it is given as it would be sent.  False: it was ended.
 */
bool qf_mime_decode(const struct qf_mime *tree, size_t i,
		    bool (*take)(void *context, const char *data, size_t len),
		    void *context, enum qf_mime_damage *damage);

#endif
