/*
 * wire.h - what goes between a reader and its worker, as bytes.
 *
 * Numbers are of the machine, as both are the same program; every length is
 * checked all the same, since what the worker says may be what a stranger
 * makes it say.
 */
#ifndef QF_CONTENT_WIRE_H
#define QF_CONTENT_WIRE_H

#include <stdint.h>

#include "queue-format/buffer.h"

#include "finding.h"

#define QF_WIRE_MAGIC 0x51464331u /* "QFC1" */

enum qf_wire_kind {
	QF_WIRE_HELLO = 1, /* the worker is ready; what its sandbox lacks */
	QF_WIRE_LOOK,	   /* to the worker, with a descriptor */
	QF_WIRE_PART,	   /* the same: the bytes of one part */
	QF_WIRE_FOUND,	   /* the answer to the first: a finding */
	QF_WIRE_BYTES,	   /* a piece of the answer to the second */
	QF_WIRE_DONE,	   /* its end */
	QF_WIRE_FAILED,	   /* no answer: status, and text */
};

/* In front of each piece; `size' bytes follow. */
struct qf_wire_head {
	uint32_t magic;
	uint32_t kind;
	uint32_t size;
	uint32_t value; /* LOOK: want; PART: the number; FAILED: the status */
};

/* No piece is larger. */
#define QF_WIRE_LARGEST ((size_t)64 * 1024 * 1024)

/* Append the finding. */
void qf_wire_pack(struct qf_buffer *out, const struct qf_finding *finding);

/*
 * Read one back; the finding is empty but for its limits, and is not to be
 * used after a failure.  Whatever the bytes are: each string is UTF-8 without
 * NUL, but those of raw headers and texts, and those are UTF-8 too; each
 * number of a part is one that is there.
 *
 * QF_CORRUPT  it breaks the form
 * QF_SYSTEM   out of memory
 */
enum qf_status qf_wire_unpack(const char *data, size_t len,
			      struct qf_finding *finding, struct qf_error *err);

#endif
