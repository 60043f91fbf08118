/*
 * journal_record.h - the keys and values of the journal, as bytes.
 *
 * The journal is one ordered table.  The first byte of a key says what the
 * value is; numbers in a key have their high byte first, so that the order
 * of the bytes is the order of the numbers.
 *
 *	H			the head: format, sequence, number of items
 *	J job			a job
 *	I job number		an item: a message's part in a job
 *	N inode job number	says that the item is about the inode
 *	A id NUL sequence job number
 *				says that the item, noted as the sequence'th,
 *				gave the message another id, or is to do so
 *
 * N and A have no value: the item they name is the witness.
 *
 * A value begins with "MQ", the kind, a version, its length and a CRC-32
 * over the key and all of the value: it is not mistaken for that of another
 * key.  It is checked each time it is read.
 */
#ifndef QF_JOURNAL_RECORD_H
#define QF_JOURNAL_RECORD_H

#include "buffer.h"
#include "journal.h"

#define QF_JOURNAL_FORMAT   1
#define QF_JOURNAL_NAME_MAX 255	 /* bytes of an id or of a folder's name */
#define QF_JOURNAL_TEXT_MAX 4096 /* of any other string; the rest is cut */

enum qf_journal_kind {
	QF_JOURNAL_NAME = 'A',
	QF_JOURNAL_HEAD = 'H',
	QF_JOURNAL_ITEM = 'I',
	QF_JOURNAL_JOB = 'J',
	QF_JOURNAL_INODE = 'N',
};

struct qf_journal_key {
	unsigned char bytes[QF_JOURNAL_NAME_MAX + 32];
	size_t len;
};

/* Bytes that belong to somebody else. */
struct qf_bytes {
	const void *data;
	size_t len;
};

/* What the journal knows of itself. */
struct qf_journal_head {
	uint64_t format;
	uint64_t sequence; /* the last that was given to an item */
	uint64_t items;
};

/*
 * An item, and when it was committed as moved, or else prepared to be renamed
 * (0: neither).
 */
struct qf_journal_entry {
	struct qf_journal_item item;
	uint64_t sequence;
};

void qf_journal_key_head(struct qf_journal_key *key);
void qf_journal_key_job(struct qf_journal_key *key, const struct qf_job_id *id);
void qf_journal_key_item(struct qf_journal_key *key, const struct qf_job_id *id,
			 uint32_t number);
void qf_journal_key_inode(struct qf_journal_key *key, uint64_t inode,
			  const struct qf_job_id *id, uint32_t number);
/* The id is not longer than QF_JOURNAL_NAME_MAX. */
void qf_journal_key_name(struct qf_journal_key *key, const char *name,
			 uint64_t sequence, const struct qf_job_id *id,
			 uint32_t number);

/* For walks: what is above all jobs, and what the others begin with. */
void qf_journal_key_above_jobs(struct qf_journal_key *key);
void qf_journal_key_inodes(struct qf_journal_key *key, uint64_t inode);
void qf_journal_key_names(struct qf_journal_key *key, const char *name);

/* The item that a key of kind I, N or A names.  False: no such key. */
bool qf_journal_key_read(struct qf_bytes key, struct qf_job_id *id,
			 uint32_t *number);

/* The sequence in a key of kind A that qf_journal_key_read() took. */
uint64_t qf_journal_key_sequence(struct qf_bytes key);

/* For people: "job 0123", "message 7 of job 0123". */
#define QF_JOURNAL_KEY_TEXT 80
void qf_journal_key_text(struct qf_bytes key, char text[QF_JOURNAL_KEY_TEXT]);

/*
 * Put a value together; it replaces what is in the buffer.
 *
 * QF_INVALID  an id or a folder's name is too long
 * QF_SYSTEM   out of memory
 */
enum qf_status qf_journal_pack_head(const struct qf_journal_key *key,
				    const struct qf_journal_head *head,
				    struct qf_buffer *value,
				    struct qf_error *err);
enum qf_status
qf_journal_pack_job(const struct qf_journal_key *key, const struct qf_job *job,
		    struct qf_buffer *value, struct qf_error *err);
enum qf_status qf_journal_pack_item(const struct qf_journal_key *key,
				    const struct qf_journal_entry *entry,
				    struct qf_buffer *value,
				    struct qf_error *err);

/*
 * Take it apart; strings live in the arena, id and number come from the key.
 * QF_CORRUPT: these bytes are not what was written under this key.
 */
enum qf_status
qf_journal_unpack_head(struct qf_bytes key, struct qf_bytes value,
		       struct qf_journal_head *head, struct qf_error *err);
enum qf_status qf_journal_unpack_job(struct qf_bytes key, struct qf_bytes value,
				     struct qf_arena *arena, struct qf_job *job,
				     struct qf_error *err);
enum qf_status
qf_journal_unpack_item(struct qf_bytes key, struct qf_bytes value,
		       struct qf_arena *arena, struct qf_journal_entry *entry,
		       struct qf_error *err);

#endif
