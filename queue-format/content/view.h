/*
 * view.h - the text of a message as bytes that can be read anywhere.
 *
 * A source gives pieces in their order; this finds the one that a byte is
 * in, and remembers some places on the way, so that going back costs little
 * and the memory does not grow with the lines of a message.
 */
#ifndef QF_CONTENT_VIEW_H
#define QF_CONTENT_VIEW_H

#include "queue-format/content.h"

/* Opaque.  Serves many files. */
struct qf_view;

/* `source' as in qf_content_settings.  NULL when out of memory. */
struct qf_view *qf_view_new(const struct qf_content_source *source);
void qf_view_free(struct qf_view *view); /* NULL is allowed */

/* Look at another file; the descriptor stays the caller's. */
enum qf_status
qf_view_start(struct qf_view *view, int fd, struct qf_error *err);

/*
 * Up to `len' bytes from `offset' of the text; fewer only at its end, where
 * it is 0.  A file that cannot be read further ends there; see
 * qf_view_damage().
 */
size_t
qf_view_read(struct qf_view *view, uint64_t offset, char *data, size_t len);

/* Why the text ended too early; NULL: it has not, so far. */
const struct qf_error *qf_view_damage(const struct qf_view *view);

#endif
