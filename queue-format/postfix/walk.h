/*
 * walk.h - go through the records of one queue file, and know which part of
 * the message each of them belongs to.
 *
 * For who shows a message, or looks for something in its text.  This layer
 * knows where headers begin and end and how a file that a milter edited is
 * to be read; it decodes nothing.  Who wants to know sender, recipients and
 * the like takes envelope.h.
 *
 * The text of a message is, in the order of QF_WALK_MESSAGE, the data of each
 * QF_REC_LINE with a newline behind it and of each QF_REC_FRAGMENT without
 * one, in the sections of headers and body.
 */
#ifndef QF_POSTFIX_WALK_H
#define QF_POSTFIX_WALK_H

#include "queue-format/postfix/record.h"

enum qf_section {
	QF_SECTION_ENVELOPE,  /* up to the message record */
	QF_SECTION_HEADERS,   /* text, up to the first line that is none */
	QF_SECTION_BODY,      /* text from there; mostly an empty line first */
	QF_SECTION_EXTRACTED, /* from the extracted record to the end record */
	QF_SECTION_BEHIND,    /* the end record: pieces that pointers lead to */
};

enum qf_walk_way {
	/*
	 * What counts, in its order: pointers are followed, neither they nor
	 * padding are given, the end record is the last.
	 */
	QF_WALK_MESSAGE,
	/* The same way, but pointers and padding are given when met. */
	QF_WALK_RECORDS,
	/*
	 * As it lies in the file, to the end of that.  A piece that belongs
	 * into headers or body may then be found behind the end record.
	 */
	QF_WALK_FILE,
};

/* Opaque: owns the buffer that a record's data points into. */
struct qf_walk;

/* Serves one file after the other.  NULL when out of memory. */
struct qf_walk *qf_walk_new(void);
void qf_walk_free(struct qf_walk *walk); /* NULL is allowed */

/*
 * Begin with the file behind `fd', which stays the caller's.  A file is read
 * from its first byte; its position is not used, and not moved.  What cannot
 * be read twice, as a pipe, is read from where it stands, and
 * qf_walk_is_pipe() tells so.
 *
 * QF_SYSTEM  it is no file at all
 */
enum qf_status qf_walk_start(struct qf_walk *walk, int fd, enum qf_walk_way way,
			     struct qf_error *err);
bool qf_walk_is_pipe(const struct qf_walk *walk);

/*
 * The next record, and its section.  rec->data lives until the next call on
 * the same walk.
 *
 * QF_END      the file ended between two records, or after an end record
 * QF_CORRUPT  it is damaged here, see qf_walk_damage(); there is no way on,
 *             except with qf_walk_seek()
 * QF_SYSTEM   reading or allocating failed
 *
 * However pointers and seeks lead, no more than about twice the file is given
 * before that counts as damage, and no more than 10,000 jumps back.
 */
enum qf_status qf_walk_next(struct qf_walk *walk, struct qf_record *rec,
			    enum qf_section *section, struct qf_error *err);
const struct qf_damage *qf_walk_damage(const struct qf_walk *walk);

/*
 * Leave out the envelope, to be called at the start of a file.  True: the
 * next record is the first of the headers.  False: the file does not say in
 * its first record where that is, or what it says is not so; nothing is left
 * out.
 */
bool qf_walk_skip_envelope(struct qf_walk *walk);

/* Where the next record starts; and go elsewhere, which no pipe can. */
off_t qf_walk_tell(const struct qf_walk *walk);
void qf_walk_seek(struct qf_walk *walk, off_t offset, enum qf_section section);

/*
 * Can this line begin a header?  The length of its name: what stands before a
 * colon and blanks before that.  0: no.
 */
size_t qf_header_name(const char *line, size_t len);

#endif
