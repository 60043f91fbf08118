/*
 * record.h - the typed records a queue file is made of.
 *
 * A record is a type byte, a length in groups of seven bits (low group
 * first), and that many bytes of data.  This layer knows the shape of a
 * record, follows the pointer records that milters leave, and knows nothing
 * else of their meaning; envelope.h does.
 * Source: Postfix src/global/rec_type.h, record.c.
 */
#ifndef QF_POSTFIX_RECORD_H
#define QF_POSTFIX_RECORD_H

#include <stdbool.h>
#include <stddef.h>

#include "queue-format/error.h"

enum qf_record_type {
	QF_REC_SIZE = 'C',	 /* sizes and offsets, first in the file */
	QF_REC_TIME = 'T',	 /* arrival time */
	QF_REC_FULL_NAME = 'F',	 /* of a local submitter */
	QF_REC_INSPECTOR = 'I',	 /* reserved */
	QF_REC_FILTER = 'L',	 /* content filter, outside the content */
	QF_REC_SENDER = 'S',	 /* once, before the recipients */
	QF_REC_DONE = 'D',	 /* a recipient that needs no more work */
	QF_REC_RECIPIENT = 'R',	 /* a recipient still to be delivered */
	QF_REC_ORIGINAL = 'O',	 /* what the next recipient was first */
	QF_REC_CANCELED = '/',	 /* a recipient that a milter deleted */
	QF_REC_WARN = 'W',	 /* when the delay warning is due */
	QF_REC_ATTRIBUTE = 'A',	 /* name=value */
	QF_REC_KILLED = 'K',	 /* overwritten, to be ignored */
	QF_REC_REDIRECT = '>',	 /* all recipients replaced by this one */
	QF_REC_MESSAGE = 'M',	 /* the content starts behind it */
	QF_REC_LINE = 'N',	 /* text with a newline */
	QF_REC_FRAGMENT = 'L',	 /* text without one, in the content */
	QF_REC_PADDING = 'w',	 /* room for a pointer */
	QF_REC_EXTRACTED = 'X',	 /* what was found in the content follows */
	QF_REC_VERP = 'V',	 /* VERP delimiters */
	QF_REC_POINTER = 'p',	 /* go on at this offset, 0: no, just here */
	QF_REC_DSN_RET = '<',	 /* the four below are written as */
	QF_REC_DSN_ENVID = 'i',	 /* attributes today, but read here too */
	QF_REC_DSN_ORCPT = 'o',	 /* (rec_attr_map.c) */
	QF_REC_DSN_NOTIFY = 'n', /* */
	QF_REC_END = 'E',	 /* end of the message, not of the file */
};

struct qf_record {
	int type;	  /* enum qf_record_type, or a byte we do not know */
	off_t offset;	  /* of the type byte */
	const char *data; /* `len' bytes, no NUL; borrowed from the reader */
	size_t len;
};

/* What Postfix's postcat(1) calls a record of this type; never NULL. */
const char *qf_record_name(int type);

/* Opaque: owns the buffer that `data' points into; serves many files. */
struct qf_reader;

/* NULL when out of memory. */
struct qf_reader *qf_reader_new(void);
void qf_reader_free(struct qf_reader *r); /* NULL is allowed */

/*
 * Begin with the file behind `fd', `size' bytes long when it was opened.
 * The descriptor stays the caller's and its file position is not used.
 *
 * Normally pointers are followed, padding is skipped, both without being
 * shown, and after the end record there is nothing more, as Postfix's daemons
 * read (rec_get()).  With `raw' every record is given as it lies in the
 * file, and reading goes on behind the end record.
 */
void qf_reader_start(struct qf_reader *r, int fd, off_t size, bool raw);

/*
 * The same for what cannot be read twice, as a pipe.  It is read from where
 * it stands; nobody can go elsewhere, and a pointer that leads elsewhere is
 * damage.
 */
void qf_reader_start_pipe(struct qf_reader *r, int fd, bool raw);

/*
 * Read one record.  rec->data lives until the next call on the same reader.
 *
 * QF_END      the file ended between two records, or after an end record;
 *             *rec is untouched
 * QF_CORRUPT  err->offset is where the broken record starts; what is wrong
 *             with it, qf_reader_damage() tells
 * QF_SYSTEM   reading or allocating failed
 */
enum qf_status qf_reader_next(struct qf_reader *r, struct qf_record *rec,
			      struct qf_error *err);

/*
 * Go where a pointer record leads, for who reads raw; 0 leads nowhere.
 *
 * QF_CORRUPT  it is no number, or leads behind the file, or in a circle
 */
enum qf_status qf_reader_follow(struct qf_reader *r,
				const struct qf_record *pointer,
				struct qf_error *err);

enum qf_damage_kind {
	QF_DAMAGE_NONE,
	QF_DAMAGE_CUT_LENGTH,	/* the file ends in the length */
	QF_DAMAGE_LONG_LENGTH,	/* of more than 4 bytes */
	QF_DAMAGE_CUT_DATA,	/* the file has not so many bytes */
	QF_DAMAGE_LARGE,	/* more than a reader takes, 16 MB */
	QF_DAMAGE_POINTER,	/* it is no number */
	QF_DAMAGE_POINTER_FAR,	/* leads behind the file */
	QF_DAMAGE_POINTER_PIPE, /* and this file is a pipe */
	QF_DAMAGE_CIRCLE,	/* what was read is read again and again */
};

/* The record may have no data, and its length be more than the file has. */
struct qf_damage {
	enum qf_damage_kind kind;
	struct qf_record record;
};

/*
 * What the last QF_CORRUPT was about, for who has other words for it.  Lives
 * until the next call on the same reader.
 */
const struct qf_damage *qf_reader_damage(const struct qf_reader *r);

/*
 * Where the next record starts, and going elsewhere (offset >= 0), also after
 * the end; an offset behind the file is its end.  A circle is noticed by the
 * bytes that were given since the start: who goes back must not read all of
 * the file more than twice.
 */
off_t qf_reader_tell(const struct qf_reader *r);
void qf_reader_seek(struct qf_reader *r, off_t offset);

/* Was an end record seen in this file, or since the last seek? */
bool qf_reader_ended(const struct qf_reader *r);

#endif
