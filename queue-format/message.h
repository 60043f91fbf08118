/*
 * message.h - a message in a queue, as every mail system has them.
 *
 * Plain values: what a listing shows and what a question can be asked about.
 * Nothing here knows a file.  A message says which parts of it are known, so
 * that "unknown" is never taken for zero or empty.
 */
#ifndef QF_MESSAGE_H
#define QF_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "error.h"
#include "reason.h"
#include "string_set.h"

/* In the order in which Postfix lists them; corrupt is never listed there. */
enum qf_queue {
	QF_QUEUE_MAILDROP,
	QF_QUEUE_ACTIVE,
	QF_QUEUE_INCOMING,
	QF_QUEUE_DEFERRED,
	QF_QUEUE_HOLD,
	QF_QUEUE_CORRUPT,
	QF_QUEUE_COUNT
};

#define QF_QUEUE_BIT(queue) (1u << (queue))
#define QF_QUEUES_LISTED    (QF_QUEUE_BIT(QF_QUEUE_CORRUPT) - 1)

const char *qf_queue_name(enum qf_queue queue);

/* False: there is no queue of that name. */
bool qf_queue_by_name(const char *name, enum qf_queue *queue);

/*
 * Parts of a message, by what it costs to know them: each is a step that
 * needs all of the ones before it in the same file.
 */
enum qf_part {
	QF_PART_NAME = 1,	/* id and queue: a directory entry */
	QF_PART_INODE = 2,	/* next try, mode bits: a stat */
	QF_PART_ENVELOPE = 4,	/* sender, size, times, client: one read */
	QF_PART_RECIPIENTS = 8, /* also those behind the content */
	QF_PART_REASONS = 16,	/* why they wait: the delay log */
	/* Known with the recipients, but not from Postfix's own listing. */
	QF_PART_DONE = 32,
	/* What the reasons mean: nothing more to read, but to think. */
	QF_PART_CLASSES = 64,
	/*
	 * When its file was made: one more look at that.  Where the file
	 * system does not know, the envelope has to tell messages apart, and
	 * is read.
	 */
	QF_PART_BIRTH = 128,
	/* Who put it on hold: no store knows, but who keeps a journal. */
	QF_PART_HOLDER = 256,
};

enum qf_recipient_state {
	QF_RECIPIENT_WAITING,  /* not tried, as far as known */
	QF_RECIPIENT_DEFERRED, /* tried, with a reason */
	QF_RECIPIENT_BOUNCED,  /* to be returned, with a reason */
	QF_RECIPIENT_DONE,     /* delivered, or returned */
	QF_RECIPIENT_STATE_COUNT
};

const char *qf_recipient_state_name(enum qf_recipient_state state);

/* Addresses are in the quoted form of RFC 5321, bytes as in the spool. */
struct qf_recipient {
	enum qf_recipient_state state;
	enum qf_reason_class reason_class; /* with QF_PART_CLASSES */
	const char *address;
	const char *original; /* NULL: not known to differ */
	const char *reason;   /* NULL: none known */
	const char *dsn;      /* enhanced status code, or NULL */
	const char *mta;      /* the host that said so, or NULL */
};

/* Where it came from; each NULL when not recorded. */
struct qf_origin {
	const char *client_name;
	const char *client_address;
	const char *helo;
	const char *protocol;
	const char *sasl_method;
	const char *sasl_user;
	const char *sasl_sender;
	const char *full_name; /* of a local submitter */
	const char *filter;
	const char *redirect;
	const char *encoding;
	const char *envelope_id;
	const char *message_id;
	const char *upstream_id; /* its queue id one host earlier */
	bool local;		 /* submitted on this host */
	bool smtputf8;
};

/* Who put it on hold, as far as that was noted; each NULL when not known. */
struct qf_holder {
	const char *by;
	const char *reason;
	const char *job; /* its id, for the history */
	int64_t since;	 /* 0: not known */
};

/*
 * Strings are borrowed: they live as long as the listing says, which may be
 * until the callback returns.  Times are seconds since 1970; 0 is unknown,
 * or does not apply.
 */
struct qf_message {
	unsigned parts;	      /* which QF_PART_* are known */
	const char *instance; /* NULL: there is only one */
	const char *id;
	enum qf_queue queue;
	const char *place; /* path below the queue directory, or NULL */

	/* QF_PART_INODE */
	uint64_t inode;
	int64_t file_size;
	int64_t next; /* next try not before this; 0: not scheduled */
	bool forced_expire;

	/* QF_PART_BIRTH */
	int64_t birth; /* ns since 1970; 0: the file system has none */

	/* QF_PART_ENVELOPE */
	int64_t size; /* as the mail system counts it, in bytes */
	int64_t arrival;
	int64_t created;    /* the clock for expiry starts here */
	int64_t last;	    /* last try, as far as it can be computed */
	int64_t expires;    /* returned at the first try after this */
	const char *sender; /* "" is the null sender, NULL: not known */
	struct qf_origin origin;

	/* QF_PART_RECIPIENTS; reasons with QF_PART_REASONS */
	const struct qf_recipient *left; /* as Postfix's listing shows */
	size_t left_count;
	const struct qf_recipient *done;
	size_t done_count;

	/* QF_PART_HOLDER; of a message that is not on hold, nothing */
	struct qf_holder holder;

	/* What is wrong with it; NULL: nothing.  The rest may be partial. */
	const char *fault;
	off_t fault_offset; /* in its file, -1: no certain place */
};

/*
 * Copy a message with all its strings.  Equal strings are kept once: `pool'
 * is a set of strings in the same arena.
 */
enum qf_status
qf_message_copy(struct qf_message *to, const struct qf_message *from,
		struct qf_arena *arena, struct qf_string_set *pool,
		struct qf_error *err);

#endif
