/*
 * envelope.h - what the records of a queue file say about a message.
 *
 * Knows the meaning of records before and behind the content; it skips the
 * content itself.  It does not know where a file lies, nor its logs.
 * Source: Postfix src/global/rec_type.h, mail_proto.h, src/showq/showq.c,
 * src/cleanup/cleanup_envelope.c.
 */
#ifndef QF_POSTFIX_ENVELOPE_H
#define QF_POSTFIX_ENVELOPE_H

#include <stdbool.h>
#include <stdint.h>

#include "queue-format/arena.h"
#include "queue-format/postfix/record.h"

/* Attributes that have a field of their own in struct qf_envelope. */
enum qf_envelope_attribute {
	QF_ATTR_CLIENT_NAME,
	QF_ATTR_CLIENT_ADDRESS,
	QF_ATTR_HELO,
	QF_ATTR_PROTOCOL,
	QF_ATTR_SASL_METHOD,
	QF_ATTR_SASL_USER,
	QF_ATTR_SASL_SENDER,
	QF_ATTR_ENCODING,
	QF_ATTR_ENVELOPE_ID,
	QF_ATTR_ORIGIN, /* rewrite_context: local or remote */
	QF_ATTR_LOG_ID, /* queue id at an upstream (XFORWARD) */
	QF_ATTR_MESSAGE_ID,
	QF_ATTR_COUNT
};

struct qf_envelope_recipient {
	const char *address;  /* raw; empty is the null recipient */
	const char *original; /* raw; NULL when not recorded */
	off_t offset;	      /* of the record, as defer logs name it */
	bool done;	      /* delivered, or bounced */
};

/* All strings live in the arena that was given to qf_envelope_read(). */
struct qf_envelope {
	bool has_size;		/* a usable C record stood before S */
	int64_t size;		/* of the content, record headers included */
	int64_t content_offset; /* of the first record of the content */
	unsigned options;	/* SMTPUTF8 and later flags of C */
	int64_t arrival;	/* T: seconds, 0 when missing */
	uint32_t arrival_usec;
	int64_t created;       /* create_time, 0 when missing */
	int64_t warn;	       /* W: 0 none, -1 the warning was sent */
	const char *sender;    /* raw; NULL when there was no S record */
	const char *full_name; /* of a local submitter, or NULL */
	const char *filter;    /* content filter, or NULL */
	const char *redirect;  /* or NULL */
	const char *attributes[QF_ATTR_COUNT]; /* or NULL */
	struct qf_envelope_recipient *recipients;
	size_t recipient_count;
	size_t recipient_room; /* private */
};

enum qf_envelope_depth {
	QF_ENVELOPE_SENDER,	/* up to the first recipient */
	QF_ENVELOPE_RECIPIENTS, /* all of it, the content skipped */
};

/*
 * Read from the start of a file that the reader was put on.
 *
 * QF_OK       read; in QF_ENVELOPE_RECIPIENTS up to the end record
 * QF_CORRUPT  damaged; *env has what stood before the damage, as Postfix's
 *             own listing would show it.  err->offset says where.
 * QF_SYSTEM   reading or allocating failed
 */
enum qf_status qf_envelope_read(struct qf_reader *reader,
				enum qf_envelope_depth depth,
				struct qf_arena *arena, struct qf_envelope *env,
				struct qf_error *err);

#endif
