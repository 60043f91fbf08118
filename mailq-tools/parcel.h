/*
 * parcel.h - messages in an archive, on their way to another host.
 *
 * A tar with the files of each message, "mailq-export/NUMBER-ID/PART", and at
 * its end "mailq-export/manifest.json", which says what was to be in it, with
 * checksums: an archive without one was not finished.  Messages are numbered
 * from 1, in their order; the first part of each is "message", its queue file,
 * and those behind it are its logs, "defer", "bounce" and "trace".
 * docs/mqadm-export.schema.json describes the manifest.
 *
 * What is read is anybody's.  What is not of this form is refused as a whole,
 * and so is a manifest that says something else; a message whose bytes are not
 * those of its checksum, or no queue file, has a fault, which concerns no
 * other.
 */
#ifndef PARCEL_H
#define PARCEL_H

#include "queue-format/archive.h"
#include "queue-format/arena.h"
#include "queue-format/buffer.h"
#include "queue-format/plan/copy.h"
#include "queue-format/postfix/essence.h"

#define PARCEL_FORMAT	1
#define PARCEL_MANIFEST "mailq-export/manifest.json"

/* "mailq-export/NUMBER-ID/PART" */
#define PARCEL_NAME_MAX 320

/* More than any message, log or manifest has that is none of an attack. */
#define PARCEL_MESSAGE_MAX  ((int64_t)1 << 30)
#define PARCEL_LOG_MAX	    ((int64_t)1 << 28)
#define PARCEL_MANIFEST_MAX ((int64_t)1 << 28)
#define PARCEL_MESSAGES_MAX 10000000

#define PARCEL_FAULT_MAX 160

/* The parts of a message are those of a copy, in its order. */
struct parcel_part {
	bool there;
	int64_t size;
	char sum[QF_CHECKSUM_TEXT];
};

struct parcel_message {
	const char *id; /* that it had where it comes from */
	bool expire;	/* it has the mark of a forced expiry */
	struct parcel_part parts[QF_COPY_FILES];
	char key[QF_ESSENCE_KEY]; /* who it is; "" with a fault */
	const char *fault;	  /* why it cannot be taken, or NULL */
};

/* All zero: nothing yet.  Strings live in the arena. */
struct parcel {
	struct qf_arena arena;
	struct parcel_message *messages;
	size_t count;
	size_t room;
	int64_t bytes; /* of all files */
	const char *host;
	int64_t made;
};

void parcel_free(struct parcel *parcel);

/* The name of a file; and back.  False: it is none. */
void parcel_name(uint64_t number, const char *id, size_t part,
		 char name[PARCEL_NAME_MAX]);
bool parcel_read_name(const char *name, uint64_t *number, const char **id,
		      size_t *id_len, size_t *part);

/* Append to a manifest. */
struct parcel_facts {
	uint64_t number;
	const char *instance; /* or NULL */
	const char *queue;
	uint64_t inode;
	int64_t arrival;
	const char *sender; /* or NULL */
};
void parcel_put_head(struct qf_buffer *out, const char *host, int64_t made);
void parcel_put_message(struct qf_buffer *out, const struct parcel_facts *facts,
			const struct parcel_message *message);
void parcel_put_end(struct qf_buffer *out);

/*
 * Compare what was found with what a manifest says; takes from there what
 * only that has.
 */
enum qf_status parcel_check(struct parcel *parcel, const char *text, size_t len,
			    struct qf_error *err);

/*
 * Read all of it.  `room': bytes that there is disk for.
 *
 * QF_CORRUPT, QF_UNSAFE  refused as a whole
 * QF_SYSTEM              nothing is known
 */
enum qf_status
parcel_read(struct parcel *parcel, int fd, int64_t room, struct qf_error *err);

/* Who takes messages out, one after the other. */
struct parcel_taker {
	/* QF_END: not this one. */
	enum qf_status (*begin)(void *context, size_t i, struct qf_error *err);
	/* What comes then is that log. */
	enum qf_status (*log)(void *context, const char *name,
			      struct qf_error *err);
	enum qf_status (*bytes)(void *context, const void *data, size_t len,
				struct qf_error *err);
	/* `good': its bytes were those that were read before. */
	enum qf_status (*end)(void *context, size_t i, bool good,
			      struct qf_error *err);
	void *context;
};

/* Once more, from where the descriptor stands. */
enum qf_status parcel_unpack(const struct parcel *parcel, int fd,
			     const struct parcel_taker *taker,
			     struct qf_error *err);

#endif
